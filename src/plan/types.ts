import type { ProblemCode } from './problem-codes.ts';
import type { Advice } from '../advice.ts';
import type { Forecast } from '../kinds/forecast.ts';
import type { PoolName, Pools } from '../kinds/pools.ts';
import type { ProblemData } from '../kinds/planning.ts';
import type { PassedOverPoint } from '../kinds/recovery-points.ts';
import type { RunMode } from '../kinds/specs.ts';
import type { PlannedStrategy } from '../kinds/strategy.ts';
import type { ReadyWhen, RunbookResource, StrategyName } from '../runbook/schema.ts';
import type { Instant } from '../time.ts';

export type { Forecast } from '../kinds/forecast.ts';
export type { ProblemData } from '../kinds/planning.ts';
export type { PoolName, PoolUse } from '../kinds/pools.ts';
export type { PassedOverPoint, RecoveryPoint } from '../kinds/recovery-points.ts';
export type { DbInstanceSpec, MakeSpec, RunMode, VolumeSpec } from '../kinds/specs.ts';
export type { PlannedStrategy } from '../kinds/strategy.ts';

/** A strategy that was considered, chosen or not. */
export interface Alternative {
  readonly strategy: StrategyName;
  readonly feasible: boolean;
  /** Why it is not feasible, or its advantages and disadvantages. */
  readonly why: string;
  /** The quota that is too small for it. */
  readonly shortOf?: PoolName;
  readonly forecast: Forecast | null;
  readonly costUsd: number | null;
}

export interface PlannedResource {
  /** `<runbook id>`, or `<runbook id>/<source>` where a selector fans out. Unique in the plan. */
  readonly id: string;
  readonly type: RunbookResource['type'];
  /** The id of the volume or DB instance that is recovered. */
  readonly source: string;
  /** Name of what is made, without the run: `restoreAs`, or undefined for `<source>-<run>`. */
  readonly restoreAs?: string;
  /** Ids of planned resources that must be ready first. */
  readonly dependsOn: readonly string[];
  readonly readyWhen: ReadyWhen;
  readonly copies: number;
  /** Feasible ones in order: the first is used, the others are fallbacks. Empty: no feasible plan. */
  readonly strategies: readonly PlannedStrategy[];
  readonly alternatives: readonly Alternative[];
  /** Copies newer than what it is recovered from, newest first; all copies where none can be used. */
  readonly passedOver?: readonly PassedOverPoint[];
}

/** When one resource runs, in seconds from the incident. */
export interface ScheduledResource {
  readonly resource: string;
  readonly strategy: StrategyName;
  readonly startSeconds: number;
  readonly readySeconds: number;
  /** `null`: never within any useful time. */
  readonly hydratedSeconds: number | null;
  readonly uses: Readonly<Record<string, number>>;
}

export interface Objectives {
  readonly rtoSeconds: number;
  readonly rpoSeconds: number;
  readonly dataCompleteSeconds?: number;
  readonly availabilityPercent?: number;
}

export interface QuotaIncrease {
  readonly quota: PoolName;
  readonly from: number;
  readonly to: number;
  readonly savesSeconds: number;
  /** The forecast with it. */
  readonly rtaSeconds: { readonly p50: number; readonly p90: number };
  readonly meetsRto: boolean;
  /** Only together with the other increases. */
  readonly together: boolean;
}

/**
 * What the recovery would take without acceleration: volumes created from their snapshots and read from end to end, so that
 * each block is waited for once. For comparison; seconds from the incident until the last resource is ready.
 */
export interface ColdRestore {
  readonly volumes: number;
  /** Data that has to be read. */
  readonly dataGiB: number;
  /** One request at a time for each volume, as a plain copy does. */
  readonly oneStream: Forecast;
  /** Many requests under way for each volume. */
  readonly deepQueue: Forecast;
  /** What the instances have to read together for the latter, p50. */
  readonly deepQueueMiBps: number;
}

export interface Problem<Code extends string = string> {
  readonly severity: 'error' | 'warning' | 'info';
  /** Stable, for scripts: e.g. `RPO_MISSED`, `NO_RECOVERY_POINT`, `QUOTA_BINDS`. */
  readonly code: Code;
  /** Planned resource or runbook resource it is about. */
  readonly resource?: string;
  /** The ids and figures of the message, for programs. Absent in plans of older journals. */
  readonly data?: ProblemData;
  /** Names the resource. */
  readonly message: string;
  /** What to do now. */
  readonly next: Advice;
}

/** A problem of a plan; `check` has others, of its own. */
export type PlanProblem = Problem<ProblemCode>;

/** All that a run may change; shown before it starts. */
export interface BlastRadius {
  readonly creates: {
    readonly volumes: number;
    readonly storageGiB: number;
    readonly dbInstances: number;
    /** Evidence of the damaged sources, and fresh recovery points of what is recovered; they outlive the run. */
    readonly snapshots: number;
  };
  /** What existed before and is changed for good: replicas that are promoted. Absent in plans of older journals. */
  readonly changes?: readonly string[];
  /** Snapshots whose fast snapshot restore is switched on for the run, `snap-1@us-east-1a`. */
  readonly fsr: readonly string[];
  /** What existed before and is only read. */
  readonly reads: readonly string[];
  /** Where missed traffic is sent once the recovery is over. Absent: nowhere. */
  readonly sends?: string;
}

/** The whole plan; pure data, kept with the run. */
export interface Plan {
  readonly runbook: string;
  readonly mode: RunMode;
  readonly region: string;
  readonly incidentAt: Instant;
  readonly damagedAt: Instant;
  /** How recovery points were chosen; `at` also for --recover-to. */
  readonly recoveryPointPolicy?: 'latest' | 'before-damage' | 'at';
  /** When the run can begin: now, at the earliest the incident. */
  readonly plannedAt: Instant;
  readonly objectives: Objectives;
  readonly resources: readonly PlannedResource[];
  /** Waves: the ids that may run together. */
  readonly order: readonly (readonly string[])[];
  readonly schedule: readonly ScheduledResource[];
  readonly forecast: {
    readonly rtaSeconds: { readonly p50: number; readonly p90: number };
    /** `null` when a resource has no recovery point. */
    readonly rpaSeconds: number | null;
    readonly criticalPath: readonly string[];
    readonly lowerBoundSeconds: number;
  };
  readonly costUsd: number;
  readonly apiCalls: { readonly total: number; readonly byOperation: Readonly<Record<string, number>> };
  readonly meets: { readonly rto: boolean; readonly rpo: boolean };
  readonly quotaIncreases: readonly QuotaIncrease[];
  /** Absent where no resource waits for a volume to be hydrated. */
  readonly coldRestore?: ColdRestore;
  /** Capacity of each pool that binds, after what already exists. */
  readonly pools: Pools;
  readonly problems: readonly Problem[];
  /** Parts of the runbook that a drill passes over. */
  readonly notExercised: readonly string[];
  readonly blastRadius: BlastRadius;
}
