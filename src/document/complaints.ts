import { formatPlace, LifeboatError } from '../errors.ts';
import type { Complaint, ErrorCode } from '../errors.ts';

/** Where in a document: keys of mappings and indexes of lists, from the root. */
export type DocumentPath = readonly (string | number)[];

/** A complaint before its path has become a place in a file. */
export interface Objection {
  readonly path: DocumentPath;
  /** Whether the key itself is wrong, or (by default) its value. */
  readonly part?: 'key' | 'value';
  readonly message: string;
  /** What to write instead. */
  readonly suggestion?: string;
}

/** The search for complaints ends after so many: a file can contain millions. */
export const MAX_COMPLAINTS = 1_000;
/** Complaints printed before the rest is only counted. */
const PRINTED_COMPLAINTS = 50;
const PRINTED_CHARACTERS = 60;

/**
 * A value as a complaint quotes it: on one line, cut short, and without terminal control characters.
 *
 * @example describeValue(['a', 'b']) // 'a list of 2'
 */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return `'${printable(value)}'`;
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') {
    const keys = Object.keys(value);
    if (keys.length === 0) return 'an empty mapping';
    const named = keys.slice(0, 3).map((key) => `'${printable(key)}'`);
    return `a mapping with ${named.join(', ')}${keys.length > 3 ? ' ...' : ''}`;
  }
  return String(value);
}

/** Text that is safe to print: control and formatting characters escaped, cut after 60 characters. */
export function printable(text: string): string {
  const cut = text.length > PRINTED_CHARACTERS ? `${text.slice(0, PRINTED_CHARACTERS - 3)}...` : text;
  return cut.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/**
 * A path in the usual notation; empty for the root.
 *
 * @example formatPath(['resources', 0, 'id']) // 'resources[0].id'
 */
export function formatPath(path: DocumentPath): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else text += `${text === '' ? '' : '.'}${printable(segment)}`;
  }
  return text;
}

/** One error for all that is wrong with a document, in the order of the file. */
export function documentError(
  code: ErrorCode,
  noun: string,
  file: string,
  complaints: readonly Complaint[],
  next = `Correct ${complaints.length === 1 ? 'this place' : 'these places'} in ${file}, then run the command again.`,
): LifeboatError {
  const sorted = [...complaints].sort(
    (a, b) => a.place.line - b.place.line || a.place.column - b.place.column,
  );
  const first = sorted[0];
  const many = sorted.length >= MAX_COMPLAINTS ? `at least ${MAX_COMPLAINTS}` : String(sorted.length);
  const invalid = `${file} is not a valid ${noun}`;
  const count = sorted.length === 1 ? '' : ` (${many} complaints; the first one)`;
  const what = first === undefined ? '' : `: ${first.message}${didYouMean(first)}`;
  return new LifeboatError(code, `${invalid}${count}${what}`, next, {
    complaints: sorted,
    summary: sorted.length === 1 ? invalid : `${invalid} (${many} complaints)`,
  });
}

/**
 * The complaints of an error, one a line, as editors and terminals link them; empty for other errors.
 *
 * @example formatComplaints(error)
 * // orders.yaml:4:3: unknown key 'objectve' - did you mean 'objectives'?
 */
export function formatComplaints(error: LifeboatError, limit = PRINTED_COMPLAINTS): string {
  const lines = error.complaints
    .slice(0, limit)
    .map((complaint) => `${formatPlace(complaint.place)}: ${complaint.message}${didYouMean(complaint)}`);
  const rest = error.complaints.length - lines.length;
  if (rest > 0) lines.push(`and ${rest} more`);
  return lines.join('\n');
}

function didYouMean(complaint: Complaint): string {
  const { suggestion } = complaint;
  if (suggestion === undefined) return '';
  // What brings its own quotes or brackets is shown as it is to be written.
  return ` - did you mean ${/^["[]/.test(suggestion) ? suggestion : `'${suggestion}'`}?`;
}
