import { isOfOne, type PoolName } from '../kinds/pools.ts';
import type { Instant } from '../time.ts';
import type { Hold } from './resource/holds.ts';

export interface AllocationRequest {
  readonly id: string;
  readonly needs: readonly { readonly pool: PoolName; readonly amount: number }[];
}

/**
 * Resources that may start now: in the given order of priority, as far as the pools have room. A resource that does not fit closes
 * its pools to later ones, so that a large resource is not starved.
 */
export function grant(
  requests: readonly AllocationRequest[],
  capacities: Readonly<Partial<Record<PoolName, number>>>,
  holds: Iterable<Hold>,
  at: Instant,
): readonly string[] {
  const used = new Map<PoolName, number>();
  for (const hold of holds) {
    if (hold.until === undefined || hold.until > at)
      used.set(hold.pool, (used.get(hold.pool) ?? 0) + hold.amount);
  }
  const closed = new Set<PoolName>();
  const capacityOf = (pool: PoolName): number | undefined =>
    capacities[pool] ?? (isOfOne(pool) ? 1 : undefined);
  const granted: string[] = [];
  for (const request of requests) {
    const fits = request.needs.every(
      ({ pool, amount }) =>
        !closed.has(pool) && (used.get(pool) ?? 0) + amount <= (capacityOf(pool) ?? Number.POSITIVE_INFINITY),
    );
    if (!fits) {
      for (const { pool } of request.needs) if (capacityOf(pool) !== undefined) closed.add(pool);
      continue;
    }
    for (const { pool, amount } of request.needs) used.set(pool, (used.get(pool) ?? 0) + amount);
    granted.push(request.id);
  }
  return granted;
}
