import { longerOf } from '../facts/distribution.ts';
import { durationQuantiles } from '../facts/durations.ts';

/** A duration in seconds: the median and the 90th percentile. */
export interface Forecast {
  readonly p50Seconds: number;
  readonly p90Seconds: number;
}

export type Quantile = keyof Forecast;

export const NO_TIME: Forecast = { p50Seconds: 0, p90Seconds: 0 };

/** One after the other. */
export function sum(...parts: readonly Forecast[]): Forecast {
  let p50Seconds = 0;
  let p90Seconds = 0;
  for (const part of parts) {
    p50Seconds += part.p50Seconds;
    p90Seconds += part.p90Seconds;
  }
  return { p50Seconds, p90Seconds };
}

/** Both at the same time. */
export function longest(left: Forecast, right: Forecast): Forecast {
  if (left === NO_TIME || right === NO_TIME) return left === NO_TIME ? right : left;
  const { p50, p90 } = longerOf(durationQuantiles(left), durationQuantiles(right));
  return { p50Seconds: p50, p90Seconds: p90 };
}
