import type { Finding } from '../../kinds/findings.ts';
import type { Part } from '../../kinds/steps.ts';
import type { PlannedResource, PlannedStrategy, RunMode } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import type { Answer, Failure } from '../base/effects.ts';
import type { Pending } from '../base/pending.ts';
import type { Leftover, Reason } from '../base/reasons.ts';
import type { ResourceState } from './resource-state.ts';
import type { Sighting } from '../base/sightings.ts';

/** A resource waits for the decision of an operator: its copies are usable, but not as requested. They are kept. */
export interface Halt {
  /** Counts the halts of this resource from 1: a decision is valid for one halt only. */
  readonly number: number;
  readonly at: Instant;
  readonly differences: readonly Finding[];
}

/** Differences that an operator has accepted. `by`: the operator. */
export interface Acceptance {
  readonly at: Instant;
  readonly by: string;
  readonly differences: readonly Finding[];
}

export interface Fallback {
  readonly strategy: string;
  readonly reason: Reason;
  readonly at: Instant;
}

export interface ResourceContext {
  readonly runId: string;
  readonly mode: RunMode;
  /** The AWS Region in which the resource is recovered. */
  readonly region: string;
  readonly spec: PlannedResource;
  /** Index into `spec.strategies`. */
  readonly strategy: number;
  /** Incremented each time an operator retries or accepts the resource. */
  readonly round: number;
  /** All results, means and recovery points of the resource. A removed part stays until its last hold on a quota has ended. */
  readonly parts: readonly Part[];
  /** The highest generation of parts that are no longer in `parts`, by `<role>.<copy>`. */
  readonly generations?: Readonly<Record<string, number>>;
  /** Ids of all copies that this run made, in order. */
  readonly createdIds: readonly string[];
  /** Those of `createdIds` that were already gone when this run tried to delete them. */
  readonly vanishedIds?: readonly string[];
  /** Number of copies discarded under the current strategy. */
  readonly misses: number;
  readonly verified: boolean;
  /** The decision that an operator must make; absent: none. */
  readonly halt?: Halt | undefined;
  /** Number of halts so far. */
  readonly halts?: number;
  readonly accepted?: readonly Acceptance[];
  /** Why the current strategy cannot continue. */
  readonly exhausted?: Reason | undefined;
  /** The refused create request, if that is the reason: it decides which strategies are skipped. */
  readonly refusal?: Failure | undefined;
  readonly fallbacks: readonly Fallback[];
  readonly pending: Pending;
  /** What the run could not remove or finish, for the report. */
  readonly leftovers: readonly Leftover[];
  /** The number of the last cleanup, after the end of the run, that removed this resource. */
  readonly cleanup?: number;
  /** The parts before that cleanup, for the report. */
  readonly removedParts?: readonly Part[];
  readonly startedAt?: Instant;
  readonly acceleratedAt?: Instant;
  readonly restoredAt?: Instant;
  readonly warmedAt?: Instant;
  readonly readyAt?: Instant;
  readonly protectedAt?: Instant;
  /** The current state, and since when the resource is in it: the live forecast measures from there. Reentering a state changes neither. */
  readonly stage: ResourceState;
  readonly since: Instant;
}

/** Timer events carry `at` as all events do; the host adds it. */
export type ResourceEvent =
  /** `existing`: ids of the means that were there before the run, such as fast snapshot restore that is on. */
  | { readonly type: 'GRANTED'; readonly at: Instant; readonly existing: readonly string[] }
  | { readonly type: 'ANSWERED'; readonly at: Instant; readonly answer: Answer }
  | { readonly type: 'SIGHTED'; readonly at: Instant; readonly sighting: Sighting }
  | { readonly type: 'GONE'; readonly at: Instant; readonly id: string }
  /** A resource that this one depends on has failed. */
  | { readonly type: 'BLOCKED'; readonly at: Instant; readonly by: string }
  /** The resource waits for a quota, and no operation in progress releases any of it. */
  | { readonly type: 'STARVED'; readonly at: Instant }
  /** An operator retries: a failed resource starts again, a halted one is verified again. */
  | { readonly type: 'RETRY'; readonly at: Instant; readonly round: number }
  /** An operator accepts the differences of a halt: `halt` is its number. */
  | {
      readonly type: 'ACCEPT';
      readonly at: Instant;
      readonly halt: number;
      readonly round: number;
      readonly by: string;
    }
  /** The recovery is complete: take a fresh recovery point of each copy. */
  | { readonly type: 'PROTECT'; readonly at: Instant }
  /** Stop, and keep what was made. */
  | { readonly type: 'KEEP'; readonly at: Instant }
  /** Remove all that was made. `cleanup`: number of a cleanup after the end of the run. */
  | { readonly type: 'CLEAN'; readonly at: Instant; readonly cleanup?: number };

/** The copies of a resource that a run made whose journal was lost, according to their tags. */
export interface Adopted {
  /** Index of the strategy that made them. */
  readonly strategy: number;
  /** The copies that exist. */
  readonly makes: readonly {
    readonly copy: number;
    readonly id: string;
    readonly generation: number;
    readonly createdAt?: Instant;
  }[];
  /** The highest generation ever seen: new copies need an unused name. */
  readonly generation: number;
}

export interface ResourceInput {
  readonly runId: string;
  readonly mode: RunMode;
  readonly region: string;
  readonly spec: PlannedResource;
  readonly at: Instant;
  readonly adopted?: Adopted;
}

/** The current strategy. @throws RangeError for a resource without strategies, which is never recovered */
export function strategyOf(context: ResourceContext): PlannedStrategy {
  const strategy = context.spec.strategies[context.strategy];
  if (strategy === undefined)
    throw new RangeError(`resource ${context.spec.id} has no strategy ${context.strategy}`);
  return strategy;
}

export function ownerOf(context: ResourceContext): string {
  return `${context.runId}/${context.spec.id}`;
}
