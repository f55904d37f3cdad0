import type { DBInstance as RdsInstance, DBSnapshot as RdsSnapshot } from '@aws-sdk/client-rds';
import type { DbInstance, DbSnapshot } from '../inventory/schema.ts';
import { DAY_MS, type Instant } from '../time.ts';
import { describeAllDbInstances, describeDbSnapshotsWhere, type RdsAccess } from './rds-reads.ts';
import { tagRecord } from './tags.ts';

export interface CapturedRds {
  readonly account: string | undefined;
  readonly dbInstances: DbInstance[];
  readonly dbSnapshots: DbSnapshot[];
}

export async function captureRds(aws: RdsAccess, now: Instant): Promise<CapturedRds> {
  const instances = await describeAllDbInstances(aws);
  const snapshots = await describeDbSnapshotsWhere(aws, {});
  return {
    account: instances
      .map(({ DBInstanceArn }) => DBInstanceArn?.split(':')[4])
      .find((part) => part !== undefined),
    dbInstances: instances.flatMap(inventoryDbInstance),
    dbSnapshots: snapshots.flatMap((snapshot) => inventoryDbSnapshot(snapshot, now)),
  };
}

function inventoryDbInstance(instance: RdsInstance): DbInstance[] {
  const { DBInstanceIdentifier: id, Engine: engine, DBInstanceClass: instanceClass } = instance;
  if (id === undefined || engine === undefined || instanceClass === undefined) return [];
  return [
    {
      id,
      engine,
      engineVersion: instance.EngineVersion ?? '',
      class: instanceClass,
      // Aurora's instances share their cluster's storage and tell nothing, or 1.
      storageGiB: Math.max(1, instance.AllocatedStorage ?? 1),
      storageType: instance.StorageType ?? 'gp3',
      multiAz: instance.MultiAZ ?? false,
      encrypted: instance.StorageEncrypted ?? false,
      securityGroups: named(instance.VpcSecurityGroups?.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId)),
      ...(instance.PubliclyAccessible !== undefined && { publiclyAccessible: instance.PubliclyAccessible }),
      deletionProtection: instance.DeletionProtection ?? false,
      backupRetentionDays: instance.BackupRetentionPeriod ?? 0,
      iamAuth: instance.IAMDatabaseAuthenticationEnabled ?? false,
      logExports: [...(instance.EnabledCloudwatchLogsExports ?? [])],
      status: instance.DBInstanceStatus ?? 'creating',
      tags: tagRecord(instance.TagList),
      ...placement(instance),
      ...performance(instance),
      ...origin(instance),
    },
  ];
}

function placement(instance: RdsInstance): Partial<DbInstance> {
  const { AvailabilityZone: zone, Endpoint } = instance;
  const subnetGroup = instance.DBSubnetGroup?.DBSubnetGroupName;
  const [parameterGroup] = named(
    instance.DBParameterGroups?.map(({ DBParameterGroupName }) => DBParameterGroupName),
  );
  const [optionGroup] = named(instance.OptionGroupMemberships?.map(({ OptionGroupName }) => OptionGroupName));
  const port = Endpoint?.Port;
  return {
    ...(zone !== undefined && { zone }),
    ...(subnetGroup !== undefined && { subnetGroup }),
    ...(parameterGroup !== undefined && { parameterGroup }),
    ...(optionGroup !== undefined && { optionGroup }),
    ...(port !== undefined && port > 0 && { port }),
  };
}

function performance(instance: RdsInstance): Partial<DbInstance> {
  const { Iops: iops, StorageThroughput: throughputMiBps, KmsKeyId: kmsKeyId } = instance;
  const { MonitoringInterval, MonitoringRoleArn, PerformanceInsightsEnabled } = instance;
  return {
    ...(iops !== undefined && { iops }),
    ...(throughputMiBps !== undefined && { throughputMiBps }),
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    ...(MonitoringInterval !== undefined && { monitoringIntervalSeconds: MonitoringInterval }),
    ...(MonitoringRoleArn !== undefined && { monitoringRole: MonitoringRoleArn }),
    ...(PerformanceInsightsEnabled !== undefined && { performanceInsights: PerformanceInsightsEnabled }),
  };
}

function origin(instance: RdsInstance): Partial<DbInstance> {
  const {
    LatestRestorableTime: latest,
    InstanceCreateTime,
    BackupRetentionPeriod: retentionDays = 0,
  } = instance;
  const { ReadReplicaSourceDBInstanceIdentifier: replicaOf, DBClusterIdentifier: clusterId } = instance;
  const earliest =
    latest === undefined ? undefined : earliestRestorable(latest, InstanceCreateTime, retentionDays);
  return {
    ...(latest !== undefined && { latestRestorableTime: latest.getTime() }),
    ...(earliest !== undefined && { earliestRestorableTime: earliest }),
    ...(replicaOf !== undefined && { replicaOf }),
    ...(clusterId !== undefined && { clusterId }),
  };
}

/** RDS does not say it: the retention before the latest, but not before there was an instance. */
function earliestRestorable(latest: Date, created: Date | undefined, retentionDays: number): Instant {
  const kept = latest.getTime() - retentionDays * DAY_MS;
  return Math.min(latest.getTime(), Math.max(kept, created?.getTime() ?? 0));
}

function inventoryDbSnapshot(snapshot: RdsSnapshot, now: Instant): DbSnapshot[] {
  const { DBSnapshotIdentifier: id, DBInstanceIdentifier: dbInstanceId, Engine: engine } = snapshot;
  if (id === undefined || dbInstanceId === undefined || engine === undefined) return [];
  // A copy is as old as what it was copied from. One still being taken has no time yet.
  const at =
    snapshot.SnapshotDatabaseTime ?? snapshot.OriginalSnapshotCreateTime ?? snapshot.SnapshotCreateTime;
  return [
    {
      id,
      dbInstanceId,
      at: at?.getTime() ?? now,
      state: snapshot.Status ?? 'creating',
      source: snapshotSource(snapshot.SnapshotType),
      storageGiB: Math.max(1, snapshot.AllocatedStorage ?? 1),
      engine,
      engineVersion: snapshot.EngineVersion ?? '',
      encrypted: snapshot.Encrypted ?? false,
      ...(snapshot.KmsKeyId !== undefined && { kmsKeyId: snapshot.KmsKeyId }),
      tags: tagRecord(snapshot.TagList),
    },
  ];
}

function snapshotSource(type: string | undefined): DbSnapshot['source'] {
  return type === 'automated' || type === 'awsbackup' ? type : 'manual';
}

function named(names: readonly (string | undefined)[] | undefined): string[] {
  return (names ?? []).filter((name) => name !== undefined);
}
