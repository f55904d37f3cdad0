import { DURATIONS, durationQuantiles, RATES, rateQuantiles } from '../../facts/durations.ts';
import { FSR_DISABLING_SECONDS } from '../../facts/ebs.ts';
import { MINUTE_MS, SECOND_MS } from '../../time.ts';

/**
 * Durations and limits of simulated AWS. A quantity that the forecast has a p50 and a p90 for is drawn from a distribution
 * with these quantiles (facts/distribution.ts), any other uniformly from a range; both by a hash of the seed and a key. `?` marks a
 * number that no source settles: it is here to be corrected once.
 */
export interface Range {
  readonly low: number;
  readonly high: number;
}

const seconds = (low: number, high: number): Range => ({ low: low * SECOND_MS, high: high * SECOND_MS });
const minutes = (low: number, high: number): Range => ({ low: low * MINUTE_MS, high: high * MINUTE_MS });

/** From a change until describes show it. ? No figure is published; observed delays are seconds. */
export const VISIBILITY_LAG_MS = seconds(0, 10);

/** CreateVolume until `available`, seconds. */
export const VOLUME_CREATING_SECONDS = durationQuantiles(DURATIONS.createVolume);
/** DeleteVolume until it is gone. ? */
export const VOLUME_DELETING_MS = seconds(5, 30);
/** ? A volume whose key is disabled appears, and disappears after this. */
export const VOLUME_KEY_FAILURE_MS = seconds(15, 40);
/** How often the hydration of a volume is published: a status is up to this old. */
export const STATUS_PUBLISHED_EVERY_MS = 5 * MINUTE_MS;
/** ? AttachVolume and DetachVolume until done: reports of a few seconds. */
export const ATTACHING_MS = seconds(2, 12);
export const DETACHING_MS = seconds(2, 20);

/** CreateSnapshot apart from its data, which follow at the rate below. */
export const SNAPSHOT_STARTING_SECONDS = durationQuantiles(DURATIONS.snapshotStarting);
export const SNAPSHOT_UPLOAD_MIBPS = rateQuantiles(RATES.snapshotUpload);

/** `enabling` until `optimizing`. ? */
export const FSR_ENABLING_MS = seconds(5, 60);
/** `disabling` until `disabled`. ? */
export const FSR_DISABLING_MS = seconds(20, FSR_DISABLING_SECONDS);
/** A stuck one optimises this many times as long. */
export const FSR_STUCK_FACTOR = 30;

/** RestoreDBInstanceFromDBSnapshot until it leaves `creating`. */
export const DB_RESTORE_FROM_SNAPSHOT_SECONDS = durationQuantiles(DURATIONS.dbRestoreFromSnapshot);
/** RestoreDBInstanceToPointInTime until it leaves `creating`, without the replay of logs. */
export const DB_RESTORE_TO_POINT_IN_TIME_SECONDS = durationQuantiles(DURATIONS.dbRestoreToPointInTime);
/** ? ModifyDBInstance: `modifying` lasts this long. */
export const DB_MODIFYING_MS = minutes(1, 5);
/** ? ModifyDBInstance: the status becomes `modifying` only after this; an earlier read still shows `available`. */
export const DB_MODIFY_STARTS_MS = seconds(0, 20);
/** ? DeleteDBInstance without a final snapshot. */
export const DB_DELETING_MS = minutes(2, 8);
/** PromoteReadReplica until the promoted instance is up again. */
export const DB_PROMOTION_SECONDS = durationQuantiles(DURATIONS.replicaPromotion);
/** ? `rebooting`, the end of a promotion. */
export const DB_REBOOTING_MS = seconds(15, 40);
/** A promotion that hangs takes this many times as long. */
export const DB_PROMOTION_STUCK_FACTOR = 100;
/** Lazy loading of a restored DB instance. ? AWS publishes no rate. */
export const DB_LOADING_MIBPS = rateQuantiles(RATES.dbBackgroundLoad);
/** CreateDBSnapshot apart from its data, which follow at the rate below. */
export const DB_SNAPSHOT_STARTING_SECONDS = durationQuantiles(DURATIONS.dbSnapshotStarting);
export const DB_SNAPSHOT_UPLOAD_MIBPS = rateQuantiles(RATES.dbSnapshotUpload);
/** LatestRestorableTime moves this often. */
export const LATEST_RESTORABLE_EVERY_MS = 5 * MINUTE_MS;

/** EC2 describes: page sizes, explicit ids a call, and values of one filter, of which there may be far fewer. */
export const EC2_PAGE = { least: 5, most: 1_000 } as const;
export const FSR_PAGE = { least: 0, most: 200 } as const;
export const INSTANCE_TYPE_PAGE = { least: 5, most: 100 } as const;
export const RDS_PAGE = { least: 20, most: 100 } as const;
export const SSM_INSTANCE_PAGE = { least: 5, most: 50 } as const;
export const QUOTA_PAGE = { least: 1, most: 100 } as const;
export const EC2_IDS_PER_CALL = 1_000;
export const EC2_FILTER_VALUES = 200;
export const EC2_INSTANCE_TYPES_PER_CALL = 100;
/** A describe without ids, filters and page size has its own, smaller token bucket. */
export const UNFILTERED_DESCRIBE_BUCKET = { capacity: 50, refillPerSecond: 10 } as const;

/** A standard parameter of Systems Manager: the longest name and value. */
export const SSM_PARAMETER_CHARACTERS = { name: 1_011, value: 4_096 } as const;

/** GetMetricData: queries and data points a request, and the shortest period there is here. */
export const METRIC_QUERIES = 500;
export const METRIC_POINTS = 100_800;
export const METRIC_PERIOD_SECONDS = 60;

/** ? The codes of these two refusals are in no source. */
export const PROVISIONED_INIT_QUOTA_CODE = 'ResourceLimitExceeded';
export const FSR_QUOTA_CODE = 'ResourceLimitExceeded';

/** A queue of SQS, unless it is made otherwise. */
export const QUEUE_DEFAULTS = { visibilitySeconds: 30, mostBytes: 1_048_576 } as const;
/** SQS: entries of a batch or a receipt, the longest poll, delay and hold, and how long a repeat to a FIFO queue is recognized. */
export const BATCH_ENTRIES = 10;
export const LONG_POLL_SECONDS = 20;
export const MESSAGE_DELAY_SECONDS = 900;
export const MESSAGE_HOLD_SECONDS = 43_200;
export const DEDUPLICATION_SECONDS = 300;

/** S3: keys of one page of a list. */
export const OBJECT_KEYS_PER_PAGE = 1_000;

/** DescribeAlarms: alarms of one page. */
export const ALARM_PAGE = { usual: 50, most: 100 } as const;
