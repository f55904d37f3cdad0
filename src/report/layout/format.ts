import { formatDuration, formatInstant, SECOND_MS, type Instant } from '../../time.ts';
import type { Paint, Palette } from './palette.ts';

/** Columns of a page that fits any terminal and any ticket. */
export const PAGE_WIDTH = 96;

/** The width where there is no terminal: prose is broken at {@link PAGE_WIDTH}, tables take what they need, so that no id is cut in a pipe. */
export const UNBOUNDED = Number.POSITIVE_INFINITY;

/** `2 h 05 min`; `never` for what does not end, `-` for what is not known. A journal keeps infinity as null. */
export function seconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-';
  return Number.isFinite(value) ? formatDuration(value) : 'never';
}

/** Of the time to recover. While resources have failed for good or wait for a decision there is none, and they are the reason. */
export function forecastText(
  forecastSeconds: number | null,
  { failed, halted }: { readonly failed: number; readonly halted: number },
): string {
  if (forecastSeconds !== null) return `forecast ${seconds(forecastSeconds)}`;
  const why = [...(failed > 0 ? [`${failed} failed`] : []), ...(halted > 0 ? [`${halted} halted`] : [])];
  return why.length === 0 ? 'forecast unknown' : `no forecast: ${why.join(', ')}`;
}

/** `03:14:05`, UTC. */
export function clock(at: Instant): string {
  return formatInstant(at).slice(11, 19);
}

/** `2026-11-20 03:14:05 UTC`. */
export function moment(at: Instant): string {
  return `${formatInstant(at).slice(0, 10)} ${clock(at)} UTC`;
}

/** The same from ISO 8601; `-` for null. */
export function isoMoment(iso: string | null): string {
  return iso === null ? '-' : `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** `+0:14:05`: hours, minutes and seconds since `from`; hours go on beyond a day. */
export function elapsed(at: Instant, from: Instant): string {
  // Cut, as a clock does: the two stand side by side.
  const whole = Math.floor(Math.abs(at - from) / SECOND_MS);
  const two = (value: number): string => String(value).padStart(2, '0');
  const sign = at < from && whole > 0 ? '-' : '+';
  return `${sign}${Math.floor(whole / 3_600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** `12.40 USD`; fractions of a cent are said to be such. */
export function usd(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  if (value > 0 && value < 0.005) return '< 0.01 USD';
  return `${value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })} USD`;
}

/** `500 GiB`, `1.2 TiB`, `1.0 PiB`. */
export function gibibytes(value: number): string {
  if (value >= 1_024 * 1_024) return `${(value / (1_024 * 1_024)).toFixed(1)} PiB`;
  return value >= 1_024 ? `${(value / 1_024).toFixed(1)} TiB` : `${Math.round(value)} GiB`;
}

export function metWord(met: boolean | null): string {
  if (met === null) return 'not measured';
  return met ? 'met' : 'MISSED';
}

export function metPaint(met: boolean | null, palette: Palette): Paint {
  if (met === null) return palette.dim;
  return met ? palette.green : palette.red;
}

/** `99.5 %`; enough digits to tell an objective from what was reached. */
export function percent(value: number | null): string {
  return value === null ? '-' : `${Number(value.toFixed(3))} %`;
}
