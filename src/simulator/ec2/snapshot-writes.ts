import type {
  CreateSnapshotCommandInput,
  CreateSnapshotCommandOutput,
  DeleteSnapshotCommandInput,
} from '@aws-sdk/client-ec2';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { fsrId, fsrStateAt } from '../model/fsr-timeline.ts';
import type { Call } from '../service/operation.ts';
import { SNAPSHOT_STARTING_SECONDS, SNAPSHOT_UPLOAD_MIBPS } from '../model/rates.ts';
import type { SnapshotCourse, SnapshotRecord, VolumeRecord } from '../model/records.ts';
import { snapshotNotFound, snapshotShape } from './snapshot-reads.ts';
import { snapshotStateAt } from '../model/snapshot-timeline.ts';
import type { WorldState } from '../state/state.ts';
import { EC2_TAGS, mergeTags, specifiedTags } from '../service/tags.ts';
import { volumeStateAt } from '../model/volume-timeline.ts';
import { existingVolume } from './volume-writes.ts';

/** Not idempotent, as on AWS: asked twice it takes two snapshots. */
export function createSnapshot(
  state: WorldState,
  input: CreateSnapshotCommandInput,
  call: Call,
): Omit<CreateSnapshotCommandOutput, '$metadata'> {
  const volume = existingVolume(state, input.VolumeId, call.now);
  const volumeState = volumeStateAt(volume, call.now);
  if (volumeState !== 'available' && volumeState !== 'in-use')
    throw ec2Failure(
      'IncorrectState',
      `Volume '${volume.id}' is '${volumeState}': it cannot be snapshotted.`,
    );
  const tags = mergeTags({}, specifiedTags(input.TagSpecifications, 'snapshot'), EC2_TAGS);
  const key = `snapshot/${volume.id}/${state.nth(`snapshot/${volume.id}`)}`;
  const fullSizeGiB = dataOf(state, volume, call.now);
  const snapshot: SnapshotRecord = {
    id: newSnapshotId(state, key),
    volumeId: volume.id,
    startedAt: call.now,
    state: 'pending',
    sizeGiB: volume.sizeGiB,
    fullSizeGiB,
    tier: 'standard',
    encrypted: volume.encrypted,
    kmsKeyId: volume.kmsKeyId,
    description: input.Description,
    tags,
    course: courseOf(state, volume, fullSizeGiB, key, call),
  };
  state.snapshots.put(snapshot, call.now);
  return snapshotShape(state, snapshot, call.now);
}

/** The data on a volume, GiB: that of its snapshot or source, or of the last snapshot taken of it; its whole size where neither is known. */
export function dataOf(state: WorldState, volume: VolumeRecord, now: Instant): number {
  if ((volume.snapshotId ?? volume.sourceVolumeId) !== undefined) return volume.fullSizeGiB;
  const before = state.snapshots
    .values()
    .filter((snapshot) => snapshot.volumeId === volume.id && snapshotStateAt(snapshot, now) === 'completed')
    .reduce<SnapshotRecord | undefined>(
      (newest, other) => (newest !== undefined && newest.startedAt >= other.startedAt ? newest : other),
      undefined,
    );
  return before?.fullSizeGiB ?? volume.sizeGiB;
}

/** A failure counts against the faults of its volume. A snapshot whose key is disabled never completes. */
function courseOf(
  state: WorldState,
  volume: VolumeRecord,
  fullSizeGiB: number,
  key: string,
  call: Call,
): SnapshotCourse {
  const rateMiBps = state.dice.from(SNAPSHOT_UPLOAD_MIBPS, `upload/${key}`);
  const startingSeconds = state.dice.from(SNAPSHOT_STARTING_SECONDS, `starting/${key}`);
  const endsAt = call.now + (startingSeconds + (fullSizeGiB * 1024) / rateMiBps) * SECOND_MS;
  const isLocked = volume.encrypted && !state.keyIsUsable(volume.kmsKeyId);
  const fails = isLocked || state.dice.makingFault(volume.id, key, ['failing']) !== undefined;
  return { endsAt, endsAs: fails ? 'error' : 'completed' };
}

function newSnapshotId(state: WorldState, key: string): string {
  let id = `snap-${state.dice.hex(17, key)}`;
  for (let again = 1; state.snapshots.has(id); again += 1)
    id = `snap-${state.dice.hex(17, `${key}/${again}`)}`;
  return id;
}

export function deleteSnapshot(state: WorldState, input: DeleteSnapshotCommandInput, call: Call): object {
  const id = input.SnapshotId ?? '';
  const snapshot = state.snapshots.get(id);
  if (snapshot === undefined || snapshotStateAt(snapshot, call.now) === undefined) throw snapshotNotFound(id);
  const isFast = state.account.zones.some((zone) => {
    const fsr = state.fsr.get(fsrId(id, zone));
    return fsr !== undefined && fsrStateAt(fsr, call.now) !== 'disabled';
  });
  if (isFast)
    throw ec2Failure('InvalidSnapshot.InUse', `The snapshot '${id}' has fast snapshot restore enabled.`);
  state.snapshots.put({ ...snapshot, deletedAt: call.now }, call.now);
  return {};
}
