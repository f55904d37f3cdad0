import { DAY_MS } from '../../time.ts';
import type { Range, Series } from './series.ts';
import { endOf, firstFrom, startOf } from './series.ts';

/** Chance produces such a silence once in e^15 (three million) buckets, so not in weeks of minutes. */
const BEYOND_CHANCE = 15;
/** Traffic on either side of a silence that is considered: this many buckets, or twice the silence if that is longer. */
const NEARBY_BUCKETS = 60;

/** Time without any request between bucket `before` and the next one. */
export interface Silence {
  readonly before: number;
  readonly lengthMs: number;
}

/** All silences of at least `atLeastMs` that the traffic on both sides does not explain. */
export function silences(series: Series, atLeastMs: number): readonly Silence[] {
  const found: Silence[] = [];
  for (let before = 0; before + 1 < series.length; before += 1) {
    const lengthMs = startOf(series, before + 1) - endOf(series, before);
    if (lengthMs > 0 && lengthMs >= atLeastMs && isBeyondChance(series, { before, lengthMs }))
      found.push({ before, lengthMs });
  }
  return found;
}

/** The buckets with traffic near a silence, before and after it. */
export function beside(series: Series, { before, lengthMs }: Silence): { earlier: Range; later: Range } {
  const reachMs = Math.max(NEARBY_BUCKETS * series.bucketMs, 2 * lengthMs);
  const after = before + 1;
  return {
    earlier: { from: firstFrom(series, endOf(series, before) - reachMs), to: after },
    later: { from: after, to: firstFrom(series, startOf(series, after) + reachMs) },
  };
}

/**
 * Of the buckets beside the silence a share `q` holds traffic; as many as the silence is long would all be empty by chance with
 * `(1 - q)^n`. Going by which buckets are empty, and not by how many requests they hold, makes it right for traffic in bursts; the emptier side counts.
 */
function isBeyondChance(series: Series, silence: Silence): boolean {
  const { earlier, later } = beside(series, silence);
  const occupied = Math.min(occupancy(series, earlier), occupancy(series, later));
  return -Math.log1p(-occupied) * (silence.lengthMs / series.bucketMs) >= BEYOND_CHANCE;
}

/** From 0 to less than 1: one extra bucket keeps a few buckets from counting as full. */
function occupancy(series: Series, { from, to }: Range): number {
  const span = (endOf(series, to - 1) - startOf(series, from)) / series.bucketMs;
  return (to - from) / (span + 1);
}

/**
 * Whether it is as silent at this hour of other days: two of them at least (the day before and after, two days before and after, a week before
 * and after), with none that has traffic instead. Days that the log does not reach say nothing.
 */
export function isUsual(series: Series, silence: Silence): boolean {
  const middle = endOf(series, silence.before) + silence.lengthMs / 2;
  let same = 0;
  for (const days of [-7, -2, -1, 1, 2, 7]) {
    const next = firstFrom(series, middle + days * DAY_MS);
    if (next === 0 || next === series.length || next === silence.before + 1) continue;
    const otherMs = startOf(series, next) - endOf(series, next - 1);
    if (otherMs > 2 * silence.lengthMs) continue;
    if (otherMs < silence.lengthMs / 2) return false;
    same += 1;
  }
  return same >= 2;
}
