import type { ProblemCode } from './problem-codes.ts';
import type { Advice } from '../advice.ts';
import type { Forecast } from '../kinds/forecast.ts';
import type { PoolName, Pools } from '../kinds/pools.ts';
import type { StrategyStep } from '../kinds/steps.ts';
import type { Remaining } from '../kinds/things.ts';
import type { ReadyWhen, RunbookResource, StrategyName } from '../runbook/schema.ts';
import type { Instant } from '../time.ts';

export type { Forecast } from '../kinds/forecast.ts';
export type { PoolName, PoolUse } from '../kinds/pools.ts';

/** A restorable copy at an instant. For a point in time, `id` names the source and the instant. */
export interface RecoveryPoint {
  readonly id: string;
  readonly at: Instant;
  /** Data lost: from the recovery point to the incident. */
  readonly ageSeconds: number;
}

/** All that CreateVolume needs, decided at plan time. */
export interface VolumeSpec {
  readonly kind: 'volume';
  readonly snapshotId: string;
  readonly zone: string;
  readonly volumeType: string;
  readonly sizeGiB: number;
  /** Data to read from the snapshot until the volume is hydrated. */
  readonly fullSizeGiB: number;
  readonly iops?: number;
  readonly throughputMiBps?: number;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string;
  /** Provisioned initialisation rate; absent for other strategies. */
  readonly rateMiBps?: number;
  /** The source's tags, given back to what is made. */
  readonly tags: Readonly<Record<string, string>>;
}

/** All that a restore of a DB instance needs, with the settings that a restore loses unless they are given. */
export interface DbInstanceSpec {
  readonly kind: 'dbInstance';
  readonly from:
    | { readonly snapshotId: string }
    | { readonly sourceId: string; readonly restoreTime: Instant }
    /** A promotion: the instance exists, and is given the settings that a modification can change. */
    | { readonly replicaId: string };
  readonly engine: string;
  readonly class: string;
  readonly storageGiB: number;
  readonly storageType: string;
  readonly iops?: number;
  readonly throughputMiBps?: number;
  readonly zone?: string;
  readonly multiAz: boolean;
  readonly subnetGroup?: string;
  readonly securityGroups: readonly string[];
  readonly parameterGroup?: string;
  readonly optionGroup?: string;
  /** Always false in a drill; unless told, RDS decides by the subnet group. */
  readonly publiclyAccessible?: boolean;
  /** Always false in a drill, so that it can be cleaned up. */
  readonly deletionProtection: boolean;
  readonly backupRetentionDays: number;
  readonly iamAuth: boolean;
  readonly logExports: readonly string[];
  readonly monitoringIntervalSeconds?: number;
  readonly monitoringRole?: string;
  readonly performanceInsights?: boolean;
  readonly port?: number;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string;
  readonly tags: Readonly<Record<string, string>>;
}

export type MakeSpec = VolumeSpec | DbInstanceSpec;

/** One way to recover a resource, complete enough to be executed. */
export interface PlannedStrategy {
  readonly name: StrategyName;
  readonly recoveryPoint: RecoveryPoint;
  readonly spec: MakeSpec;
  readonly steps: readonly StrategyStep[];
  /** From its own start to ready, without waiting for quotas or dependencies. */
  readonly forecast: Forecast;
  readonly costUsd: number;
  /** What it leaves behind beside what it recovers. */
  readonly remains?: readonly Remaining[];
}

/** A copy that cannot be used. */
export interface PassedOverPoint {
  readonly id: string;
  readonly at: Instant;
  /** Completes "it cannot be used: ...". */
  readonly reason: string;
}

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

/** Ids and figures by name: seconds in fields that end in `Seconds`, USD in `Usd`, instants in ISO 8601. */
export type ProblemData = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

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

export type RunMode = 'restore' | 'drill';

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
