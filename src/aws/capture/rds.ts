import { DescribeDBSnapshotsCommand } from '@aws-sdk/client-rds';
import type { DBInstance as RdsInstance, DBSnapshot as RdsSnapshot } from '@aws-sdk/client-rds';
import type { DbInstance, DbSnapshot } from '../../inventory/schema.ts';
import { lostOf } from '../../kinds/rds-instance/lost.ts';
import { DB_ROWS, type DB_SETTINGS } from '../../kinds/rds-instance/settings.ts';
import { captured } from '../../kinds/settings.ts';
import { gibOf, portOf, textOf, wholeOf } from '../../kinds/values.ts';
import { DAY_MS, type Instant } from '../../time.ts';
import { captureClusters, type CapturedClusters } from './clusters.ts';
import type { CaptureReads, LeftOut } from './reads.ts';
import { encryptionOf, instantOf, tagsOf } from './values.ts';
import { readSnapshots, snapshotInstant, snapshotSource } from './snapshots.ts';
import { readPages } from '../pages.ts';
import { describeAllDbInstances, type RdsAccess } from '../rds-instance/reads.ts';

export interface CapturedRds extends CapturedClusters {
  readonly account: string | undefined;
  readonly dbInstances: DbInstance[];
  readonly dbSnapshots: DbSnapshot[];
}

type DbSettingsOfInventory = Pick<DbInstance, keyof typeof DB_SETTINGS>;

const RECORDS_PER_PAGE = 100;
export async function captureRds(reads: CaptureReads, aws: RdsAccess, now: Instant): Promise<CapturedRds> {
  const instances = await reads.read('rds', 'DescribeDBInstances', () => describeAllDbInstances(aws));
  const snapshots = await readSnapshots(
    reads,
    'DescribeDBSnapshots',
    (type) => describeSnapshots(aws, type),
    ({ DBSnapshotIdentifier }) => DBSnapshotIdentifier,
  );
  const clusters = await captureClusters(reads, aws, now);
  return {
    account: instances
      ?.map(({ DBInstanceArn }) => DBInstanceArn?.split(':')[4])
      .find((part) => part !== undefined),
    dbInstances: reads.keep('DescribeDBInstances', instances ?? [], inventoryDbInstance),
    dbSnapshots: reads.keep('DescribeDBSnapshots', snapshots, (snapshot) =>
      inventoryDbSnapshot(snapshot, now),
    ),
    ...clusters,
  };
}

function describeSnapshots(
  { client, call }: RdsAccess,
  type: string | undefined,
): Promise<readonly RdsSnapshot[]> {
  return readPages('DescribeDBSnapshots', async (marker) => {
    const command = new DescribeDBSnapshotsCommand({
      ...(type !== undefined && { SnapshotType: type }),
      MaxRecords: RECORDS_PER_PAGE,
      ...(marker !== undefined && { Marker: marker }),
    });
    const page = await call('DescribeDBSnapshots', () => client.send(command));
    return { items: page.DBSnapshots, next: page.Marker };
  });
}

function inventoryDbInstance(instance: RdsInstance): DbInstance | LeftOut {
  const id = textOf(instance.DBInstanceIdentifier);
  const { Engine: engine } = instance;
  if (id === undefined) return { leftOut: 'a DB instance without an identifier' };
  if (engine === undefined) return { leftOut: `${id}: its engine is not told` };
  if (instance.DBInstanceClass === undefined) return { leftOut: `${id}: its class is not told` };
  const lost = lostOf(instance);
  return {
    id,
    engine,
    engineVersion: instance.EngineVersion ?? '',
    ...(captured(DB_ROWS, instance) as DbSettingsOfInventory),
    status: instance.DBInstanceStatus ?? 'unknown',
    tags: tagsOf(instance.TagList),
    ...origin(instance, id),
    ...(lost.length > 0 && { lost }),
  };
}

function origin(instance: RdsInstance, id: string): Partial<DbInstance> {
  const latest = instantOf(instance.LatestRestorableTime);
  const retentionDays = wholeOf(instance.BackupRetentionPeriod) ?? 0;
  const replicaOf = textOf(instance.ReadReplicaSourceDBInstanceIdentifier);
  const clusterId = textOf(instance.DBClusterIdentifier);
  const earliest =
    latest === undefined
      ? undefined
      : earliestRestorable(latest, instantOf(instance.InstanceCreateTime), retentionDays);
  return {
    ...(latest !== undefined && { latestRestorableTime: latest }),
    ...(earliest !== undefined && { earliestRestorableTime: earliest }),
    ...(replicaOf !== undefined && replicaOf !== id && { replicaOf }),
    ...(clusterId !== undefined && { clusterId }),
  };
}

/** RDS does not say it: the retention before the latest, but not before there was an instance. */
function earliestRestorable(latest: Instant, created: Instant | undefined, retentionDays: number): Instant {
  const kept = latest - retentionDays * DAY_MS;
  return Math.min(latest, Math.max(kept, created ?? 0, 0));
}

/** What a restore has of the snapshot where the source is gone. */
function storageOf(snapshot: RdsSnapshot): Partial<DbSnapshot> {
  const storageType = textOf(snapshot.StorageType);
  const iops = wholeOf(snapshot.Iops);
  const throughputMiBps = wholeOf(snapshot.StorageThroughput);
  const port = portOf(snapshot.Port);
  const optionGroup = textOf(snapshot.OptionGroupName);
  return {
    ...(storageType !== undefined && { storageType }),
    ...(iops !== undefined && { iops }),
    ...(throughputMiBps !== undefined && { throughputMiBps }),
    ...(port !== undefined && { port }),
    ...(optionGroup !== undefined && { optionGroup }),
  };
}

function inventoryDbSnapshot(snapshot: RdsSnapshot, now: Instant): DbSnapshot | LeftOut {
  const id = textOf(snapshot.DBSnapshotIdentifier);
  const dbInstanceId = textOf(snapshot.DBInstanceIdentifier);
  const { Engine: engine, Status: state = 'unknown' } = snapshot;
  if (id === undefined) return { leftOut: 'a DB snapshot without an identifier' };
  if (dbInstanceId === undefined) return { leftOut: `${id}: its DB instance is not told` };
  if (engine === undefined) return { leftOut: `${id}: its engine is not told` };
  // A copy is as old as what it was copied from.
  const told =
    snapshot.SnapshotDatabaseTime ?? snapshot.OriginalSnapshotCreateTime ?? snapshot.SnapshotCreateTime;
  const at = snapshotInstant(told, state, now);
  if (at === undefined) return { leftOut: `${id}: when it was taken is not told` };
  return {
    id,
    dbInstanceId,
    at,
    state,
    source: snapshotSource(snapshot.SnapshotType),
    storageGiB: gibOf(snapshot.AllocatedStorage) ?? 1,
    engine,
    engineVersion: snapshot.EngineVersion ?? '',
    ...encryptionOf(snapshot.Encrypted, snapshot.KmsKeyId),
    ...storageOf(snapshot),
    tags: tagsOf(snapshot.TagList),
  };
}
