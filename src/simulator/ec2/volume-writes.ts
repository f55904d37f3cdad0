import type {
  CreateVolumeCommandInput,
  CreateVolumeCommandOutput,
  DeleteVolumeCommandInput,
} from '@aws-sdk/client-ec2';
import { PROVISIONED_INIT_FACTOR } from '../../facts/durations.ts';
import { GP3_IOPS, GP3_THROUGHPUT_MIBPS } from '../../facts/storage-rules.ts';
import { MINUTE_MS, SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { volumeRequest } from './create-volume-request.ts';
import type { VolumeRequest } from './create-volume-request.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { fsrId, fsrCreditsAt, fsrStateAt } from '../model/fsr-timeline.ts';
import type { Call } from '../service/operation.ts';
import {
  PROVISIONED_INIT_QUOTA_CODE,
  VOLUME_CREATING_SECONDS,
  VOLUME_DELETING_MS,
  VOLUME_KEY_FAILURE_MS,
} from '../model/rates.ts';
import type { VolumeRecord } from '../model/records.ts';
import { storagePool } from '../state/state.ts';
import type { WorldState } from '../state/state.ts';
import { EC2_TAGS, mergeTags, specifiedTags } from '../service/tags.ts';
import { volumeShape } from './volume-reads.ts';
import { attachmentsAt, volumeStateAt } from '../model/volume-timeline.ts';

type Answer<T> = Omit<T, '$metadata'>;

/** Idempotent by ClientToken: a repeated request gets the volume of the first one, also if that was deleted since. */
export function createVolume(
  state: WorldState,
  input: CreateVolumeCommandInput,
  call: Call,
): Answer<CreateVolumeCommandOutput> {
  const token = input.ClientToken;
  const fingerprint = fingerprintOf(input);
  const earlier = token === undefined ? undefined : state.volumeOfToken(token);
  if (earlier !== undefined) {
    if (earlier.request !== fingerprint) {
      throw ec2Failure(
        'IdempotentParameterMismatch',
        `The client token '${token}' was used with other parameters.`,
      );
    }
    return createdShape(state, earlier, call.now);
  }
  const request = volumeRequest(state, input, call.now);
  const tags = mergeTags({}, specifiedTags(input.TagSpecifications, 'volume'), EC2_TAGS);
  checkStorageQuota(state, request, call.now);
  checkInitializationQuota(state, request, call.now);
  const identity = token ?? `untold/${state.volumes.size}`;
  if (call.strikes('capacity')) {
    throw ec2Failure(
      'InsufficientVolumeCapacity',
      `There is not enough capacity for this volume in ${request.zone}.`,
      503,
    );
  }
  const { snapshot, ...asked } = request;
  const volume: VolumeRecord = {
    ...asked,
    ...(state.dice.strikes('differing', `volume/${identity}`) && differing(request)),
    id: newVolumeId(state, identity),
    snapshotId: snapshot?.id,
    fullSizeGiB: snapshot?.fullSizeGiB ?? 0,
    fastRestored: takeFsrCredit(state, request, call.now),
    tags,
    createdAt: call.now,
    ...(request.rateMiBps !== undefined && {
      initFactor: state.dice.from(PROVISIONED_INIT_FACTOR, `filling/${identity}`),
    }),
    ...fateOf(state, request, identity, call),
    token,
    request: fingerprint,
    fromInventory: false,
  };
  state.putVolume(volume, call.now);
  return createdShape(state, volume, call.now);
}

function createdShape(
  state: WorldState,
  volume: VolumeRecord,
  now: Instant,
): Answer<CreateVolumeCommandOutput> {
  // CreateVolume does not answer whether fast snapshot restore was used.
  return { ...volumeShape(state, volume, now), FastRestored: undefined };
}

function fingerprintOf(input: CreateVolumeCommandInput): string {
  const parameters = { ...input, ClientToken: undefined, DryRun: undefined };
  const entries = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function newVolumeId(state: WorldState, identity: string): string {
  let id = `vol-${state.dice.hex(17, `volume/${identity}`)}`;
  for (let again = 1; state.volumes.has(id); again += 1)
    id = `vol-${state.dice.hex(17, `volume/${identity}/${again}`)}`;
  return id;
}

function checkStorageQuota(state: WorldState, request: VolumeRequest, now: Instant): void {
  const limitTiB = state.account.quotas.storageTiB?.[request.type];
  if (limitTiB === undefined) return;
  const pool = storagePool(request.type);
  if (state.ledger.used(pool, now) + request.sizeGiB <= limitTiB * 1024) return;
  state.ledger.noteRefusal(pool);
  throw ec2Failure(
    'VolumeLimitExceeded',
    `You have exceeded your ${limitTiB} TiB of ${request.type} storage in this Region.`,
  );
}

function checkInitializationQuota(state: WorldState, request: VolumeRequest, now: Instant): void {
  const limit = state.account.quotas.provisionedInitMiBps;
  if (limit === undefined || request.rateMiBps === undefined) return;
  const used = state.ledger.used('provisionedInitMiBps', now);
  if (used + request.rateMiBps <= limit) return;
  state.ledger.noteRefusal('provisionedInitMiBps');
  throw ec2Failure(
    PROVISIONED_INIT_QUOTA_CODE,
    `The cumulative volume initialization rate would be ${used + request.rateMiBps} MiB/s; the quota of this Region is ${limit} MiB/s.`,
  );
}

/** A whole credit makes a fast volume; less makes an ordinary one without an error. A provisioned rate uses no credit. */
function takeFsrCredit(state: WorldState, request: VolumeRequest, now: Instant): boolean {
  if (request.snapshot === undefined || request.rateMiBps !== undefined) return false;
  const fsr = state.fsr.get(fsrId(request.snapshot.id, request.zone));
  if (fsr === undefined || fsrStateAt(fsr, now) !== 'enabled') return false;
  const credits = fsrCreditsAt(fsr, now);
  if (credits < 1) return false;
  state.fsr.putHidden({ ...fsr, credits: { amount: credits - 1, at: now } });
  return true;
}

/** A volume that differs from the request: with the baseline performance, or of another type where the baseline was requested. */
function differing({ type, iops, throughputMiBps }: VolumeRequest): Partial<VolumeRecord> {
  if (type === 'gp3' && (iops !== GP3_IOPS || throughputMiBps !== GP3_THROUGHPUT_MIBPS))
    return { iops: GP3_IOPS, throughputMiBps: GP3_THROUGHPUT_MIBPS };
  return { type: type === 'gp2' ? 'gp3' : 'gp2' };
}

type Fate = Pick<VolumeRecord, 'availableAt' | 'errorAt' | 'goneAt' | 'stallsAtPercent'>;

/** When it becomes available, or its fault. A volume whose key is disabled appears and then disappears, without a reason. */
function fateOf(state: WorldState, request: VolumeRequest, identity: string, call: Call): Fate {
  const key = `${identity}/${state.nth(`volume/${identity}`)}`;
  const creatingSeconds = state.dice.from(VOLUME_CREATING_SECONDS, `creating/${key}`);
  const availableAt = call.now + creatingSeconds * SECOND_MS;
  if (request.encrypted && !state.keyIsUsable(request.kmsKeyId)) {
    return { availableAt: null, goneAt: call.now + state.dice.between(VOLUME_KEY_FAILURE_MS, `key/${key}`) };
  }
  const fault =
    request.snapshot === undefined ? undefined : state.dice.makingFault(request.snapshot.id, `volume/${key}`);
  const later = state.dice.draw(`later/${key}`);
  switch (fault) {
    case 'stuckCreating':
      return { availableAt: null };
    case 'failing':
      return { availableAt, errorAt: availableAt };
    case 'vanishing':
      return { availableAt, goneAt: call.now + 15 * SECOND_MS + later * 10 * MINUTE_MS };
    case 'stalledHydration':
      return { availableAt, stallsAtPercent: Math.floor(later * 99) };
    case undefined:
      return { availableAt };
  }
}

/** ? A volume may be deleted while it is creating: otherwise one that is stuck could never be removed. */
export function deleteVolume(state: WorldState, input: DeleteVolumeCommandInput, call: Call): object {
  const volume = existingVolume(state, input.VolumeId, call.now);
  const now = volumeStateAt(volume, call.now);
  if (now === 'in-use')
    throw ec2Failure(
      'VolumeInUse',
      `Volume ${volume.id} is currently attached to ${attachmentsAt(volume, call.now)[0]?.instanceId ?? 'an instance'}`,
    );
  if (now === 'deleting')
    throw ec2Failure('InvalidVolume.NotFound', `The volume '${volume.id}' does not exist.`);
  const goneAt = call.now + state.dice.between(VOLUME_DELETING_MS, `deleting/${volume.id}`);
  state.putVolume({ ...volume, deletedAt: call.now, goneAt }, call.now);
  return {};
}

/** Writes see the current state; only describes may be stale. */
export function existingVolume(state: WorldState, id: string | undefined, now: Instant): VolumeRecord {
  const volume = id === undefined ? undefined : state.volumes.get(id);
  if (volume === undefined || volumeStateAt(volume, now) === 'deleted') {
    throw ec2Failure('InvalidVolume.NotFound', `The volume '${id ?? ''}' does not exist.`);
  }
  return volume;
}
