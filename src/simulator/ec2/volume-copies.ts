import type { CopyVolumesCommandInput, CopyVolumesCommandOutput } from '@aws-sdk/client-ec2';
import { durationQuantiles, volumeCopyInitialization } from '../../facts/durations.ts';
import { takesVolumeCopies, VOLUME_COPIES_PER_REGION } from '../../facts/ebs.ts';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { checkToken, multiAttachOf, shapeOf } from './create-volume-request.ts';
import {
  checkStorageQuota,
  differing,
  earlierVolume,
  fateOf,
  fingerprintOf,
  newVolumeId,
  noCapacity,
} from './making-volumes.ts';
import type { VolumeRecord } from '../model/records.ts';
import { dataOf } from './snapshot-writes.ts';
import { hydrationAt, volumeStateAt } from '../model/volume-timeline.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import type { Call } from '../service/operation.ts';
import { EC2_TAGS, mergeTags, specifiedTags } from '../service/tags.ts';
import type { WorldState } from '../state/state.ts';
import { volumeShape } from './volume-reads.ts';
import { existingVolume } from './volume-writes.ts';

type Answer = Omit<CopyVolumesCommandOutput, '$metadata'>;

/**
 * A copy of what is written on a volume at this instant, in its zone. Idempotent by ClientToken: a repeated request gets the copy of the first one. The copy
 * is usable at once and loads in the background.
 */
export function copyVolumes(state: WorldState, input: CopyVolumesCommandInput, call: Call): Answer {
  checkToken(input.ClientToken);
  const request = `CopyVolumes/${fingerprintOf(input)}`;
  const earlier = earlierVolume(state, input.ClientToken, request);
  if (earlier !== undefined) return { Volumes: [volumeShape(state, earlier, call.now)] };
  const source = existingVolume(state, input.SourceVolumeId, call.now);
  checkSource(source, call.now);
  const asked = copyOf(source, input);
  const tags = mergeTags({}, specifiedTags(input.TagSpecifications, 'volume'), EC2_TAGS);
  checkStorageQuota(state, asked, call.now);
  checkCopies(state, source, call.now);
  if (call.strikes('capacity')) throw noCapacity(source.zone);
  const identity = input.ClientToken ?? `untold/${state.volumes.size}`;
  const fullSizeGiB = dataOf(state, source, call.now);
  const seconds = state.dice.from(
    durationQuantiles(volumeCopyInitialization(fullSizeGiB)),
    `copying/${identity}`,
  );
  const volume: VolumeRecord = {
    ...asked,
    ...(state.dice.strikes('differing', `volume/${identity}`) && differing(asked)),
    id: newVolumeId(state, identity),
    sourceVolumeId: source.id,
    fullSizeGiB,
    copyEndsAt: call.now + seconds * SECOND_MS,
    fastRestored: false,
    tags,
    createdAt: call.now,
    ...fateOf(state, asked, source.id, identity, call.now),
    token: input.ClientToken,
    request,
    fromInventory: false,
  };
  state.putVolume(volume, call.now);
  state.ledger.noteUse('volumeCopies', state.copiesInProgress(call.now).length);
  return { Volumes: [volumeShape(state, volume, call.now)] };
}

function checkSource(source: VolumeRecord, now: Instant): void {
  const state = volumeStateAt(source, now);
  if (state !== 'available' && state !== 'in-use')
    throw ec2Failure('IncorrectState', `Volume '${source.id}' is '${state}': it cannot be copied.`);
  if (source.sourceVolumeId !== undefined && hydrationAt(source, now) < 100)
    throw ec2Failure('IncorrectState', `Volume '${source.id}' is a volume copy that is being initialized.`);
  if (!takesVolumeCopies(source.zone))
    throw ec2Failure('InvalidParameterCombination', `Volumes in ${source.zone} cannot be copied.`);
}

/** What is asked for. Without a type it is gp2, whatever the source is; the size and the key are those of the source. */
function copyOf(source: VolumeRecord, input: CopyVolumesCommandInput) {
  const type = input.VolumeType ?? 'gp2';
  const sizeGiB = input.Size ?? source.sizeGiB;
  if (sizeGiB < source.sizeGiB) {
    throw ec2Failure(
      'InvalidParameterValue',
      `The size ${sizeGiB} GiB is smaller than that of volume '${source.id}', ${source.sizeGiB} GiB.`,
    );
  }
  const kmsKeyId = input.KmsKeyId ?? source.kmsKeyId;
  return {
    zone: source.zone,
    ...shapeOf({ type, sizeGiB, iops: input.Iops, throughputMiBps: input.Throughput }),
    encrypted: source.encrypted || input.Encrypted === true || input.KmsKeyId !== undefined,
    kmsKeyId,
    multiAttach: multiAttachOf(type, input.MultiAttachEnabled),
  };
}

/** ? Which code refuses a second copy of one source is in no source; the limit of the Region has this one. */
function checkCopies(state: WorldState, source: VolumeRecord, now: Instant): void {
  if (state.copiesInProgress(now).some(({ sourceVolumeId }) => sourceVolumeId === source.id)) {
    state.ledger.noteRefusal('volumeCopies');
    throw ec2Failure(
      'CopyVolumesLimitExceeded',
      `A copy of volume '${source.id}' is in progress: a volume has one at a time.`,
    );
  }
  const { volumeCopies = VOLUME_COPIES_PER_REGION } = state.account.quotas;
  if (state.copiesInProgress(now).length < volumeCopies) return;
  state.ledger.noteRefusal('volumeCopies');
  throw ec2Failure(
    'CopyVolumesLimitExceeded',
    `You have reached the maximum of ${volumeCopies} in-progress volume copies in this Region.`,
  );
}
