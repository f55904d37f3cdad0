import { MAKING } from '../kinds/registry.ts';
import type { Count, Polls } from '../kinds/planning.ts';
import type { Slot } from './task.ts';
import type { Plan, PlannedResource, PlannedStrategy, RunMode } from './types.ts';

/** A resource that is planned, with its slot. */
export interface PlannedSlot {
  readonly resource: Pick<PlannedResource, 'copies'>;
  readonly strategy: PlannedStrategy;
  readonly slot: Slot;
}

/**
 * About how many requests a run sends, by operation: the reads grow with its length, the others with its size.
 *
 * @param everySeconds how often it looks at what is under way
 * @param protects a restore takes a fresh recovery point of what it recovered; the looks at those are not counted
 */
export function estimateApiCalls(
  planned: readonly PlannedSlot[],
  mode: RunMode,
  everySeconds: number,
  protects: boolean,
): Plan['apiCalls'] {
  const calls = new Map<string, number>();
  const count: Count = (operation, amount) => {
    if (amount > 0) calls.set(operation, (calls.get(operation) ?? 0) + Math.ceil(amount));
  };
  const polls = pollsEvery(everySeconds);
  for (const [kind, { countCalls, protection }] of Object.entries(MAKING)) {
    const those = planned.filter(({ strategy }) => strategy.spec.kind === kind);
    countCalls(those, mode, count, polls);
    if (mode === 'restore' && protects)
      count(
        protection,
        those.reduce((copies, { resource }) => copies + resource.copies, 0),
      );
  }
  if (planned.length > 0) for (const operation of MARKING) count(operation, 1);
  const byOperation = Object.fromEntries([...calls].sort(([left], [right]) => (left < right ? -1 : 1)));
  return { total: [...calls.values()].reduce((total, amount) => total + amount, 0), byOperation };
}

/** The claim in the account: written at the start, read and removed at the end. */
const MARKING = ['PutParameter', 'GetParameter', 'DeleteParameter'];

/** One page a poll at least, more where the average crowd needs them. */
function pollsEvery(everySeconds: number): Polls {
  return (planned, perPage, phase) => {
    let first = Infinity;
    let last = -Infinity;
    let crowdSeconds = 0;
    for (const entry of planned) {
      const [from, to] = phase(entry);
      if (to <= from) continue;
      first = Math.min(first, from);
      last = Math.max(last, to);
      crowdSeconds += (to - from) * entry.resource.copies;
    }
    if (last <= first) return 0;
    const seconds = last - first;
    return (seconds / everySeconds) * Math.ceil(crowdSeconds / seconds / perPage - 1e-6);
  };
}
