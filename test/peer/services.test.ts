import { GetMetricDataCommand, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { ListAWSDefaultServiceQuotasCommand, ListServiceQuotasCommand } from '@aws-sdk/client-service-quotas';
import { PublishCommand } from '@aws-sdk/client-sns';
import {
  DeleteParameterCommand,
  DescribeInstanceInformationCommand,
  GetParameterCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { clientsOf, refusalOf, type Clients } from '../endpoint/clients.ts';
import { startPeer, type Peer } from './peer.ts';

let peer: Peer;
let clients: Clients;
beforeEach(async () => {
  peer = await startPeer({
    seed: {
      instances: [{ id: 'i-1' }, { id: 'i-2', managed: false }],
      keys: { 'key-1': 'Enabled', 'key-2': 'PendingDeletion' },
      quotas: [{ service: 'ebs', code: 'L-1', name: 'Fast snapshot restore', value: 9, defaultValue: 5 }],
      metrics: [{ namespace: 'AWS/EBS', name: 'Credits', dimensions: { SnapshotId: 'snap-1' }, value: 0.5 }],
    },
  });
  clients = clientsOf(peer.url);
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await peer.close();
});

test('the caller is identified by the access key', async () => {
  expect(await clients.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '111111111111',
    Arn: 'arn:aws:iam::111111111111:user/alex',
  });
  const { sts } = clientsOf(peer.url, { accessKeyId: 'AKIDSAM' });
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Arn: expect.stringMatching(/user\/sam$/),
  });
});

test('a parameter is put once, overwritten on request, read and deleted', async () => {
  const { ssm } = clients;
  const Name = '/lifeboat/orders';
  const put = (Value: string, Overwrite = false) =>
    ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite }));
  await put('one');
  expect(await refusalOf(put('two'))).toEqual(['ParameterAlreadyExists', 400]);
  expect(await put('two', true)).toMatchObject({ Version: 2 });
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
  expect(Parameter).toMatchObject({ Name, Value: 'two', Version: 2, LastModifiedDate: expect.any(Date) });
  await ssm.send(new DeleteParameterCommand({ Name }));
  expect(await refusalOf(ssm.send(new GetParameterCommand({ Name })))).toEqual(['ParameterNotFound', 400]);
  expect(await refusalOf(ssm.send(new DeleteParameterCommand({ Name })))).toEqual(['ParameterNotFound', 400]);
});

test('managed instances, keys and quotas', async () => {
  const { ssm, kms, quotas } = clients;
  const { InstanceInformationList } = await ssm.send(new DescribeInstanceInformationCommand({}));
  expect(InstanceInformationList).toMatchObject([{ InstanceId: 'i-1', PingStatus: 'Online' }]);
  const key = (KeyId: string) => kms.send(new DescribeKeyCommand({ KeyId }));
  expect(await key('arn:aws:kms:us-east-1:111111111111:key/key-2')).toMatchObject({
    KeyMetadata: { KeyId: 'key-2', KeyState: 'PendingDeletion', Enabled: false },
  });
  expect(await refusalOf(key('key-3'))).toEqual(['NotFoundException', 400]);
  expect(await quotas.send(new ListServiceQuotasCommand({ ServiceCode: 'ebs' }))).toMatchObject({
    Quotas: [{ QuotaCode: 'L-1', Value: 9 }],
  });
  expect(await quotas.send(new ListAWSDefaultServiceQuotasCommand({ ServiceCode: 'ebs' }))).toMatchObject({
    Quotas: [{ Value: 5 }],
  });
  expect(await refusalOf(quotas.send(new ListServiceQuotasCommand({ ServiceCode: 'x' })))).toEqual([
    'NoSuchResourceException',
    400,
  ]);
});

test('metrics by their exact dimensions', async () => {
  const { cloudwatch } = clients;
  const Metric = (id: string) => ({
    Namespace: 'AWS/EBS',
    MetricName: 'Credits',
    Dimensions: [{ Name: 'SnapshotId', Value: id }],
  });
  const span = { StartTime: new Date(0), EndTime: new Date() };
  const queries = ['snap-1', 'snap-2'].map((id, index) => ({
    Id: `m${index}`,
    MetricStat: { Metric: Metric(id), Period: 300, Stat: 'Minimum' },
  }));
  const data = await cloudwatch.send(new GetMetricDataCommand({ ...span, MetricDataQueries: queries }));
  expect(data.MetricDataResults).toMatchObject([
    { Id: 'm0', Values: [0.5], Timestamps: [expect.any(Date)] },
    { Id: 'm1', Values: [] },
  ]);
  const statistics = await cloudwatch.send(
    new GetMetricStatisticsCommand({ ...span, ...Metric('snap-1'), Period: 300, Statistics: ['Average'] }),
  );
  expect(statistics.Datapoints).toMatchObject([{ Average: 0.5 }]);
  peer.setQuirks({ faults: [{ does: 'deny', services: ['monitoring'] }] });
  expect(
    await refusalOf(cloudwatch.send(new GetMetricDataCommand({ ...span, MetricDataQueries: queries }))),
  ).toEqual(['AccessDeniedException', 403]);
});

test('published messages are stored', async () => {
  const TopicArn = 'arn:aws:sns:us-east-1:111111111111:oncall';
  const { MessageId } = await clients.sns.send(
    new PublishCommand({ TopicArn, Subject: 'halted', Message: 'line one\nline two & more' }),
  );
  expect(MessageId).toMatch(/^message-/);
  expect(peer.world.notices).toMatchObject([
    { topic: TopicArn, subject: 'halted', message: 'line one\nline two & more', accessKey: 'AKIDALEX' },
  ]);
});
