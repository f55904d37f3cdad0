import { DescribeDBClustersCommand, DescribeDBClusterSnapshotsCommand } from '@aws-sdk/client-rds';
import type { DBCluster as RdsCluster, DBClusterSnapshot as RdsClusterSnapshot } from '@aws-sdk/client-rds';
import type { DbCluster, DbClusterSnapshot } from '../../inventory/schema.ts';
import type { Instant } from '../../time.ts';
import type { CaptureReads, LeftOut } from './reads.ts';
import { readSnapshots, snapshotInstant, snapshotSource } from './snapshots.ts';
import { gibOf, namesOf, textOf, wholeOf } from '../../kinds/values.ts';
import { encryptionOf, instantOf, tagsOf } from './values.ts';
import { readPages } from '../pages.ts';
import type { RdsAccess } from '../rds-instance/reads.ts';

export interface CapturedClusters {
  readonly dbClusters: DbCluster[];
  readonly dbClusterSnapshots: DbClusterSnapshot[];
}

const RECORDS_PER_PAGE = 100;

export async function captureClusters(
  reads: CaptureReads,
  aws: RdsAccess,
  now: Instant,
): Promise<CapturedClusters> {
  const clusters = await reads.read('rds', 'DescribeDBClusters', () => describeClusters(aws));
  const snapshots = await readSnapshots(
    reads,
    'DescribeDBClusterSnapshots',
    (type) => describeClusterSnapshots(aws, type),
    ({ DBClusterSnapshotIdentifier }) => DBClusterSnapshotIdentifier,
  );
  return {
    dbClusters: reads.keep('DescribeDBClusters', clusters ?? [], inventoryCluster),
    dbClusterSnapshots: reads.keep('DescribeDBClusterSnapshots', snapshots, (snapshot) =>
      inventoryClusterSnapshot(snapshot, now),
    ),
  };
}

function describeClusters({ client, call }: RdsAccess): Promise<readonly RdsCluster[]> {
  return readPages('DescribeDBClusters', async (marker) => {
    const command = new DescribeDBClustersCommand({
      MaxRecords: RECORDS_PER_PAGE,
      ...(marker !== undefined && { Marker: marker }),
    });
    const page = await call('DescribeDBClusters', () => client.send(command));
    return { items: page.DBClusters, next: page.Marker };
  });
}

function describeClusterSnapshots(
  { client, call }: RdsAccess,
  type: string | undefined,
): Promise<readonly RdsClusterSnapshot[]> {
  return readPages('DescribeDBClusterSnapshots', async (marker) => {
    const command = new DescribeDBClusterSnapshotsCommand({
      ...(type !== undefined && { SnapshotType: type }),
      MaxRecords: RECORDS_PER_PAGE,
      ...(marker !== undefined && { Marker: marker }),
    });
    const page = await call('DescribeDBClusterSnapshots', () => client.send(command));
    return { items: page.DBClusterSnapshots, next: page.Marker };
  });
}

function inventoryCluster(cluster: RdsCluster): DbCluster | LeftOut {
  const id = textOf(cluster.DBClusterIdentifier);
  const { Engine: engine } = cluster;
  if (id === undefined) return { leftOut: 'a DB cluster without an identifier' };
  if (engine === undefined) return { leftOut: `${id}: its engine is not told` };
  const subnetGroup = textOf(cluster.DBSubnetGroup);
  const parameterGroup = textOf(cluster.DBClusterParameterGroup);
  const latest = instantOf(cluster.LatestRestorableTime);
  const earliest = instantOf(cluster.EarliestRestorableTime);
  const storageGiB = storageOf(cluster);
  const globalClusterId = textOf(cluster.GlobalClusterIdentifier);
  return {
    id,
    engine,
    engineVersion: cluster.EngineVersion ?? '',
    ...encryptionOf(cluster.StorageEncrypted, cluster.KmsKeyId),
    members: membersOf(cluster),
    ...(subnetGroup !== undefined && { subnetGroup }),
    securityGroups: namesOf(cluster.VpcSecurityGroups?.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId)),
    ...(parameterGroup !== undefined && { parameterGroup }),
    deletionProtection: cluster.DeletionProtection ?? false,
    backupRetentionDays: wholeOf(cluster.BackupRetentionPeriod) ?? 0,
    status: cluster.Status ?? 'unknown',
    ...(earliest !== undefined && {
      earliestRestorableTime: latest === undefined ? earliest : Math.min(earliest, latest),
    }),
    ...(latest !== undefined && { latestRestorableTime: latest }),
    ...(storageGiB !== undefined && { storageGiB }),
    ...(globalClusterId !== undefined && { globalClusterId }),
    tags: tagsOf(cluster.TagList),
  };
}

/** The writer first, then by name: RDS lists them in no order. */
function membersOf({ DBClusterMembers }: RdsCluster): string[] {
  const members = (DBClusterMembers ?? []).flatMap(({ DBInstanceIdentifier, IsClusterWriter }) => {
    const id = textOf(DBInstanceIdentifier);
    return id === undefined ? [] : [{ id, rank: IsClusterWriter === true ? 0 : 1 }];
  });
  members.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : 1));
  return members.map(({ id }) => id);
}

/** Aurora's storage grows by itself; its API then says 1, which is no size. */
function storageOf({ AllocatedStorage, Engine }: RdsCluster | RdsClusterSnapshot): number | undefined {
  const sizeGiB = gibOf(AllocatedStorage);
  return sizeGiB === 1 && Engine?.startsWith('aurora') === true ? undefined : sizeGiB;
}

function inventoryClusterSnapshot(snapshot: RdsClusterSnapshot, now: Instant): DbClusterSnapshot | LeftOut {
  const id = textOf(snapshot.DBClusterSnapshotIdentifier);
  const dbClusterId = textOf(snapshot.DBClusterIdentifier);
  const { Engine: engine, Status: state = 'unknown' } = snapshot;
  if (id === undefined) return { leftOut: 'a DB cluster snapshot without an identifier' };
  if (dbClusterId === undefined) return { leftOut: `${id}: its DB cluster is not told` };
  if (engine === undefined) return { leftOut: `${id}: its engine is not told` };
  const at = snapshotInstant(snapshot.SnapshotCreateTime, state, now);
  if (at === undefined) return { leftOut: `${id}: when it was taken is not told` };
  const storageGiB = storageOf(snapshot);
  return {
    id,
    dbClusterId,
    at,
    state,
    source: snapshotSource(snapshot.SnapshotType),
    ...(storageGiB !== undefined && { storageGiB }),
    engine,
    engineVersion: snapshot.EngineVersion ?? '',
    ...encryptionOf(snapshot.StorageEncrypted, snapshot.KmsKeyId),
    tags: tagsOf(snapshot.TagList),
  };
}
