import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import type {
  DbInstanceSighting,
  RecoveryPointSighting,
  Sighting,
  Watch,
} from '../../workflow/base/sightings.ts';
import { describeDbInstances, describeDbSnapshot, finderOf, type RdsAccess } from './reads.ts';

export async function observeDbInstances(
  aws: RdsAccess,
  { dbInstances }: Watch,
): Promise<readonly Sighting[]> {
  const find = finderOf(await describeDbInstances(aws, dbInstances));
  return dbInstances.flatMap((id) => {
    const instance = find(id);
    return instance === undefined ? [] : [dbInstanceSighting(id, instance)];
  });
}

function dbInstanceSighting(id: string, instance: DBInstance): DbInstanceSighting {
  const {
    DBInstanceStatus: status,
    StorageOperationStatus: operation,
    StorageOperationPercentProgress: percent,
  } = instance;
  // `Optimizing` is not lazy loading: the instance has its full speed.
  const isLoading = operation?.toLowerCase() === 'initializing';
  return {
    kind: 'dbInstance',
    id,
    // Listed without a status: it is being created.
    status: status ?? 'creating',
    ...(isLoading && percent !== undefined && { progress: percent }),
  };
}

/** Snapshots in the making: few, and read one by one, for RDS takes one identifier a call. */
export async function observeDbSnapshots(
  aws: RdsAccess,
  { dbSnapshots = [] }: Watch,
): Promise<readonly Sighting[]> {
  const sightings: Sighting[] = [];
  for (const id of new Set(dbSnapshots)) {
    const snapshot = await describeDbSnapshot(aws, id);
    if (snapshot !== undefined) sightings.push(dbSnapshotSighting(id, snapshot));
  }
  return sightings;
}

const DONE: ReadonlySet<string> = new Set(['available']);
/** Whatever else RDS may call it, these never become available. */
const LOST = /^(failed|error|deleting|deleted|incompatible-.*|inaccessible-.*)$/;

function dbSnapshotSighting(id: string, snapshot: DBSnapshot): RecoveryPointSighting {
  const { Status: status, PercentProgress: progress } = snapshot;
  const isDone = status === undefined ? progress === 100 : DONE.has(status);
  const isLost = status !== undefined && LOST.test(status);
  return {
    kind: 'recoveryPoint',
    id,
    state: isDone ? 'completed' : isLost ? 'error' : 'pending',
    ...(progress !== undefined && { progress }),
    ...(isLost && { message: `RDS calls it ${status}` }),
  };
}
