/**
 * A quantity by its p50 and its p90 (the worse tenth begins there): a duration's p90 is longer than its p50, a rate's is slower.
 * Any unit.
 */
export interface Quantiles {
  readonly p50: number;
  readonly p90: number;
}

/** The best value is no further from the p50 than this factor, and the worst no further from the p90. */
const BEST_FACTOR = 4;
const WORST_FACTOR = 1.5;

/**
 * The value that a share `u` (0 to 1) of the cases is better than: log-uniform through the p50 and the p90, with bounded tails. Two
 * quantiles are all that the tables have; of the curves through them this one needs no further assumption about the tails. The simulator
 * draws from it, and so does the forecast.
 *
 * @example quantileAt({ p50: 20, p90: 60 }, 0.9) // 60
 */
export function quantileAt({ p50, p90 }: Quantiles, u: number): number {
  if (p50 === p90) return p50;
  const value = p50 * (p90 / p50) ** ((u - 0.5) / 0.4);
  return p90 > p50
    ? Math.min(p90 * WORST_FACTOR, Math.max(p50 / BEST_FACTOR, value))
    : Math.max(p90 / WORST_FACTOR, Math.min(p50 * BEST_FACTOR, value));
}

/** The share of the cases that is better than `value`: the inverse of {@link quantileAt}. */
function shareUnder({ p50, p90 }: Quantiles, value: number): number {
  if (value >= quantileAt({ p50, p90 }, 1)) return 1;
  if (value < quantileAt({ p50, p90 }, 0)) return 0;
  return 0.5 + (0.4 * Math.log(value / p50)) / Math.log(p90 / p50);
}

/** Halvings that make an interval of hours one of milliseconds. */
const HALVINGS = 40;

/**
 * The longer of two independent durations. Its p50 is longer than both of theirs where they are alike: in one case of two either may be the one that
 * is late.
 */
export function longerOf(one: Quantiles, other: Quantiles): Quantiles {
  const quantile = (share: number): number => {
    let low = Math.max(quantileAt(one, 0), quantileAt(other, 0));
    let high = Math.max(quantileAt(one, 1), quantileAt(other, 1));
    for (let halving = 0; halving < HALVINGS; halving += 1) {
      const middle = (low + high) / 2;
      if (shareUnder(one, middle) * shareUnder(other, middle) < share) low = middle;
      else high = middle;
    }
    return high;
  };
  return { p50: quantile(0.5), p90: quantile(0.9) };
}
