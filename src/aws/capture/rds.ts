import { DescribeDBSnapshotsCommand } from '@aws-sdk/client-rds';
import type { DBInstance as RdsInstance, DBSnapshot as RdsSnapshot } from '@aws-sdk/client-rds';
import type { DbInstance, DbSnapshot } from '../../inventory/schema.ts';
import { DAY_MS, type Instant } from '../../time.ts';
import { captureClusters, type CapturedClusters } from './clusters.ts';
import type { CaptureReads, LeftOut } from './reads.ts';
import { encryptionOf, gibOf, instantOf, namesOf, tagsOf, textOf, wholeOf } from './values.ts';
import { readSnapshots, snapshotInstant, snapshotSource } from './snapshots.ts';
import { readPages } from '../pages.ts';
import { describeAllDbInstances, type RdsAccess } from '../rds-instance/reads.ts';

export interface CapturedRds extends CapturedClusters {
  readonly account: string | undefined;
  readonly dbInstances: DbInstance[];
  readonly dbSnapshots: DbSnapshot[];
}

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
  const { Engine: engine, DBInstanceClass: instanceClass } = instance;
  if (id === undefined) return { leftOut: 'a DB instance without an identifier' };
  if (engine === undefined) return { leftOut: `${id}: its engine is not told` };
  if (instanceClass === undefined) return { leftOut: `${id}: its class is not told` };
  return {
    id,
    engine,
    engineVersion: instance.EngineVersion ?? '',
    class: instanceClass,
    // Aurora's instances share their cluster's storage and tell nothing, or 1.
    storageGiB: gibOf(instance.AllocatedStorage) ?? 1,
    storageType: instance.StorageType ?? 'gp3',
    multiAz: instance.MultiAZ ?? false,
    ...encryptionOf(instance.StorageEncrypted, instance.KmsKeyId),
    securityGroups: namesOf(instance.VpcSecurityGroups?.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId)),
    ...(instance.PubliclyAccessible !== undefined && { publiclyAccessible: instance.PubliclyAccessible }),
    deletionProtection: instance.DeletionProtection ?? false,
    backupRetentionDays: wholeOf(instance.BackupRetentionPeriod) ?? 0,
    iamAuth: instance.IAMDatabaseAuthenticationEnabled ?? false,
    logExports: namesOf(instance.EnabledCloudwatchLogsExports),
    status: instance.DBInstanceStatus ?? 'unknown',
    tags: tagsOf(instance.TagList),
    ...placement(instance),
    ...performance(instance),
    ...origin(instance, id),
  };
}

function placement(instance: RdsInstance): Partial<DbInstance> {
  const zone = textOf(instance.AvailabilityZone);
  const subnetGroup = textOf(instance.DBSubnetGroup?.DBSubnetGroupName);
  const [parameterGroup] = namesOf(
    instance.DBParameterGroups?.map(({ DBParameterGroupName }) => DBParameterGroupName),
  );
  const [optionGroup] = namesOf(
    instance.OptionGroupMemberships?.map(({ OptionGroupName }) => OptionGroupName),
  );
  const port = wholeOf(instance.Endpoint?.Port);
  return {
    ...(zone !== undefined && { zone }),
    ...(subnetGroup !== undefined && { subnetGroup }),
    ...(parameterGroup !== undefined && { parameterGroup }),
    ...(optionGroup !== undefined && { optionGroup }),
    ...(port !== undefined && port > 0 && port <= 65_535 && { port }),
  };
}

function performance(instance: RdsInstance): Partial<DbInstance> {
  const iops = wholeOf(instance.Iops);
  const throughputMiBps = wholeOf(instance.StorageThroughput);
  const monitoringIntervalSeconds = wholeOf(instance.MonitoringInterval);
  const monitoringRole = textOf(instance.MonitoringRoleArn);
  const { PerformanceInsightsEnabled: performanceInsights } = instance;
  return {
    ...(iops !== undefined && { iops }),
    ...(throughputMiBps !== undefined && { throughputMiBps }),
    ...(monitoringIntervalSeconds !== undefined && { monitoringIntervalSeconds }),
    ...(monitoringRole !== undefined && { monitoringRole }),
    ...(performanceInsights !== undefined && { performanceInsights }),
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
    tags: tagsOf(snapshot.TagList),
  };
}
