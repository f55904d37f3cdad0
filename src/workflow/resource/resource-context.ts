import type { Finding } from '../../kinds/findings.ts';
import type { Part } from '../../kinds/steps.ts';
import type { PlannedResource, PlannedStrategy, RunMode } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import type { Answer, Failure } from '../base/effects.ts';
import type { Pending } from '../base/pending.ts';
import type { Leftover, Reason } from '../base/reasons.ts';
import type { ResourceState } from './resource-state.ts';
import type { Sighting } from '../base/sightings.ts';

/** Why a resource waits for a decision: its copies are usable, but not as requested. They are kept meanwhile. */
export interface Halt {
  /** 1 for the first of this resource: a decision counts for one halt only. */
  readonly number: number;
  readonly at: Instant;
  readonly differences: readonly Finding[];
}

/** Differences that an operator has accepted. */
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
  /** Where the resource is recovered. */
  readonly region: string;
  readonly spec: PlannedResource;
  /** Index into `spec.strategies`. */
  readonly strategy: number;
  /** Raised each time an operator asks to try a failed resource again. */
  readonly round: number;
  /** Everything that the resource consists of, needs or leaves, until its last hold on a quota has ended. */
  readonly parts: readonly Part[];
  /** The highest generation of parts that are forgotten, by `<role>.<copy>`. */
  readonly generations?: Readonly<Record<string, number>>;
  /** All ids that were ever made, in order. */
  readonly createdIds: readonly string[];
  /** Of these, the ones that were already gone when this run tried to delete them. */
  readonly vanishedIds?: readonly string[];
  /** Number of copies discarded under the present strategy. */
  readonly misses: number;
  readonly verified: boolean;
  /** The decision that an operator must make; absent: none. */
  readonly halt?: Halt | undefined;
  /** Halts so far. */
  readonly halts?: number;
  readonly accepted?: readonly Acceptance[];
  /** Why the present strategy cannot go on. */
  readonly exhausted?: Reason | undefined;
  /** The refused create request, if that is the reason: it decides which strategies are skipped. */
  readonly refusal?: Failure | undefined;
  readonly fallbacks: readonly Fallback[];
  readonly pending: Pending;
  /** Effects given up: possible leftovers, for the report. */
  readonly leftovers: readonly Leftover[];
  /** The last cleanup after the end of the run that has reached it. */
  readonly cleanup?: number;
  /** The parts as they were before that cleanup removed them: evidence. */
  readonly removedParts?: readonly Part[];
  readonly startedAt?: Instant;
  readonly acceleratedAt?: Instant;
  readonly restoredAt?: Instant;
  readonly warmedAt?: Instant;
  readonly readyAt?: Instant;
  readonly protectedAt?: Instant;
  /** The present state and since when it holds: what the live forecast measures against. Entering it once more changes neither. */
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
  /** A resource it depends on has failed. */
  | { readonly type: 'BLOCKED'; readonly at: Instant; readonly by: string }
  /** It waits for a quota, and no operation in progress could release any. */
  | { readonly type: 'STARVED'; readonly at: Instant }
  /** An operator requests to retry what failed, and to verify again what halted. */
  | { readonly type: 'RETRY'; readonly at: Instant; readonly round: number }
  /** An operator accepts the differences of a halt: `halt` is its number. */
  | {
      readonly type: 'ACCEPT';
      readonly at: Instant;
      readonly halt: number;
      readonly round: number;
      readonly by: string;
    }
  /** The recovery is over: take a fresh recovery point of what was made. */
  | { readonly type: 'PROTECT'; readonly at: Instant }
  /** Stop where it is, and keep what was made. */
  | { readonly type: 'KEEP'; readonly at: Instant }
  /** Remove all that was made. */
  /** `cleanup`: the number of the cleanup that asks for it, after the end of the run. */
  | { readonly type: 'CLEAN'; readonly at: Instant; readonly cleanup?: number };

/** The copies that a run whose journal was lost had made of a resource, according to their tags. */
export interface Adopted {
  /** Index of the strategy it was made by. */
  readonly strategy: number;
  /** Copies that exist. */
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

/** The strategy in use. A resource without strategies never reaches this call. */
export function strategyOf(context: ResourceContext): PlannedStrategy {
  const strategy = context.spec.strategies[context.strategy];
  if (strategy === undefined)
    throw new RangeError(`resource ${context.spec.id} has no strategy ${context.strategy}`);
  return strategy;
}

export function ownerOf(context: ResourceContext): string {
  return `${context.runId}/${context.spec.id}`;
}
