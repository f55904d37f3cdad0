import type {
  CreateVolumeCommandInput,
  CreateVolumeCommandOutput,
  DeleteVolumeCommandInput,
} from '@aws-sdk/client-ec2';
import { PROVISIONED_INIT_FACTOR } from '../../facts/durations.ts';
import type { Instant } from '../../time.ts';
import { volumeRequest } from './create-volume-request.ts';
import type { VolumeRequest } from './create-volume-request.ts';
import {
  checkStorageQuota,
  differing,
  earlierVolume,
  fateOf,
  fingerprintOf,
  newVolumeId,
  noCapacity,
} from './making-volumes.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { fsrId, fsrCreditsAt, fsrStateAt } from '../model/fsr-timeline.ts';
import type { Call } from '../service/operation.ts';
import { PROVISIONED_INIT_QUOTA_CODE, VOLUME_DELETING_MS } from '../model/rates.ts';
import type { VolumeRecord } from '../model/records.ts';
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
  const earlier = earlierVolume(state, token, fingerprint);
  if (earlier !== undefined) return createdShape(state, earlier, call.now);
  const request = volumeRequest(state, input, call.now);
  const tags = mergeTags({}, specifiedTags(input.TagSpecifications, 'volume'), EC2_TAGS);
  checkStorageQuota(state, request, call.now);
  checkInitializationQuota(state, request, call.now);
  const identity = token ?? `untold/${state.volumes.size}`;
  if (call.strikes('capacity')) {
    const isOfRate = state.dice.draw(`rateCapacity/${identity}`) < 0.5;
    throw noCapacity(request.zone, isOfRate ? request.rateMiBps : undefined);
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
    ...fateOf(state, request, snapshot?.id, identity, call.now),
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
