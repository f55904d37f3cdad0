import { usesOf } from '../kinds/phases.ts';
import { chooseStrategies, optionsOf, type Candidate } from './choose.ts';
import { dependencyGraph, levels, upwardRanks } from './dependencies.ts';
import type { DependencyGraph } from './dependencies.ts';
import type { Pools } from './input.ts';
import { schedule } from './schedule.ts';
import type { Proposal } from './strategies/strategy.ts';
import type { ResourceSubject } from './subjects.ts';
import type { Slot } from './task.ts';
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
  /** The most that a single resource could want of each pool at once, and what all could. */
  readonly wants: ReadonlyMap<PoolName, { readonly single: number; readonly total: number }>;
  readonly #proposed = new Map<string, Proposed>();

  constructor(subjects: readonly ResourceSubject[], startSeconds: number, rpoSeconds: number) {
    this.#subjects = subjects;
    this.#startSeconds = startSeconds;
    this.#rpoSeconds = rpoSeconds;
    this.#graph = dependencyGraph(subjects);
    this.waves = levels(subjects, this.#graph);
    this.wants = wantsOf(subjects);
  }

  evaluate(pools: Pools): Evaluation {
    const { proposals, options, order } = this.#remembered(pools);
    const chosen = chooseStrategies(this.#subjects, options, order, pools);
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
    const tasks = planned.map((index) =>
      taskOf(this.#subjects[index] as ResourceSubject, (chosen[index] as Candidate).strategy, quantile),
    );
    const slots = new Array<Slot | undefined>(this.#subjects.length).fill(undefined);
    schedule(tasks, pools, this.#startSeconds).forEach((slot, at) => {
      if (slot.readySeconds < Infinity) slots[planned[at] as number] = slot;
    });
    return slots;
  }

  /** Proposals change only while a quota is too small for a single resource, so they are kept by that part of it. */
  #remembered(pools: Pools): Proposed {
    let key = '';
    for (const [pool, { single }] of this.wants) {
      key += `${pool}=${Math.min(single, pools[pool] ?? Infinity)};`;
    }
    let known = this.#proposed.get(key);
    if (known === undefined) {
      known = this.#proposalsFor(pools);
      this.#proposed.set(key, known);
    }
    return known;
  }

  #proposalsFor(pools: Pools): Proposed {
    const proposals = this.#subjects.map((subject) => subject.propose(pools));
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

function wantsOf(subjects: readonly ResourceSubject[]) {
  const wants = new Map<PoolName, { single: number; total: number }>();
  for (const subject of subjects) {
    const most = new Map<PoolName, number>();
    for (const proposal of subject.propose({})) {
      if (!proposal.feasible) continue;
      if (subject.listed?.includes(proposal.planned.name) === false) continue;
      for (const use of usesOf(proposal.planned, subject.copies)) {
        most.set(use.pool, Math.max(most.get(use.pool) ?? 0, use.amount));
      }
    }
    for (const [pool, amount] of most) {
      const want = wants.get(pool) ?? { single: 0, total: 0 };
      wants.set(pool, { single: Math.max(want.single, amount), total: want.total + amount });
    }
  }
  return wants;
}
