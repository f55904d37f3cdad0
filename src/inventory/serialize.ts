import { Document, isCollection, isSeq, visit } from 'yaml';
import { jsonText } from '../document/json-text.ts';
import type { Instant } from '../time.ts';
import { formatInstant } from '../time.ts';
import type { Inventory } from './schema.ts';

/** Fields that hold an instant, wherever they stand. */
const INSTANTS: ReadonlySet<string> = new Set([
  'capturedAt',
  'startedAt',
  'at',
  'earliestRestorableTime',
  'latestRestorableTime',
]);

/** Characters that no document may hold as such, or that some reader takes for the end of a line. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Cf}\u2028\u2029]/u;

/** Up to so many entries an inventory is written as YAML; a large account's would exceed the size limit. */
const MAX_YAML_ENTRIES = 2_000;
/** The same for a few entries with many tags. */
const MAX_YAML_CHARACTERS = 1_048_576;

/**
 * The file of an inventory: one line an entry, instants in ISO 8601, empty lists and absent settings left out. YAML; of more than
 * 2,000 entries or a million characters JSON, which YAML contains and which is read fifty times as fast.
 * Parsing it gives an equal inventory.
 */
export function formatInventory(inventory: Inventory): string {
  const lengths = Object.values(inventory).map((list) => (Array.isArray(list) ? list.length : 0));
  const entries = lengths.reduce((sum, length) => sum + length, 0);
  const json = formatJson(inventory);
  const isLarge = entries > MAX_YAML_ENTRIES || json.length > MAX_YAML_CHARACTERS;
  const text = isLarge ? json : formatYaml(inventory);
  return jsonText(text);
}

/** The same as one JSON document: `inventory --json`. It can be read back as an inventory. */
export function inventoryDocument(inventory: Inventory): Readonly<Record<string, unknown>> {
  const { apiVersion, kind, ...rest } = inventory;
  return { schema: 'lifeboat.inventory/v1', apiVersion, kind, ...writtenMembers(rest) };
}

/** The value of a field as the file has it: instants in ISO 8601. */
export function writtenField(field: string, value: unknown): unknown {
  return written(field, value);
}

function formatJson(inventory: Inventory): string {
  const { apiVersion, kind, ...rest } = inventory;
  const members = Object.entries({ apiVersion, kind, ...writtenMembers(rest) }).map(([key, value]) => {
    const text = Array.isArray(value)
      ? `[\n${value.map((item) => `  ${JSON.stringify(item)}`).join(',\n')}\n]`
      : JSON.stringify(value);
    return `${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${members.join(',\n')}\n}\n`;
}

function formatYaml(inventory: Inventory): string {
  const { apiVersion, kind, ...rest } = inventory;
  const document = new Document(
    { apiVersion, kind, ...writtenMembers(rest) },
    { aliasDuplicateObjects: false },
  );
  if (isCollection(document.contents)) {
    for (const pair of document.contents.items) {
      const value = (pair as { readonly value: unknown }).value;
      // Entries on a line of their own: a thousand of them stay readable and comparable line by line.
      if (isSeq(value)) for (const item of value.items) if (isCollection(item)) item.flow = true;
    }
  }
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && UNPRINTABLE.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0, doubleQuotedAsJSON: true });
}

function writtenMembers(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([key, value]) =>
      value === undefined || (key !== 'storageTiB' && isEmpty(value)) ? [] : [[key, written(key, value)]],
    ),
  );
}

function written(key: string, value: unknown): unknown {
  // Tags and storage limits are named by the user: the value of a tag called `at` is no instant.
  if (key === 'tags' || key === 'storageTiB') return value;
  if (INSTANTS.has(key) && typeof value === 'number') return formatInstant(value satisfies Instant);
  if (Array.isArray(value)) return value.map((item: unknown) => written('', item));
  if (typeof value === 'object' && value !== null) return writtenMembers({ ...value });
  return value;
}

/** Every list and mapping that may be empty is empty when absent; but for storage limits, which have no default. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
