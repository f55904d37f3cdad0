import type { Range, Series } from './series.ts';
import { endOf, errorsIn, firstFrom, requestsIn, startOf } from './series.ts';

/** Surroundings that a window is compared with: this many buckets on either side, or twice its length if that is longer. */
export const NEARBY_BUCKETS = 360;
/** Significance level. Weeks of minutes are many trials: a stretch that chance produces more often than this is not a window. */
export const AT_MOST_BY_CHANCE = 1e-7;

/** The candidates that are significant against the error rate around them; other candidates do not count as noise. */
export function aboveNoise(series: Series, candidates: readonly Range[]): readonly Range[] {
  return candidates.filter((range, index) => {
    const lengthMs = endOf(series, range.to - 1) - startOf(series, range.from);
    const reachMs = Math.max(NEARBY_BUCKETS * series.bucketMs, 2 * lengthMs);
    const around = {
      from: firstFrom(series, startOf(series, range.from) - reachMs),
      to: firstFrom(series, endOf(series, range.to - 1) + reachMs),
    };
    let requests = requestsIn(series, around);
    let errors = errorsIn(series, around);
    for (const taken of nearest(candidates, index, around)) {
      requests -= requestsIn(series, taken);
      errors -= errorsIn(series, taken);
    }
    const usual = requests > 0 ? errors / requests : 0;
    return chanceOf(errorsIn(series, range), usual * requestsIn(series, range)) <= AT_MOST_BY_CHANCE;
  });
}

/** The candidates within `around`, cut to it. Candidates are in order, so that only neighbours are looked at. */
function* nearest(candidates: readonly Range[], index: number, around: Range): Generator<Range> {
  for (let one = index; one >= 0; one -= 1) {
    const { from, to } = candidates[one] ?? around;
    if (to <= around.from) break;
    yield { from: Math.max(from, around.from), to };
  }
  for (let one = index + 1; one < candidates.length; one += 1) {
    const { from, to } = candidates[one] ?? around;
    if (from >= around.to) break;
    yield { from, to: Math.min(to, around.to) };
  }
}

/** The chance of `count` or more where `expected` are expected: the tail of a Poisson distribution. */
export function chanceOf(count: number, expected: number): number {
  if (count <= expected) return 1;
  if (expected <= 0) return 0;
  // The sum of terms that shrink by `expected / n`, from the one of `count` itself, by logarithms so that nothing overflows.
  let sum = 0;
  let term = 1;
  for (let n = count + 1; term > 1e-12 * sum; n += 1) {
    sum += term;
    term *= expected / n;
  }
  return Math.min(1, sum * Math.exp(count * Math.log(expected) - expected - logFactorial(count)));
}

/** By Stirling's series from 10 on, where it is exact to ten digits; below it by the numbers themselves. */
function logFactorial(n: number): number {
  if (n < 10) return n < 2 ? 0 : Math.log(n) + logFactorial(n - 1);
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3);
}
