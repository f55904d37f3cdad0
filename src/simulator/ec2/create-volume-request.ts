import type { CreateVolumeCommandInput } from '@aws-sdk/client-ec2';
import {
  MULTI_ATTACH_TYPES,
  PROVISIONED_RATE_MAX_MIBPS,
  PROVISIONED_RATE_MIN_MIBPS,
  takesProvisionedRate,
} from '../../facts/ebs.ts';
import { gp2Iops, GP3_IOPS, GP3_THROUGHPUT_MIBPS, volumeFault } from '../../facts/storage-rules.ts';
import type { StorageShape } from '../../facts/storage-rules.ts';
import type { Instant } from '../../time.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import type { SnapshotRecord } from '../model/records.ts';
import { snapshotNotFound } from './snapshot-reads.ts';
import { snapshotStateAt } from '../model/snapshot-timeline.ts';
import type { WorldState } from '../state/state.ts';
import { zoneNamed } from './zones.ts';

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
  readonly multiAttach: boolean | undefined;
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
  checkToken(input.ClientToken);
  const zone = zoneNamed(state.account, input.AvailabilityZone, input.AvailabilityZoneId);
  const type = input.VolumeType ?? 'gp2';
  const snapshot = input.SnapshotId === undefined ? undefined : usableSnapshot(state, input.SnapshotId, now);
  const sizeGiB = sizeOf(input, snapshot);
  return {
    zone,
    ...shapeOf({ type, sizeGiB, iops: input.Iops, throughputMiBps: input.Throughput }),
    encrypted: input.Encrypted === true || snapshot?.encrypted === true || input.KmsKeyId !== undefined,
    kmsKeyId: input.KmsKeyId ?? snapshot?.kmsKeyId,
    snapshot,
    rateMiBps: rateOf(input, zone),
    multiAttach: multiAttachOf(type, input.MultiAttachEnabled),
  };
}

/** Whether a new volume of this type has Multi-Attach; `undefined` unless it has. */
export function multiAttachOf(type: string, asked: boolean | undefined): true | undefined {
  if (asked !== true) return undefined;
  if (!MULTI_ATTACH_TYPES.includes(type))
    throw combination(`The parameter multiAttachEnabled is not supported for ${type} volumes.`);
  return true;
}

export function checkToken(token = ''): void {
  if (token.length > 64) throw invalid('The client token has more than 64 characters.');
}

/** Checks what is asked of a volume type against its limits, and fills in the defaults. */
export function shapeOf(
  asked: StorageShape,
): Pick<VolumeRequest, 'type' | 'sizeGiB' | 'iops' | 'throughputMiBps'> {
  const { type, sizeGiB, iops, throughputMiBps } = asked;
  const refused = volumeFault(asked);
  if (refused !== undefined) throw ec2Failure(refused.code, refused.message);
  return {
    ...{ type, sizeGiB, iops: iops ?? defaultIops(type, sizeGiB) },
    throughputMiBps: throughputMiBps ?? (type === 'gp3' ? GP3_THROUGHPUT_MIBPS : undefined),
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

function sizeOf(input: CreateVolumeCommandInput, snapshot: SnapshotRecord | undefined): number {
  const sizeGiB = input.Size ?? snapshot?.sizeGiB;
  if (sizeGiB === undefined) throw missing('The request must contain the parameter size or snapshotId');
  if (snapshot !== undefined && sizeGiB < snapshot.sizeGiB) {
    throw invalid(
      `The size ${sizeGiB} GiB is smaller than that of snapshot '${snapshot.id}', ${snapshot.sizeGiB} GiB.`,
    );
  }
  return sizeGiB;
}

/** Defaults of a volume type. */
function defaultIops(type: string, sizeGiB: number): number | undefined {
  if (type === 'gp2') return gp2Iops(sizeGiB);
  return type === 'gp3' ? GP3_IOPS : undefined;
}

function rateOf(input: CreateVolumeCommandInput, zone: string): number | undefined {
  const rate = input.VolumeInitializationRate;
  if (rate === undefined) return undefined;
  if (input.SnapshotId === undefined)
    throw combination('VolumeInitializationRate needs a snapshot to initialize from.');
  if (!takesProvisionedRate(zone))
    throw combination(`VolumeInitializationRate is not supported in zone ${zone}.`);
  if (!Number.isInteger(rate) || rate < PROVISIONED_RATE_MIN_MIBPS || rate > PROVISIONED_RATE_MAX_MIBPS) {
    throw invalid(
      `VolumeInitializationRate ${rate} is out of range: ${PROVISIONED_RATE_MIN_MIBPS} to ${PROVISIONED_RATE_MAX_MIBPS} MiB/s.`,
    );
  }
  return rate;
}
