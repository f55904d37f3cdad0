import type { Instant } from '../time.ts';
import type { Forecast } from './forecast.ts';
import type { PoolName } from './pools.ts';
import type { Thing, ThingType } from './things.ts';

/** The phases of a resource, in order. A strategy's steps never go back along them. */
export const STEP_PHASES = ['prepare', 'restore', 'warmup', 'verify'] as const;
export type StepPhase = (typeof STEP_PHASES)[number];

/** What a step takes from a quota. */
export interface Hold {
  readonly pool: PoolName;
  /** For a step of scope `copy`: for each copy, unless it is held once. */
  readonly amount: number;
  /** The hold ends when its part reaches this milestone, plus so many seconds; with `orUndone` when the part is removed, where that is earlier. */
  readonly until: { readonly milestone: string; readonly plusSeconds?: number; readonly orUndone?: true };
  /** For a step of scope `copy`: held once for all copies, which take turns, until the last one needs it no more. */
  readonly once?: true;
  /** Held for a thing that existed before the run as well: two resources must not share it. */
  readonly evenIfExisting?: true;
}

/** `protection`: a fresh recovery point of a result, which outlives the run. */
export type PartUse = 'result' | 'means' | 'protection';

/** The part that a step brings into the resource's row. */
export interface MadePart {
  readonly role: string;
  readonly type: ThingType;
  /** `result`: what the recovery is for. `means`: removed, or switched off again, once it is no longer needed. */
  readonly use: PartUse;
  /** Roles of the parts that it stands on: what is built on a part goes with it. */
  readonly builtOn?: readonly string[];
  /** Id of the thing, where it is known before the request: a replica, fast snapshot restore of a snapshot in a zone. */
  readonly id?: string;
  /** Set for a thing that existed before the run, such as a replica: the run never deletes it. */
  readonly origin?: 'existing';
}

/** One step of a strategy: pure data. */
export interface StrategyStep {
  /** Unique within the strategy; part of the identity of its requests. */
  readonly id: string;
  readonly phase: StepPhase;
  /** `copy`: each copy has its own position. A step of scope `resource` waits for all copies, and they wait for it. */
  readonly scope: 'resource' | 'copy';
  /** The adapter's operation. Absent: the step only waits for a milestone. */
  readonly operation?: string;
  readonly makes?: MadePart;
  /** Role of the part that it acts on or waits for; absent where it makes one. */
  readonly on?: string;
  /** The milestone of that part that completes the step. */
  readonly until: string;
  /** The kind's condition that must be met before the operation is requested, such as a credit. */
  readonly gate?: string;
  readonly holds?: readonly Hold[];
  /** It is granted its holds when it is reached, and not together with the first steps; only for pools that no earlier step holds. */
  readonly newGrant?: true;
  /** The operation that reverses it: such a part is undone, not deleted. */
  readonly undo?: string;
  /** Once accepted nothing falls back by itself. */
  readonly irreversible?: true;
  /** It uses something of production, such as an instance: no part of a drill. */
  readonly touchesProduction?: true;
  /** AWS has no token for the operation: the adapter looks for an earlier result before it asks again, and the retry waits until reads show it. */
  readonly tokenless?: true;
  /**
   * When its part is lost or misses its limit: `remake` makes a new generation; `fallback` gives the strategy up; `halt` keeps the part and
   * waits for an operator; `note` reports it and goes on.
   */
  readonly onFailure: 'remake' | 'fallback' | 'halt' | 'note';
  /** A refusal for want of permission or support is reported as a leftover, and the step counts as done. */
  readonly onDenied?: 'note';
  /** `null`: never within any useful time. */
  readonly takes: Forecast | null;
  /** From the milestone until AWS shows it. */
  readonly notice?: Forecast;
  /** How long it may take before its part counts as stuck; absent: derived from `takes`. */
  readonly limitSeconds?: number;
}

/**
 * Where a part stands. `wanted`: not requested or not answered yet. `superseded`: usable but being replaced, deleted once the resource is
 * ready. `undoing`: its removal was requested. `left`: the run leaves it alone and reports it.
 */
export type PartStage = 'wanted' | 'live' | 'superseded' | 'undoing' | 'left';

/** One thing of a resource, in its row until its last hold has ended. */
export interface Part {
  readonly role: string;
  readonly type: ThingType;
  /** 0 for a part of the whole resource. */
  readonly copy: number;
  /** Raised when a part was given up: a new generation has a new identity. */
  readonly generation: number;
  /** Index of the planned strategy that made it: its holds go by the steps of that one. */
  readonly strategy: number;
  readonly thing?: Thing;
  readonly use: PartUse;
  readonly builtOn?: readonly string[];
  /** Instants of milestones: `granted`, `made`, `available`, `hydrated`, `undone`, and the kind's own. */
  readonly at: Readonly<Record<string, Instant>>;
  /** What the kind keeps of it, plain JSON: progress, credits. */
  readonly data: PartData;
  readonly stage: PartStage;
}

export interface PartData {
  /** Loading, 0 to 100, as last seen, and when it last grew. */
  readonly progress?: number;
  readonly progressAt?: Instant;
  /** The last seen status, if it accepts no connections and a modification or a start can fix it. */
  readonly ailment?: string;
  /** Such a status that an operator has accepted. */
  readonly acceptedAilment?: string;
  /** A step of it was refused and counts as done: what is missing is reported. */
  readonly refused?: true;
  /** How often its operation was requested. */
  readonly asks?: number;
  readonly [key: string]: string | number | boolean | undefined;
}
