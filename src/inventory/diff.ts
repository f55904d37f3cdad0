import { MINUTE_MS, type Instant } from '../time.ts';
import { formatInstant } from '../time.ts';
import type { ReadList } from '../kinds/kind-inventory.ts';
import { KIND_INVENTORIES, LIST_NAMES } from '../kinds/schemas.ts';
import type { Gap, Inventory } from './schema.ts';
import { writtenField } from './serialize.ts';

/** Lists of things with an id, in the order of the file. */
const LISTS = [...LIST_NAMES, 'instances', 'kmsKeys'] as const;

export interface DiffEntry {
  /** The list of the inventory; also `quotas`, `zones` and `gaps`. */
  readonly list: string;
  readonly id: string;
}

export interface DiffChange extends DiffEntry {
  /** E.g. `sizeGiB`, `tags.app`, `fsr.us-east-1a.state`. */
  readonly field: string;
  /** As the file has it; `null` where there is nothing. The same as `to` for a time that should have moved on. */
  readonly from: unknown;
  readonly to: unknown;
}

/** The differences of an account between two captures. */
export interface InventoryDiff {
  readonly schema: 'lifeboat.inventory-diff/v1';
  /** Instants of the captures, ISO 8601. */
  readonly earlierAt: string;
  readonly laterAt: string;
  readonly added: readonly DiffEntry[];
  readonly removed: readonly DiffEntry[];
  readonly changed: readonly DiffChange[];
  /** What one of the captures could not read: it does not count as removed. */
  readonly notCompared: readonly {
    readonly list: string;
    readonly field?: string;
    readonly operation: string;
  }[];
}

/** What an operation reads. */
const READS: readonly Readonly<Record<string, readonly ReadList[]>>[] = [
  {
    DescribeInstances: [{ list: 'instances' }],
    DescribeInstanceTypes: [{ list: 'instances', field: 'ebsThroughputMiBps' }],
    DescribeInstanceInformation: [{ list: 'instances', field: 'managedBySsm' }],
    DescribeAvailabilityZones: [{ list: 'zones' }],
    DescribeKey: [{ list: 'kmsKeys' }],
    ListServiceQuotas: [{ list: 'quotas' }],
  },
  ...KIND_INVENTORIES.map(({ reads }) => reads),
];

/** The latest restorable time moves every five minutes; after three intervals without a move it counts as stopped. */
const STOPPED_AFTER_MS = 15 * MINUTE_MS;

type Fields = ReadonlyMap<string, unknown>;

/**
 * What was added, removed and changed between two captures of one account and Region. The instants of the captures do not count, nor
 * restorable times that have moved on; those that went back or stopped do.
 */
export function diffInventories(earlier: Inventory, later: Inventory): InventoryDiff {
  const notCompared = unreadIn([...earlier.gaps, ...later.gaps]);
  const skips = (list: string, field?: string): boolean =>
    notCompared.some(
      ({ operation, ...unread }) =>
        unread.list === list && (unread.field ?? field) === field && !isPartial(operation),
    );
  // An entry that a capture left out must not look like a removed one.
  const [mayHaveBeen, mayStillBe] = [earlier, later].map(
    ({ gaps }) =>
      new Set(unreadIn(gaps.filter(({ operation }) => isPartial(operation))).map(({ list }) => list)),
  );
  const added: DiffEntry[] = [];
  const removed: DiffEntry[] = [];
  const changed: DiffChange[] = [];
  const [before, after] = [entriesOf(earlier), entriesOf(later)];
  for (const [list, entries] of after) {
    if (skips(list)) continue;
    const known = before.get(list) ?? new Map<string, Fields>();
    for (const id of [...entries.keys()].sort()) {
      const fields = entries.get(id) as Fields;
      const old = known.get(id);
      if (old === undefined) {
        if (mayHaveBeen?.has(list) !== true) added.push({ list, id });
      } else {
        const span = { fromAt: earlier.capturedAt, toAt: later.capturedAt };
        const changes = changesOf(old, fields, span).filter(({ field }) => !skips(list, topOf(field)));
        for (const change of changes) changed.push({ list, id, ...change });
      }
    }
    if (mayStillBe?.has(list) === true) continue;
    for (const id of [...known.keys()].sort()) if (!entries.has(id)) removed.push({ list, id });
  }
  return {
    schema: 'lifeboat.inventory-diff/v1',
    earlierAt: formatInstant(earlier.capturedAt),
    laterAt: formatInstant(later.capturedAt),
    added,
    removed,
    changed,
    notCompared,
  };
}

function unreadIn(gaps: readonly Gap[]): InventoryDiff['notCompared'] {
  const operations = [...new Set(gaps.map(({ operation }) => operation))].sort();
  return operations.flatMap((operation) =>
    READS.flatMap((reads) => reads[operation.replace(SOME_ENTRIES, '')] ?? []).map((read) => ({
      ...read,
      operation,
    })),
  );
}

/** The suffix with which a capture marks an incomplete list. */
const SOME_ENTRIES = / \(some entries\)$/;

function isPartial(operation: string): boolean {
  return SOME_ENTRIES.test(operation);
}

function topOf(field: string): string {
  return field.split('.')[0] ?? field;
}

/** Everything that has an id, with its fields laid flat. */
function entriesOf(inventory: Inventory): ReadonlyMap<string, ReadonlyMap<string, Fields>> {
  const entries = new Map<string, ReadonlyMap<string, Fields>>();
  const { storageTiB = {}, ...counts } = inventory.quotas;
  const quotas = Object.entries(counts).filter(([, value]) => value !== undefined);
  const storage = Object.entries(storageTiB).map(([type, value]) => [`storageTiB.${type}`, value] as const);
  entries.set('zones', new Map(inventory.zones.map((zone) => [zone, new Map()])));
  entries.set(
    'quotas',
    new Map([...quotas, ...storage].map(([name, value]) => [name, new Map([['value', value]])])),
  );
  for (const list of LISTS) {
    entries.set(list, new Map(inventory[list].map((entry) => [entry.id, flatten(entry)])));
  }
  entries.set(
    'gaps',
    new Map(inventory.gaps.map((gap) => [gap.operation, new Map([['reason', gap.reason]])])),
  );
  return entries;
}

function flatten(entry: object): Fields {
  const fields = new Map<string, unknown>();
  const lay = (path: string, value: unknown): void => {
    // Absent and null mean the same.
    if (value === undefined || value === null) return;
    if (Array.isArray(value)) {
      const isByZone = value.length > 0 && value.every((item) => zoneOf(item) !== undefined);
      if (isByZone)
        for (const item of value) lay(`${path}.${zoneOf(item) ?? ''}`, withoutZone(item as object));
      else if (value.length > 0) fields.set(path, value);
    } else if (typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) lay(`${path}.${key}`, inner);
    } else fields.set(path, value);
  };
  for (const [key, value] of Object.entries(entry)) if (key !== 'id') lay(key, value);
  return fields;
}

function zoneOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('zone' in item)) return undefined;
  return typeof item.zone === 'string' ? item.zone : undefined;
}

function withoutZone(item: object): object {
  return Object.fromEntries(Object.entries(item).filter(([key]) => key !== 'zone'));
}

interface Span {
  readonly fromAt: Instant;
  readonly toAt: Instant;
}

function changesOf(old: Fields, now: Fields, span: Span): readonly Omit<DiffChange, 'list' | 'id'>[] {
  const fields = [...new Set([...old.keys(), ...now.keys()])].sort();
  return fields.flatMap((field) => {
    const [from, to] = [old.get(field), now.get(field)];
    if (isUnremarkable(field, from, to, span)) return [];
    const write = (value: unknown): unknown => writtenField(field, value) ?? null;
    return [{ field, from: write(from), to: write(to) }];
  });
}

function isUnremarkable(field: string, from: unknown, to: unknown, { fromAt, toAt }: Span): boolean {
  if (typeof from === 'number' && typeof to === 'number') {
    if (field === 'latestRestorableTime')
      return to > from || (to === from && toAt - fromAt < STOPPED_AFTER_MS);
    if (field === 'earliestRestorableTime') return to >= from;
  }
  return textOf(field, from) === textOf(field, to);
}

/** Groups and exports are sets, which AWS lists in no order; of a cluster's members the first is the writer. */
function textOf(field: string, value: unknown): string | undefined {
  const isSet = Array.isArray(value) && field !== 'members';
  return JSON.stringify(isSet ? [...(value as readonly unknown[])].map(String).sort() : value);
}
