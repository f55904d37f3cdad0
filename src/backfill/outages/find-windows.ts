import type { WindowSettings } from '../../runbook/backfill-schema.ts';
import { DAY_MS, SECOND_MS } from '../../time.ts';
import { elevatedRanges } from './elevated.ts';
import type { Range, Series } from './series.ts';
import { endOf, errorsIn, rangeWithin, requestsIn, seriesOf, startOf } from './series.ts';
import { beside, isUsual, silences } from './silence.ts';
import type { Buckets, OutageWindow } from '../base/outage-window.ts';

/** A longer gap is not an outage but another log, or a clock that jumped. */
export const LONGEST_GAP_MS = 7 * DAY_MS;
/** Buckets with traffic that a gap needs on either side: one or two stray lines are not traffic. */
export const TRAFFIC_BUCKETS = 3;

/**
 * The outage, as far as counts tell: spans with an elevated error rate, gaps in the traffic, and those given by hand, by their beginning.
 *
 * - `errors` are disjoint, begin and end with the bucket, and hold at least `minErrors`, `minRequests` and the rate `begin`. They begin
 *   with a bucket at or above `begin`, go on over calm no longer than `quiet` (or too thin to tell), and end after the last bucket at or above `end`.
 * - `gap`: at least `gap` without any request, that neither chance nor the hour of the day explains.
 * - `given`: to the millisecond as given; its counts are those of the buckets that begin in it.
 *
 * Windows of different kinds may overlap and are not merged.
 */
export function findWindows(buckets: Buckets, settings: WindowSettings): readonly OutageWindow[] {
  const series = seriesOf(buckets, settings.bucket * SECOND_MS);
  const errors = elevatedRanges(series, settings).map((range) => ({
    kind: 'errors' as const,
    start: startOf(series, range.from),
    end: endOf(series, range.to - 1),
    ...countsOf(series, range),
  }));
  const given = settings.given.map(({ from, to }) => ({
    kind: 'given' as const,
    start: from,
    end: to,
    ...countsOf(series, rangeWithin(series, from, to)),
  }));
  return [...errors, ...gaps(series, settings), ...given].sort((a, b) => a.start - b.start || a.end - b.end);
}

function gaps(series: Series, settings: WindowSettings): readonly OutageWindow[] {
  const enough = ({ from, to }: Range) => to - from >= TRAFFIC_BUCKETS;
  return silences(series, settings.gap * SECOND_MS)
    .filter(({ lengthMs }) => lengthMs <= LONGEST_GAP_MS)
    .filter((silence) => {
      const { earlier, later } = beside(series, silence);
      return enough(earlier) && enough(later) && !isUsual(series, silence);
    })
    .map(({ before }) => ({
      kind: 'gap',
      start: endOf(series, before),
      end: startOf(series, before + 1),
      requests: 0,
      errors: 0,
    }));
}

function countsOf(series: Series, range: Range): { requests: number; errors: number } {
  return { requests: requestsIn(series, range), errors: errorsIn(series, range) };
}
