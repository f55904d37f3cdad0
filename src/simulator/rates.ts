import { DURATIONS, RATES } from '../facts/durations.ts';
import { FSR_DISABLING_SECONDS } from '../facts/ebs.ts';
import type { DurationRange, RateRange } from '../facts/durations.ts';
import { MINUTE_MS, SECOND_MS } from '../time.ts';

/**
 * How long simulated AWS takes, and where it draws its lines. A pair is the range a duration is drawn from, evenly, by a hash of what it
 * belongs to. `?` marks a number that no source settles: it is here to be corrected once.
 */
export interface Range {
  readonly low: number;
  readonly high: number;
}

const seconds = (low: number, high: number): Range => ({ low: low * SECOND_MS, high: high * SECOND_MS });
const minutes = (low: number, high: number): Range => ({ low: low * MINUTE_MS, high: high * MINUTE_MS });

const fromP90ToP50 = ({ p50MiBps, p90MiBps }: RateRange): Range => ({ low: p90MiBps, high: p50MiBps });
const fromP50ToP90 = ({ p50Seconds, p90Seconds }: DurationRange): Range => seconds(p50Seconds, p90Seconds);

/** From a change until describes show it. ? No figure is published; observed delays are seconds. */
export const VISIBILITY_LAG_MS = seconds(0, 10);

/** CreateVolume until `available`: half of the volumes between the shortest and the p50, the others up to the longest. */
export const VOLUME_CREATING_MS = {
  shortest: 5 * SECOND_MS,
  p50: DURATIONS.createVolume.p50Seconds * SECOND_MS,
  longest: DURATIONS.createVolume.p90Seconds * SECOND_MS,
} as const;
/** DeleteVolume until it is gone. ? */
export const VOLUME_DELETING_MS = seconds(5, 30);
/** ? A volume whose key is disabled appears, and disappears after this. */
export const VOLUME_KEY_FAILURE_MS = seconds(15, 40);
/** How often the hydration of a volume is published: a status is up to this old. */
export const STATUS_PUBLISHED_EVERY_MS = 5 * MINUTE_MS;
/** AttachVolume and DetachVolume until done. ? */
export const ATTACHING_MS = 5 * SECOND_MS;

/** CreateSnapshot apart from its data, which follow at the rate below. */
export const SNAPSHOT_STARTING_MS = fromP50ToP90(DURATIONS.snapshotStarting);
/** MiB/s, from the p90 (slow) to the p50 (fast). */
export const SNAPSHOT_UPLOAD_MIBPS = fromP90ToP50(RATES.snapshotUpload);

/** `enabling` until `optimizing`. ? */
export const FSR_ENABLING_MS = seconds(5, 60);
/** `disabling` until `disabled`. ? */
export const FSR_DISABLING_MS = seconds(20, FSR_DISABLING_SECONDS);
/** A stuck one optimises this many times as long. */
export const FSR_STUCK_FACTOR = 30;

/** RestoreDBInstanceFromDBSnapshot until it leaves `creating`: from the p50 to the p90 of the forecast. */
export const DB_RESTORE_FROM_SNAPSHOT_MS = fromP50ToP90(DURATIONS.dbRestoreFromSnapshot);
/** RestoreDBInstanceToPointInTime until it leaves `creating`, log replay included. */
export const DB_RESTORE_TO_POINT_IN_TIME_MS = fromP50ToP90(DURATIONS.dbRestoreToPointInTime);
/** `backing-up` after a restore with a backup retention; hours on large stores, see the next line. */
export const DB_BACKING_UP_MS = minutes(2, 6);
/** ? Adds to `backing-up` per TiB of storage. */
export const DB_BACKING_UP_MS_PER_TIB = 8 * MINUTE_MS;
/** ? ModifyDBInstance: `modifying` lasts this long. */
export const DB_MODIFYING_MS = minutes(1, 5);
/** ? ModifyDBInstance: the status turns to `modifying` only after this, which misleads who looks at once. */
export const DB_MODIFY_STARTS_MS = seconds(0, 20);
/** ? DeleteDBInstance without a final snapshot. */
export const DB_DELETING_MS = minutes(2, 8);
/** Lazy loading of a restored DB instance, MiB/s, from the p90 (slow) to the p50 (fast): 50 and 100. ? AWS publishes none. */
export const DB_LOADING_MIBPS = fromP90ToP50(RATES.dbBackgroundLoad);
/** CreateDBSnapshot apart from its data, which follow at the rate below. */
export const DB_SNAPSHOT_STARTING_MS = fromP50ToP90(DURATIONS.dbSnapshotStarting);
/** MiB/s, from the p90 (slow) to the p50 (fast). */
export const DB_SNAPSHOT_UPLOAD_MIBPS = fromP90ToP50(RATES.dbSnapshotUpload);
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

/** GetMetricData: queries and data points of one series a request, and the shortest period there is here. */
export const METRIC_QUERIES = 500;
export const METRIC_POINTS = 1_440;
export const METRIC_PERIOD_SECONDS = 60;

/** ? The codes of these two refusals are in no source. */
export const PROVISIONED_INIT_QUOTA_CODE = 'ResourceLimitExceeded';
export const FSR_QUOTA_CODE = 'ResourceLimitExceeded';
