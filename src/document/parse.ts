import type * as z from 'zod';
import { LifeboatError } from '../errors.ts';
import type { Complaint, ErrorCode } from '../errors.ts';
import { describeValue, documentError, MAX_COMPLAINTS } from './complaints.ts';
import type { DocumentPath, Objection } from './complaints.ts';
import { explain } from './explain.ts';
import { parseJson } from './json.ts';
import { formatMiB, INVENTORY_LIMITS, MAX_DOCUMENT_BYTES, RUNBOOK_LIMITS } from './limits.ts';
import type { SizeLimits } from './limits.ts';
import { readPlainLists } from './plain-lists.ts';
import { nearest } from './suggest.ts';
import { parseSyntax } from './syntax.ts';
import { readText, tooLarge } from './text.ts';
import { buildTree } from './tree.ts';
import type { Tree } from './tree.ts';
import { validate } from './validate.ts';

/** The only version of documents so far. */
export const API_VERSION = 'lifeboat/v1';

/** Longer inventories are first tried by a reader that knows no places: only complaints need them. */
const MAX_SLOWLY_READ = 65_536;

const KINDS = {
  runbook: { kind: 'Runbook', code: 'INVALID_RUNBOOK', limits: RUNBOOK_LIMITS },
  inventory: { kind: 'Inventory', code: 'INVALID_INVENTORY', limits: INVENTORY_LIMITS },
} as const satisfies Readonly<Record<string, { kind: string; code: ErrorCode; limits: SizeLimits }>>;

export type DocumentKind = keyof typeof KINDS;

export interface ParseOptions {
  readonly kind: DocumentKind;
  /**
   * Contradictions between parts, which a schema cannot express. It gets the plain values of the file even when they
   * do not fit the schema, so that all complaints are reported together; it must accept values of any type.
   */
  readonly contradictions?: (value: Readonly<Record<string, unknown>>) => readonly Objection[];
}

/** A valid document, and the way back to the places of its parts. */
export interface Parsed<T> {
  readonly value: T;
  readonly placeOf: Tree['placeOf'];
}

/**
 * Untrusted text to a typed document.
 *
 * Throws one `LifeboatError` with every complaint and its place: `FILE_TOO_LARGE`, `INVALID_DOCUMENT` (no acceptable YAML),
 * `INVALID_RUNBOOK` or `INVALID_INVENTORY` (YAML, but not such a document).
 *
 * @example parseDocument(text, 'orders.yaml', runbookSchema, { kind: 'runbook' }).objectives.rto // 21600
 */
export function parseDocument<S extends z.ZodType>(
  input: string | Uint8Array,
  file: string,
  schema: S,
  options: ParseOptions,
): z.output<S> {
  return parseWithPlaces(input, file, schema, options).value;
}

/** As {@link parseDocument}, and keeps the places. */
export function parseWithPlaces<S extends z.ZodType>(
  input: string | Uint8Array,
  file: string,
  schema: S,
  options: ParseOptions,
): Parsed<z.output<S>> {
  const { limits } = KINDS[options.kind];
  const text = readText(input, file, limits.maxBytes);
  const readYaml = (): Tree => buildTree(parseSyntax(text, file, limits.maxYamlBytes), file);
  // Characters are never more than bytes: what is longer than this in characters is in bytes too.
  const isYamlTooLarge = text.length > limits.maxYamlBytes;
  const isJson = text.length > MAX_DOCUMENT_BYTES && /^\s*\{/.test(text);
  if (!isJson && isYamlTooLarge) throw largeYaml(file, limits);
  try {
    if (isJson) return judge(parseJson(text, file), schema, options);
    const isLong = options.kind === 'inventory' && text.length > MAX_SLOWLY_READ;
    const tree = isLong ? readPlainLists(text, file, limits.maxYamlBytes) : undefined;
    if (tree !== undefined) return judge(tree, schema, options);
  } catch (error) {
    // The full reader of YAML takes its time, but knows the place of every complaint; and what is no JSON may still be YAML.
    if (isYamlTooLarge || !(error instanceof LifeboatError)) throw error;
  }
  return judge(readYaml(), schema, options);
}

function largeYaml(file: string, { maxBytes, maxYamlBytes }: SizeLimits): LifeboatError {
  const { code, message, at } = tooLarge(file, maxYamlBytes);
  return new LifeboatError(
    code,
    message,
    `Write it as JSON, of which up to ${formatMiB(maxBytes)} are read, or split it.`,
    at && { at },
  );
}

function judge<S extends z.ZodType>(tree: Tree, schema: S, options: ParseOptions): Parsed<z.output<S>> {
  const { file } = tree;
  const { code } = KINDS[options.kind];
  const refuse = (objections: readonly Objection[], next?: string) =>
    documentError(code, options.kind, file, complaintsAt(tree, objections), next);

  const foreign = headerObjections(tree.value, options.kind);
  if (foreign.length > 0) {
    throw refuse(
      foreign,
      `Give ${options.kind === 'runbook' ? 'a runbook' : 'an inventory'} of version ${API_VERSION}.`,
    );
  }
  const result = validate(schema, tree.value);
  const objections = [
    ...(result.success
      ? []
      : explain({ schema, value: tree.value, writtenAt: tree.writtenAt }, result.issues)),
    ...(options.contradictions?.(tree.value) ?? []),
  ];
  if (!result.success || objections.length > 0) throw refuse(objections.slice(0, MAX_COMPLAINTS));
  return { value: result.data, placeOf: tree.placeOf };
}

/** Another kind or version makes every other complaint meaningless: it is reported alone. Absent ones are left to the schema. */
function headerObjections(
  value: Readonly<Record<string, unknown>>,
  expected: DocumentKind,
): readonly Objection[] {
  const objections: Objection[] = [];
  const { apiVersion, kind } = value;
  if (apiVersion !== undefined && apiVersion !== API_VERSION) {
    // Another version of Lifeboat's documents is no misspelling.
    const isOurs = typeof apiVersion !== 'string' || /^lifeboat\/v\d+/.test(apiVersion);
    const guess = isOurs ? undefined : nearest(apiVersion, [API_VERSION]);
    const message = `unknown apiVersion ${describeValue(apiVersion)}; known: ${API_VERSION}`;
    objections.push(objection(['apiVersion'], message, guess));
  }
  const wanted = KINDS[expected].kind;
  if (kind !== undefined && kind !== wanted) {
    const names = Object.values(KINDS).map((entry) => entry.kind);
    const isKnown = names.some((name) => name === kind);
    const given = isKnown
      ? `this is a document of kind ${String(kind)}`
      : `unknown kind ${describeValue(kind)}; known: ${names.join(', ')}`;
    const guess = typeof kind === 'string' && !isKnown ? nearest(kind, names) : undefined;
    objections.push(objection(['kind'], `${given}; expected ${wanted}`, guess));
  }
  return objections;
}

function objection(path: DocumentPath, message: string, suggestion: string | undefined): Objection {
  return suggestion === undefined ? { path, message } : { path, message, suggestion };
}

function complaintsAt(tree: Tree, objections: readonly Objection[]): readonly Complaint[] {
  return objections.map(({ path, part, message, suggestion }) => ({
    place: tree.placeOf(path, part),
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  }));
}
