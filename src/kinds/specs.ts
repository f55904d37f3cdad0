import type { Instant } from '../time.ts';
import type { VolumeSettings } from './ebs-volume/settings.ts';
import type { DbSettings } from './rds-instance/settings.ts';

export type RunMode = 'restore' | 'drill';

/** Where a volume is attached once it is hydrated. */
export interface Attachment {
  readonly instanceId: string;
  /** A device name for each copy. */
  readonly devices: readonly string[];
}

/** All that CreateVolume needs, or CopyVolumes, decided at plan time: it has a snapshot or a source volume. */
export interface VolumeSpec extends VolumeSettings {
  readonly kind: 'volume';
  /** Data to read from the snapshot or the source until the volume is hydrated. */
  readonly fullSizeGiB: number;
  /** Absent: it is attached to nothing. */
  readonly attachTo?: Attachment;
  /** The source's tags, given back to what is made. */
  readonly tags: Readonly<Record<string, string>>;
}

/** All that a restore of a DB instance needs, with the settings that a restore loses unless they are given. */
export interface DbInstanceSpec extends DbSettings {
  readonly kind: 'dbInstance';
  readonly from:
    | { readonly snapshotId: string }
    | { readonly sourceId: string; readonly restoreTime: Instant }
    /** A promotion: the instance exists, and is given the settings that a modification can change. */
    | { readonly replicaId: string };
  readonly tags: Readonly<Record<string, string>>;
}

export type MakeSpec = VolumeSpec | DbInstanceSpec;
