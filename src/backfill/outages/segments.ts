import type { Range, Series } from './series.ts';
import { errorsIn, requestsIn } from './series.ts';

/** What lifts a bucket that is exactly at the threshold above it. Small against one error, large against the rounding of sums. */
const AT_THRESHOLD = 1e-6;

/** How far the errors of a bucket are above `percent` of its requests, in hundredths of an error; negative below it, positive at it. */
export function excess(series: Series, index: number, percent: number): number {
  const bucket = { from: index, to: index + 1 };
  const requests = requestsIn(series, bucket);
  const errors = errorsIn(series, bucket);
  const score = 100 * errors - percent * requests;
  return errors > 0 && score > -1e-9 * requests ? Math.max(score, 0) + AT_THRESHOLD : score;
}

/**
 * The stretches within `range` in which the error rate is at least `percent` from whichever end one looks: each begins and ends with a
 * bucket at or above it, and no part at an end is below it as a whole. Between two stretches, calm outweighs one of them at least.
 * These are the maximal scoring subsequences of `excess`, by the algorithm of Ruzzo and Tompa, in linear time.
 */
export function stretchesAbove(series: Series, range: Range, percent: number): readonly Range[] {
  /** Candidates so far; `left` and `right` are the sums before and after each, `shorter` the nearest one before with a smaller `left`. */
  const open: { from: number; to: number; left: number; right: number; shorter: number }[] = [];
  let sum = 0;
  for (let index = range.from; index < range.to; index += 1) {
    const score = excess(series, index, percent);
    if (score <= 0) {
      sum += score;
      continue;
    }
    const next = { from: index, to: index + 1, left: sum, right: sum + score, shorter: -1 };
    sum += score;
    for (;;) {
      next.shorter = nearestShorter(open, next.left);
      const before = open[next.shorter];
      if (before === undefined || before.right >= next.right) break;
      next.from = before.from;
      next.left = before.left;
      open.length = next.shorter;
    }
    open.push(next);
  }
  return open.map(({ from, to }) => ({ from, to }));
}

/** Follows `shorter` instead of looking at every one: this keeps the whole linear. */
function nearestShorter(open: readonly { left: number; shorter: number }[], left: number): number {
  let candidate = open.length - 1;
  for (let one = open[candidate]; one !== undefined && one.left >= left; one = open[candidate]) {
    candidate = one.shorter;
  }
  return candidate;
}
