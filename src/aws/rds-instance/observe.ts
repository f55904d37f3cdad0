import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import type { ThingSighting } from '../../kinds/course.ts';
import { isReplica } from './promote.ts';
import { describeDbInstances, describeDbSnapshot, finderOf, type RdsAccess } from './reads.ts';

export async function observeDbInstances(
  aws: RdsAccess,
  ids: readonly string[],
): Promise<readonly ThingSighting[]> {
  const find = finderOf(await describeDbInstances(aws, ids));
  return ids.flatMap((id) => {
    const instance = find(id);
    return instance === undefined ? [] : [dbInstanceSighting(id, instance)];
  });
}

function dbInstanceSighting(id: string, instance: DBInstance): ThingSighting {
  const { DBInstanceStatus: status, AdditionalStorageVolumes: additional = [] } = instance;
  // `Optimizing` is not lazy loading: the instance has its full speed. Nothing is told of a volume that is idle. The slowest one counts.
  const loading = [instance, ...additional]
    .filter(({ StorageOperationStatus: operation }) => operation?.toLowerCase() === 'initializing')
    .flatMap(({ StorageOperationPercentProgress: percent }) => percent ?? []);
  return {
    type: 'dbInstance',
    id,
    // Listed without a status: it is being created.
    status: status ?? 'creating',
    data: { isReplica: isReplica(instance) },
    ...(loading.length > 0 && { progress: Math.min(...loading) }),
  };
}

/** Snapshots in the making: few, and read one by one, for RDS takes one identifier a call. */
export async function observeDbSnapshots(
  aws: RdsAccess,
  ids: readonly string[],
): Promise<readonly ThingSighting[]> {
  const sightings: ThingSighting[] = [];
  for (const id of ids) {
    const snapshot = await describeDbSnapshot(aws, id);
    if (snapshot !== undefined) sightings.push(dbSnapshotSighting(id, snapshot));
  }
  return sightings;
}

function dbSnapshotSighting(id: string, snapshot: DBSnapshot): ThingSighting {
  const { Status: told, PercentProgress: progress } = snapshot;
  // Without a status only full progress tells that it is over. No less matters: with it each look would be an event.
  const status = told ?? (progress === 100 ? 'available' : 'creating');
  return { type: 'dbSnapshot', id, status };
}
