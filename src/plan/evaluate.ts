import { usesOf } from '../kinds/phases.ts';
import { chooseStrategies, optionsOf, whyNotTaken, type Candidate } from './choose.ts';
import { dependencyGraph, levels, upwardRanks } from './dependencies.ts';
import type { DependencyGraph } from './dependencies.ts';
import type { Pools } from './input.ts';
import { schedule } from './schedule.ts';
import type { Proposal } from '../kinds/strategy.ts';
import type { ResourceSubject } from './subjects.ts';
import type { Slot, Task } from './task.ts';
import { taskOf } from './task.ts';
import type { PoolName } from './types.ts';

/** What a plan comes to with this much of each quota. Lists stand in the order of the subjects. */
export interface Evaluation {
  readonly proposals: readonly (readonly Proposal[])[];
  readonly chosen: readonly (Candidate | undefined)[];
  /** By p50 durations; undefined where nothing is possible, or where it can never start. */
  readonly slots: readonly (Slot | undefined)[];
  /** When the last of those that can be scheduled is ready, seconds from the incident. */
  readonly rtaSeconds: number;
  /** Resources without a slot. */
  readonly unscheduled: number;
}

/** What resources could want of a pool. */
interface Want {
  /** The most that one could want at once. */
  readonly single: number;
  /** What all could. */
  readonly total: number;
  /** Every amount is a multiple of it: what a pool has beyond such a multiple is of no use. 1 where an amount is a fraction. */
  readonly unit: number;
}

interface Proposed {
  readonly proposals: readonly (readonly Proposal[])[];
  readonly options: readonly (readonly Candidate[])[];
  /** Indices of subjects by priority, dependencies first: the longest chain behind it goes first. */
  readonly order: readonly number[];
}

/** The subjects with all that stays the same whatever the quotas are. */
export class Evaluator {
  readonly #subjects: readonly ResourceSubject[];
  readonly #startSeconds: number;
  readonly #rpoSeconds: number;
  readonly #graph: DependencyGraph;
  /** Topological levels, indices of subjects. */
  readonly waves: readonly (readonly number[])[];
  readonly wants: ReadonlyMap<PoolName, Want>;
  readonly #proposed = new Map<string, Proposed>();
  /** The same strategies are scheduled with many sizes of a quota. */
  readonly #tasks = {
    p50Seconds: new WeakMap<Candidate, Task>(),
    p90Seconds: new WeakMap<Candidate, Task>(),
  };

  constructor(subjects: readonly ResourceSubject[], startSeconds: number, rpoSeconds: number) {
    this.#subjects = subjects;
    this.#startSeconds = startSeconds;
    this.#rpoSeconds = rpoSeconds;
    this.#graph = dependencyGraph(subjects);
    this.waves = levels(subjects, this.#graph);
    const unlimited = subjects.map((subject) => subject.propose({}));
    this.wants = wantsOf(subjects, unlimited);
    this.#proposed.set(this.#keyOf({}), this.#proposedBy(unlimited));
  }

  evaluate(pools: Pools): Evaluation {
    const { proposals, options, order } = this.#remembered(pools);
    const chosen = chooseStrategies(this.#subjects, options, order, this.#binding(pools));
    const slots = this.#slotsOf(chosen, order, pools, 'p50Seconds');
    return {
      proposals,
      chosen,
      slots,
      rtaSeconds: this.rtaOf(slots),
      unscheduled: slots.filter((slot) => slot === undefined).length,
    };
  }

  /** The slots of chosen strategies by other durations. */
  reschedule(
    evaluation: Evaluation,
    pools: Pools,
    quantile: 'p50Seconds' | 'p90Seconds',
  ): readonly (Slot | undefined)[] {
    return this.#slotsOf(evaluation.chosen, this.#remembered(pools).order, pools, quantile);
  }

  rtaOf(slots: readonly (Slot | undefined)[]): number {
    let rta = this.#startSeconds;
    for (const slot of slots) if (slot !== undefined) rta = Math.max(rta, slot.readySeconds);
    return rta;
  }

  /** The longest chain of dependencies by p50, without contention for quotas. */
  longestChainSeconds(chosen: readonly (Candidate | undefined)[]): number {
    const weights = chosen.map((candidate) => candidate?.strategy.forecast.p50Seconds ?? 0);
    let longest = 0;
    for (const rank of upwardRanks(this.#graph, this.waves, weights)) longest = Math.max(longest, rank);
    return longest;
  }

  #slotsOf(
    chosen: readonly (Candidate | undefined)[],
    order: readonly number[],
    pools: Pools,
    quantile: 'p50Seconds' | 'p90Seconds',
  ): readonly (Slot | undefined)[] {
    const planned = order.filter((index) => chosen[index] !== undefined);
    const tasks = planned.map((index) => this.#taskOf(index, chosen[index] as Candidate, quantile));
    const slots = new Array<Slot | undefined>(this.#subjects.length).fill(undefined);
    schedule(tasks, this.#binding(pools), this.#startSeconds).forEach((slot, at) => {
      if (slot.readySeconds < Infinity) slots[planned[at] as number] = slot;
    });
    return slots;
  }

  #taskOf(index: number, candidate: Candidate, quantile: 'p50Seconds' | 'p90Seconds'): Task {
    const known = this.#tasks[quantile];
    let task = known.get(candidate);
    if (task === undefined) {
      task = taskOf(this.#subjects[index] as ResourceSubject, candidate.strategy, quantile);
      known.set(candidate, task);
    }
    return task;
  }

  /** Pools that all resources together could exhaust: in the others none ever waits. */
  #binding(pools: Pools): Pools {
    const binding: Partial<Record<PoolName, number>> = {};
    for (const [pool, { total }] of this.wants) {
      const left = pools[pool];
      if (left !== undefined && left < total) binding[pool] = left;
    }
    return binding;
  }

  /** Proposals change only while a quota is too small for a single resource, so they are kept by that part of it. */
  #remembered(pools: Pools): Proposed {
    const key = this.#keyOf(pools);
    let known = this.#proposed.get(key);
    if (known === undefined) {
      known = this.#proposedBy(this.#subjects.map((subject) => subject.propose(pools)));
      this.#proposed.set(key, known);
    }
    return known;
  }

  #keyOf(pools: Pools): string {
    let key = '';
    for (const [pool, { single }] of this.wants) {
      key += `${pool}=${Math.min(single, pools[pool] ?? Infinity)};`;
    }
    return key;
  }

  #proposedBy(proposals: readonly (readonly Proposal[])[]): Proposed {
    const weights = proposals.map(leastSeconds);
    const ranks = upwardRanks(this.#graph, this.waves, weights);
    const waveOf = new Array<number>(this.#subjects.length).fill(0);
    this.waves.forEach((wave, at) => wave.forEach((index) => (waveOf[index] = at)));
    const order = this.#subjects.map((_, index) => index);
    order.sort(
      (left, right) =>
        (ranks[right] ?? 0) - (ranks[left] ?? 0) ||
        (waveOf[left] ?? 0) - (waveOf[right] ?? 0) ||
        left - right,
    );
    const options = this.#subjects.map((subject, at) =>
      optionsOf(subject, proposals[at] ?? [], this.#rpoSeconds),
    );
    return { proposals, options, order };
  }
}

function leastSeconds(proposals: readonly Proposal[]): number {
  let least = Infinity;
  for (const proposal of proposals) {
    if (proposal.feasible) least = Math.min(least, proposal.planned.forecast.p50Seconds);
  }
  return least === Infinity ? 0 : least;
}

function wantsOf(
  subjects: readonly ResourceSubject[],
  proposals: readonly (readonly Proposal[])[],
): Evaluator['wants'] {
  const wants = new Map<PoolName, Want>();
  subjects.forEach((subject, at) => {
    const most = new Map<PoolName, number>();
    for (const proposal of proposals[at] ?? []) {
      if (!proposal.feasible || whyNotTaken(subject, proposal) !== undefined) continue;
      for (const use of usesOf(proposal.planned, subject.copies)) {
        most.set(use.pool, Math.max(most.get(use.pool) ?? 0, use.amount));
      }
    }
    for (const [pool, amount] of most) {
      const { single, total, unit } = wants.get(pool) ?? { single: 0, total: 0, unit: 0 };
      wants.set(pool, {
        single: Math.max(single, amount),
        total: total + amount,
        unit: Number.isInteger(amount) ? divisorOf(unit, amount) : 1,
      });
    }
  });
  return wants;
}

/** The greatest that divides both. */
function divisorOf(left: number, right: number): number {
  return right === 0 ? left : divisorOf(right, left % right);
}
