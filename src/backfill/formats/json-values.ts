import type { Instant } from '../../time.ts';
import { BYTE, statusOf } from './bytes.ts';
import { isoInstant } from './calendar.ts';
import { CLF_TIME, clfInstant } from './clf-time.ts';

/** Beyond it a number of seconds would be in the year 5138: it is milliseconds. */
const SECONDS_UP_TO = 1e11;
const MILLISECONDS_UP_TO = 1e14;

/** An object of a line. Only what it has itself counts: `__proto__` and `constructor` are names like any other. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a value stands. */
export interface Path {
  readonly whole: string;
  readonly parts: readonly string[];
}

export function pathOf(whole: string): Path {
  return { whole, parts: whole.split('.') };
}

/** The value at `a.b.0`, or that of a member named so; undefined when there is none, or null. */
export function valueAt(line: JsonObject, { whole, parts }: Path): unknown {
  if (Object.hasOwn(line, whole)) return line[whole] ?? undefined;
  if (parts.length === 1) return undefined;
  let value: unknown = line;
  for (const name of parts) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as JsonObject)[name];
  }
  return value ?? undefined;
}

/** The first of them that is there and of use. */
export function firstOf<T>(
  line: JsonObject,
  paths: readonly Path[],
  read: (value: unknown) => T | undefined,
): T | undefined {
  for (const path of paths) {
    const value = valueAt(line, path);
    const found = value === undefined ? undefined : read(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A text that says something. `-` is how logs write nothing. */
export function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text !== '' && text !== '-' ? text : undefined;
}

/** Seconds, as a number or in digits. */
export function secondsIn(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && /^\d{1,12}(\.\d{1,12})?$/.test(value) ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** ISO text with a zone, the time of a combined log, or seconds or milliseconds since 1970; -1 when it is none of them. */
export function timeIn(value: unknown): Instant {
  if (typeof value === 'number') return epoch(value);
  if (typeof value !== 'string') return -1;
  if (/^\d{1,15}(\.\d{1,9})?$/.test(value)) return epoch(Number(value));
  if (value.length === CLF_TIME && value.charCodeAt(2) === BYTE.slash) {
    return clfInstant(Buffer.from(value, 'latin1'), 0);
  }
  return isoInstant(value);
}

function epoch(value: number): Instant {
  if (!(value >= 0) || value >= MILLISECONDS_UP_TO) return -1;
  // A product may come out just below the millisecond that was meant.
  return value < SECONDS_UP_TO ? Math.floor(value * 1_000 + 1e-3) : Math.floor(value);
}

/** `0`: never answered; `-1`: something that is no status. */
export function statusIn(value: unknown): number {
  if (value === undefined || value === 0 || value === '' || value === '0') return 0;
  if (typeof value === 'number') return Number.isInteger(value) && value >= 100 && value <= 999 ? value : -1;
  if (typeof value !== 'string') return -1;
  const bytes = Buffer.from(value, 'latin1');
  return statusOf(bytes, 0, bytes.length);
}
