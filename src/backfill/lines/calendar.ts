import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { BYTE, byteAt, isDigit, twoDigits } from './bytes.ts';

const LAST_DAY = Uint8Array.of(0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);

/** The instant at which a day begins, UTC, by the Gregorian calendar; -1 for a date that does not exist, or before 1970. */
export function dayStart(year: number, month: number, day: number): Instant {
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > (LAST_DAY[month] as number)) return -1;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2 && day === 29 && !leap) return -1;
  // Years that begin in March end with the leap day, and months then have a regular length.
  const shifted = month > 2 ? month - 3 : month + 9;
  const marchYear = month > 2 ? year : year - 1;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const daysBefore = Math.floor((153 * shifted + 2) / 5);
  return (marchYear * 365 + leapDays + daysBefore + day - 719_469) * DAY_MS;
}

/** Milliseconds into a day of `HH:MM:SS` at `index`; -1 when there is no such time. */
export function clockMs(bytes: Uint8Array, index: number): number {
  const hours = twoDigits(bytes, index);
  const minutes = twoDigits(bytes, index + 3);
  const seconds = twoDigits(bytes, index + 6);
  const colons = byteAt(bytes, index + 2) === BYTE.colon && byteAt(bytes, index + 5) === BYTE.colon;
  if (!colons || hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59)
    return -1;
  return hours * HOUR_MS + minutes * MINUTE_MS + seconds * SECOND_MS;
}

/** The instant at which the day `YYYY-MM-DD` at `index` begins; -1 when there is no such day. */
export function isoDay(bytes: Uint8Array, index: number): Instant {
  const century = twoDigits(bytes, index);
  const year = twoDigits(bytes, index + 2);
  const month = twoDigits(bytes, index + 5);
  const day = twoDigits(bytes, index + 8);
  const dashes = byteAt(bytes, index + 4) === BYTE.minus && byteAt(bytes, index + 7) === BYTE.minus;
  if (!dashes || century < 0 || year < 0) return -1;
  return dayStart(century * 100 + year, month, day);
}

/** `YYYY-MM-DDTHH:MM:SS[.f]Z` from `start` to `end`, cut to milliseconds; -1 when it is anything else. */
export function utcInstant(bytes: Uint8Array, start: number, end: number): Instant {
  if (end - start < 20 || end - start > 30 || byteAt(bytes, end - 1) !== BYTE.letterZ) return -1;
  if (byteAt(bytes, start + 10) !== BYTE.letterT) return -1;
  return localInstant(bytes, start, end - 1);
}

/**
 * As `utcInstant`, also with a space for the `T` and with a zone such as `+02:00` or `-0700`. A time
 * without a zone is ambiguous and refused.
 */
export function isoInstant(text: string): Instant {
  const bytes = Buffer.from(text.slice(0, 40), 'latin1');
  const end = bytes.length;
  if (text.length > 36 || end < 20) return -1;
  const separator = byteAt(bytes, 10);
  if (separator !== BYTE.letterT && separator !== BYTE.space) return -1;
  if (byteAt(bytes, end - 1) === BYTE.letterZ) return localInstant(bytes, 0, end - 1);
  const zone = /[+-]\d\d:?\d\d$/.exec(text);
  if (zone === null || zone.index < 19) return -1;
  const offset = offsetMs(
    byteAt(bytes, zone.index),
    twoDigits(bytes, zone.index + 1),
    twoDigits(bytes, end - 2),
  );
  const local = localInstant(bytes, 0, zone.index);
  return offset === undefined || local < 0 ? -1 : Math.max(-1, local - offset);
}

/** How far a zone is ahead of UTC; undefined when there is no such zone. */
export function offsetMs(sign: number, hours: number, minutes: number): number | undefined {
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined;
  if (sign !== BYTE.plus && sign !== BYTE.minus) return undefined;
  return (sign === BYTE.plus ? 1 : -1) * (hours * 60 + minutes) * MINUTE_MS;
}

/** `YYYY-MM-DD HH:MM:SS[.f]`, whatever stands between the day and the clock. */
function localInstant(bytes: Uint8Array, start: number, end: number): Instant {
  if (end - start < 19) return -1;
  const day = isoDay(bytes, start);
  const clock = clockMs(bytes, start + 11);
  if (day < 0 || clock < 0) return -1;
  if (end - start === 19) return day + clock;
  if (byteAt(bytes, start + 19) !== BYTE.dot || end - start === 20) return -1;
  let fraction = 0;
  let weight = 100;
  for (let index = start + 20; index < end; index += 1) {
    const byte = byteAt(bytes, index);
    if (!isDigit(byte)) return -1;
    fraction += weight * (byte - BYTE.zero);
    weight = weight === 100 ? 10 : weight === 10 ? 1 : 0;
  }
  return day + clock + fraction;
}
