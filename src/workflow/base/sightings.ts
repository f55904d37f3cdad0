import type { FsrState } from '../../inventory/schema.ts';
import type { Instant } from '../../time.ts';
import type { Claim, MadeThing } from './effects.ts';

/** What the host should look at, by page. */
export interface Watch {
  readonly volumes: readonly string[];
  /** Of those, the ones whose hydration matters now (costs a DescribeVolumeStatus). */
  readonly hydrating: readonly string[];
  readonly dbInstances: readonly string[];
  readonly fsr: readonly { readonly snapshotId: string; readonly zone: string }[];
  /** Snapshots of volumes being taken by this run. */
  readonly snapshots?: readonly string[];
  readonly dbSnapshots?: readonly string[];
  /** Read the claim on the runbook: a drill watches it, because a restore takes precedence. */
  readonly claim?: {
    readonly runbook: string;
    readonly sources: readonly MadeThing[];
    /** False: where there is a parameter, the tags are not read. */
    readonly withTags?: boolean;
  };
}

export interface VolumeSighting {
  readonly kind: 'volume';
  readonly id: string;
  readonly state: 'creating' | 'available' | 'in-use' | 'deleting' | 'deleted' | 'error';
  /** True only when the volume was created with fast snapshot restore. */
  readonly fastRestored?: boolean;
  /** Hydration, 0 to 100, where the endpoint tells; up to 5 minutes old. */
  readonly progress?: number;
}

export interface DbInstanceSighting {
  readonly kind: 'dbInstance';
  readonly id: string;
  /** `creating`, `backing-up`, `modifying`, `available`, `storage-optimization`, `incompatible-restore` ... */
  readonly status: string;
  /** Loading from the snapshot, 0 to 100; absent when the endpoint does not tell or it is over. */
  readonly progress?: number;
}

export interface FsrSighting {
  readonly kind: 'fsr';
  readonly snapshotId: string;
  readonly zone: string;
  readonly state: FsrState;
  /** When it became enabled: credits count from here. */
  readonly enabledAt?: Instant;
}

/** A recovery point in the making; of a volume or of a DB instance. */
export interface RecoveryPointSighting {
  readonly kind: 'recoveryPoint';
  /** Id of the snapshot or identifier of the DB snapshot. */
  readonly id: string;
  readonly state: 'pending' | 'completed' | 'error';
  /** 0 to 100, where the endpoint tells. */
  readonly progress?: number;
  /** Why it failed, where the endpoint tells. */
  readonly message?: string;
}

/** The claim on the runbook as it is now. */
export interface ClaimSighting {
  readonly kind: 'claim';
  /** Absent: no run holds it. */
  readonly holder?: Claim;
}

/** Sightings for resources; a claim is for the recovery. */
export type ThingSighting = VolumeSighting | DbInstanceSighting | FsrSighting | RecoveryPointSighting;

/** One observed thing. Absence is not a sighting: the host decides when absence means gone. */
export type Sighting = ThingSighting | ClaimSighting;
