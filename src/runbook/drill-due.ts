import {
  calendarOf,
  DAY_MS,
  HOUR_MS,
  parseDuration,
  SECOND_MS,
  type CalendarDay,
  type Instant,
} from '../time.ts';
import { MONTHS, WEEKDAYS } from './drill-times.ts';

/** ? How long a drill may take before it is missed. */
const DRILL_MS = 12 * HOUR_MS;
/** A day begins in the easternmost time zone so long before it does in UTC, and ends in the westernmost one so long after it has begun in UTC. */
const EASTERNMOST_MS = 14 * HOUR_MS;
const WESTERNMOST_END_MS = 36 * HOUR_MS;
/** The rarest schedule that repeats: the 29th of February, with a century's exception. */
const HORIZON_DAYS = 8 * 366;

/**
 * The drill that was due last, and should have ended by now, began at this instant or later; to the day, whatever its time zone. `undefined`: none was
 * due yet.
 *
 * @param schedule a valid `drill.schedule`
 * @example lastDrillDue('rate(7 days)', now) // seven days and a half before now
 */
export function lastDrillDue(schedule: string, now: Instant): Instant | undefined {
  const [, kind, inner = ''] = /^(cron|rate)\((.+)\)$/.exec(schedule) ?? [];
  if (kind === 'rate') return now - DRILL_MS - rateMs(inner);
  const fields = inner.trim().split(/\s+/);
  for (let days = 0; days < HORIZON_DAYS; days += 1) {
    const day = Math.floor((now - DRILL_MS - WESTERNMOST_END_MS) / DAY_MS - days) * DAY_MS;
    if (isDue(fields, calendarOf(day))) return day - EASTERNMOST_MS;
  }
  return undefined;
}

function rateMs(rate: string): number {
  const [, count = '', unit = ''] = /^(\d+) ([mhd])/.exec(rate) ?? [];
  return (parseDuration(`${count}${unit}`) ?? 0) * SECOND_MS;
}

/** Whether a drill is due on that day, at any time. */
function isDue(
  [, , monthDays = '*', months = '*', weekDays = '*', years = '*']: readonly string[],
  day: CalendarDay,
): boolean {
  const { year, month, dayOfMonth, weekday, daysInMonth } = day;
  return (
    takes(years, year, 1970) &&
    takes(months, month, 1, MONTHS) &&
    (takes(monthDays, dayOfMonth, 1) || isSpecialDay(monthDays, day)) &&
    (takes(weekDays, weekday, 1, WEEKDAYS) ||
      weekDays === `${weekday}#${Math.ceil(dayOfMonth / 7)}` ||
      (weekDays === `${weekday}L` && dayOfMonth > daysInMonth - 7) ||
      (weekDays === 'L' && weekday === WEEKDAYS.length))
  );
}

/** `L`: the last day. `15W`, `LW`: the weekday nearest to it, within the month. */
function isSpecialDay(field: string, { dayOfMonth, weekday, daysInMonth }: CalendarDay): boolean {
  if (field === 'L') return dayOfMonth === daysInMonth;
  const [, named] = /^(\d+|L)W$/.exec(field) ?? [];
  if (named === undefined) return false;
  const wanted = named === 'L' ? daysInMonth : Number(named);
  // 1 is Sunday, 7 Saturday.
  const weekdayOf = (day: number): number => ((((weekday - 1 + day - dayOfMonth) % 7) + 7) % 7) + 1;
  const shift = { 1: wanted === daysInMonth ? -2 : 1, 7: wanted === 1 ? 2 : -1 }[weekdayOf(wanted)] ?? 0;
  return dayOfMonth === wanted + shift;
}

/** `least`: where `*` begins to count steps. */
function takes(field: string, value: number, least: number, names: readonly string[] = []): boolean {
  if (field === '?') return true;
  return field.split(',').some((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [first = '', last] = range.split('-');
    const from = first === '*' ? least : numberOf(first, names);
    const hasEnd = last !== undefined || (first !== '*' && !part.includes('/'));
    const to = hasEnd ? numberOf(last ?? first, names) : Number.POSITIVE_INFINITY;
    const isWithin = from <= to ? value >= from && value <= to : value >= from || value <= to;
    return isWithin && (value - from) % Number(step) === 0;
  });
}

function numberOf(text: string, names: readonly string[]): number {
  const index = names.indexOf(text.toUpperCase());
  return index < 0 ? Number(text) : index + 1;
}
