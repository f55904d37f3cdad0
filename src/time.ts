/** Milliseconds since the Unix epoch, UTC. Pure code never reads the clock: the caller passes the time. */
export type Instant = number;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Parses ISO 8601 with a zone, e.g. `2026-11-20T03:00:00Z`; `undefined` when it is not one. */
export function parseInstant(text: string): Instant | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** ISO 8601 UTC; whole seconds are written without a fraction. */
export function formatInstant(at: Instant): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}

/** A day in the calendar of UTC. */
export interface CalendarDay {
  readonly year: number;
  /** 1 is January. */
  readonly month: number;
  readonly dayOfMonth: number;
  /** 1 is Sunday, 7 Saturday. */
  readonly weekday: number;
  readonly daysInMonth: number;
}

export function calendarOf(at: Instant): CalendarDay {
  const date = new Date(at);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { year, month, dayOfMonth: date.getUTCDate(), weekday: date.getUTCDay() + 1, daysInMonth };
}

const UNIT_SECONDS = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;

/** `6h`, `90m`, `1h30m`, `7d`, `300ms` to seconds; `undefined` when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    seconds += Number(amount) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
  }
  return seconds;
}

/** Seconds as readable text: `45 s`, `12 min`, `3 h 05 min`, `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const sign = seconds < 0 && whole > 0 ? '-' : '';
  if (whole < 60) return `${sign}${whole} s`;
  if (whole < 3_600) {
    const rest = whole % 60;
    return rest === 0 || whole >= 600
      ? `${sign}${Math.round(whole / 60)} min`
      : `${sign}${Math.floor(whole / 60)} min ${rest} s`;
  }
  if (whole < 2 * 86_400) {
    const minutes = Math.round(whole / 60);
    return `${sign}${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
  }
  const hours = Math.round(whole / 3_600);
  return `${sign}${Math.floor(hours / 24)} d ${hours % 24} h`;
}
