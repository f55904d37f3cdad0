import type { Instant } from '../../time.ts';
import type { Buckets } from '../base/outage-window.ts';

/** The buckets that hold requests, by time, as columns: weeks of minutes are looked at in milliseconds. Empty time is not in it, so that a clock that jumped to 1970 costs nothing. */
export interface Series {
  readonly length: number;
  readonly bucketMs: number;
  /** When each bucket begins. */
  readonly starts: Float64Array;
  /** Requests before each bucket, and at the end all. */
  readonly requestsBefore: Float64Array;
  readonly errorsBefore: Float64Array;
}

/** Some of a series: buckets `from` (inclusive) to `to` (exclusive). */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export function seriesOf(buckets: Buckets, bucketMs: number): Series {
  const starts = new Float64Array(buckets.size);
  let length = 0;
  for (const [start, { requests }] of buckets) {
    if (!Number.isFinite(start) || !(requests > 0)) continue;
    starts[length] = start;
    length += 1;
  }
  const sorted = starts.subarray(0, length).sort();
  const requestsBefore = new Float64Array(length + 1);
  const errorsBefore = new Float64Array(length + 1);
  for (let index = 0; index < length; index += 1) {
    const bucket = buckets.get(at(sorted, index));
    requestsBefore[index + 1] = at(requestsBefore, index) + (bucket?.requests ?? 0);
    errorsBefore[index + 1] = at(errorsBefore, index) + (bucket?.errors ?? 0);
  }
  return { length, bucketMs, starts: sorted, requestsBefore, errorsBefore };
}

export function requestsIn({ requestsBefore }: Series, { from, to }: Range): number {
  return at(requestsBefore, to) - at(requestsBefore, from);
}

export function errorsIn({ errorsBefore }: Series, { from, to }: Range): number {
  return at(errorsBefore, to) - at(errorsBefore, from);
}

export function startOf({ starts }: Series, index: number): Instant {
  return at(starts, index);
}

/** The first instant after a bucket. */
export function endOf({ starts, bucketMs }: Series, index: number): Instant {
  return at(starts, index) + bucketMs;
}

/** The first bucket that begins at or after `instant`; `length` when there is none. */
export function firstFrom({ starts, length }: Series, instant: Instant): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(starts, middle) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The buckets that begin within `from` (inclusive) to `to` (exclusive). */
export function rangeWithin(series: Series, from: Instant, to: Instant): Range {
  const first = firstFrom(series, from);
  return { from: first, to: Math.max(first, firstFrom(series, to)) };
}

function at(column: Float64Array, index: number): number {
  return column[index] ?? 0;
}
