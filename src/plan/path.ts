import type { Candidate } from './choose.ts';
import type { Pools } from './input.ts';
import type { Slot } from './task.ts';

/**
 * The critical path, first to last: back from the last resource to be ready, through what each waited for: a dependency, or a
 * resource that held its quota.
 */
export function criticalPath(slots: readonly (Slot | undefined)[]): readonly string[] {
  const byId = new Map<string, Slot>();
  let at: Slot | undefined;
  for (const slot of slots) {
    if (slot === undefined || slot.readySeconds === Infinity) continue;
    byId.set(slot.id, slot);
    if (at === undefined || slot.readySeconds > at.readySeconds) at = slot;
  }
  const path: string[] = [];
  while (at !== undefined) {
    path.push(at.id);
    byId.delete(at.id);
    at = byId.get(at.waitsFor ?? '');
  }
  return path.reverse();
}

/**
 * Lower bound of the end for any order of these strategies, seconds from the start: the longest chain of dependencies, or the work of a
 * pool divided by its capacity.
 */
export function lowerBoundSeconds(
  chosen: readonly (Candidate | undefined)[],
  longestChainSeconds: number,
  pools: Pools,
): number {
  const work = new Map<string, number>();
  for (const candidate of chosen) {
    for (const { pool, amount, holdSeconds } of candidate?.claims ?? []) {
      const capacity = pools[pool];
      if (capacity === undefined || capacity <= 0) continue;
      // Only what is held before the resource is ready must fit before the end.
      const held = Math.min(holdSeconds, candidate?.strategy.forecast.p50Seconds ?? 0);
      work.set(pool, (work.get(pool) ?? 0) + (amount * held) / capacity);
    }
  }
  return Math.max(longestChainSeconds, ...work.values());
}
