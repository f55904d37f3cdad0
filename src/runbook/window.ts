import { describeValue, printable } from '../document/complaints.ts';
import { guesser } from '../document/suggest.ts';
import { LifeboatError } from '../errors.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../time.ts';
import type { Instant } from '../time.ts';

/** Hours of chosen days of the week, on the clock of one zone. */
export interface WeeklyPeriod {
  /** 1 is Monday, 7 Sunday; rising. The day on which the period begins. */
  readonly days: readonly number[];
  /** Minutes since midnight, 0 to 1439. */
  readonly fromMinutes: number;
  /** Minutes since the same midnight; above 1440 when it ends on the next day. Not included. */
  readonly toMinutes: number;
  /** `UTC` or a name of the IANA database such as `Europe/Berlin`. */
  readonly zone: string;
}

/**
 * When something may happen: within any of the periods. Plain JSON.
 *
 * It goes by the clock on the wall of its zone. An hour that is left out in spring does not happen; one that is repeated in autumn
 * counts both times.
 */
export interface ChangeWindow {
  readonly periods: readonly WeeklyPeriod[];
}

export type ParsedWindow =
  | { readonly ok: true; readonly window: ChangeWindow }
  /** `suggestion` is the whole text as it was probably meant. */
  | { readonly ok: false; readonly complaint: string; readonly suggestion?: string };

export const WINDOW_EXAMPLE = 'Mon-Fri 06:00-10:00 UTC';
const EXPECTED = `expected a window such as '${WINDOW_EXAMPLE}', 'Mon,Wed 08:00-09:30 Europe/Berlin' or 'daily 22:00-02:00 UTC', several separated by ';'`;

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const DAY_MINUTES = DAY_MS / MINUTE_MS;
const MOST_PERIODS = 50;
const MOST_CHARACTERS = 2_000;
/** Every window opens and closes within a week; one hit by a change of the clock does within two. */
const HORIZON_DAYS = 22;

/** What is wrong with a window, thrown from within its parts. */
class WindowFault extends Error {
  readonly suggestion: string | undefined;

  constructor(message: string, suggestion?: string) {
    super(message);
    this.suggestion = suggestion;
  }
}

/**
 * A window as a runbook has it: days, hours and a zone (UTC when there is none), several separated by `;`.
 * A period past midnight belongs to the day it began. `24:00` ends a day.
 *
 * @example parseWindow('Mon-Fri 06:00-10:00 UTC; Sat 22:00-02:00 UTC')
 */
export function parseWindow(text: string): ParsedWindow {
  try {
    if (text.length > MOST_CHARACTERS)
      throw new WindowFault(`it has more than ${MOST_CHARACTERS} characters`);
    const parts = text.split(';').map((part) => part.trim());
    if (parts.length > MOST_PERIODS) throw new WindowFault(`it has more than ${MOST_PERIODS} periods`);
    const periods = parts.map((part) => periodOf(part, text));
    const named = periods.filter(({ zone }) => zone !== undefined);
    if (named.length > 0 && named.length < periods.length)
      throw new WindowFault('some periods name a zone and some do not: name it for each');
    return {
      ok: true,
      window: { periods: periods.map((period) => ({ ...period, zone: period.zone ?? 'UTC' })) },
    };
  } catch (error) {
    if (!(error instanceof WindowFault)) throw error;
    const complaint = `${describeValue(text)}: ${error.message}; ${EXPECTED}`;
    return { ok: false, complaint, ...(error.suggestion !== undefined && { suggestion: error.suggestion }) };
  }
}

/**
 * The window of a runbook that was valid when its run began.
 * @throws LifeboatError `INVALID_RUNBOOK` when it is none
 */
export function windowOf(text: string): ChangeWindow {
  const parsed = parseWindow(text);
  if (parsed.ok) return parsed.window;
  throw new LifeboatError(
    'INVALID_RUNBOOK',
    `This is no window: ${parsed.complaint}.`,
    'Correct the runbook.',
  );
}

/** Whether something may happen at that instant. */
export function isOpen(window: ChangeWindow, at: Instant): boolean {
  return window.periods.some((period) => {
    const wallMs = at + offsetMs(period.zone, at);
    const day = Math.floor(wallMs / DAY_MS);
    const minutes = Math.floor((wallMs - day * DAY_MS) / MINUTE_MS);
    const beganToday = minutes >= period.fromMinutes && minutes < period.toMinutes;
    const beganYesterday = minutes + DAY_MINUTES < period.toMinutes;
    return (
      (beganToday && period.days.includes(weekday(day))) ||
      (beganYesterday && period.days.includes(weekday(day - 1)))
    );
  });
}

/** The first instant from `at` on at which it is open: `at` itself when it is. */
export function opensAt(window: ChangeWindow, at: Instant): Instant {
  if (isOpen(window, at)) return at;
  const opening = nextChange(window, at, true);
  if (opening === undefined) throw new Error(`a window that never opens: ${JSON.stringify(window)}`);
  return opening;
}

/** When the opening ends that lasts at `at`, or else the next one; `undefined` when it is open always. */
export function closesAt(window: ChangeWindow, at: Instant): Instant | undefined {
  return nextChange(window, opensAt(window, at), false);
}

/** The first instant after `at` at which the window is open, or is closed. */
function nextChange(window: ChangeWindow, at: Instant, toOpen: boolean): Instant | undefined {
  for (let days = 0; days < HORIZON_DAYS; days += 1) {
    const from = at + days * DAY_MS;
    const found = window.periods
      .flatMap((period) => candidates(period, from))
      .filter((candidate) => candidate > at)
      .sort((one, other) => one - other)
      .find((candidate) => isOpen(window, candidate) === toOpen);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All instants of the day after `from` at which the period may open or close: more than there are, never fewer. */
function candidates({ zone, fromMinutes, toMinutes }: WeeklyPeriod, from: Instant): readonly Instant[] {
  const until = from + DAY_MS;
  const [before, after] = [offsetMs(zone, from), offsetMs(zone, until)];
  const instants = before === after ? [] : [clockChange(zone, from, until)];
  for (const offset of new Set([before, after])) {
    const firstDay = Math.floor((from + offset) / DAY_MS);
    const lastDay = Math.floor((until + offset) / DAY_MS);
    for (let day = firstDay; day <= lastDay; day += 1) {
      for (const minutes of [fromMinutes, toMinutes % DAY_MINUTES]) {
        instants.push(day * DAY_MS + minutes * MINUTE_MS - offset);
      }
    }
  }
  return instants.filter((instant) => instant >= from && instant <= until);
}

/** The first instant of the new offset; the offsets of the two ends differ. */
function clockChange(zone: string, from: Instant, until: Instant): Instant {
  const offset = offsetMs(zone, from);
  let [before, after] = [from, until];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetMs(zone, middle) === offset) before = middle;
    else after = middle;
  }
  return after;
}

function weekday(day: number): number {
  // Day 0, the first of January 1970, was a Thursday.
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the clocks of the zone are ahead of UTC. */
function offsetMs(zone: string, at: Instant): number {
  if (zone === 'UTC') return 0;
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    formats.set(zone, format);
  }
  const [, sign, hours, minutes, seconds = '0'] =
    /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(format.format(at)) ?? [];
  if (sign === undefined) return 0;
  const ahead = Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS + Number(seconds) * SECOND_MS;
  return sign === '-' ? -ahead : ahead;
}

type UnzonedPeriod = Omit<WeeklyPeriod, 'zone'> & { readonly zone: string | undefined };

function periodOf(part: string, text: string): UnzonedPeriod {
  const match = /^(.*?)\s+(\d+:\d+)\s*-\s*(\d+:\d+)(?:\s+(\S+))?$/.exec(part);
  if (match === null) throw new WindowFault(`${describeValue(part)} is not days, hours and a zone`);
  const [, days = '', from = '', to = '', zone] = match;
  const fromMinutes = minutesOf(from, DAY_MINUTES - 1);
  const end = minutesOf(to, DAY_MINUTES);
  if (end === fromMinutes)
    throw new WindowFault(`it begins and ends at ${from}; for a whole day write 00:00-24:00`);
  const toMinutes = end > fromMinutes ? end : end + DAY_MINUTES;
  return {
    days: daysOf(days),
    fromMinutes,
    toMinutes,
    zone: zone === undefined ? undefined : zoneOf(zone, text),
  };
}

function minutesOf(time: string, most: number): number {
  const [, hours = '', minutes = ''] = /^(\d\d):(\d\d)$/.exec(time) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  if (hours === '' || Number(minutes) > 59 || total > most)
    throw new WindowFault(
      `'${printable(time)}' is not a time from 00:00 to ${most === DAY_MINUTES ? '24:00' : '23:59'}`,
    );
  return total;
}

function daysOf(text: string): readonly number[] {
  if (/^daily$/i.test(text)) return EVERY_DAY;
  const days = new Set(
    text.split(',').flatMap((part) => {
      const [first = '', last = first, ...more] = part.split('-').map((name) => name.trim());
      if (more.length > 0) throw new WindowFault(`'${printable(part)}' is not a day or a range of days`);
      const [from, to] = [dayOf(first), dayOf(last)];
      // Friday to Monday goes round the end of the week.
      return EVERY_DAY.map((day) => ((from - 1 + day - 1) % 7) + 1).slice(0, ((to - from + 7) % 7) + 1);
    }),
  );
  return EVERY_DAY.filter((day) => days.has(day));
}

/** `Mon` or `Monday`, in any case. */
function dayOf(name: string): number {
  const lower = name.toLowerCase();
  const index = DAYS.findIndex((day) => day === lower || day.slice(0, 3) === lower);
  if (index < 0) throw new WindowFault(`'${printable(name)}' is not a day: write Mon to Sun, or daily`);
  return index + 1;
}

/** Abbreviations are refused: EST is not what New York keeps in summer. */
function zoneOf(name: string, text: string): string {
  if (/^utc$/i.test(name)) return 'UTC';
  const isName = /^[A-Za-z_]+(\/[A-Za-z0-9_+-]+)+$/.test(name);
  if (isName && isKnownZone(name)) return name;
  const guess = isName ? guesser(new Set(Intl.supportedValuesOf('timeZone')))(name) : undefined;
  throw new WindowFault(
    `'${printable(name)}' is not a zone of the IANA database, such as Europe/Berlin, nor UTC`,
    guess === undefined ? undefined : text.replace(name, guess),
  );
}

/** Whether the name is one of the IANA database. */
export function isKnownZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
