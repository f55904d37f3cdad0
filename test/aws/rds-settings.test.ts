import 'aws-sdk-client-mock-jest';
import { DescribeDBInstancesCommand, ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import type { DBInstance } from '@aws-sdk/client-rds';
import { configuring } from './effects.ts';
import { DB_SPEC, FOREIGN, OURS, rdsError, without } from './fixtures.ts';
import { stageRds } from './stages.ts';

const ID = 'orders-prod-run';
const { rds, perform, result, failure, operations } = stageRds();

beforeEach(() => {
  rds.on(ModifyDBInstanceCommand).resolves({ DBInstance: {} });
});

const AS_WANTED: DBInstance = {
  DBInstanceIdentifier: ID,
  TagList: OURS,
  MonitoringInterval: 60,
  MonitoringRoleArn: 'arn:aws:iam::111111111111:role/monitoring',
  PerformanceInsightsEnabled: true,
  BackupRetentionPeriod: 7,
  IAMDatabaseAuthenticationEnabled: true,
  DeletionProtection: true,
  EnabledCloudwatchLogsExports: ['upgrade', 'postgresql'],
};
const apply = (spec = DB_SPEC) => configuring(ID, spec);
const present = (instance: DBInstance) =>
  rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [instance] });
const change = () => rds.commandCalls(ModifyDBInstanceCommand)[0]?.args[0].input;

test('nothing differs: nothing is asked', async () => {
  present(AS_WANTED);
  expect(await result(apply())).toEqual({});
  expect(operations()).toEqual(['DescribeDBInstances']);
});

const role = 'arn:aws:iam::111111111111:role/monitoring';
test.each<[string, DBInstance, object]>([
  ['monitoring', { MonitoringInterval: 0 }, { MonitoringInterval: 60, MonitoringRoleArn: role }],
  [
    'the monitoring role',
    { MonitoringRoleArn: 'other' },
    { MonitoringInterval: 60, MonitoringRoleArn: role },
  ],
  ['performance insights', { PerformanceInsightsEnabled: false }, { EnablePerformanceInsights: true }],
  ['backup retention', { BackupRetentionPeriod: 1 }, { BackupRetentionPeriod: 7 }],
  [
    'IAM authentication',
    { IAMDatabaseAuthenticationEnabled: false },
    { EnableIAMDatabaseAuthentication: true },
  ],
  ['deletion protection', { DeletionProtection: false }, { DeletionProtection: true }],
  [
    'log exports',
    { EnabledCloudwatchLogsExports: ['postgresql', 'audit'] },
    { CloudwatchLogsExportConfiguration: { EnableLogTypes: ['upgrade'], DisableLogTypes: ['audit'] } },
  ],
])('%s is given back, and nothing else', async (_what, actual, expected) => {
  present({ ...AS_WANTED, ...actual });
  expect(await result(apply())).toEqual({});
  expect(change()).toEqual({ ...expected, DBInstanceIdentifier: ID, ApplyImmediately: true });
});

test('what was asked for and is pending is not asked for again', async () => {
  present({
    ...AS_WANTED,
    BackupRetentionPeriod: 1,
    IAMDatabaseAuthenticationEnabled: false,
    EnabledCloudwatchLogsExports: ['audit'],
    PendingModifiedValues: {
      BackupRetentionPeriod: 7,
      IAMDatabaseAuthenticationEnabled: true,
      PendingCloudwatchLogsExports: {
        LogTypesToEnable: ['postgresql', 'upgrade'],
        LogTypesToDisable: ['audit'],
      },
    },
  });
  await perform([apply()]);
  expect(operations()).toEqual(['DescribeDBInstances']);
});

test('what the endpoint does not tell is not touched, save what a restore never gives', async () => {
  present({ DBInstanceIdentifier: ID, TagList: OURS });
  await perform([apply()]);
  expect(change()).toEqual({
    DBInstanceIdentifier: ID,
    ApplyImmediately: true,
    MonitoringInterval: 60,
    MonitoringRoleArn: role,
    EnablePerformanceInsights: true,
    DeletionProtection: true,
  });
});

test('settings that the spec does not name are left as they are', async () => {
  present({ ...AS_WANTED, MonitoringInterval: 15, PerformanceInsightsEnabled: false });
  const rest = without(DB_SPEC, 'monitoringIntervalSeconds', 'monitoringRole', 'performanceInsights');
  await perform([apply(rest)]);
  expect(operations()).toEqual(['DescribeDBInstances']);
});

test('monitoring that was off is switched off without a role', async () => {
  present(AS_WANTED);
  await perform([apply({ ...DB_SPEC, monitoringIntervalSeconds: 0 })]);
  expect(change()).toEqual({ DBInstanceIdentifier: ID, ApplyImmediately: true, MonitoringInterval: 0 });
});

test('a state that forbids it is busy', async () => {
  present({ ...AS_WANTED, MonitoringInterval: 0 });
  rds.on(ModifyDBInstanceCommand).rejects(rdsError('InvalidDBInstanceStateFault'));
  expect(await failure(apply())).toMatchObject({
    class: 'busy',
    code: 'InvalidDBInstanceState',
  });
});

test('what another run made is not changed', async () => {
  present({ ...AS_WANTED, TagList: FOREIGN, MonitoringInterval: 0 });
  expect((await failure(apply())).class).toBe('denied');
  expect(rds).not.toHaveReceivedCommand(ModifyDBInstanceCommand);
});

test('what no read shows is gone', async () => {
  rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
  expect((await failure(apply())).class).toBe('gone');
});
