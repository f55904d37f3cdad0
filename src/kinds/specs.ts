import type { Instant } from '../time.ts';

export type RunMode = 'restore' | 'drill';

/** Where a volume is attached once it is hydrated. */
export interface Attachment {
  readonly instanceId: string;
  /** A device name for each copy. */
  readonly devices: readonly string[];
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
  /** Absent: it is attached to nothing. */
  readonly attachTo?: Attachment;
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
