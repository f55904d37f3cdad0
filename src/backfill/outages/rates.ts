import type { Instant } from '../../time.ts';
import type { Span } from '../base/survey.ts';
import type { Bucket, Buckets, FoundWindow } from '../base/outage-window.ts';

/** From 0 to 1; 0 when there was no request. */
export function errorRateOf({ requests, errors }: Bucket): number {
  return requests === 0 ? 0 : errors / requests;
}

/** All that happened in the buckets that begin within `from` (inclusive) to `to` (exclusive); without them, in all. Adjoining spans add up. */
export function rateOf(
  buckets: Buckets,
  from: Instant = -Infinity,
  to: Instant = Infinity,
): Bucket & { readonly errorRate: number } {
  let requests = 0;
  let errors = 0;
  for (const [start, bucket] of buckets) {
    if (start < from || start >= to) continue;
    requests += bucket.requests;
    errors += bucket.errors;
  }
  return { requests, errors, errorRate: errorRateOf({ requests, errors }) };
}

/** The time that the windows cover together: in order, disjoint, those that overlap or adjoin as one. */
export function spansOf(windows: readonly FoundWindow[]): readonly Span[] {
  const spans: Span[] = [];
  for (const { start, end } of [...windows].sort((a, b) => a.start - b.start)) {
    const last = spans.at(-1);
    if (last === undefined || start > last.to) spans.push({ from: start, to: end });
    else if (end > last.to) spans[spans.length - 1] = { from: last.from, to: end };
  }
  return spans;
}
