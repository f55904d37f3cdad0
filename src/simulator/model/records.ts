import type { DbCluster, DbClusterSnapshot, DbInstance, Snapshot } from '../../inventory/schema.ts';
import type { Instant } from '../../time.ts';

export type Tags = Readonly<Record<string, string>>;

/** A volume: its parameters and its future, fixed when it is made. Its state is a function of these and the time. */
export interface VolumeRecord {
  readonly id: string;
  readonly zone: string;
  readonly type: string;
  readonly sizeGiB: number;
  readonly iops?: number | undefined;
  readonly throughputMiBps?: number | undefined;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string | undefined;
  readonly snapshotId?: string | undefined;
  /** Of a volume copy. */
  readonly sourceVolumeId?: string | undefined;
  /** When all of a volume copy is written. */
  readonly copyEndsAt?: Instant | undefined;
  /** Data to read from the snapshot, or from the source of a copy. */
  readonly fullSizeGiB: number;
  readonly rateMiBps?: number | undefined;
  /** Its provisioned initialization takes this many times data / rate; absent: once. */
  readonly initFactor?: number | undefined;
  readonly fastRestored: boolean;
  readonly tags: Tags;
  readonly createdAt: Instant;
  /** `null`: never, it is stuck in `creating`. */
  readonly availableAt: Instant | null;
  /** From here on its state is `error`. */
  readonly errorAt?: Instant | undefined;
  /** Hydration goes no further than this percentage. */
  readonly stallsAtPercent?: number | undefined;
  /** DeleteVolume was accepted. */
  readonly deletedAt?: Instant | undefined;
  /** It does not exist any more: deleted, or vanished. */
  readonly goneAt?: Instant | undefined;
  /** To several instances at once; only io1 and io2. */
  readonly multiAttach?: boolean | undefined;
  /** One an instance, in the order in which they were asked for; past ones may be among them. */
  readonly attachments?: readonly AttachmentRecord[] | undefined;
  /** The client token and a fingerprint of the request that made it. */
  readonly token?: string | undefined;
  /** Attached to something that the inventory does not tell. */
  readonly attachedUntold?: true;
  readonly request?: string | undefined;
  /** It was there before the world began. */
  readonly fromInventory: boolean;
}

/** A volume on an instance, with its future. */
export interface AttachmentRecord {
  readonly instanceId: string;
  /** As the request named it. */
  readonly device: string;
  readonly at: Instant;
  /** `null`: never, it hangs in `attaching`. */
  readonly attachedAt: Instant | null;
  /** DetachVolume was accepted. */
  readonly detachingAt?: Instant | undefined;
  /** `null`: never, it is `busy`. */
  readonly detachedAt?: Instant | null | undefined;
}

/** The future of a snapshot that was taken in this world. */
export interface SnapshotCourse {
  readonly endsAt: Instant;
  /** e.g. `completed` or `error`; of a DB snapshot `available` or `failed`. */
  readonly endsAs: string;
}

export type SnapshotRecord = Omit<Snapshot, 'fsr' | 'region'> & {
  readonly fullSizeGiB: number;
  /** The inventory does not tell `fullSizeGiB`, and neither does the simulator. */
  readonly fullSizeUntold?: true;
  readonly description?: string | undefined;
  /** Absent: it was there before the world began, in `state`. */
  readonly course?: SnapshotCourse | undefined;
  readonly deletedAt?: Instant | undefined;
};

/** Fast snapshot restore of one snapshot in one zone. */
export interface FsrRecord {
  /** `<snapshot>@<zone>`. */
  readonly id: string;
  readonly snapshotId: string;
  readonly zone: string;
  readonly snapshotGiB: number;
  readonly enablingAt: Instant;
  readonly optimizingAt: Instant;
  readonly enabledAt: Instant;
  readonly disablingAt?: Instant | undefined;
  readonly disabledAt?: Instant | undefined;
  /** Volume-creation credits that were there at an instant; they fill up from then on. */
  readonly credits: { readonly amount: number; readonly at: Instant };
  /** The inventory does not tell how many there were. */
  readonly creditsUntold?: true;
  readonly fromInventory: boolean;
}

export interface InstanceRecord {
  readonly id: string;
  /** Absent: the inventory does not tell. */
  readonly type?: string | undefined;
  readonly zone: string;
  readonly state: string;
  readonly ebsThroughputMiBps?: number | undefined;
  readonly managedBySsm?: boolean | undefined;
  readonly tags: Tags;
}

/** Settings that an inventory may lack: then they are not told. */
export type DbKeptSettings = {
  readonly [
    K in
      | 'maxStorageGiB'
      | 'dedicatedLogVolume'
      | 'additionalVolumes'
      | 'backupTarget'
      | 'networkType'
      | 'customerOwnedIp'
      | 'processorFeatures'
      | 'customIamInstanceProfile'
      | 'backupWindow'
      | 'maintenanceWindow'
      | 'autoMinorVersionUpgrade'
      | 'copyTagsToSnapshots'
      | 'lifecycleSupport'
      | 'licenseModel'
      | 'characterSet'
      | 'nationalCharacterSet'
      | 'timezone'
      | 'performanceInsightsKeyId'
      | 'performanceInsightsRetentionDays'
      | 'databaseInsights'
      | 'managedMasterSecret'
      | 'masterSecretKeyId'
      | 'caCertificate'
      | 'domain'
      | 'associatedRoles'
      | 'lost'
  ]?: NonNullable<DbInstance[K]> | undefined;
};

/** The settings of a DB instance: those that a restore loses are here. */
export interface DbSettings extends DbKeptSettings {
  readonly class: string;
  readonly storageGiB: number;
  readonly storageType: string;
  readonly iops?: number | undefined;
  readonly throughputMiBps?: number | undefined;
  readonly zone: string;
  readonly multiAz: boolean;
  readonly subnetGroup: string;
  readonly publiclyAccessible: boolean;
  readonly securityGroups: readonly string[];
  readonly parameterGroup: string;
  readonly optionGroup: string;
  readonly deletionProtection: boolean;
  readonly backupRetentionDays: number;
  readonly iamAuth: boolean;
  readonly logExports: readonly string[];
  readonly monitoringIntervalSeconds: number;
  readonly monitoringRole?: string | undefined;
  readonly performanceInsights: boolean;
  readonly port: number;
}

/** A promotion of a replica that was accepted: by PromoteReadReplica, or by RDS because the source was deleted. */
export interface Promotion {
  /** Replication stops here. */
  readonly acceptedAt: Instant;
  /** From here on it is not a replica. */
  readonly detachesAt: Instant;
  /** What it had applied of the source's changes when replication stopped: its data end at this instant of the source. */
  readonly dataAt: Instant;
}

/** What a DB instance is made from. */
export interface DbOrigin {
  readonly kind: 'snapshot' | 'pointInTime' | 'new';
  /** Of the snapshot, or of the source instance; its own, if it was made new. */
  readonly id: string;
  /** The instant of the data. */
  readonly dataAt: Instant;
}

/** A volume beside the first of a DB instance. */
export type DbVolumeRecord = NonNullable<DbInstance['additionalVolumes']>[number];

export interface DbInstanceRecord {
  /** Lower case, as RDS stores it. */
  readonly id: string;
  readonly engine: string;
  readonly engineVersion: string;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string | undefined;
  readonly settings: DbSettings;
  /** Settings that the inventory does not hold: they have the default, and describes omit them until they are changed. */
  readonly untold?: readonly (keyof DbSettings)[] | undefined;
  /** Accepted by ModifyDBInstance, to be applied in the maintenance window. */
  readonly pending: Partial<DbSettings>;
  /** Its parameter group was changed and is in force only after a reboot. */
  readonly isGroupWaiting?: boolean;
  /** Accepted, and applied in the background from an instant on, in this order. */
  readonly late?: readonly { readonly from: Instant; readonly settings: DbKeptSettings }[] | undefined;
  readonly tags: Tags;
  readonly createdAt: Instant;
  /** Statuses and since when, in order; the last one whose time has come is the status. */
  readonly statuses: readonly { readonly from: Instant; readonly status: string }[];
  /** Lazy loading after a restore. Additional volumes load beside it, each by itself. */
  readonly loading?: {
    readonly from: Instant;
    readonly sizeGiB: number;
    readonly rateMiBps: number;
    readonly stallsAtPercent?: number | undefined;
  };
  readonly deletedAt?: Instant | undefined;
  readonly goneAt?: Instant | undefined;
  readonly origin?: DbOrigin | undefined;
  /** The source of a replica; stays after a promotion. Outside this Region it is an ARN. */
  readonly replicaOf?: string | undefined;
  /** While the replication is running. */
  readonly replicaLagSeconds?: number | undefined;
  readonly promotion?: Promotion | undefined;
  /** As it was given with a promotion: `hh24:mi-hh24:mi`. */
  readonly backupWindow?: string | undefined;
  readonly clusterId?: string | undefined;
  readonly earliestRestorableTime?: Instant | undefined;
  /** As it was at `createdAt`, or when the world began; it moves on while the instance is up. */
  readonly latestRestorableTime?: Instant | undefined;
  readonly fromInventory: boolean;
}

export interface DbSnapshotRecord {
  readonly id: string;
  readonly dbInstanceId: string;
  readonly at: Instant;
  readonly state: string;
  readonly source: 'automated' | 'manual' | 'awsbackup';
  readonly storageGiB: number;
  /** Of the instance at that time; absent in an inventory that does not tell. */
  readonly storageType?: string | undefined;
  readonly iops?: number | undefined;
  readonly throughputMiBps?: number | undefined;
  readonly port?: number | undefined;
  readonly optionGroup?: string | undefined;
  readonly engine: string;
  readonly engineVersion: string;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string | undefined;
  readonly tags: Tags;
  /** Absent: it was there before the world began, in `state`. */
  readonly course?: SnapshotCourse | undefined;
  readonly deletedAt?: Instant | undefined;
}

/** Aurora is only read: clusters and their snapshots stay as the inventory has them. */
export type DbClusterRecord = DbCluster;
export type DbClusterSnapshotRecord = Omit<DbClusterSnapshot, 'region'>;

/** A parameter of Systems Manager. A deleted one stays, until it is put again. */
export interface ParameterRecord {
  /** Its name. */
  readonly id: string;
  readonly value: string;
  readonly type: string;
  readonly version: number;
  readonly modifiedAt: Instant;
  readonly isDeleted: boolean;
}

/** An alarm of CloudWatch. Its state is what it was set to: the simulator does not evaluate metrics. */
export interface AlarmRecord {
  /** Its name. */
  readonly id: string;
  readonly namespace: string;
  readonly metric: string;
  readonly comparison: string;
  readonly threshold?: number | undefined;
  readonly periods: number;
  readonly state: string;
  readonly reason: string;
  readonly changedAt: Instant;
}

/** A queue of SQS. */
export interface QueueRecord {
  /** Its name. */
  readonly id: string;
  readonly visibilitySeconds: number;
  readonly mostBytes: number;
  readonly deduplicatesByContent: boolean;
}

/** A message of a queue. */
export interface MessageRecord {
  /** A UUID. */
  readonly id: string;
  readonly queue: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** Of a FIFO queue. */
  readonly group?: string | undefined;
  readonly deduplication?: string | undefined;
  readonly sentAt: Instant;
  /** Receivable from then on. */
  readonly visibleAt: Instant;
  readonly receives: number;
  readonly firstReceivedAt?: Instant | undefined;
  readonly receivedAt?: Instant | undefined;
  /** Deleted: it is kept so long as a repeat of it must not be queued. */
  readonly isDeleted?: true;
}

export interface MessageAttribute {
  readonly type: string;
  readonly text?: string | undefined;
  readonly base64?: string | undefined;
}

/** A bucket of S3. */
export interface BucketRecord {
  /** Its name. */
  readonly id: string;
  readonly region: string;
  readonly isVersioned: boolean;
  readonly createdAt: Instant;
}

/** One version of an object, or a delete marker. */
export interface ObjectRecord {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  /** `null` in a bucket without versions. */
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly base64: string;
  readonly bytes: number;
  readonly etag: string;
  readonly storageClass: string;
  readonly contentType?: string | undefined;
  readonly metadata?: Tags | undefined;
  readonly modifiedAt: Instant;
  readonly retainUntil?: Instant | undefined;
}
