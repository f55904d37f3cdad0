import type {
  DBInstance,
  DBSnapshot,
  DescribeDBInstancesCommandInput,
  DescribeDBInstancesCommandOutput,
  DescribeDBSnapshotsCommandInput,
  DescribeDBSnapshotsCommandOutput,
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
} from '@aws-sdk/client-rds';
import type { Instant } from '../time.ts';
import { dbLoadedAt, dbStatusAt, latestRestorableAt } from './db-timeline.ts';
import { rdsFailure, rdsFault } from './failures.ts';
import type { RequestFilter } from './filters.ts';
import type { Call } from './operation.ts';
import { pageOf } from './paging.ts';
import type { Page } from './paging.ts';
import { RDS_PAGE } from './rates.ts';
import type { DbInstanceRecord, DbSettings, DbSnapshotRecord } from './records.ts';
import type { WorldState } from './state.ts';
import type { Seen } from './table.ts';
import { tagList } from './tags.ts';

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

export function describeDbSnapshots(
  state: WorldState,
  input: DescribeDBSnapshotsCommandInput,
  call: Call,
): Answer<DescribeDBSnapshotsCommandOutput> {
  const holds = compileRdsFilters<DbSnapshotRecord>(input.Filters, {
    'db-snapshot-id': ({ id }) => id,
    'db-instance-id': ({ dbInstanceId }) => dbInstanceId,
    'snapshot-type': ({ source }) => source,
    engine: ({ engine }) => engine,
  });
  const id = input.DBSnapshotIdentifier;
  const found = state.dbSnapshots.allSeen(call.now, id === undefined ? undefined : [id]);
  if (id !== undefined && found.length === 0)
    throw rdsFault('DBSnapshotNotFound', `DBSnapshot ${id} not found.`);
  const matching = found.filter(
    ({ value }) =>
      holds(value) &&
      (input.DBInstanceIdentifier === undefined ||
        value.dbInstanceId.toLowerCase() === plainId(input.DBInstanceIdentifier)) &&
      (input.SnapshotType === undefined || value.source === input.SnapshotType),
  );
  const page = rdsPage(matching, input);
  return { DBSnapshots: page.items.map(({ value }) => dbSnapshotShape(state, value)), Marker: page.next };
}

export function listTagsForResource(
  state: WorldState,
  input: ListTagsForResourceCommandInput,
  call: Call,
): Answer<ListTagsForResourceCommandOutput> {
  const { kind, record } = arnTarget(state, input.ResourceName, call.now);
  const shown =
    kind === 'db' ? state.dbInstances.seen(record.id, call.now) : state.dbSnapshots.seen(record.id, call.now);
  if (shown === undefined) throw rdsFault('DBInstanceNotFound', `DBInstance ${record.id} not found.`);
  return { TagList: tagList(shown.value.tags) };
}

type ArnTarget =
  | { readonly kind: 'db'; readonly record: DbInstanceRecord }
  | { readonly kind: 'snapshot'; readonly record: DbSnapshotRecord };

/** @throws RDSServiceException InvalidParameterValue, DBInstanceNotFound, DBSnapshotNotFound */
export function arnTarget(state: WorldState, arn: string | undefined, now: Instant): ArnTarget {
  const [, kind, id = ''] = /^arn:aws[a-z-]*:rds:[^:]*:\d*:(db|snapshot):(.+)$/.exec(arn ?? '') ?? [];
  if (kind === undefined) throw rdsFailure('InvalidParameterValue', `Invalid resource name: ${arn ?? ''}`);
  if (kind === 'snapshot') {
    const record = state.dbSnapshots.get(id);
    if (record === undefined) throw rdsFault('DBSnapshotNotFound', `DBSnapshot ${id} not found.`);
    return { kind, record };
  }
  const record = state.dbInstances.get(id.toLowerCase());
  if (record === undefined || dbStatusAt(record, now) === undefined) {
    throw rdsFault('DBInstanceNotFound', `DBInstance ${id} not found.`);
  }
  return { kind: 'db', record };
}

const arnOf = (state: WorldState, kind: 'db' | 'snapshot', id: string): string =>
  `arn:aws:rds:${state.account.region}:${state.account.id}:${kind}:${id}`;
const resourceIdOf = (state: WorldState, id: string): string =>
  `db-${state.dice.hex(26, `dbi/${id}`).toUpperCase()}`;
const plainId = (idOrArn: string): string => (idOrArn.split(':db:').at(-1) ?? '').toLowerCase();

function compileRdsFilters<T>(
  filters: readonly RequestFilter[] | undefined,
  fields: Readonly<Record<string, (item: T) => string | undefined>>,
): (item: T) => boolean {
  const tests = (filters ?? []).map(({ Name: name = '', Values: values = [] }) => {
    const read = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (read === undefined) throw rdsFailure('InvalidParameterValue', `Unrecognized filter name: ${name}`);
    const wanted = new Set(
      values.map((value) => (name === 'db-instance-id' ? plainId(value) : value).toLowerCase()),
    );
    return (item: T): boolean => wanted.has(read(item)?.toLowerCase() ?? '');
  });
  return (item) => tests.every((holds) => holds(item));
}

function rdsPage<T>(
  found: readonly Seen<T>[],
  input: { readonly MaxRecords?: number | undefined; readonly Marker?: string | undefined },
): Page<Seen<T>> {
  const size = input.MaxRecords ?? RDS_PAGE.most;
  if (size < RDS_PAGE.least || size > RDS_PAGE.most) {
    throw rdsFailure(
      'InvalidParameterValue',
      `Invalid value ${size} for MaxRecords. Must be between ${RDS_PAGE.least} and ${RDS_PAGE.most}`,
    );
  }
  const page = pageOf(found, size, input.Marker);
  if (page === undefined)
    throw rdsFailure('InvalidParameterValue', `The marker '${input.Marker}' is invalid`);
  return page;
}

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
    ...settingsShape(settings),
    PendingModifiedValues: pendingShape(instance.pending),
    ...(status === 'creating'
      ? {}
      : {
          Endpoint: {
            Address: `${instance.id}.simulated.${state.account.region}.rds.amazonaws.com`,
            Port: settings.port,
          },
        }),
    ...(isLoading
      ? { StorageOperationStatus: 'Initializing', StorageOperationPercentProgress: Math.floor(loaded) }
      : {}),
  };
}

/** An instance that was there before the world is at least as old as its backups. */
function bornAt({ createdAt, earliestRestorableTime }: DbInstanceRecord): Instant {
  return Math.min(createdAt, earliestRestorableTime ?? createdAt);
}

function settingsShape(settings: DbSettings): DBInstance {
  return {
    DBInstanceClass: settings.class,
    AllocatedStorage: settings.storageGiB,
    StorageType: settings.storageType,
    Iops: settings.iops,
    StorageThroughput: settings.throughputMiBps,
    AvailabilityZone: settings.zone,
    MultiAZ: settings.multiAz,
    DBSubnetGroup: { DBSubnetGroupName: settings.subnetGroup },
    PubliclyAccessible: settings.publiclyAccessible,
    VpcSecurityGroups: settings.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    DBParameterGroups: [{ DBParameterGroupName: settings.parameterGroup, ParameterApplyStatus: 'in-sync' }],
    OptionGroupMemberships: [{ OptionGroupName: settings.optionGroup, Status: 'in-sync' }],
    DeletionProtection: settings.deletionProtection,
    BackupRetentionPeriod: settings.backupRetentionDays,
    IAMDatabaseAuthenticationEnabled: settings.iamAuth,
    EnabledCloudwatchLogsExports: [...settings.logExports],
    MonitoringInterval: settings.monitoringIntervalSeconds,
    MonitoringRoleArn: settings.monitoringRole,
    PerformanceInsightsEnabled: settings.performanceInsights,
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

function dbSnapshotShape(state: WorldState, snapshot: DbSnapshotRecord): DBSnapshot {
  return {
    DBSnapshotIdentifier: snapshot.id,
    DBSnapshotArn: arnOf(state, 'snapshot', snapshot.id),
    DBInstanceIdentifier: snapshot.dbInstanceId,
    SnapshotCreateTime: new Date(snapshot.at),
    OriginalSnapshotCreateTime: new Date(snapshot.at),
    Status: snapshot.state,
    SnapshotType: snapshot.source,
    AllocatedStorage: snapshot.storageGiB,
    Engine: snapshot.engine,
    EngineVersion: snapshot.engineVersion,
    Encrypted: snapshot.encrypted,
    KmsKeyId: snapshot.kmsKeyId,
    PercentProgress: snapshot.state === 'creating' ? 50 : 100,
    TagList: tagList(snapshot.tags),
  };
}
