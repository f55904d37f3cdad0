import {
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import type { DescribeAlarmsCommandInput, MetricDataQuery, StateValue } from '@aws-sdk/client-cloudwatch';
import { CreateVolumeCommand, EnableFastSnapshotRestoresCommand } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, NotFoundException } from '@aws-sdk/client-kms';
import { ListServiceQuotasCommand } from '@aws-sdk/client-service-quotas';
import { PublishCommand } from '@aws-sdk/client-sns';
import {
  DeleteParameterCommand,
  DescribeInstanceInformationCommand,
  GetParameterCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  SendCommandCommand,
} from '@aws-sdk/client-ssm';
import type { PutParameterCommandInput } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { HOUR_MS, MINUTE_MS } from '../../src/time.ts';
import { BEGIN, inventory, refusal, snapshot, stage } from './support.ts';
import type { Stage } from './support.ts';

const Name = '/lifeboat/orders/run';
const put = ({ world }: Stage, changes: Partial<PutParameterCommandInput> = {}) =>
  world.ssm.send(new PutParameterCommand({ Name, Value: 'one', Type: 'String', ...changes }));
const get = ({ world }: Stage) => world.ssm.send(new GetParameterCommand({ Name }));
const drop = ({ world }: Stage) => world.ssm.send(new DeleteParameterCommand({ Name }));

test('a parameter is put once, read at once, overwritten only when asked to, and deleted once', async () => {
  const here = stage();
  expect(await refusal(get(here))).toBeInstanceOf(ParameterNotFound);
  await put(here);
  const repeated = await refusal(put(here, { Value: 'two' }));
  expect(repeated).toBeInstanceOf(ParameterAlreadyExists);
  expect(repeated.name).toBe('ParameterAlreadyExists');
  expect((await get(here)).Parameter).toMatchObject({ Name, Value: 'one', Version: 1, Type: 'String' });
  await put(here, { Value: 'two', Overwrite: true });
  expect((await get(here)).Parameter).toMatchObject({
    ...{ Value: 'two', Version: 2, LastModifiedDate: new Date(BEGIN) },
    ARN: 'arn:aws:ssm:us-east-1:111111111111:parameter/lifeboat/orders/run',
  });
  expect(here.world.parameters()).toEqual([{ name: Name, value: 'two' }]);
  await drop(here);
  expect(await refusal(drop(here))).toBeInstanceOf(ParameterNotFound);
  expect(here.world.parameters()).toEqual([]);
  expect(await put(here, { Value: 'three' })).toMatchObject({ Version: 1 });
});

test.each([
  ['a name with a space', { Name: '/lifeboat/or ders' }],
  ['no name', { Name: '' }],
  ['a name that AWS keeps for itself', { Name: '/aws/reference' }],
  ['an empty value', { Value: '' }],
  ['a value of 4,097 characters', { Value: 'x'.repeat(4_097) }],
])('a parameter with %s is refused', async (_, changes) => {
  expect((await refusal(put(stage(), changes))).name).toBe('ValidationException');
});

test('managed instances are listed, page by page or by id', async () => {
  const instances = Array.from({ length: 12 }, (_, index) => ({
    ...{ id: `i-${index}`, zone: 'us-east-1a', managedBySsm: index % 2 === 0 },
  }));
  const { world } = stage({ inventory: inventory({ instances, volumes: [] }) });
  const ids: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await world.ssm.send(new DescribeInstanceInformationCommand({ MaxResults: 5, NextToken }));
    ids.push(...(page.InstanceInformationList ?? []).map(({ InstanceId }) => InstanceId));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect(ids).toEqual(['i-0', 'i-2', 'i-4', 'i-6', 'i-8', 'i-10']);
  const Filters = [{ Key: 'InstanceIds', Values: ['i-1', 'i-2'] }];
  const { InstanceInformationList } = await world.ssm.send(
    new DescribeInstanceInformationCommand({ Filters }),
  );
  expect(InstanceInformationList).toMatchObject([{ InstanceId: 'i-2', PingStatus: 'Online' }]);
});

test('a service refuses what it does not simulate, by name', async () => {
  const unknown = stage().world.ssm.send(new SendCommandCommand({ DocumentName: 'x' }));
  expect(await refusal(unknown)).toMatchObject({
    ...{ name: 'UnknownOperationException', message: expect.stringContaining('SendCommandCommand') },
  });
});

test('the identity is of the account', async () => {
  expect(await stage().world.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    ...{ Account: '111111111111', Arn: 'arn:aws:iam::111111111111:user/simulated' },
  });
});

test.each([
  ['key-on', 'key-on', 'Enabled', true],
  ['key-off', 'key-off', 'Disabled', false],
  ['arn:aws:kms:us-east-1:111111111111:key/key-off', 'key-off', 'Disabled', false],
  ['key-unlisted', 'key-unlisted', 'Enabled', true],
])('key %s is described', async (KeyId, plain, KeyState, Enabled) => {
  const snapshots = [snapshot('snap-1', { encrypted: true, kmsKeyId: 'key-unlisted' })];
  const { world } = stage({ inventory: inventory({ snapshots }) });
  const { KeyMetadata } = await world.kms.send(new DescribeKeyCommand({ KeyId }));
  expect(KeyMetadata).toMatchObject({ KeyId: plain, KeyState, Enabled, AWSAccountId: '111111111111' });
});

test('a key that is neither listed nor in use does not exist', async () => {
  const unknown = stage().world.kms.send(new DescribeKeyCommand({ KeyId: 'key-none' }));
  expect(await refusal(unknown)).toBeInstanceOf(NotFoundException);
});

test('quotas have the names of AWS; one that does not bind is not listed', async () => {
  const quotas = { fsrSnapshots: 7, dbInstances: 41, storageTiB: { gp3: 60, io2: 12.5 } };
  const { world } = stage({ inventory: inventory({ quotas }) });
  const listed = async (ServiceCode: string) => {
    const values: [string | undefined, number | undefined][] = [];
    let NextToken: string | undefined;
    do {
      const page = await world.quotas.send(
        new ListServiceQuotasCommand({ ServiceCode, MaxResults: 2, NextToken }),
      );
      values.push(
        ...(page.Quotas ?? []).map(({ QuotaName, Value }): [typeof QuotaName, typeof Value] => [
          QuotaName,
          Value,
        ]),
      );
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return values;
  };
  expect(await listed('ebs')).toEqual([
    ['Fast snapshot restore', 7],
    ['Storage for General Purpose SSD (gp3) volumes, in TiB', 60],
    ['Storage for Provisioned IOPS SSD (io2) volumes, in TiB', 12.5],
  ]);
  expect(await listed('rds')).toEqual([['DB instances', 41]]);
  expect((await refusal(listed('none'))).name).toBe('NoSuchResourceException');
});

const metric = (
  Id: string,
  Namespace: string,
  MetricName: string,
  dimensions: Readonly<Record<string, string>>,
): MetricDataQuery => ({
  Id,
  MetricStat: {
    Metric: {
      ...{ Namespace, MetricName },
      Dimensions: Object.entries(dimensions).map(([key, Value]) => ({ Name: key, Value })),
    },
    ...{ Period: 60, Stat: 'Average' },
  },
});
const credits = (SnapshotId: string, AvailabilityZone = 'us-east-1a') =>
  metric('credits', 'AWS/EBS', 'FastSnapshotRestoreCreditsBalance', { SnapshotId, AvailabilityZone });
const lag = (DBInstanceIdentifier: string) =>
  metric('lag', 'AWS/RDS', 'ReplicaLag', { DBInstanceIdentifier });

/** The values of the last 15 minutes, newest first. */
async function metrics({ world, clock }: Stage, ...MetricDataQueries: MetricDataQuery[]) {
  const { MetricDataResults = [] } = await world.cloudwatch.send(
    new GetMetricDataCommand({
      MetricDataQueries,
      StartTime: new Date(clock.now() - 15 * MINUTE_MS),
      EndTime: new Date(clock.now()),
    }),
  );
  return Object.fromEntries(MetricDataResults.map(({ Id, Values = [] }) => [Id, Values]));
}

test('credits are told as the inventory has them, and as they are spent and fill up', async () => {
  const fsr = [
    { zone: 'us-east-1a', state: 'enabled', credits: 2 },
    { zone: 'us-east-1b', state: 'enabled' },
  ];
  const snapshots = [snapshot('snap-1', { sizeGiB: 512, fsr })];
  const here = stage({ inventory: inventory({ snapshots }) });
  expect((await metrics(here, credits('snap-1')))['credits']).toEqual(Array.from({ length: 15 }, () => 2));
  // The inventory does not tell how many there were.
  expect((await metrics(here, credits('snap-1', 'us-east-1b')))['credits']).toEqual([]);
  await here.world.ec2.send(
    new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', SnapshotId: 'snap-1', VolumeType: 'gp3' }),
  );
  here.wait(15 * MINUTE_MS);
  const values = (await metrics(here, credits('snap-1')))['credits'] ?? [];
  expect(values[0]).toBeCloseTo(1 + (2 * 14) / 60);
  expect(values).toEqual([...values].sort((a, b) => b - a));
  expect((await metrics(here, credits('snap-1', 'us-east-1b')))['credits']?.[0]).toBeCloseTo((2 * 14) / 60);
});

test('credits of what is not enabled are not told', async () => {
  const here = stage();
  const enable = { SourceSnapshotIds: ['snap-1'], AvailabilityZones: ['us-east-1a'] };
  await here.world.ec2.send(new EnableFastSnapshotRestoresCommand(enable));
  here.wait(MINUTE_MS);
  expect(await metrics(here, credits('snap-1'))).toEqual({ credits: [] });
  here.wait(HOUR_MS);
  expect((await metrics(here, credits('snap-1')))['credits']).toHaveLength(15);
});

test('a replica tells how far it lags behind; others tell nothing', async () => {
  const instance = { engine: 'postgres', engineVersion: '16.4', class: 'db.t4g.medium', storageGiB: 20 };
  const dbInstances = [
    { ...instance, id: 'primary' },
    { ...instance, id: 'replica', replicaOf: 'primary', replicaLagSeconds: 4 },
  ];
  const here = stage({ inventory: inventory({ dbInstances }) });
  expect((await metrics(here, lag('replica')))['lag']).toEqual(Array.from({ length: 15 }, () => 4));
  expect(await metrics(here, lag('primary'))).toEqual({ lag: [] });
  expect(await metrics(here, lag('none'))).toEqual({ lag: [] });
  expect(await metrics(here, metric('other', 'AWS/EBS', 'VolumeReadOps', {}))).toEqual({ other: [] });
});

test('metrics are not asked for backwards, or too many at once', async () => {
  const { world } = stage();
  const ask = (from: number, to: number, queries: number) =>
    world.cloudwatch.send(
      new GetMetricDataCommand({
        MetricDataQueries: Array.from({ length: queries }, () => lag('replica')),
        ...{ StartTime: new Date(from), EndTime: new Date(to) },
      }),
    );
  expect((await refusal(ask(BEGIN, BEGIN, 1))).name).toBe('ValidationError');
  expect((await refusal(ask(BEGIN - HOUR_MS, BEGIN, 501))).name).toBe('ValidationError');
  await ask(BEGIN - HOUR_MS, BEGIN, 500);
});

test('an alarm begins without data, has the state that it is set to, and is found by name, prefix or state', async () => {
  const { world } = stage();
  const put = (AlarmName: string) =>
    world.cloudwatch.send(
      new PutMetricAlarmCommand({
        ...{ AlarmName, Namespace: 'Shop', MetricName: 'Errors', ComparisonOperator: 'GreaterThanThreshold' },
        ...{ Threshold: 5, EvaluationPeriods: 2 },
      }),
    );
  await put('shop-errors');
  await put('shop-latency');
  const set = (AlarmName: string, StateValue: StateValue) =>
    world.cloudwatch.send(new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: 'a test' }));
  await set('shop-errors', 'ALARM');
  await put('shop-errors');
  const names = async (input: DescribeAlarmsCommandInput) =>
    (await world.cloudwatch.send(new DescribeAlarmsCommand(input))).MetricAlarms?.map(
      ({ AlarmName, StateValue }) => `${AlarmName} ${StateValue}`,
    );
  expect(await names({ AlarmNames: ['shop-errors', 'none'] })).toEqual(['shop-errors ALARM']);
  expect(await names({ AlarmNamePrefix: 'shop-l' })).toEqual(['shop-latency INSUFFICIENT_DATA']);
  expect(await names({ StateValue: 'ALARM' })).toEqual(['shop-errors ALARM']);
  expect(await names({ AlarmTypes: ['CompositeAlarm'] })).toEqual([]);
  expect((await refusal(set('none', 'OK'))).name).toBe('ResourceNotFound');
  expect((await refusal(put(''))).name).toBe('ValidationError');
});

test('what is published is counted', async () => {
  const { world } = stage();
  const TopicArn = 'arn:aws:sns:us-east-1:111111111111:oncall';
  const one = await world.sns.send(new PublishCommand({ TopicArn, Message: 'halted' }));
  const other = await world.sns.send(new PublishCommand({ TopicArn, Message: 'halted' }));
  expect(one.MessageId).not.toBe(other.MessageId);
  expect(world.calls()).toEqual([{ operation: 'Publish', total: 2, throttled: 0 }]);
  const refused = await refusal(world.sns.send(new PublishCommand({ Message: 'x' })));
  expect(refused.name).toBe('InvalidParameterException');
});

test.each<[string, number, (here: Stage) => Promise<unknown>]>([
  ['ThrottlingException', 40, (here) => get(here)],
  [
    'TooManyRequestsException',
    10,
    ({ world }) => world.quotas.send(new ListServiceQuotasCommand({ ServiceCode: 'ebs' })),
  ],
])('throttled with %s after %i calls at once', async (code, admitted, call) => {
  const here = stage();
  await put(here);
  for (let number = 0; number < admitted; number += 1) await call(here);
  expect((await refusal(call(here))).name).toBe(code);
});

test('under storm the other services fail as EC2 does', async () => {
  const here = stage({ faults: 'storm' });
  while (here.world.parameters().length === 0) {
    here.wait(MINUTE_MS);
    await put(here).catch(() => undefined);
  }
  const names = new Set<string>();
  for (let number = 0; number < 200; number += 1) {
    here.wait(MINUTE_MS);
    await get(here).catch((error: Error) => names.add(error.name));
  }
  expect([...names].sort()).toEqual(['Error', 'InternalServerError', 'ThrottlingException', 'TimeoutError']);
});
