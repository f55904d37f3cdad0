import type { Advice } from '../advice.ts';
import type { Inventory } from '../inventory/schema.ts';
import type { Isolation, RunbookResource } from '../runbook/schema.ts';
import type { Instant } from '../time.ts';
import type { RateRange } from '../facts/durations.ts';
import type { InventoryIndex } from './inventory-index.ts';
import type { PoolName, Pools, PoolUse } from './pools.ts';
import type { PassedOverPoint, PointPolicy } from './recovery-points.ts';
import type { RunMode } from './specs.ts';
import type { PlannedStrategy, Proposal } from './strategy.ts';

/** One real thing that a runbook recovers. */
export interface PlanMember<Resource = RunbookResource> {
  readonly resource: Resource;
  /** `<runbook id>`, or `<runbook id>/<source>` where a selector fans out. */
  readonly planId: string;
  readonly sourceId: string;
  /** The source no longer exists in the account: only its backups or the baseline contain it. */
  readonly gone: boolean;
}

/** What every resource of a plan shares. */
export interface PlanningContext {
  /** All of the plan. */
  readonly members: readonly PlanMember[];
  readonly index: InventoryIndex;
  readonly policy: PointPolicy;
  readonly mode: RunMode;
  /** Where a drill makes its copies. */
  readonly isolation: Isolation | undefined;
  /** When the inventory was captured. */
  readonly capturedAt: Instant;
  readonly now: Instant;
  /** Ids that only the baseline contains. */
  readonly gone: ReadonlySet<string>;
}

/** Ids and figures by name: seconds in fields that end in `Seconds`, USD in `Usd`, instants in ISO 8601. */
export type ProblemData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** What an operator should know of one resource, whatever strategy it takes. */
export interface SubjectFinding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly code:
    'CONFIG_UNKNOWN' | 'KEY_STATE_UNKNOWN' | 'DRILL_NOT_ISOLATED' | 'GROUPS_LEFT_OUT' | 'STORAGE_FITTED';
  readonly data: ProblemData;
  /** The rest of a sentence that begins with the resource. */
  readonly text: string;
  readonly next: Advice;
}

/** A resource before its strategy is chosen: all that does not depend on quotas is settled. */
export interface SubjectParts {
  readonly copies: number;
  /** Every strategy of the kind, feasible or not, with this much of each quota left. */
  readonly propose: (pools: Pools) => readonly Proposal[];
  /** False: there is no recovery point. */
  readonly hasPoint: boolean;
  /** Copies that were passed over, newest first. */
  readonly excluded: readonly PassedOverPoint[];
  /** Why the account's copies could not be read; absent when they were. */
  readonly unread?: string;
  /** The instance that would read a copy through, where its limit is known. */
  readonly reader?: { readonly instanceId: string; readonly throughputMiBps: number };
  readonly findings: readonly SubjectFinding[];
  /** What an operator should know of the strategy that was chosen. */
  readonly findingsOn?: (strategy: PlannedStrategy) => readonly SubjectFinding[];
}

/** A quota of the account, and how much of it is taken already. */
export interface QuotaState {
  readonly quota: number;
  readonly used: number;
}

export type QuotaStates = Readonly<Partial<Record<PoolName, QuotaState>>>;

/** What the planner asks of a kind of resource. */
export interface KindPlanning<Resource> {
  readonly subject: (member: PlanMember<Resource>, context: PlanningContext) => SubjectParts;
  /** The kind's quotas that the inventory names, with existing things counted against them. */
  readonly quotas: (inventory: Inventory, isGone: (id: string) => boolean) => QuotaStates;
}

/** A planned resource with its times, in seconds from the incident. */
export interface PlannedWork {
  readonly resource: { readonly copies: number };
  readonly strategy: PlannedStrategy;
  readonly slot: {
    readonly startSeconds: number;
    readonly availableSeconds: number;
    readonly hydratedSeconds: number | null;
    readonly readySeconds: number;
  };
}

export type Count = (operation: string, amount: number) => void;

/** Pages read while anything is in a phase. */
export type Polls = (
  planned: readonly PlannedWork[],
  perPage: number,
  phase: (planned: PlannedWork) => readonly [from: number, to: number],
) => number;

/** What a strategy changes and reads in the account. */
export interface Radius {
  readonly volumes?: number;
  readonly dbInstances?: number;
  readonly storageGiB?: number;
  /** Things that existed before and are changed for good. */
  readonly changes?: readonly string[];
  /** What is switched on, and off again afterwards. */
  readonly switches?: readonly string[];
  readonly reads?: readonly string[];
}

/** A restore without acceleration, for comparison. */
export interface ColdRead {
  readonly dataGiB: number;
  readonly uses: readonly PoolUse[];
  readonly restoreSeconds: { readonly p50Seconds: number; readonly p90Seconds: number };
  /** One request at a time, and many under way. */
  readonly oneStream: RateRange;
  readonly deepQueue: RateRange;
}

/** What the planner asks about the result of a strategy: by the kind of its spec. */
export interface MakingPlan {
  /** Requests beside those that every run sends. */
  readonly countCalls: (planned: readonly PlannedWork[], mode: RunMode, count: Count, polls: Polls) => void;
  /** The request for a fresh recovery point of one copy. */
  readonly protection: string;
  readonly radius: (strategy: PlannedStrategy, copies: number) => Radius;
  /** Absent: its results are never read through. */
  readonly coldRead?: (strategy: PlannedStrategy, copies: number) => ColdRead | undefined;
}
