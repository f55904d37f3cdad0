import type { WindowSettings } from '../../runbook/backfill-schema.ts';
import { SECOND_MS } from '../../time.ts';
import { aboveNoise } from './noise.ts';
import { excess, stretchesAbove } from './segments.ts';
import type { Range, Series } from './series.ts';
import { endOf, errorsIn, requestsIn, startOf } from './series.ts';
import { silences } from './silence.ts';

/**
 * A calm stretch ends a window once this many errors were expected in it at the window's own rate: the chance of seeing none is then one in
 * 3,000. With a few requests a minute that takes longer than `quiet`; where traffic is dense, `quiet` alone decides.
 */
export const CONCLUSIVE_ERRORS = 8;

/** Part of the series, still to be looked at. */
interface Part extends Range {
  /** Per cent: what its buckets are measured against. */
  readonly threshold: number;
}

/** The parts of the series with an elevated error rate: in order, disjoint. */
export function elevatedRanges(series: Series, settings: WindowSettings): readonly Range[] {
  const found: Range[] = [];
  // Buckets are many and stretches nest: a list of what is left to do, and no recursion.
  const left: Part[] = unbroken(series, settings).map((range) => ({ ...range, threshold: settings.end }));
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    for (const stretch of stretchesAbove(series, part, part.threshold)) {
      const pieces = cutAtCalm(series, stretch, part.threshold, settings);
      if (pieces.length > 1) {
        for (const piece of pieces) left.push({ ...piece, threshold: part.threshold });
        continue;
      }
      const window = fromBeginning(series, stretch, settings);
      if (rate(series, window) * 100 >= settings.begin * (1 - 1e-9)) found.push(window);
      // Above `end` for long but below `begin` as a whole: its peaks may be windows.
      else if (part.threshold < settings.begin) left.push({ ...window, threshold: settings.begin });
    }
  }
  const candidates = found
    .filter((range) => isLargeEnough(series, range, settings))
    .sort((a, b) => a.from - b.from);
  // Once more: what was only noise is part of the noise from here on.
  return aboveNoise(series, aboveNoise(series, candidates));
}

/** The series, cut where data is missing: no file, a clock that jumped, no traffic. */
function unbroken(series: Series, { quiet }: WindowSettings): readonly Range[] {
  const ranges: Range[] = [];
  let from = 0;
  for (const { before, lengthMs } of silences(series, quiet * SECOND_MS)) {
    if (lengthMs === quiet * SECOND_MS) continue;
    ranges.push({ from, to: before + 1 });
    from = before + 1;
  }
  ranges.push({ from, to: series.length });
  return ranges;
}

/** The pieces of a stretch between calms that are longer than `quiet` and conclusive. Each begins and ends with a bucket at or above the threshold. */
function cutAtCalm(
  series: Series,
  stretch: Range,
  threshold: number,
  { quiet }: WindowSettings,
): readonly Range[] {
  const pieces: Range[] = [];
  const usual = rate(series, stretch);
  let from = stretch.from;
  let last = stretch.from;
  for (let index = stretch.from + 1; index < stretch.to; index += 1) {
    if (excess(series, index, threshold) <= 0) continue;
    const calmMs = startOf(series, index) - endOf(series, last);
    const expected = usual * requestsIn(series, { from: last + 1, to: index });
    if (calmMs > quiet * SECOND_MS && expected >= CONCLUSIVE_ERRORS) {
      pieces.push({ from, to: last + 1 });
      from = index;
    }
    last = index;
  }
  pieces.push({ from, to: stretch.to });
  return pieces;
}

/** A window begins in a bucket at or above `begin`; empty when there is none. */
function fromBeginning(series: Series, { from, to }: Range, { begin }: WindowSettings): Range {
  let first = from;
  while (first < to && excess(series, first, begin) <= 0) first += 1;
  return { from: first, to };
}

function isLargeEnough(series: Series, range: Range, { minErrors, minRequests }: WindowSettings): boolean {
  return errorsIn(series, range) >= minErrors && requestsIn(series, range) >= minRequests;
}

function rate(series: Series, range: Range): number {
  const requests = requestsIn(series, range);
  return requests === 0 ? 0 : errorsIn(series, range) / requests;
}
