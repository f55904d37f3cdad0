import type { FsrState } from '../../inventory/schema.ts';
import type { PlannedResource, PlannedStrategy, RunMode } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import type { Made } from '../../kinds/things.ts';
import type { Answer, Failure, Finding } from '../base/effects.ts';
import type { Pending } from '../base/pending.ts';
import type { Leftover, Reason } from '../base/reasons.ts';
import type { ResourceState } from './resource-state.ts';
import type { ThingSighting } from '../base/sightings.ts';

/** The fresh recovery point of one copy, taken after the recovery. */
export interface FreshPoint {
  /** Snapshot or DB snapshot, once AWS has answered. */
  readonly id?: string;
  /** 1 for the first; a failed one is taken once more. */
  readonly attempt: number;
  readonly completedAt?: Instant;
  /** Why there is none and none will be. */
  readonly problem?: Reason;
}

/** One copy of a resource in the making. Fields appear as they happen. */
export interface Make {
  readonly copy: number;
  /** Raised when a copy was discarded: a new generation has a new identity. */
  readonly generation: number;
  /** Volume id or DB instance identifier, once AWS has answered. */
  readonly id?: string;
  readonly createdAt?: Instant;
  readonly availableAt?: Instant;
  readonly hydratedAt?: Instant;
  /** Hydration, 0 to 100, as last seen. */
  readonly progress?: number;
  readonly progressAt?: Instant;
  /** DB instances: the state allows changes; while backing up it does not. */
  readonly modifiable?: boolean;
  /** DB instances: the settings that the restore call does not accept were restored. */
  readonly settingsGiven?: boolean;
  /** The settings could not be restored: the instance is kept, and the missing settings are reported. */
  readonly settingsRefused?: true;
  /** DB instances: the last seen status, if it accepts no connections and a modification or a start can fix it. */
  readonly ailment?: string | undefined;
  /** Such a status that an operator has accepted: the copy counts as available. */
  readonly acceptedAilment?: string;
  readonly point?: FreshPoint;
}

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

/** Fast snapshot restore as this resource uses it. */
export interface FsrUse {
  readonly snapshotId: string;
  readonly zone: string;
  /** It was enabled before the run, which never disables it. */
  readonly wasOn: boolean;
  readonly state: FsrState;
  readonly enabledAt?: Instant;
  /** Credits by the run's own count at `creditsAsOf`: 0 when enabled, less each created volume, 0 again when a volume showed that there were none. */
  readonly creditBalance: number;
  readonly creditsAsOf?: Instant;
  /** How often it was requested: another user of the account may keep disabling it. */
  readonly asks: number;
  /** Disabled again, or left enabled because it was before the run. */
  readonly released: boolean;
  /** When it was switched off: `disabling` still counts against the quota for a while. */
  readonly releasedAt?: Instant;
}

/** A DB instance whose deletion was accepted. */
export interface Departing {
  readonly id: string;
  readonly since: Instant;
}

export interface Fallback {
  readonly strategy: string;
  readonly reason: Reason;
  readonly at: Instant;
}

/** Provisioned initialization still counted against the quota for a discarded volume. */
export interface RateTail {
  readonly rateMiBps: number;
  readonly until: Instant;
}

export interface ResourceContext {
  readonly runId: string;
  readonly mode: RunMode;
  readonly region: string;
  readonly spec: PlannedResource;
  /** Index into `spec.strategies`. */
  readonly strategy: number;
  /** Raised each time an operator asks to try a failed resource again. */
  readonly round: number;
  readonly makes: readonly Make[];
  /** Discarded, but not known to be deleted yet. */
  readonly discarded: readonly Made[];
  /** Usable volumes that are being replaced: deleted once the resource is ready. */
  readonly superseded?: readonly Made[];
  /** Replaced after the recovery, when people may use them, and the fresh recovery points of what was replaced: left alone. */
  readonly outlived?: readonly Made[];
  /** DB instances whose deletion was accepted and takes minutes: until they are gone they count against the quota. */
  readonly departing: readonly Departing[];
  /** All ids that were ever made, in order. */
  readonly createdIds: readonly string[];
  /** Of these, the ones that were already gone when this run tried to delete them. */
  readonly vanishedIds?: readonly string[];
  readonly rateTails: readonly RateTail[];
  readonly fsr?: FsrUse;
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
  /** The copies as they were before that cleanup removed them: evidence. */
  readonly removedMakes?: readonly Make[];
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
  | { readonly type: 'GRANTED'; readonly at: Instant; readonly fsrWasOn: boolean }
  | { readonly type: 'ANSWERED'; readonly at: Instant; readonly answer: Answer }
  | { readonly type: 'SIGHTED'; readonly at: Instant; readonly sighting: ThingSighting }
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

function initialMakes({ spec, adopted, at }: ResourceInput): readonly Make[] {
  return Array.from({ length: spec.copies }, (_, copy): Make => {
    const known = adopted?.makes.find((make) => make.copy === copy);
    const latest = adopted?.generation ?? 0;
    if (known === undefined) return { copy, generation: latest + 1 };
    // A replacement gets a higher generation than all earlier copies: a name of an earlier round would find a discarded copy.
    const { id, createdAt = at } = known;
    return { copy, generation: latest, id, createdAt, progressAt: at };
  });
}

export function initialContext(input: ResourceInput): ResourceContext {
  return {
    runId: input.runId,
    mode: input.mode,
    region: input.region,
    spec: input.spec,
    strategy: input.adopted?.strategy ?? 0,
    round: 0,
    makes: initialMakes(input),
    discarded: [],
    departing: [],
    createdIds: input.adopted?.makes.map(({ id }) => id) ?? [],
    rateTails: [],
    misses: 0,
    verified: false,
    fallbacks: [],
    pending: {},
    leftovers: [],
    stage: 'queued',
    since: input.at,
  };
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

export function isMissing(make: Make): boolean {
  return make.id === undefined;
}
