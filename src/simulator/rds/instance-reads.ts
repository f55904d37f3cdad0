import type {
  AdditionalStorageVolumeOutput,
  DBInstance,
  DBInstanceStatusInfo,
  DescribeDBInstancesCommandInput,
  DescribeDBInstancesCommandOutput,
} from '@aws-sdk/client-rds';
import { DAY_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import {
  dbLoadedAt,
  dbSettingsAt,
  dbStatusAt,
  dbVolumeLoadedAt,
  lateAfter,
  latestRestorableAt,
} from '../model/db-instance-timeline.ts';
import { keptPendingShape, keptShape } from './kept-settings.ts';
import { replicationAt } from '../model/replication.ts';
import type { Replication } from '../model/replication.ts';
import { rdsFault } from '../service/ec2-rds-errors.ts';
import type { Call } from '../service/operation.ts';
import { arnOf, plainId } from './arns.ts';
import { compileRdsFilters, rdsPage } from './paging.ts';
import type { DbInstanceRecord, DbSettings, DbVolumeRecord } from '../model/records.ts';
import type { WorldState } from '../state/state.ts';
import { tagList } from '../service/tags.ts';

type Answer<T> = Omit<T, '$metadata'>;

export function describeDbInstances(
  state: WorldState,
  input: DescribeDBInstancesCommandInput,
  call: Call,
): Answer<DescribeDBInstancesCommandOutput> {
  const holds = compileRdsFilters<DbInstanceRecord>(input.Filters, {
    'db-instance-id': ({ id }) => id,
    'db-cluster-id': ({ clusterId }) => clusterId,
    'dbi-resource-id': ({ id }) => resourceIdOf(state, id),
    engine: ({ engine }) => engine,
  });
  const asked = input.DBInstanceIdentifier === undefined ? undefined : [plainId(input.DBInstanceIdentifier)];
  const filtered = input.Filters?.find(({ Name: name }) => name === 'db-instance-id')?.Values?.map(plainId);
  const found = state.dbInstances
    .allSeen(call.now, asked ?? filtered)
    .filter(({ value }) => dbStatusAt(value, call.now) !== undefined);
  if (asked !== undefined && found.length === 0)
    throw rdsFault('DBInstanceNotFound', `DBInstance ${asked[0]} not found.`);
  const page = rdsPage(
    found.filter(({ value }) => holds(value)),
    input,
  );
  const replicas = replicasBySource(state, call.now);
  return {
    DBInstances: page.items.map(({ value }) => dbShape(state, value, call.now, replicas)),
    Marker: page.next,
  };
}

type Replicas = ReadonlyMap<string, readonly string[]>;

/** What describes show of replicas, by their sources. */
function replicasBySource(state: WorldState, now: Instant): Replicas {
  const replicas = new Map<string, string[]>();
  for (const { value } of state.dbInstances.allSeen(now)) {
    const source = dbStatusAt(value, now) && replicationOf(state, value, now)?.source;
    if (source !== undefined) replicas.set(source, [...(replicas.get(source) ?? []), value.id]);
  }
  return replicas;
}

const replicationOf = (
  state: WorldState,
  instance: DbInstanceRecord,
  now: Instant,
): Replication | undefined => replicationAt(instance, state.dbInstances.get(instance.replicaOf ?? ''), now);

const resourceIdOf = (state: WorldState, id: string): string =>
  `db-${state.dice.hex(26, `dbi/${id}`).toUpperCase()}`;

/** A DB instance as DescribeDBInstances writes it. */
export function dbShape(
  state: WorldState,
  instance: DbInstanceRecord,
  now: Instant,
  replicas = replicasBySource(state, now),
): DBInstance {
  const settings = dbSettingsAt(instance, now);
  const status = dbStatusAt(instance, now);
  const latest = latestRestorableAt(instance, now);
  return {
    DBInstanceIdentifier: instance.id,
    DBInstanceArn: arnOf(state, 'db', instance.id),
    DbiResourceId: resourceIdOf(state, instance.id),
    DBInstanceStatus: status,
    Engine: instance.engine,
    EngineVersion: instance.engineVersion,
    StorageEncrypted: instance.encrypted,
    KmsKeyId: instance.kmsKeyId,
    InstanceCreateTime: status === 'creating' ? undefined : new Date(bornAt(instance)),
    ...replicaShape(instance, replicationOf(state, instance, now)),
    ReadReplicaDBInstanceIdentifiers: [...(replicas.get(instance.id) ?? [])],
    DBClusterIdentifier: instance.clusterId,
    LatestRestorableTime: latest === undefined ? undefined : new Date(latest),
    TagList: tagList(instance.tags),
    ...settingsShape(settings, new Set(instance.untold), instance.isGroupWaiting),
    ...keptShape(settings),
    ...(instance.backupWindow !== undefined && { PreferredBackupWindow: instance.backupWindow }),
    PendingModifiedValues: {
      ...pendingShape(instance.pending),
      ...Object.assign({}, ...lateAfter(instance, now).map((late) => keptPendingShape(late.settings))),
    },
    ...(status === 'creating'
      ? {}
      : {
          Endpoint: {
            Address: `${instance.id}.simulated.${state.account.region}.rds.amazonaws.com`,
            ...(instance.untold?.includes('port') === true ? {} : { Port: settings.port }),
          },
        }),
    ...storageOperation(status, dbLoadedAt(instance, now)),
    ...(settings.additionalVolumes === undefined
      ? {}
      : {
          AdditionalStorageVolumes: settings.additionalVolumes.map((volume) =>
            volumeShape(instance, volume, now),
          ),
        }),
  };
}

type StorageOperation = Pick<DBInstance, 'StorageOperationStatus' | 'StorageOperationPercentProgress'>;

/** Absent while nothing is going on. ? How far an optimization of the inventory is it does not tell. */
function storageOperation(status: string | undefined, loaded: number): StorageOperation {
  if (loaded < 100 && status !== 'creating')
    return { StorageOperationStatus: 'Initializing', StorageOperationPercentProgress: Math.floor(loaded) };
  if (status === 'storage-optimization')
    return { StorageOperationStatus: 'Optimizing', StorageOperationPercentProgress: 50 };
  return {};
}

/** Each volume has a status of its own. */
function volumeShape(
  instance: DbInstanceRecord,
  volume: DbVolumeRecord,
  now: Instant,
): AdditionalStorageVolumeOutput {
  const status = dbStatusAt(instance, now);
  const loaded = dbVolumeLoadedAt(instance, volume, now);
  return {
    VolumeName: volume.name,
    StorageVolumeStatus: status === 'creating' ? 'CREATING' : 'ACTIVE',
    AllocatedStorage: volume.storageGiB,
    StorageType: volume.storageType,
    IOPS: volume.iops,
    StorageThroughput: volume.throughputMiBps,
    MaxAllocatedStorage: volume.maxStorageGiB,
    ...storageOperation(status === 'creating' ? status : undefined, loaded),
  };
}

/** Nothing of an instance that is no replica. The mode is that of Oracle, which alone has mounted replicas. */
function replicaShape(instance: DbInstanceRecord, replication: Replication | undefined): DBInstance {
  if (replication === undefined) return {};
  return {
    ReadReplicaSourceDBInstanceIdentifier: replication.source,
    ...(instance.engine.startsWith('oracle') ? { ReplicaMode: 'open-read-only' } : {}),
    StatusInfos: instance.promotion === undefined ? [replicationShape(replication)] : [],
  };
}

function replicationShape({ isRunning, source }: Replication): DBInstanceStatusInfo {
  const StatusType = 'read replication';
  return isRunning
    ? { StatusType, Normal: true, Status: 'replicating' }
    : { StatusType, Normal: false, Status: 'error', Message: `Replication from ${source} has stopped.` };
}

/** An instance that was there before the world is at least as old as its backups; as old as any could be, when the inventory does not tell. */
function bornAt({ createdAt, earliestRestorableTime, fromInventory }: DbInstanceRecord): Instant {
  if (!fromInventory) return createdAt;
  return Math.min(createdAt, earliestRestorableTime ?? createdAt - OLDEST_BACKUP_DAYS * DAY_MS);
}

/** RDS keeps automated backups this long at most. */
const OLDEST_BACKUP_DAYS = 35;

function settingsShape(
  settings: DbSettings,
  untold: ReadonlySet<keyof DbSettings>,
  isGroupWaiting = false,
): DBInstance {
  const told = <T>(name: keyof DbSettings, value: T): T | undefined => (untold.has(name) ? undefined : value);
  return {
    DBInstanceClass: settings.class,
    AllocatedStorage: settings.storageGiB,
    StorageType: settings.storageType,
    Iops: settings.iops,
    StorageThroughput: settings.throughputMiBps,
    AvailabilityZone: told('zone', settings.zone),
    MultiAZ: settings.multiAz,
    DBSubnetGroup: told('subnetGroup', { DBSubnetGroupName: settings.subnetGroup }),
    PubliclyAccessible: told('publiclyAccessible', settings.publiclyAccessible),
    VpcSecurityGroups:
      told(
        'securityGroups',
        settings.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
      ) ?? [],
    DBParameterGroups:
      told('parameterGroup', [
        {
          DBParameterGroupName: settings.parameterGroup,
          ParameterApplyStatus: isGroupWaiting ? 'pending-reboot' : 'in-sync',
        },
      ]) ?? [],
    OptionGroupMemberships:
      told('optionGroup', [{ OptionGroupName: settings.optionGroup, Status: 'in-sync' }]) ?? [],
    DeletionProtection: settings.deletionProtection,
    BackupRetentionPeriod: settings.backupRetentionDays,
    IAMDatabaseAuthenticationEnabled: settings.iamAuth,
    EnabledCloudwatchLogsExports: [...settings.logExports],
    MonitoringInterval: told('monitoringIntervalSeconds', settings.monitoringIntervalSeconds),
    MonitoringRoleArn: settings.monitoringRole,
    PerformanceInsightsEnabled: told('performanceInsights', settings.performanceInsights),
    DbInstancePort: 0,
  };
}

function pendingShape(pending: Partial<DbSettings>): NonNullable<DBInstance['PendingModifiedValues']> {
  return {
    ...(pending.class === undefined ? {} : { DBInstanceClass: pending.class }),
    ...(pending.storageGiB === undefined ? {} : { AllocatedStorage: pending.storageGiB }),
    ...(pending.storageType === undefined ? {} : { StorageType: pending.storageType }),
    ...(pending.iops === undefined ? {} : { Iops: pending.iops }),
    ...(pending.throughputMiBps === undefined ? {} : { StorageThroughput: pending.throughputMiBps }),
    ...(pending.multiAz === undefined ? {} : { MultiAZ: pending.multiAz }),
    ...(pending.subnetGroup === undefined ? {} : { DBSubnetGroupName: pending.subnetGroup }),
  };
}
