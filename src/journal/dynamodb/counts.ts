import type { ApiCallCount } from '../journal.ts';

export type Count = Omit<ApiCallCount, 'operation'>;

/** Requests to AWS by operation. */
export type Counts = Readonly<Record<string, Count>>;

export function withCounts(one: Counts, other: Counts): Counts {
  const sums = Object.entries(other).map(([operation, count]) => [
    operation,
    sumOf(one[operation] ?? NONE, count),
  ]);
  return { ...one, ...Object.fromEntries(sums) };
}

export const NONE: Count = { total: 0, throttled: 0 };

export function sumOf(one: Count, other: Count): Count {
  return { total: one.total + other.total, throttled: one.throttled + other.throttled };
}
