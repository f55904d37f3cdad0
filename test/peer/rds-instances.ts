import type { Tree } from './answer.ts';
import type { Input } from './input.ts';
import { born, pageOf, read, write, type Call, type Operations } from './operation.ts';
import {
  arnOf,
  dbFiltered,
  dbTags,
  newIdentifier,
  noDbSnapshot,
  noInstance,
  pageSize,
  tagList,
} from './rds-things.ts';
import { invalid, Refusal, required } from './refusal.ts';
import { find, visible, type DbThing } from './world.ts';

type Fields = { readonly [name: string]: Tree };

function statusOf({ status, goneAt, readyAt, createdAt }: DbThing, now: number): string {
  if (goneAt !== undefined) return 'deleting';
  if (status !== undefined) return status;
  if (now >= readyAt) return 'available';
  return now - createdAt < (readyAt - createdAt) * 0.75 ? 'creating' : 'backing-up';
}

export function instanceTree(instance: DbThing, now: number): Fields {
  return {
    DBInstanceIdentifier: instance.id,
    DBInstanceStatus: statusOf(instance, now),
    DBInstanceArn: instance.arn,
    DbiResourceId: `db-${instance.id.toUpperCase()}`,
    InstanceCreateTime: new Date(instance.createdAt),
    ...instance.fields,
    TagList: tagList(instance.tags),
  };
}

function describeInstances(call: Call): Fields {
  const { input, world, now } = call;
  const id = input.text('DBInstanceIdentifier')?.toLowerCase();
  const all = visible(world.dbInstances.values(), now);
  const named = id === undefined ? all : all.filter((instance) => instance.id === id);
  if (id !== undefined && named.length === 0) throw noInstance(id);
  const found = dbFiltered(named, input, {
    'db-instance-id': (instance) => instance.id,
    'db-cluster-id': ({ fields }) => fields['DBClusterIdentifier'],
    engine: ({ fields }) => fields['Engine'],
  });
  const { items, next } = pageOf(found, call, pageSize(input), input.text('Marker'));
  return { DBInstances: { DBInstance: items.map((instance) => instanceTree(instance, now)) }, Marker: next };
}

/** Settings of a request by the fields that RDS tells them in. What is not given stays. */
function settings(input: Input): Fields {
  const groups = input.texts('VpcSecurityGroupIds');
  const group = input.text('DBParameterGroupName');
  const options = input.text('OptionGroupName');
  const subnets = input.text('DBSubnetGroupName');
  const port = input.number('Port') ?? input.number('DBPortNumber');
  const same = {
    DBInstanceClass: input.text('DBInstanceClass'),
    Engine: input.text('Engine'),
    EngineVersion: input.text('EngineVersion'),
    AllocatedStorage: input.number('AllocatedStorage'),
    StorageType: input.text('StorageType'),
    Iops: input.number('Iops'),
    StorageThroughput: input.number('StorageThroughput'),
    AvailabilityZone: input.text('AvailabilityZone'),
    MultiAZ: input.flag('MultiAZ'),
    PubliclyAccessible: input.flag('PubliclyAccessible'),
    BackupRetentionPeriod: input.number('BackupRetentionPeriod'),
    DeletionProtection: input.flag('DeletionProtection'),
    IAMDatabaseAuthenticationEnabled: input.flag('EnableIAMDatabaseAuthentication'),
    PerformanceInsightsEnabled: input.flag('EnablePerformanceInsights'),
    MonitoringInterval: input.number('MonitoringInterval'),
    MonitoringRoleArn: input.text('MonitoringRoleArn'),
    StorageEncrypted: input.flag('StorageEncrypted'),
    KmsKeyId: input.text('KmsKeyId'),
    CopyTagsToSnapshot: input.flag('CopyTagsToSnapshot'),
  };
  return {
    ...Object.fromEntries(Object.entries(same).filter(([, value]) => value !== undefined)),
    ...(groups.length > 0 && {
      VpcSecurityGroups: {
        VpcSecurityGroupMembership: groups.map((VpcSecurityGroupId) => ({
          VpcSecurityGroupId,
          Status: 'active',
        })),
      },
    }),
    ...(group !== undefined && {
      DBParameterGroups: {
        DBParameterGroup: { DBParameterGroupName: group, ParameterApplyStatus: 'in-sync' },
      },
    }),
    ...(options !== undefined && {
      OptionGroupMemberships: { OptionGroupMembership: { OptionGroupName: options, Status: 'in-sync' } },
    }),
    ...(subnets !== undefined && {
      DBSubnetGroup: { DBSubnetGroupName: subnets, SubnetGroupStatus: 'Complete' },
    }),
    ...(port !== undefined && { Endpoint: { Address: 'db.example', Port: port } }),
  };
}

/** What RDS sets back unless a restore is told. */
const DEFAULTS: Fields = {
  MultiAZ: false,
  PubliclyAccessible: false,
  DeletionProtection: false,
  BackupRetentionPeriod: 1,
  IAMDatabaseAuthenticationEnabled: false,
  PerformanceInsightsEnabled: false,
  MonitoringInterval: 0,
  VpcSecurityGroups: { VpcSecurityGroupMembership: { VpcSecurityGroupId: 'sg-default', Status: 'active' } },
  DBParameterGroups: {
    DBParameterGroup: { DBParameterGroupName: 'default', ParameterApplyStatus: 'in-sync' },
  },
};

/** What the data of a backup brings along. */
const KEPT = [
  'Engine',
  'EngineVersion',
  'AllocatedStorage',
  'StorageType',
  'StorageEncrypted',
  'KmsKeyId',
  'DBInstanceClass',
];

function logs(input: Input): Fields {
  const types = input.texts('EnableCloudwatchLogsExports');
  return types.length === 0 ? {} : { EnabledCloudwatchLogsExports: { member: types } };
}

function make(call: Call, name: string, inherited: Fields): Fields {
  const { input, world, now, delays } = call;
  const id = newIdentifier(input.text(name), name, 63);
  const existing = world.dbInstances.get(id);
  if (existing !== undefined && (existing.goneAt === undefined || now < existing.goneAt))
    throw new Refusal('DBInstanceAlreadyExists', `DB instance already exists`);
  const count = visible(world.dbInstances.values(), now).length;
  if (count >= world.limits.dbInstances)
    throw new Refusal('InstanceQuotaExceeded', 'You have reached the limit of DB instances.');
  if (input.flag('MultiAZ') === true && input.text('AvailabilityZone') !== undefined)
    throw new Refusal(
      'InvalidParameterCombination',
      'Requesting a specific availability zone is not valid for Multi-AZ instances.',
    );
  const life = born(call, delays.dbInstanceMs);
  const instance: DbThing = {
    ...life,
    id,
    arn: arnOf(world, 'db', id),
    fields: {
      ...DEFAULTS,
      AvailabilityZone: world.zones[0],
      ...inherited,
      ...settings(input),
      ...logs(input),
      LatestRestorableTime: new Date(life.readyAt),
    },
    tags: dbTags(input.groups('Tags')),
  };
  world.dbInstances.set(id, instance);
  return { DBInstance: instanceTree(instance, now) };
}

function inheritedFrom({ fields }: DbThing): Fields {
  return Object.fromEntries(
    KEPT.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])),
  );
}

function restoreFromSnapshot(call: Call): Fields {
  const { input, world, now } = call;
  const given = required(input.text('DBSnapshotIdentifier'), 'DBSnapshotIdentifier');
  const id = (given.startsWith('arn:') ? given.split(':').slice(6).join(':') : given).toLowerCase();
  const snapshot = find(world.dbSnapshots, id, now);
  if (snapshot === undefined) throw noDbSnapshot(given);
  if (snapshot.status !== undefined && snapshot.status !== 'available')
    throw new Refusal('InvalidDBSnapshotState', `The DB snapshot ${id} is ${snapshot.status}.`);
  return make(call, 'DBInstanceIdentifier', inheritedFrom(snapshot));
}

function restoreToPointInTime(call: Call): Fields {
  const { input, world, now } = call;
  const sourceId = required(
    input.text('SourceDBInstanceIdentifier'),
    'SourceDBInstanceIdentifier',
  ).toLowerCase();
  const source = find(world.dbInstances, sourceId, now);
  if (source === undefined) throw noInstance(sourceId);
  if (source.fields['BackupRetentionPeriod'] === 0)
    throw new Refusal(
      'PointInTimeRestoreNotEnabled',
      `Point in time restore is not enabled for ${sourceId}.`,
    );
  const latest = source.fields['LatestRestorableTime'];
  const at = input.text('RestoreTime');
  if (at === undefined && input.flag('UseLatestRestorableTime') !== true)
    throw new Refusal('InvalidParameterCombination', 'Give RestoreTime or UseLatestRestorableTime.');
  if (at !== undefined && Number.isNaN(Date.parse(at))) throw invalid(`RestoreTime ${at} is no instant`);
  if (at !== undefined && latest instanceof Date && Date.parse(at) > latest.getTime())
    throw invalid(`RestoreTime ${at} is after the latest restorable time.`);
  return make(call, 'TargetDBInstanceIdentifier', inheritedFrom(source));
}

function modify({ input, world, now }: Call): Fields {
  const id = required(input.text('DBInstanceIdentifier'), 'DBInstanceIdentifier').toLowerCase();
  const instance = find(world.dbInstances, id, now);
  if (instance === undefined) throw noInstance(id);
  if (statusOf(instance, now) !== 'available')
    throw new Refusal('InvalidDBInstanceState', `DB instance is not in available state.`);
  const before = instance.fields['EnabledCloudwatchLogsExports'] as
    { readonly member?: readonly string[] } | undefined;
  const change = input.group('CloudwatchLogsExportConfiguration');
  const off = new Set(change.texts('DisableLogTypes'));
  const member = [...new Set([...(before?.member ?? []), ...change.texts('EnableLogTypes')])].filter(
    (type) => !off.has(type),
  );
  instance.fields = { ...instance.fields, ...settings(input), EnabledCloudwatchLogsExports: { member } };
  return { DBInstance: instanceTree(instance, now) };
}

function remove({ input, world, now, delays }: Call): Fields {
  const id = required(input.text('DBInstanceIdentifier'), 'DBInstanceIdentifier').toLowerCase();
  const instance = find(world.dbInstances, id, now);
  if (instance === undefined) throw noInstance(id);
  if (instance.goneAt !== undefined)
    throw new Refusal('InvalidDBInstanceState', `Instance ${id} is already being deleted.`);
  if (instance.fields['DeletionProtection'] === true)
    throw new Refusal(
      'InvalidParameterCombination',
      'Cannot delete protected DB Instance, please disable deletion protection and try again.',
    );
  if (input.flag('SkipFinalSnapshot') !== true && input.text('FinalDBSnapshotIdentifier') === undefined)
    throw new Refusal(
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
    );
  instance.goneAt = now + (delays.deleteMs ?? 0);
  return { DBInstance: instanceTree(instance, now) };
}

export const dbInstanceOperations: Operations = {
  DescribeDBInstances: read(describeInstances),
  CreateDBInstance: write((call) => {
    for (const name of ['DBInstanceClass', 'Engine']) required(call.input.text(name), name);
    return make(call, 'DBInstanceIdentifier', {});
  }),
  RestoreDBInstanceFromDBSnapshot: write(restoreFromSnapshot),
  RestoreDBInstanceToPointInTime: write(restoreToPointInTime),
  ModifyDBInstance: write(modify),
  DeleteDBInstance: write(remove),
};
