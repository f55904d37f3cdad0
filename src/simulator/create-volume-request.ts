import type { CreateVolumeCommandInput } from '@aws-sdk/client-ec2';
import { PROVISIONED_RATE_MAX_MIBPS, PROVISIONED_RATE_MIN_MIBPS, VOLUME_TYPE_LIMITS } from '../facts/ebs.ts';
import type { Instant } from '../time.ts';
import { ec2Failure } from './failures.ts';
import type { SnapshotRecord } from './records.ts';
import { snapshotNotFound } from './snapshot-reads.ts';
import { snapshotStateAt } from './snapshot-timeline.ts';
import type { WorldState } from './state.ts';
import { zoneNamed } from './zones.ts';

/** Sizes a type comes in, GiB. */
const SIZES_GIB: Readonly<Record<string, readonly [number, number]>> = {
  gp2: [1, 16_384],
  gp3: [1, 65_536],
  io1: [4, 16_384],
  io2: [4, 65_536],
  st1: [125, 16_384],
  sc1: [125, 16_384],
  standard: [1, 1_024],
};
/** IOPS that may be asked for: the least, and the most per GiB. */
const IOPS_RULES: Readonly<Record<string, { readonly least: number; readonly perGiB: number }>> = {
  gp3: { least: 3_000, perGiB: 500 },
  io1: { least: 100, perGiB: 50 },
  io2: { least: 100, perGiB: 1_000 },
};
export const GP3_IOPS = 3_000;
export const GP3_THROUGHPUT_MIBPS = 125;
const THROUGHPUT_MIBPS_PER_IOPS = 0.25;

/** A CreateVolume request that AWS would accept, as far as its parameters go. */
export interface VolumeRequest {
  readonly zone: string;
  readonly type: string;
  readonly sizeGiB: number;
  readonly iops: number | undefined;
  readonly throughputMiBps: number | undefined;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | undefined;
  readonly snapshot: SnapshotRecord | undefined;
  readonly rateMiBps: number | undefined;
}

const invalid = (message: string) => ec2Failure('InvalidParameterValue', message);
const combination = (message: string) => ec2Failure('InvalidParameterCombination', message);
const missing = (message: string) => ec2Failure('MissingParameter', message);

/**
 * Checks the parameters of CreateVolume and fills in the defaults.
 *
 * @throws EC2ServiceException MissingParameter, InvalidParameterValue, InvalidParameterCombination, InvalidZone.NotFound,
 * InvalidSnapshot.NotFound, IncorrectState
 */
export function volumeRequest(
  state: WorldState,
  input: CreateVolumeCommandInput,
  now: Instant,
): VolumeRequest {
  if ((input.ClientToken ?? '').length > 64) throw invalid('The client token has more than 64 characters.');
  const zone = zoneNamed(state.account, input.AvailabilityZone, input.AvailabilityZoneId);
  const type = input.VolumeType ?? 'gp2';
  if (!Object.hasOwn(SIZES_GIB, type)) throw invalid(`Unknown volume type: ${type}`);
  const snapshot = input.SnapshotId === undefined ? undefined : usableSnapshot(state, input.SnapshotId, now);
  const sizeGiB = sizeOf(input, type, snapshot);
  const iops = iopsOf(input, type, sizeGiB);
  return {
    zone,
    type,
    sizeGiB,
    iops,
    throughputMiBps: throughputOf(input, type, iops),
    encrypted: input.Encrypted === true || snapshot?.encrypted === true || input.KmsKeyId !== undefined,
    kmsKeyId: input.KmsKeyId ?? snapshot?.kmsKeyId,
    snapshot,
    rateMiBps: rateOf(input),
  };
}

function usableSnapshot(state: WorldState, id: string, now: Instant): SnapshotRecord {
  const snapshot = state.snapshots.get(id);
  const current = snapshot && snapshotStateAt(snapshot, now);
  if (snapshot === undefined || current === undefined) throw snapshotNotFound(id);
  if (snapshot.tier === 'archive')
    throw ec2Failure('IncorrectState', `Snapshot '${id}' is in the archive tier: restore it first.`);
  if (current !== 'completed')
    throw ec2Failure('IncorrectState', `Snapshot '${id}' is not 'completed': ${current}.`);
  return snapshot;
}

function sizeOf(input: CreateVolumeCommandInput, type: string, snapshot: SnapshotRecord | undefined): number {
  const sizeGiB = input.Size ?? snapshot?.sizeGiB;
  if (sizeGiB === undefined) throw missing('The request must contain the parameter size or snapshotId');
  const [least, most] = SIZES_GIB[type] ?? [1, 1];
  if (!Number.isInteger(sizeGiB) || sizeGiB < least || sizeGiB > most) {
    throw invalid(`Invalid size ${sizeGiB} GiB for ${type} volumes: ${least} to ${most} GiB.`);
  }
  if (snapshot !== undefined && sizeGiB < snapshot.sizeGiB) {
    throw invalid(
      `The size ${sizeGiB} GiB is smaller than that of snapshot '${snapshot.id}', ${snapshot.sizeGiB} GiB.`,
    );
  }
  return sizeGiB;
}

function iopsOf(input: CreateVolumeCommandInput, type: string, sizeGiB: number): number | undefined {
  const rule = IOPS_RULES[type];
  if (rule === undefined) {
    if (input.Iops !== undefined)
      throw combination(`The parameter iops is not supported for ${type} volumes.`);
    return type === 'gp2' ? Math.min(16_000, Math.max(100, sizeGiB * 3)) : undefined;
  }
  if (input.Iops === undefined) {
    if (type === 'gp3') return GP3_IOPS;
    throw missing(`The parameter iops must be specified for ${type} volumes.`);
  }
  const most = VOLUME_TYPE_LIMITS[type]?.iops ?? 0;
  if (input.Iops < rule.least)
    throw invalid(`Volume iops of ${input.Iops} is too low; minimum is ${rule.least}.`);
  if (input.Iops > most) throw invalid(`Volume iops of ${input.Iops} is too high; maximum is ${most}.`);
  // The least of a type is allowed at any size.
  if (input.Iops > rule.least && input.Iops > sizeGiB * rule.perGiB) {
    throw invalid(
      `Iops to volume size ratio of ${input.Iops / sizeGiB} is too high; maximum is ${rule.perGiB}.`,
    );
  }
  return input.Iops;
}

function throughputOf(
  input: CreateVolumeCommandInput,
  type: string,
  iops: number | undefined,
): number | undefined {
  const asked = input.Throughput;
  if (type !== 'gp3') {
    if (asked !== undefined)
      throw combination(`The parameter throughput is not supported for ${type} volumes.`);
    return undefined;
  }
  if (asked === undefined) return GP3_THROUGHPUT_MIBPS;
  const most = VOLUME_TYPE_LIMITS['gp3']?.throughputMiBps ?? 0;
  if (asked < GP3_THROUGHPUT_MIBPS || asked > most) {
    throw invalid(`Volume throughput of ${asked} MiB/s is out of range: ${GP3_THROUGHPUT_MIBPS} to ${most}.`);
  }
  if (asked > (iops ?? GP3_IOPS) * THROUGHPUT_MIBPS_PER_IOPS) {
    throw invalid(
      `Throughput to iops ratio of ${asked / (iops ?? GP3_IOPS)} is too high; maximum is ${THROUGHPUT_MIBPS_PER_IOPS}.`,
    );
  }
  return asked;
}

function rateOf(input: CreateVolumeCommandInput): number | undefined {
  const rate = input.VolumeInitializationRate;
  if (rate === undefined) return undefined;
  if (input.SnapshotId === undefined)
    throw combination('VolumeInitializationRate needs a snapshot to initialize from.');
  if (!Number.isInteger(rate) || rate < PROVISIONED_RATE_MIN_MIBPS || rate > PROVISIONED_RATE_MAX_MIBPS) {
    throw invalid(
      `VolumeInitializationRate ${rate} is out of range: ${PROVISIONED_RATE_MIN_MIBPS} to ${PROVISIONED_RATE_MAX_MIBPS} MiB/s.`,
    );
  }
  return rate;
}
