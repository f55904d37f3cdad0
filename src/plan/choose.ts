import { numberHeap } from '../heap.ts';
import { phasesOf, usesOf, type Phases } from '../kinds/phases.ts';
import type { Pools } from './input.ts';
import type { Offer, Proposal } from '../kinds/strategy.ts';
import type { ResourceSubject } from './subjects.ts';
import type { Alternative, PlannedStrategy, PoolUse } from './types.ts';

/** Finishes this close together count as one: then the cheaper is taken. */
const TIE_SECONDS = 1;

/** A strategy that a subject may choose, with what it takes from pools: derived once, because evaluations ask for it by the dozen. */
export interface Candidate {
  readonly strategy: PlannedStrategy;
  readonly claims: readonly Claim[];
  readonly p50Seconds: number;
  readonly costUsd: number;
}

interface Claim extends PoolUse {
  /** From its start; Infinity for good. */
  readonly holdSeconds: number;
}

/**
 * The strategy of each subject; undefined where none is possible: in order of priority, the option that would be ready first
 * behind those already chosen.
 *
 * @param options what each subject may choose from, see {@link optionsOf}
 * @param order indices of subjects by priority, dependencies first
 */
export function chooseStrategies(
  subjects: readonly ResourceSubject[],
  options: readonly (readonly Candidate[])[],
  order: readonly number[],
  pools: Pools,
): readonly (Candidate | undefined)[] {
  const indexOf = subjects.some((subject) => subject.dependsOn.length > 0)
    ? new Map(subjects.map((subject, index) => [subject.id, index]))
    : undefined;
  const readyAt = new Array<number>(subjects.length).fill(0);
  const chosen = new Array<Candidate | undefined>(subjects.length).fill(undefined);
  const queues = new Map<string, PoolQueue>();
  for (const [name, capacity] of Object.entries(pools)) {
    if (capacity !== undefined) queues.set(name, new PoolQueue(capacity));
  }
  const latest = new Map<readonly string[], number>();
  for (const at of order) {
    const subject = subjects[at];
    if (subject === undefined) continue;
    let from = latest.get(subject.dependsOn);
    if (from === undefined) {
      from = 0;
      for (const id of subject.dependsOn) from = Math.max(from, readyAt[indexOf?.get(id) ?? -1] ?? 0);
      latest.set(subject.dependsOn, from);
    }
    const best = soonest(options[at] ?? [], from, queues);
    if (best === undefined) continue;
    const startSeconds = startOf(best, from, queues);
    for (const claim of best.claims) {
      queues.get(claim.pool)?.take(claim.amount, startSeconds, startSeconds + claim.holdSeconds);
    }
    chosen[at] = best;
    readyAt[at] = startSeconds + best.p50Seconds;
  }
  return chosen;
}

/**
 * What a subject may choose from: of a list, which is an order of preference, the first that is feasible; for `auto` all feasible
 * ones that meet the RPO, or all where none does.
 */
export function optionsOf(
  subject: ResourceSubject,
  proposals: readonly Proposal[],
  rpoSeconds: number,
): readonly Candidate[] {
  const feasible = feasibleOf(subject, proposals);
  const recent = feasible.filter((strategy) => strategy.recoveryPoint.ageSeconds <= rpoSeconds);
  const options = subject.listed !== undefined ? feasible.slice(0, 1) : recent.length > 0 ? recent : feasible;
  return options.map((strategy) => candidateOf(strategy, subject.copies));
}

function candidateOf(strategy: PlannedStrategy, copies: number): Candidate {
  const phases = phasesOf(strategy);
  const claims = usesOf(strategy, copies).map((use) => ({ ...use, holdSeconds: holdSeconds(use, phases) }));
  return { strategy, claims, p50Seconds: strategy.forecast.p50Seconds, costUsd: strategy.costUsd };
}

/** The feasible strategies that the runbook allows, in its order, or for `auto` the soonest first. */
function feasibleOf(subject: ResourceSubject, proposals: readonly Proposal[]): readonly PlannedStrategy[] {
  const feasible = proposals.flatMap((proposal) =>
    proposal.feasible && whyNotTaken(subject, proposal) === undefined ? [proposal.planned] : [],
  );
  const { listed } = subject;
  if (listed === undefined) {
    return feasible.sort(
      (left, right) => left.forecast.p50Seconds - right.forecast.p50Seconds || left.costUsd - right.costUsd,
    );
  }
  return listed.flatMap((name) => feasible.filter((strategy) => strategy.name === name));
}

/** The chosen strategy first, the other feasible ones as fallbacks. */
export function withFallbacks(
  subject: ResourceSubject,
  proposals: readonly Proposal[],
  chosen: PlannedStrategy | undefined,
): readonly PlannedStrategy[] {
  const feasible = feasibleOf(subject, proposals);
  return chosen === undefined
    ? feasible
    : [chosen, ...feasible.filter((strategy) => strategy.name !== chosen.name)];
}

/** Why the runbook does not allow a feasible strategy; undefined when it does. */
export function whyNotTaken(
  { listed }: Pick<ResourceSubject, 'listed'>,
  { planned, onlyListed }: Offer,
): string | undefined {
  if (listed === undefined) return onlyListed;
  return listed.includes(planned.name) ? undefined : 'not listed in the runbook';
}

/** Every strategy of the type, as the plan shows it. */
export function alternativesOf(
  subject: ResourceSubject,
  proposals: readonly Proposal[],
): readonly Alternative[] {
  return proposals.map((proposal) => {
    if (!proposal.feasible) return proposal;
    const { name, forecast, costUsd } = proposal.planned;
    const whyNot = whyNotTaken(subject, proposal);
    const why = whyNot === undefined ? proposal.why : `feasible, but ${whyNot}; ${proposal.why}`;
    return { strategy: name, feasible: true, why, forecast, costUsd };
  });
}

function soonest(
  candidates: readonly Candidate[],
  from: number,
  queues: ReadonlyMap<string, PoolQueue>,
): Candidate | undefined {
  let best: Candidate | undefined;
  let bestSeconds = Infinity;
  for (const candidate of candidates) {
    const finishSeconds = startOf(candidate, from, queues) + candidate.p50Seconds;
    const gain = best === undefined ? Infinity : bestSeconds - finishSeconds;
    // A start at Infinity is still better than no option, and no better than another at Infinity.
    const tied = Number.isNaN(gain) || Math.abs(gain) <= TIE_SECONDS;
    if (best === undefined || (tied ? candidate.costUsd < best.costUsd : gain > 0)) {
      best = candidate;
      bestSeconds = finishSeconds;
    }
  }
  return best;
}

function startOf({ claims }: Candidate, from: number, queues: ReadonlyMap<string, PoolQueue>): number {
  let startSeconds = from;
  if (queues.size === 0) return startSeconds;
  for (const { pool, amount } of claims) {
    const queue = queues.get(pool);
    if (queue !== undefined) startSeconds = Math.max(startSeconds, queue.earliest(amount, from));
  }
  return startSeconds;
}

/** How long a strategy keeps its part of a pool, from its start; Infinity for good. */
export function holdSeconds(
  use: Pick<PoolUse, 'until' | 'tailSeconds'>,
  { accelerate, restore, warm }: Phases,
): number {
  if (use.until === 'never' || (use.until === 'hydrated' && warm === null)) return Infinity;
  const made = accelerate.p50Seconds + restore.p50Seconds;
  return use.until === 'made' ? made + (use.tailSeconds ?? 0) : made + (warm?.p50Seconds ?? 0);
}

/** The use of a pool, first come first served: enough to compare strategies, not a schedule. */
class PoolQueue {
  #free: number;
  #freeSince = 0;
  readonly #releases = numberHeap();

  constructor(capacity: number) {
    this.#free = capacity;
  }

  /** When `amount` is free, at `from` or later, behind all that was taken so far. */
  earliest(amount: number, from: number): number {
    let free = this.#free;
    let at = this.#freeSince;
    if (free + 1e-9 >= amount) return Math.max(from, at);
    if (free + (this.#releases.top ?? 0) + 1e-9 >= amount) return Math.max(from, this.#releases.topKey);
    const passed: { readonly at: number; readonly amount: number }[] = [];
    while (free + 1e-9 < amount && this.#releases.size > 0) {
      at = this.#releases.topKey;
      const released = this.#releases.pop() as number;
      passed.push({ at, amount: released });
      free += released;
    }
    for (const release of passed) this.#releases.push(release.at, release.amount);
    return free + 1e-9 < amount ? Infinity : Math.max(from, at);
  }

  take(amount: number, at: number, until: number): void {
    while (this.#releases.size > 0 && this.#releases.topKey <= at && this.#free + 1e-9 < amount) {
      this.#freeSince = this.#releases.topKey;
      this.#free += this.#releases.pop() as number;
    }
    this.#free -= amount;
    if (until < Infinity) this.#releases.push(until, amount);
  }
}
