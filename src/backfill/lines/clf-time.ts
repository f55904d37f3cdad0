import type { Instant } from '../../time.ts';
import { BYTE, byteAt, isDigit, twoDigits } from './bytes.ts';
import { clockMs, dayStart, isoInstant, offsetMs } from './calendar.ts';

/** How long `10/Oct/2000:13:55:36 -0700` is. */
export const CLF_TIME = 26;

/** How long HAProxy's `06/Feb/2009:12:14:14.655` is. */
export const HAPROXY_TIME = 24;

/** Whether the time in brackets that begins at `bracket` has milliseconds and no zone, and the name of a frontend after it: no other server writes it so. */
export function isHaproxyTime(bytes: Uint8Array, bracket: number, end: number): boolean {
  const closing = bracket + 1 + HAPROXY_TIME;
  if (closing >= end || bytes[closing] !== BYTE.closing || bytes[closing - 4] !== BYTE.dot) return false;
  if (closing + 2 < end && bytes[closing + 2] === BYTE.quote) return false;
  return [3, 2, 1].every((place) => isDigit(byteAt(bytes, closing - place)));
}

/** Months by their three letters, as one number. */
const MONTHS: ReadonlyMap<number, number> = new Map(
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map((name, index) => [
    threeLetters(name.charCodeAt(0), name.charCodeAt(1), name.charCodeAt(2)),
    index + 1,
  ]),
);

function threeLetters(first: number, second: number, third: number): number {
  return (first << 16) | (second << 8) | third;
}

/** `DD/Mon/YYYY:HH:MM:SS ±HHMM` at `index`, which has `CLF_TIME` bytes; -1 when there is no such time. */
export function clfInstant(bytes: Uint8Array, index: number): Instant {
  const slashes = byteAt(bytes, index + 2) === BYTE.slash && byteAt(bytes, index + 6) === BYTE.slash;
  if (!slashes || byteAt(bytes, index + 11) !== BYTE.colon || byteAt(bytes, index + 20) !== BYTE.space)
    return -1;
  const letters = threeLetters(byteAt(bytes, index + 3), byteAt(bytes, index + 4), byteAt(bytes, index + 5));
  const century = twoDigits(bytes, index + 7);
  const year = twoDigits(bytes, index + 9);
  if (century < 0 || year < 0) return -1;
  const day = dayStart(century * 100 + year, MONTHS.get(letters) ?? 0, twoDigits(bytes, index));
  const clock = clockMs(bytes, index + 12);
  const offset = offsetMs(
    byteAt(bytes, index + 21),
    twoDigits(bytes, index + 22),
    twoDigits(bytes, index + 24),
  );
  if (day < 0 || clock < 0 || offset === undefined) return -1;
  return Math.max(-1, day + clock - offset);
}

/** ISO as other programs write it: a comma before the fraction, a space before the zone, or the zone by name. */
const LIKE_ISO =
  /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))? ?(?:(Z|UTC|GMT)|([+-]\d\d):?(\d\d)?)$/;

/** A time as texts in logs have it, `CLF_TIME` or longer by a fraction of a second (Apache), or as ISO (nginx's `$time_iso8601`), cut to milliseconds; -1 when it is no time with a zone. */
export function instantOf(text: string): Instant {
  if (text.charCodeAt(2) !== BYTE.slash) {
    const at = isoInstant(text);
    return at >= 0 ? at : isoInstant(plainIso(text));
  }
  const [, seconds = '', fraction = '', zone = ''] = /^(.{20})(?:[.,](\d{1,9}))?( .{5})$/.exec(text) ?? [];
  const at = seconds === '' ? -1 : clfInstant(Buffer.from(seconds + zone, 'latin1'), 0);
  return at < 0 ? -1 : at + Math.floor(Number(`0.${fraction}0`) * 1_000 + 1e-6);
}

function plainIso(text: string): string {
  const [, time = '', fraction, utc, hours = '', minutes = '00'] = LIKE_ISO.exec(text) ?? [];
  const parts = fraction === undefined ? time : `${time}.${fraction}`;
  return utc === undefined ? `${parts}${hours}${minutes}` : `${parts}Z`;
}
