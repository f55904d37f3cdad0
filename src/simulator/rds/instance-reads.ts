import type {
  DBInstance,
  DescribeDBInstancesCommandInput,
  DescribeDBInstancesCommandOutput,
} from '@aws-sdk/client-rds';
import { DAY_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { dbLoadedAt, dbStatusAt, latestRestorableAt } from '../model/db-instance-timeline.ts';
import { rdsFault } from '../service/ec2-rds-errors.ts';
import type { Call } from '../service/operation.ts';
import { arnOf, plainId } from './arns.ts';
import { compileRdsFilters, rdsPage } from './paging.ts';
import type { DbInstanceRecord, DbSettings } from '../model/records.ts';
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
  return { DBInstances: page.items.map(({ value }) => dbShape(state, value, call.now)), Marker: page.next };
}

const resourceIdOf = (state: WorldState, id: string): string =>
  `db-${state.dice.hex(26, `dbi/${id}`).toUpperCase()}`;

/** A DB instance as DescribeDBInstances writes it. */
export function dbShape(state: WorldState, instance: DbInstanceRecord, now: Instant): DBInstance {
  const { settings } = instance;
  const status = dbStatusAt(instance, now);
  const loaded = dbLoadedAt(instance, now);
  const isLoading = loaded < 100 && status !== 'creating';
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
    ReadReplicaSourceDBInstanceIdentifier: instance.replicaOf,
    DBClusterIdentifier: instance.clusterId,
    LatestRestorableTime: latest === undefined ? undefined : new Date(latest),
    TagList: tagList(instance.tags),
    ...settingsShape(settings, new Set(instance.untold)),
    PendingModifiedValues: pendingShape(instance.pending),
    ...(status === 'creating'
      ? {}
      : {
          Endpoint: {
            Address: `${instance.id}.simulated.${state.account.region}.rds.amazonaws.com`,
            ...(instance.untold?.includes('port') === true ? {} : { Port: settings.port }),
          },
        }),
    ...(isLoading
      ? { StorageOperationStatus: 'Initializing', StorageOperationPercentProgress: Math.floor(loaded) }
      : {}),
  };
}

/** An instance that was there before the world is at least as old as its backups; as old as any could be, when the inventory does not tell. */
function bornAt({ createdAt, earliestRestorableTime, fromInventory }: DbInstanceRecord): Instant {
  if (!fromInventory) return createdAt;
  return Math.min(createdAt, earliestRestorableTime ?? createdAt - OLDEST_BACKUP_DAYS * DAY_MS);
}

/** RDS keeps automated backups this long at most. */
const OLDEST_BACKUP_DAYS = 35;

function settingsShape(settings: DbSettings, untold: ReadonlySet<keyof DbSettings>): DBInstance {
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
        { DBParameterGroupName: settings.parameterGroup, ParameterApplyStatus: 'in-sync' },
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
