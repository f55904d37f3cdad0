import { crc32 } from 'node:zlib';
import type { Instant } from '../../time.ts';
import type { Position, RecordKey } from '../base/record.ts';
import type { Fate } from '../base/replay-ports.ts';
import { plainValues } from './plain-line.ts';

/** One line of the ledger, but for the first. */
export type LedgerEntry =
  | { readonly kind: 'intent'; readonly key: RecordKey; readonly attempt: number; readonly at: Instant }
  | {
      readonly kind: 'failure';
      readonly key: RecordKey;
      readonly attempt: number;
      readonly at: Instant;
      readonly outcome: 'known' | 'unknown';
      readonly why: string;
      /** The next attempt begins so many milliseconds later at the earliest. Absent: at once. */
      readonly pauseMs?: number;
      /** How many of the attempts so far certainly never left. Absent: none. */
      readonly unsent?: number;
    }
  | {
      readonly kind: 'outcome';
      readonly key: RecordKey;
      readonly attempt: number;
      readonly at: Instant;
      readonly fate: Fate;
      /** When a request that did not succeed was made. Absent in ledgers of earlier versions, too. */
      readonly requestAt?: Instant;
    }
  /** Its queue has it no more. */
  | { readonly kind: 'gone'; readonly key: RecordKey; readonly at: Instant };

/** The first line. */
export interface LedgerHeader {
  readonly version: number;
  /** Of the scan whose records the ordinals count; empty where there is none. */
  readonly identity: string;
  readonly at: Instant;
}

export const LEDGER_VERSION = 1;
const TITLE = 'lifeboat-ledger';
/** Bytes of a line, its end not counted. Anything longer was not written by this. */
export const MAX_LINE_BYTES = 16_384;
/** Characters kept of an answer or a reason. */
export const MAX_TEXT_LENGTH = 500;
const MAX_POSITION_LENGTH = 1_000;
const CHECKSUM_LENGTH = 8;

/** Control characters drive terminals, format characters turn text around; neither is evidence. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

export function headerLine({ version, identity, at }: LedgerHeader): string {
  return line(JSON.stringify([TITLE, version, identity, at]));
}

/**
 * The line of an entry, with its checksum and its end.
 *
 * @example
 * lineOf(entry) // '5d1c2f3a ["o",1,4711,17,1,1792000000000,"succeeded",201]\n'
 */
export function lineOf(entry: LedgerEntry): string {
  const { key, at } = entry;
  const head = `${key.source},${positionOf(key.position)},${key.ordinal ?? 'null'}`;
  if (entry.kind === 'intent') return line(`["i",${head},${entry.attempt},${at}]`);
  if (entry.kind === 'outcome')
    return line(`["o",${head},${entry.attempt},${at},${fateOf(entry.fate)}${requestAtOf(entry)}]`);
  if (entry.kind === 'gone') return line(`["g",${head},${at}]`);
  const { attempt, outcome, why, pauseMs = 0, unsent = 0 } = entry;
  const next = pauseMs > 0 || unsent > 0 ? `,${Math.ceil(pauseMs)},${unsent}` : '';
  return line(`["f",${head},${attempt},${at},"${outcome}",${text(why)}${next}]`);
}

/**
 * What the line `bytes[start, end)` says, its end not included; `undefined`: it is not whole.
 */
export function readLine(bytes: Buffer, start: number, end: number): readonly unknown[] | undefined {
  const json = start + CHECKSUM_LENGTH + 1;
  if (end <= json || end - start > MAX_LINE_BYTES || bytes[json - 1] !== 0x20) return undefined;
  if (checksumAt(bytes, start) !== crc32(bytes.subarray(json, end))) return undefined;
  const plain = plainValues(bytes, json, end);
  if (plain !== undefined) return plain;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8', json, end));
    return Array.isArray(value) ? value : undefined;
  } catch (error) {
    // A checksum that fits by chance over what is no JSON: as broken as one that does not fit.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `undefined`: these are no values of a header. */
export function readHeader(values: readonly unknown[]): LedgerHeader | undefined {
  const [title, version, identity, at] = values;
  if (title !== TITLE || typeof version !== 'number') return undefined;
  // The rest may mean something else in another version, which its reader refuses.
  return { version, identity: String(identity), at: Number(at) };
}

/** `undefined`: these are no values of an entry. */
export function readEntry(values: readonly unknown[]): LedgerEntry | undefined {
  const [kind, source, position, ordinal, attempt, at] = values;
  if (typeof source !== 'number' || !isPosition(position)) return undefined;
  if (ordinal !== null && typeof ordinal !== 'number') return undefined;
  const key = ordinal === null ? { source, position } : { source, position, ordinal };
  // The fifth value of this one is its time: nothing is attempted.
  if (kind === 'g') return typeof attempt === 'number' ? { kind: 'gone', key, at: attempt } : undefined;
  if (typeof attempt !== 'number' || typeof at !== 'number') return undefined;
  if (kind === 'i') return { kind: 'intent', key, attempt, at };
  if (kind === 'o') {
    const fate = readFate(values[6], values[7], values[8]);
    const requestAt = values[fate?.kind === 'rejected' ? 9 : 8];
    return (
      fate && { kind: 'outcome', key, attempt, at, fate, ...(typeof requestAt === 'number' && { requestAt }) }
    );
  }
  const [outcome, why, pauseMs = 0, unsent = 0] = values.slice(6);
  if (kind !== 'f' || (outcome !== 'known' && outcome !== 'unknown') || typeof why !== 'string')
    return undefined;
  if (typeof pauseMs !== 'number' || typeof unsent !== 'number') return undefined;
  const next = { ...(pauseMs > 0 && { pauseMs }), ...(unsent > 0 && { unsent }) };
  return { kind: 'failure', key, attempt, at, outcome, why, ...next };
}

function line(json: string): string {
  return `${hex(crc32(json))} ${json}\n`;
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(CHECKSUM_LENGTH, '0');
}

/** As {@link hex} has written it, in small letters; -1 for anything else. */
function checksumAt(bytes: Buffer, start: number): number {
  let checksum = 0;
  for (let index = start; index < start + CHECKSUM_LENGTH; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) checksum = checksum * 16 + byte - 0x30;
    else if (byte >= 0x61 && byte <= 0x66) checksum = checksum * 16 + byte - 0x57;
    else return -1;
  }
  return checksum;
}

function positionOf(position: Position): string {
  if (typeof position === 'number') return String(position);
  if (position.length > MAX_POSITION_LENGTH)
    throw new RangeError(`a position of ${position.length} characters`);
  return JSON.stringify(position);
}

function isPosition(value: unknown): value is Position {
  return typeof value === 'number' || typeof value === 'string';
}

function fateOf(fate: Fate): string {
  if (fate.kind === 'succeeded') return `"succeeded",${fate.status}`;
  if (fate.kind === 'rejected') return `"rejected",${fate.status},${text(fate.answer)}`;
  return `"${fate.kind}",${text(fate.why)}`;
}

function requestAtOf({ fate, requestAt }: Extract<LedgerEntry, { kind: 'outcome' }>): string {
  return fate.kind === 'succeeded' || requestAt === undefined ? '' : `,${requestAt}`;
}

function readFate(kind: unknown, first: unknown, second: unknown): Fate | undefined {
  if (kind === 'succeeded' && typeof first === 'number') return { kind, status: first };
  if (kind === 'rejected' && typeof first === 'number' && typeof second === 'string')
    return { kind, status: first, answer: second };
  if ((kind === 'abandoned' || kind === 'ambiguous') && typeof first === 'string')
    return { kind, why: first };
  return undefined;
}

/** As JSON, printable and cut. */
function text(value: string): string {
  const visible = value
    .slice(0, MAX_TEXT_LENGTH)
    .replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  const isCut = value.length > MAX_TEXT_LENGTH || visible.length > MAX_TEXT_LENGTH;
  return JSON.stringify(isCut ? `${visible.slice(0, MAX_TEXT_LENGTH - 3)}...` : visible);
}
