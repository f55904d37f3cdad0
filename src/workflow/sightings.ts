import type { FsrState } from '../inventory/schema.ts';
import type { Instant } from '../time.ts';

/** What the host should look at, by page. */
export interface Watch {
  readonly volumes: readonly string[];
  /** Of those, the ones whose hydration matters now (costs a DescribeVolumeStatus). */
  readonly hydrating: readonly string[];
  readonly dbInstances: readonly string[];
  readonly fsr: readonly { readonly snapshotId: string; readonly zone: string }[];
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

/** One thing as it was seen. Absence is no sighting: the host decides when absence means gone. */
export type Sighting = VolumeSighting | DbInstanceSighting | FsrSighting;
