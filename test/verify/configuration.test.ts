import type { Volume } from '@aws-sdk/client-ec2';
import type { DBInstance } from '@aws-sdk/client-rds';
import type { DbInstanceSpec, VolumeSpec } from '../../src/plan/types.ts';
import { compareDbInstance, compareVolume } from '../../src/verify/configuration.ts';
import { DB_SPEC, VOLUME_SPEC } from '../aws/fixtures.ts';

const VOLUME: Volume = {
  VolumeId: 'vol-1',
  VolumeType: 'gp3',
  Size: 500,
  Iops: 6_000,
  Throughput: 500,
  AvailabilityZone: 'us-east-1a',
  SnapshotId: 'snap-1',
  Encrypted: true,
  KmsKeyId: 'arn:aws:kms:us-east-1:111111111111:key/key-1',
  VolumeInitializationRate: 300,
};

const DATABASE: DBInstance = {
  DBInstanceIdentifier: 'db',
  DBInstanceClass: 'db.r6g.xlarge',
  Engine: 'postgres',
  MultiAZ: true,
  AvailabilityZone: 'us-east-1b',
  DBSubnetGroup: { DBSubnetGroupName: 'prod' },
  VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-2' }, { VpcSecurityGroupId: 'sg-1' }],
  DBParameterGroups: [{ DBParameterGroupName: 'orders-pg16', ParameterApplyStatus: 'in-sync' }],
  OptionGroupMemberships: [{ OptionGroupName: 'orders-options' }],
  Endpoint: { Port: 6_432 },
  StorageType: 'gp3',
  AllocatedStorage: 800,
  Iops: 12_000,
  StorageThroughput: 500,
  StorageEncrypted: true,
  KmsKeyId: 'arn:aws:kms:us-east-1:111111111111:key/key-1',
  DeletionProtection: true,
  BackupRetentionPeriod: 7,
  IAMDatabaseAuthenticationEnabled: true,
  EnabledCloudwatchLogsExports: ['upgrade', 'postgresql'],
  MonitoringInterval: 60,
  MonitoringRoleArn: 'arn:aws:iam::111111111111:role/monitoring',
  PerformanceInsightsEnabled: true,
};

const namesOf = (findings: readonly { readonly subject: string }[]) =>
  findings.map(({ subject }) => subject.slice(subject.indexOf(': ') + 2));
const volumeNames = (actual: Volume, spec: Partial<VolumeSpec> = {}) =>
  namesOf(compareVolume({ ...VOLUME_SPEC, ...spec }, { ...VOLUME, ...actual }));
const dbNames = (actual: DBInstance, spec: Partial<DbInstanceSpec> = {}) =>
  namesOf(compareDbInstance({ ...DB_SPEC, ...spec }, { ...DATABASE, ...actual }));

describe('compareVolume', () => {
  test('nothing differs', () => {
    expect(compareVolume(VOLUME_SPEC, VOLUME)).toEqual([]);
  });

  test('what the endpoint does not tell is not different', () => {
    expect(compareVolume(VOLUME_SPEC, { VolumeId: 'vol-1', SnapshotId: '' })).toEqual([]);
  });

  test.each<[string, Volume]>([
    ['type', { VolumeType: 'gp2' }],
    ['size in GiB', { Size: 501 }],
    ['iops', { Iops: 3_000 }],
    ['throughput in MiB/s', { Throughput: 125 }],
    ['zone', { AvailabilityZone: 'us-east-1b' }],
    ['snapshot', { SnapshotId: 'snap-2' }],
    ['encryption', { Encrypted: false }],
    ['key', { KmsKeyId: 'arn:aws:kms:us-east-1:111111111111:key/key-2' }],
    ['initialisation rate in MiB/s', { VolumeInitializationRate: 100 }],
  ])('%s differs', (name, actual) => {
    expect(volumeNames(actual)).toEqual([name]);
  });

  test('says what is and what should be', () => {
    expect(compareVolume(VOLUME_SPEC, { ...VOLUME, Encrypted: false })).toEqual([
      {
        subject: 'volume vol-1: encryption',
        message: 'is off, not on',
        code: 'configuration-differs',
        data: { thing: 'vol-1', property: 'encryption', wanted: 'on', actual: 'off' },
      },
    ]);
  });

  test.each<[string, Volume, Partial<VolumeSpec>]>([
    ['more encryption than asked for', { Encrypted: true }, { encrypted: false }],
    ['a key named by an alias', {}, { kmsKeyId: 'alias/orders' }],
    [
      'IOPS that follow from the size',
      { VolumeType: 'gp2', Iops: 1_500 },
      { volumeType: 'gp2', iops: 6_000 },
    ],
  ])('%s is no defect', (_what, actual, spec) => {
    expect(volumeNames(actual, spec)).toEqual([]);
  });
});

describe('compareDbInstance', () => {
  test('nothing differs, lists in any order', () => {
    expect(compareDbInstance(DB_SPEC, DATABASE)).toEqual([]);
  });

  test('what the endpoint does not tell is not different', () => {
    expect(compareDbInstance(DB_SPEC, { DBInstanceIdentifier: 'db' })).toEqual([]);
  });

  test.each<[string, DBInstance]>([
    ['class', { DBInstanceClass: 'db.t4g.micro' }],
    ['engine', { Engine: 'mysql' }],
    ['Multi-AZ', { MultiAZ: false }],
    ['subnet group', { DBSubnetGroup: { DBSubnetGroupName: 'default' } }],
    ['security groups', { VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }] }],
    ['port', { Endpoint: { Port: 5_432 } }],
    ['storage type', { StorageType: 'gp2' }],
    ['storage in GiB', { AllocatedStorage: 799 }],
    ['iops', { Iops: 3_000 }],
    ['throughput in MiB/s', { StorageThroughput: 125 }],
    ['encryption', { StorageEncrypted: false }],
    ['key', { KmsKeyId: 'key-2' }],
    ['deletion protection', { DeletionProtection: false }],
    ['backup retention in days', { BackupRetentionPeriod: 1 }],
    ['IAM authentication', { IAMDatabaseAuthenticationEnabled: false }],
    ['log exports', { EnabledCloudwatchLogsExports: [] }],
    ['monitoring interval in seconds', { MonitoringInterval: 0 }],
    ['monitoring role', { MonitoringRoleArn: 'other' }],
    ['performance insights', { PerformanceInsightsEnabled: false }],
    ['parameter group', { DBParameterGroups: [{ DBParameterGroupName: 'default.postgres16' }] }],
    ['option group', { OptionGroupMemberships: [{ OptionGroupName: 'default:postgres-16' }] }],
  ])('%s differs', (name, actual) => {
    expect(dbNames(actual)).toEqual([name]);
  });

  test('a default group is RDS’s own choice: another one is no difference', () => {
    const groups = { parameterGroup: 'default.postgres9.3', optionGroup: 'default:postgres-9-3' };
    const actual = {
      DBParameterGroups: [{ DBParameterGroupName: 'default.postgres16' }],
      OptionGroupMemberships: [{ OptionGroupName: 'default:postgres-16' }],
    };
    expect(dbNames(actual, groups)).toEqual([]);
  });

  test('the zone counts without Multi-AZ only', () => {
    expect(dbNames({ AvailabilityZone: 'us-east-1c' })).toEqual([]);
    expect(dbNames({ AvailabilityZone: 'us-east-1c', MultiAZ: false }, { multiAz: false })).toEqual(['zone']);
  });

  test('a parameter group that waits for a reboot is not in force', () => {
    const waiting = [{ DBParameterGroupName: 'orders-pg16', ParameterApplyStatus: 'pending-reboot' }];
    expect(compareDbInstance(DB_SPEC, { ...DATABASE, DBParameterGroups: waiting })).toMatchObject([
      { subject: 'DB instance db: parameter group', message: 'orders-pg16 is not in force before a reboot' },
    ]);
  });

  test.each<[string, DBInstance, Partial<DbInstanceSpec>]>([
    ['storage that grew by itself', { AllocatedStorage: 900 }, {}],
    [
      'names in another case',
      {},
      { parameterGroup: 'Orders-PG16', optionGroup: 'Orders-Options', subnetGroup: 'PROD' },
    ],
    ['an engine that nobody knew', {}, { engine: 'unknown' }],
    ['the default security group where none was asked for', {}, { securityGroups: [] }],
    [
      'a role that monitoring does not need',
      { MonitoringInterval: 0 },
      { monitoringIntervalSeconds: 0, monitoringRole: 'x' },
    ],
    [
      'what is about to become so',
      {
        BackupRetentionPeriod: 0,
        MultiAZ: false,
        EnabledCloudwatchLogsExports: ['audit'],
        PendingModifiedValues: {
          BackupRetentionPeriod: 7,
          MultiAZ: true,
          PendingCloudwatchLogsExports: {
            LogTypesToEnable: ['postgresql', 'upgrade'],
            LogTypesToDisable: ['audit'],
          },
        },
      },
      {},
    ],
    [
      'a log export on its way, in whichever list RDS puts it',
      {
        EnabledCloudwatchLogsExports: ['upgrade'],
        PendingModifiedValues: { PendingCloudwatchLogsExports: { LogTypesToDisable: ['postgresql'] } },
      },
      {},
    ],
  ])('%s is no defect', (_what, actual, spec) => {
    expect(dbNames(actual, spec)).toEqual([]);
  });
});
