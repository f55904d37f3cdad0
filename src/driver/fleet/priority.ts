import type { Plan } from '../../plan/types.ts';

/** The place of each resource in the plan's schedule, the first first. */
export type Ranks = ReadonlyMap<string, number>;

export function ranksOf({ schedule }: Plan): Ranks {
  const order = schedule.toSorted((one, other) => one.startSeconds - other.startSeconds);
  return new Map(order.map(({ resource }, rank) => [resource, rank + 1]));
}

/** Compares ids of resources by rank, then by id: the same in every process, whatever happened to which resource first. */
export function byPriority(ranks: Ranks): (one: string, other: string) => number {
  return (one, other) =>
    (ranks.get(one) ?? 0) - (ranks.get(other) ?? 0) || (one < other ? -1 : one > other ? 1 : 0);
}
