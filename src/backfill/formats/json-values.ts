import type { Instant } from '../../time.ts';
import { isoInstant } from '../lines/calendar.ts';
import { instantOf } from '../lines/clf-time.ts';

/** What is less is before 1973: a duration, or a number of something else. */
const SECONDS_FROM = 1e8;
/** Beyond it a number of seconds would be in the year 5138: it is milliseconds, and so on. */
const SECONDS_UP_TO = 1e11;
const MILLISECONDS_UP_TO = 1e14;
const MICROSECONDS_UP_TO = 1e17;
const NANOSECONDS_UP_TO = 1e20;

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
  return parts.length === 1 ? undefined : (walk(line, parts, false) ?? undefined);
}

/** Where a part may stand in lines with the same members. */
export interface Place {
  /** As people write it. */
  readonly name: string;
  /** The first is a member of the line. */
  readonly keys: readonly string[];
  /** Whether case, `_` and `-` make no difference. */
  readonly isLoose: boolean;
}

/** @param name as in `DEFAULT_NAMES`; after `=` it must be equal */
export function placeOf(name: string, members: readonly string[]): Place | undefined {
  const isLoose = !name.startsWith('=');
  const exact = isLoose ? name : name.slice(1);
  const whole = memberLike(members, exact, isLoose);
  if (whole !== undefined) return { name: whole, keys: [whole], isLoose };
  const [head = '', ...rest] = exact.split('.');
  const first = rest.length === 0 ? undefined : memberLike(members, head, isLoose);
  return first === undefined ? undefined : { name: exact, keys: [first, ...rest], isLoose };
}

/** The value there, null too; undefined: the line has no such member. */
export function valueIn(line: JsonObject, { keys, isLoose }: Place): unknown {
  const [first = ''] = keys;
  if (keys.length > 1) return walk(line, keys, isLoose);
  return Object.hasOwn(line, first) ? line[first] : undefined;
}

function walk(line: JsonObject, keys: readonly string[], isLoose: boolean): unknown {
  let value: unknown = line;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null) return undefined;
    const own = Object.hasOwn(value, key) || !isLoose ? key : memberLike(Object.keys(value), key, true);
    if (own === undefined || !Object.hasOwn(value, own)) return undefined;
    value = (value as JsonObject)[own];
  }
  return value;
}

function memberLike(members: readonly string[], name: string, isLoose: boolean): string | undefined {
  if (members.includes(name)) return name;
  if (!isLoose) return undefined;
  const like = loose(name);
  return members.find((member) => loose(member) === like);
}

function loose(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

/** The first of them that is there and of use. */
export function firstOf<T>(
  line: JsonObject,
  places: readonly Place[],
  read: (value: unknown) => T | undefined,
): T | undefined {
  for (const place of places) {
    const value = valueIn(line, place) ?? undefined;
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

/** ISO text with a zone, the time of a combined log, or seconds, milliseconds, micro- or nanoseconds since 1970; undefined when it is none of them. */
export function timeIn(value: unknown): Instant | undefined {
  const at = instantIn(value);
  return at < 0 ? undefined : at;
}

function instantIn(value: unknown): Instant {
  if (typeof value === 'number') return epoch(value);
  if (typeof value !== 'string') return -1;
  if (/^\d{1,19}(\.\d{1,9})?$/.test(value)) return epoch(Number(value));
  const bare = value.startsWith('[') && value.endsWith(']') ? value.slice(1, -1) : value;
  return instantOf(bare);
}

/** Date and clock apart, as logs by the W3C (CloudFront, IIS) have them, in UTC; undefined in any other line, whose time zone is unknown. */
export function dateAndTimeIn(line: JsonObject): Instant | undefined {
  const { date, time } = line;
  if (typeof date !== 'string' || typeof time !== 'string' || !Object.hasOwn(line, 'cs-method'))
    return undefined;
  const at = isoInstant(`${date}T${time}Z`);
  return at < 0 ? undefined : at;
}

/** A number is taken for the unit in which it lies before the year 5138. */
function epoch(value: number): Instant {
  if (!(value >= SECONDS_FROM) || value >= NANOSECONDS_UP_TO) return -1;
  // A product may come out just below the millisecond that was meant.
  if (value < SECONDS_UP_TO) return Math.floor(value * 1_000 + 1e-3);
  if (value < MILLISECONDS_UP_TO) return Math.floor(value);
  return Math.floor(value / (value < MICROSECONDS_UP_TO ? 1e3 : 1e6));
}

/** How logs write that there was no status. */
const NO_STATUS = new Set(['', '-', '0', '00', '000', '-1', 'null', 'nil', 'none']);

/** `0`: it says that there was none; undefined: something that is no status. `503`, `"503"`, `"503 Service Unavailable"`. */
export function statusIn(value: unknown): number | undefined {
  if (value === null || value === 0 || value === -1) return 0;
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 100 && value <= 999 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  if (NO_STATUS.has(value.toLowerCase())) return 0;
  const digits = /^([1-9]\d\d)(?: [\w '-]{1,60})?$/.exec(value)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
