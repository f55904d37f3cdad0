import { DAY_MS, MINUTE_MS, parseDuration, parseInstant, SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';

/** An instant as people say it, which may depend on what time it is now. */
export type Moment = (now: Instant) => Instant;

/** A day, a clock and a zone; the clock alone is enough. */
const WRITTEN =
  /^(?:(\d{4})-(\d\d)-(\d\d)[T ])?([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?: ?(Z|[+-]\d\d:?\d\d|[A-Za-z][\w/+-]*))?$/;

/**
 * Reads an instant of the command line: ISO 8601 (`2026-11-20T03:00:00Z`), how long ago (`20m`, `1h30m`), or a clock, with or without a day and a zone (`23:40`, `23:40Z`,
 * `2026-11-20 03:00 Europe/Berlin`). A clock without a day is the last time that it was so late.
 * @param localZone of a clock without a zone, by its name in the IANA database
 * @returns undefined when the text is none of these
 */
export function parseMoment(text: string, localZone: string): Moment | undefined {
  const at = parseInstant(text);
  if (at !== undefined) return () => at;
  const ago = parseDuration(text);
  if (ago !== undefined) return (now) => now - ago * SECOND_MS;
  const [whole, year, month, day, hours = '', minutes = '', seconds = '0', named = localZone] =
    WRITTEN.exec(text) ?? [];
  const offsetAt = whole === undefined ? undefined : offsetsOf(named);
  if (offsetAt === undefined) return undefined;
  const clock = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS + Number(seconds) * SECOND_MS;
  if (year === undefined)
    return (now) => {
      const today = inZone(startOfDay(now + offsetAt(now)) + clock, offsetAt);
      return today <= now ? today : inZone(startOfDay(now + offsetAt(now)) - DAY_MS + clock, offsetAt);
    };
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  const exists = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return exists ? () => inZone(date.getTime() + clock, offsetAt) : undefined;
}

/** How far a zone is ahead of UTC, in milliseconds. */
type Offsets = (at: Instant) => number;

function offsetsOf(zone: string): Offsets | undefined {
  if (zone === 'Z') return () => 0;
  const fixed = fixedOffset(zone);
  if (fixed !== undefined) return () => fixed;
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    return (at) => {
      const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
      return fixedOffset(name.replace('GMT', '')) ?? 0;
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function fixedOffset(text: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
}

function startOfDay(at: Instant): Instant {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

/** The instant at which a zone has this local time. The offset is looked up twice, because it may change between UTC and the zone's time of a day. */
function inZone(local: number, offsetAt: Offsets): Instant {
  return local - offsetAt(local - offsetAt(local));
}
