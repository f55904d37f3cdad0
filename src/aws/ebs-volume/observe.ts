import { fsrKey, fsrTargetOf } from '../../facts/ebs.ts';
import type { Snapshot, Volume, VolumeStatusItem } from '@aws-sdk/client-ec2';
import type { FailureClass } from '../../workflow/base/effects.ts';
import type { ThingSighting } from '../../kinds/course.ts';
import { attempt } from '../answers.ts';
import {
  describeFsr,
  describeSnapshots,
  describeVolumes,
  describeVolumeStatus,
  type Ec2Access,
} from './reads.ts';
import { RequestFailure, sanitise } from '../request-failures.ts';

export async function observeVolumes(
  aws: Ec2Access,
  ids: readonly string[],
  loading: readonly string[],
): Promise<readonly ThingSighting[]> {
  const seen = await describeVolumes(aws, ids);
  const visible = new Set(seen.map(({ VolumeId }) => VolumeId));
  const progress = await progressOf(
    aws,
    loading.filter((id) => visible.has(id)),
  );
  return seen.flatMap((volume) =>
    volume.VolumeId === undefined ? [] : [volumeSighting(volume, volume.VolumeId, progress)],
  );
}

function volumeSighting(
  { State: status = 'creating', FastRestored: fastRestored }: Volume,
  id: string,
  progress: ReadonlyMap<string, number>,
): ThingSighting {
  const percent = progress.get(id);
  return {
    ...{ type: 'volume', id, status },
    // True only when the volume was created with fast snapshot restore.
    ...(fastRestored !== undefined && { data: { fastRestored } }),
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

/** Whether all data of a volume was written to it, as far as its status tells. */
export function isInitialized(item: VolumeStatusItem): boolean {
  return percentOf(item) === 100;
}

/** @param keys e.g. `snap-1@us-east-1a` */
export async function observeFsr(aws: Ec2Access, keys: readonly string[]): Promise<readonly ThingSighting[]> {
  const watched = new Set(keys);
  const read = await attempt(() =>
    describeFsr(
      aws,
      keys.map((key) => fsrTargetOf(key).snapshotId),
    ),
  );
  if (!read.ok) {
    // An endpoint that does not support the operation has fast snapshot restore enabled nowhere.
    if (read.failure.class === 'unsupported') return [];
    throw new RequestFailure(read.failure);
  }
  return read.result.flatMap(
    ({ SnapshotId: snapshotId, AvailabilityZone: zone, State: status, EnabledTime }): ThingSighting[] => {
      const id = fsrKey({ snapshotId, zone });
      if (status === undefined || !watched.has(id)) return [];
      // Credits count from here.
      const since = EnabledTime === undefined ? {} : { data: { enabledAt: EnabledTime.getTime() } };
      return [{ type: 'fsr', id, status, ...since }];
    },
  );
}

/** Snapshots in the making. */
export async function observeSnapshots(
  aws: Ec2Access,
  ids: readonly string[],
): Promise<readonly ThingSighting[]> {
  const seen = await describeSnapshots(aws, ids);
  return seen.flatMap((snapshot) =>
    snapshot.SnapshotId === undefined ? [] : [snapshotSighting(snapshot, snapshot.SnapshotId)],
  );
}

function snapshotSighting(snapshot: Snapshot, id: string): ThingSighting {
  // Without a state only full progress tells that it is over. No less matters: with it each look would be an event.
  const status = snapshot.State ?? (snapshot.Progress === '100%' ? 'completed' : 'pending');
  // `recoverable` and `recovering`: it lies in the recycle bin, and is no recovery point there.
  const isInBin = status === 'recoverable' || status === 'recovering';
  const message = snapshot.StateMessage ?? (isInBin ? `it was deleted and is ${status}` : undefined);
  return {
    ...{ type: 'snapshot', id, status },
    ...(message !== undefined && message !== '' && { data: { message: sanitise(message) } }),
  };
}
