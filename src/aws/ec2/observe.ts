import { fsrKey } from '../../facts/ebs.ts';
import type { Snapshot, Volume, VolumeStatusItem } from '@aws-sdk/client-ec2';
import type { FailureClass } from '../../workflow/base/effects.ts';
import type {
  FsrSighting,
  RecoveryPointSighting,
  Sighting,
  VolumeSighting,
  Watch,
} from '../../workflow/base/sightings.ts';
import { attempt } from '../answers.ts';
import {
  describeFsr,
  describeSnapshots,
  describeVolumes,
  describeVolumeStatus,
  type Ec2Access,
} from './reads.ts';
import { RequestFailure, sanitise } from '../request-failures.ts';

const VOLUME_STATES: ReadonlySet<string> = new Set([
  'creating',
  'available',
  'in-use',
  'deleting',
  'deleted',
  'error',
]);

export async function observeVolumes(
  aws: Ec2Access,
  { volumes, hydrating }: Watch,
): Promise<readonly Sighting[]> {
  const seen = await describeVolumes(aws, volumes);
  const visible = new Set(seen.map(({ VolumeId }) => VolumeId));
  const progress = await progressOf(
    aws,
    hydrating.filter((id) => visible.has(id)),
  );
  return seen.flatMap((volume) =>
    volume.VolumeId === undefined ? [] : [volumeSighting(volume, volume.VolumeId, progress)],
  );
}

function volumeSighting(volume: Volume, id: string, progress: ReadonlyMap<string, number>): VolumeSighting {
  const { State: state, FastRestored: fastRestored } = volume;
  const percent = progress.get(id);
  return {
    kind: 'volume',
    id,
    // An unknown state counts neither as usable nor as lost.
    state: state !== undefined && VOLUME_STATES.has(state) ? (state as VolumeSighting['state']) : 'creating',
    ...(fastRestored !== undefined && { fastRestored }),
    ...(percent !== undefined && { progress: percent }),
  };
}

/** Failures that concern the progress alone: the endpoint or the role cannot read it, and the volumes may be well. */
const TELLS_NO_PROGRESS: ReadonlySet<FailureClass> = new Set(['gone', 'invalid', 'denied', 'unsupported']);

/**
 * Hydration by volume id, where the endpoint tells. It is told up to 5 minutes late and not by every endpoint, and one unknown id fails
 * the whole call: then the sightings go without it, and the forecast by time stays.
 */
async function progressOf(aws: Ec2Access, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const read = await attempt(() => describeVolumeStatus(aws, ids));
  if (!read.ok) {
    if (TELLS_NO_PROGRESS.has(read.failure.class)) return new Map();
    throw new RequestFailure(read.failure);
  }
  return new Map(
    read.result.flatMap((item) => {
      const percent = percentOf(item);
      return item.VolumeId === undefined || percent === undefined ? [] : [[item.VolumeId, percent] as const];
    }),
  );
}

function percentOf({
  InitializationStatusDetails: details,
  VolumeStatus: status,
}: VolumeStatusItem): number | undefined {
  if (details?.Progress !== undefined) return details.Progress;
  const state = status?.Details?.find(({ Name }) => Name === 'initialization-state')?.Status;
  return state === 'completed' ? 100 : undefined;
}

export async function observeFsr(aws: Ec2Access, { fsr }: Watch): Promise<readonly Sighting[]> {
  const watched = new Set(fsr.map(({ snapshotId, zone }) => fsrKey({ snapshotId, zone })));
  const read = await attempt(() =>
    describeFsr(
      aws,
      fsr.map(({ snapshotId }) => snapshotId),
    ),
  );
  if (!read.ok) {
    // An endpoint that does not support the operation has fast snapshot restore enabled nowhere.
    if (read.failure.class === 'unsupported') return [];
    throw new RequestFailure(read.failure);
  }
  return read.result.flatMap(
    ({ SnapshotId: snapshotId, AvailabilityZone: zone, State: state, EnabledTime }): FsrSighting[] => {
      if (snapshotId === undefined || zone === undefined || state === undefined) return [];
      if (!watched.has(fsrKey({ snapshotId, zone }))) return [];
      return [
        {
          kind: 'fsr',
          snapshotId,
          zone,
          state,
          ...(EnabledTime !== undefined && { enabledAt: EnabledTime.getTime() }),
        },
      ];
    },
  );
}

/** Snapshots in the making. */
export async function observeSnapshots(
  aws: Ec2Access,
  { snapshots = [] }: Watch,
): Promise<readonly Sighting[]> {
  const seen = await describeSnapshots(aws, snapshots);
  return seen.flatMap((snapshot) =>
    snapshot.SnapshotId === undefined ? [] : [snapshotSighting(snapshot, snapshot.SnapshotId)],
  );
}

function snapshotSighting(snapshot: Snapshot, id: string): RecoveryPointSighting {
  const progress = percentIn(snapshot.Progress);
  // Without a state only full progress tells that it is over.
  const state = snapshot.State ?? (progress === 100 ? 'completed' : 'pending');
  // `recoverable` and `recovering`: it lies in the recycle bin, and is no recovery point there.
  const isInBin = state === 'recoverable' || state === 'recovering';
  const message = snapshot.StateMessage ?? (isInBin ? `it was deleted and is ${state}` : undefined);
  return {
    kind: 'recoveryPoint',
    id,
    state: state === 'completed' ? 'completed' : state === 'error' || isInBin ? 'error' : 'pending',
    ...(progress !== undefined && { progress }),
    ...(message !== undefined && message !== '' && { message: sanitise(message) }),
  };
}

/** `45%`, and nothing while it begins. */
function percentIn(text: string | undefined): number | undefined {
  const percent = /^(\d{1,3})%$/.exec(text ?? '')?.[1];
  return percent === undefined ? undefined : Math.min(100, Number(percent));
}
