import { SECOND_MS } from '../time.ts';
import type { Instant } from '../time.ts';
import type { Quantiles } from './distribution.ts';

/**
 * What each step of a recovery is taken to last before anything has been measured. Everything that a forecast assumes stands
 * here, so that a learned figure replaces one line. A line marked `?` is settled by no source.
 */

/** Seconds that half of the cases stay under, and nine of ten. */
export interface DurationRange {
  readonly p50Seconds: number;
  readonly p90Seconds: number;
}

/** MiB/s that half of the cases exceed, and nine of ten. */
export interface RateRange {
  readonly p50MiBps: number;
  readonly p90MiBps: number;
}

export function durationQuantiles({ p50Seconds, p90Seconds }: DurationRange): Quantiles {
  return { p50: p50Seconds, p90: p90Seconds };
}

export function rateQuantiles({ p50MiBps, p90MiBps }: RateRange): Quantiles {
  return { p50: p50MiBps, p90: p90MiBps };
}

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3_600;
/** Vendors' MB/s are decimal. */
const MIB_PER_MB = 1_000_000 / (1_024 * 1_024);

export const DURATIONS = {
  /** CreateVolume until `available`; a published restore benchmark, shortage of capacity apart. */
  createVolume: { p50Seconds: 20, p90Seconds: 60 },
  /** RestoreDBInstanceFromDBSnapshot until the instance answers; four measurements of 5 to 16 min. Thin data: a wide p90. */
  dbRestoreFromSnapshot: { p50Seconds: 8 * MINUTE_SECONDS, p90Seconds: 25 * MINUTE_SECONDS },
  /** RestoreDBInstanceToPointInTime without the replay of logs; as thin. */
  dbRestoreToPointInTime: { p50Seconds: 17 * MINUTE_SECONDS, p90Seconds: 45 * MINUTE_SECONDS },
  /** PromoteReadReplica; documented only as several minutes. */
  replicaPromotion: { p50Seconds: 3 * MINUTE_SECONDS, p90Seconds: 10 * MINUTE_SECONDS },
  /** An Aurora cluster from a backup; reports of 32 min in all, not linear in its size. */
  auroraCluster: { p50Seconds: 12 * MINUTE_SECONDS, p90Seconds: 40 * MINUTE_SECONDS },
  /** The first instance of a restored Aurora cluster. */
  auroraInstance: { p50Seconds: 8 * MINUTE_SECONDS, p90Seconds: 15 * MINUTE_SECONDS },
  /** ? AttachVolume until `attached`; reports of a few seconds. */
  attachVolume: { p50Seconds: 5, p90Seconds: 15 },
  /** ? CreateSnapshot apart from its data: reports of well under a minute for next to empty volumes. */
  snapshotStarting: { p50Seconds: 15, p90Seconds: 60 },
  /** ? CreateDBSnapshot apart from its data; reports of some minutes for small instances. */
  dbSnapshotStarting: { p50Seconds: 60, p90Seconds: 3 * MINUTE_SECONDS },
  /** ? Reading back what was made and comparing it: one paged read, and the delay of stale reads. */
  configurationCheck: { p50Seconds: 5, p90Seconds: 60 },
  /** ? Removing what a drill made, once it is verified. */
  cleanup: { p50Seconds: 5 * MINUTE_SECONDS, p90Seconds: 15 * MINUTE_SECONDS },
} as const satisfies Readonly<Record<string, DurationRange>>;

export const RATES = {
  /** Blocks of a fresh volume read once by a single stream; several field reports, gp2 and gp3. */
  coldReadOneStream: { p50MiBps: 5 * MIB_PER_MB, p90MiBps: 3 * MIB_PER_MB },
  /** The same with a deep queue; reports of 100 to 140 MiB/s on gp3. */
  coldReadDeepQueue: { p50MiBps: 120, p90MiBps: 60 },
  /** The same on io2; one report of 700 to 1,200 MiB/s. */
  coldReadDeepQueueIo2: { p50MiBps: 700, p90MiBps: 300 },
  /** ? Background loading of a DB instance restored from a snapshot: AWS publishes no rate. */
  dbBackgroundLoad: { p50MiBps: 100, p90MiBps: 50 },
  /** ? A first, and so full, snapshot of a volume. AWS publishes no rate; later ones hold only what changed. */
  snapshotUpload: { p50MiBps: 200, p90MiBps: 80 },
  /** ? The same of a DB instance. */
  dbSnapshotUpload: { p50MiBps: 200, p90MiBps: 80 },
} as const satisfies Readonly<Record<string, RateRange>>;

/**
 * How long a provisioned initialization takes, as a multiple of data / rate. Documentation: within 10 % for 99 % of volumes. The table takes
 * the 10 % for the p90.
 */
export const PROVISIONED_INIT_FACTOR: Quantiles = { p50: 1, p90: 1.1 };

/** ? How much faster than real time transaction logs are replayed in a restore to a point in time. */
export const LOG_REPLAY_SPEEDUP: Quantiles = { p50: 60, p90: 20 };

/** Automated backups are daily: with none known, this much log at most lies before a point in time. */
const LOG_REPLAY_MAX_SECONDS = 24 * HOUR_SECONDS;

/**
 * Seconds of transaction log to replay for the point in time `at`: from the last automated backup before it, or from the earliest
 * restorable time; a day where neither is known.
 */
export function logSecondsBefore(
  at: Instant,
  automatedBackups: readonly Instant[],
  earliestRestorable: Instant | undefined,
): number {
  const bases = automatedBackups.filter((backup) => backup <= at);
  const base = Math.max(earliestRestorable ?? -Infinity, ...bases);
  return Math.min(LOG_REPLAY_MAX_SECONDS, Math.max(0, (at - base) / SECOND_MS));
}

/**
 * `backing-up` after a restore with backups on: minutes, up to 3 h on large stores. ? The growth with size is taken as linear,
 * 3 h at 1 TiB.
 */
export function backingUp(storageGiB: number): DurationRange {
  const p50Seconds = 5 * MINUTE_SECONDS;
  const large = Math.min(1, storageGiB / 1_024) * 3 * HOUR_SECONDS;
  return { p50Seconds, p90Seconds: Math.max(2 * p50Seconds, large) };
}

const GIB_PER_TIB = 1_024;
const COPY_FIRST_TIB_SECONDS = 6 * HOUR_SECONDS;
const COPY_NEXT_TIB_SECONDS = 1.2 * HOUR_SECONDS;
const COPY_MOST_SECONDS = 24 * HOUR_SECONDS;

/**
 * Until all of a volume copy is written, by the data on its source. The p90 is documented as the most, on a best-effort basis: up to 6 h for the
 * first TiB, 1.2 h for each one after it, 24 h from 16 TiB on. ? The p50 is in no source: half of that, and of less than a TiB its share.
 *
 * @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-copying-volume.html
 */
export function volumeCopyInitialization(dataGiB: number): DurationRange {
  const tib = dataGiB / GIB_PER_TIB;
  const longer = COPY_FIRST_TIB_SECONDS + Math.max(0, tib - 1) * COPY_NEXT_TIB_SECONDS;
  const p90Seconds = dataGiB === 0 ? 0 : Math.min(COPY_MOST_SECONDS, longer);
  return { p50Seconds: (p90Seconds / 2) * Math.min(1, tib), p90Seconds };
}

/**
 * How fast a fresh volume can be read through with a deep queue; never faster than the volume or the instance that reads.
 *
 * @example coldReadRate('gp3', 500).p50MiBps // 120
 */
export function coldReadRate(volumeType: string, ...throughputLimitsMiBps: readonly number[]): RateRange {
  const rate = volumeType === 'io2' ? RATES.coldReadDeepQueueIo2 : RATES.coldReadDeepQueue;
  const limit = Math.max(1, Math.min(...throughputLimitsMiBps));
  return { p50MiBps: Math.min(rate.p50MiBps, limit), p90MiBps: Math.min(rate.p90MiBps, limit) };
}

/** Seconds to read `sizeGiB` at a rate. */
export function readSeconds(sizeGiB: number, rate: RateRange): DurationRange {
  const sizeMiB = sizeGiB * 1_024;
  return { p50Seconds: sizeMiB / rate.p50MiBps, p90Seconds: sizeMiB / rate.p90MiBps };
}
