import { Readable } from 'node:stream';
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateVolumeCommand, DeleteVolumeCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import {
  DBInstanceNotFoundFault,
  DescribeDBInstancesCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { ListServiceQuotasCommand } from '@aws-sdk/client-service-quotas';
import { PublishCommand } from '@aws-sdk/client-sns';
import { GetParameterCommand, ParameterNotFound, PutParameterCommand } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetBucketAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { cbor } from '@smithy/core/cbor';
import { serveAccount, type ServedAccount } from '../../src/simulator/endpoint/account.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/time.ts';
import { inventory } from '../simulator/support.ts';
import { clientsOf, refusalOf, type Clients } from './clients.ts';

// What the SDK's own clients see over HTTP of services that answer in the protocols of AWS.

const TOPIC = 'arn:aws:sns:us-east-1:111111111111:oncall';
let account: ServedAccount;
let clients: Clients;
const bugs: unknown[] = [];
beforeEach(async () => {
  account = await serveAccount({
    inventory: inventory({ quotas: { fsrSnapshots: 5 } }),
    onBug: (error) => bugs.push(error),
  });
  clients = clientsOf(account.url);
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await account.close();
  expect(bugs.splice(0)).toEqual([]);
});

/** A request by hand, as a client would sign it; its signature is not checked. */
async function ask(scope: string, headers: Readonly<Record<string, string>>, body: string | Uint8Array) {
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIDALEX/20261120/us-east-1/${scope}/aws4_request, SignedHeaders=host, Signature=0`;
  const { 'x-path': path = '/', 'x-method': method = 'POST', ...rest } = headers;
  const response = await fetch(`${account.url}${path}`, {
    ...{ method, headers: { authorization, ...rest } },
    body: Buffer.from(body),
  });
  return {
    status: response.status,
    body: Buffer.from(await response.arrayBuffer()),
    headers: response.headers,
  };
}
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

test('each service answers its own client', async () => {
  const { ec2, rds, ssm, sts, kms, quotas, cloudwatch, sns } = clients;
  const span = { StartTime: new Date(0), EndTime: new Date(MINUTE_MS) };
  const Metric = { Namespace: 'AWS/RDS', MetricName: 'ReplicaLag' };
  const answers = await Promise.all([
    ec2.send(new DescribeVolumesCommand({})),
    rds.send(new DescribeDBInstancesCommand({})),
    ssm.send(new PutParameterCommand({ Name: '/a', Value: 'b', Type: 'String' })),
    sts.send(new GetCallerIdentityCommand({})),
    kms.send(new DescribeKeyCommand({ KeyId: 'key-off' })),
    quotas.send(new ListServiceQuotasCommand({ ServiceCode: 'ebs' })),
    cloudwatch.send(
      new GetMetricDataCommand({
        ...span,
        MetricDataQueries: [{ Id: 'a', MetricStat: { Metric, Period: 60, Stat: 'Average' } }],
      }),
    ),
    sns.send(new PublishCommand({ TopicArn: TOPIC, Message: 'line one\nline <two> & "more"' })),
  ]);
  expect(answers).toMatchObject([
    {
      Volumes: [
        { VolumeId: 'vol-1', Attachments: [{ InstanceId: 'i-1' }], Tags: [{ Key: 'app', Value: 'events' }] },
      ],
    },
    { DBInstances: [{ DBInstanceIdentifier: 'orders-prod', MultiAZ: true, Iops: 12_000 }, {}] },
    { Version: 1, Tier: 'Standard' },
    { Account: '111111111111', Arn: 'arn:aws:iam::111111111111:user/alex' },
    { KeyMetadata: { KeyState: 'Disabled', Enabled: false } },
    { Quotas: [{ QuotaName: 'Fast snapshot restore', Value: 5 }] },
    { MetricDataResults: [{ Id: 'a', Values: [] }] },
    { MessageId: expect.any(String) },
  ]);
});

test('what is refused has the code and status of AWS, and is an error of its class', async () => {
  const { ec2, rds, ssm, kms, sts, sns } = clients;
  const none = rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'none' }));
  await expect(none).rejects.toBeInstanceOf(DBInstanceNotFoundFault);
  const unknown = ssm.send(new GetParameterCommand({ Name: '/none' }));
  await expect(unknown).rejects.toBeInstanceOf(ParameterNotFound);
  const refusals = [
    ec2.send(new DeleteVolumeCommand({ VolumeId: 'vol-1' })),
    ec2.send(new DeleteVolumeCommand({ VolumeId: 'vol-1', DryRun: true })),
    none,
    unknown,
    kms.send(new DescribeKeyCommand({ KeyId: 'none' })),
    sts.send(new AssumeRoleCommand({ RoleArn: 'none', RoleSessionName: 'me' })),
    sns.send(new PublishCommand({ TopicArn: 'none', Message: 'x' })),
  ];
  expect(await Promise.all(refusals.map(refusalOf))).toEqual([
    ['VolumeInUse', 400],
    ['DryRunOperation', 412],
    ['DBInstanceNotFoundFault', 404],
    ['ParameterNotFound', 400],
    ['NotFoundException', 400],
    ['ValidationError', 400],
    ['InvalidParameterException', 400],
  ]);
});

test('lists, tags and texts of a request arrive as they were sent', async () => {
  const { ec2 } = clients;
  const Tags = [
    { Key: 'Name', Value: 'a & <b> "c" ä 東京 +%20' },
    { Key: 'lines', Value: 'one\r\ntwo\u0085\u2028' },
    { Key: 'empty', Value: '' },
  ];
  const { VolumeId = '' } = await ec2.send(
    new CreateVolumeCommand({
      ...{ AvailabilityZone: 'us-east-1a', SnapshotId: 'snap-1', VolumeType: 'gp3', Throughput: 200 },
      ...{ Encrypted: true, ClientToken: 'token', TagSpecifications: [{ ResourceType: 'volume', Tags }] },
    }),
  );
  expect(account.world.volumes()).toContainEqual(
    expect.objectContaining({
      id: VolumeId,
      tags: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])),
    }),
  );
  account.clock.setSpeed(100_000);
  const made = async () => (await ec2.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId] }))).Volumes;
  while ((await made().catch(() => []))?.length !== 1);
  expect(await made()).toMatchObject([{ Tags, Encrypted: true, Throughput: 200, SnapshotId: 'snap-1' }]);
});

test('a client sees in its own time what the inventory holds, and may send that time back', async () => {
  const { rds } = clients;
  const { DBInstances: [source] = [] } = await rds.send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'orders-prod' }),
  );
  const RestoreTime = source?.LatestRestorableTime ?? new Date(0);
  // Three minutes before the capture, which is now; it moves on every five minutes.
  expect(Math.round((Date.now() - RestoreTime.getTime()) / MINUTE_MS)).toBe(3);
  const restore = (at: Date, id: string) =>
    rds.send(
      new RestoreDBInstanceToPointInTimeCommand({
        ...{ SourceDBInstanceIdentifier: 'orders-prod', TargetDBInstanceIdentifier: id, RestoreTime: at },
      }),
    );
  await restore(RestoreTime, 'then');
  expect(account.world.dbInstances()).toContainEqual(expect.objectContaining({ id: 'then' }));
  const later = new Date(Date.now() + HOUR_MS);
  expect(await refusalOf(restore(later, 'later'))).toEqual(['InvalidRestoreFault', 400]);
});

test('a session of a role is another caller', async () => {
  const assumed = await clients.sts.send(
    new AssumeRoleCommand({ RoleArn: 'arn:aws:iam::222222222222:role/ops/restore', RoleSessionName: 'alex' }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = assumed.Credentials ?? {};
  const lasts = (Expiration?.getTime() ?? 0) - Date.now();
  expect(Math.round(lasts / MINUTE_MS)).toBe(60);
  const sts = new STSClient({
    ...{ endpoint: account.url, region: 'us-east-1' },
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    ...{ Account: '222222222222', Arn: 'arn:aws:sts::222222222222:assumed-role/restore/alex' },
    UserId: assumed.AssumedRoleUser?.AssumedRoleId,
  });
  sts.destroy();
});

test('objects of S3 travel in paths, queries, headers and bodies', async () => {
  const { s3 } = clients;
  const [Bucket, Key] = ['logs', 'alb/a b&ü+%.log'];
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  const Body = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 251));
  const { ETag, VersionId } = await s3.send(
    new PutObjectCommand({ Bucket, Key, Body, Metadata: { run: 'orders-1' }, ContentType: 'text/plain' }),
  );
  const whole = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  expect(whole).toMatchObject({ ETag, VersionId, Metadata: { run: 'orders-1' }, ContentType: 'text/plain' });
  expect(Buffer.from((await whole.Body?.transformToByteArray()) ?? []).equals(Body)).toBe(true);
  const part = await s3.send(new GetObjectCommand({ Bucket, Key, Range: 'bytes=69998-' }));
  expect([part.$metadata.httpStatusCode, part.ContentRange, part.ContentLength]).toEqual([
    206,
    'bytes 69998-69999/70000',
    2,
  ]);
  await part.Body?.transformToByteArray();
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  expect(head).toMatchObject({ ContentLength: 70_000, LastModified: expect.any(Date) });
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'alb/' }));
  expect(Contents).toMatchObject([{ Key, Size: 70_000, ETag }]);
  const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect(Versions).toMatchObject([{ Key, VersionId, IsLatest: true }]);
});

test('a stream to S3 comes in chunks with a checksum behind them', async () => {
  const { s3 } = clients;
  const Bucket = 'logs';
  await s3.send(new CreateBucketCommand({ Bucket }));
  const chunks = ['one ', 'two ', 'three'].map((text) => Buffer.from(text));
  const Body = Readable.from(chunks);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body, ContentLength: 13 }));
  const { Body: back } = await s3.send(new GetObjectCommand({ Bucket, Key: 'x' }));
  expect(await back?.transformToString()).toBe('one two three');
});

test('what S3 refuses, also where the answer has no body', async () => {
  const { s3 } = clients;
  const [Bucket, far] = ['logs', 'far'];
  await s3.send(new CreateBucketCommand({ Bucket }));
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const;
  await s3.send(new CreateBucketCommand({ Bucket: far, CreateBucketConfiguration }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x', IfNoneMatch: '*' }));
  const refusals = [
    s3.send(new GetObjectCommand({ Bucket, Key: 'none' })),
    s3.send(new HeadObjectCommand({ Bucket, Key: 'none' })),
    s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x', IfNoneMatch: '*' })),
    s3.send(new ListObjectsV2Command({ Bucket: 'none' })),
    s3.send(new ListObjectsV2Command({ Bucket: far })),
    s3.send(new GetBucketAclCommand({ Bucket })),
    s3.send(new CopyObjectCommand({ Bucket, Key: 'y', CopySource: 'logs/x' })),
  ];
  expect(await Promise.all(refusals.map(refusalOf))).toEqual([
    ['NoSuchKey', 404],
    ['NotFound', 404],
    ['PreconditionFailed', 412],
    ['NoSuchBucket', 404],
    ['PermanentRedirect', 301],
    ['NotImplemented', 501],
    ['NotImplemented', 501],
  ]);
});

test('messages of SQS arrive as they were sent, and a long poll ends when one comes', async () => {
  const { sqs } = clients;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'missed' }));
  expect(QueueUrl).toBe(`${account.url}/111111111111/missed`);
  expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'missed' }))).QueueUrl).toBe(QueueUrl);
  const none = sqs.send(new GetQueueUrlCommand({ QueueName: 'none' }));
  await expect(none).rejects.toBeInstanceOf(QueueDoesNotExist);
  const poll = () =>
    sqs.send(
      new ReceiveMessageCommand({
        ...{ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] },
        MessageSystemAttributeNames: ['SentTimestamp'],
      }),
    );
  const polled = poll();
  const own = { DataType: 'Binary', BinaryValue: Uint8Array.from([0, 255]) };
  const before = Date.now();
  await sqs.send(
    new SendMessageCommand({ QueueUrl, MessageBody: '{"a": "ä <&>"}', MessageAttributes: { own } }),
  );
  const [message] = (await polled).Messages ?? [];
  expect(message).toMatchObject({ Body: '{"a": "ä <&>"}', MessageAttributes: { own } });
  expect(Number(message?.Attributes?.SentTimestamp) - before).toBeGreaterThanOrEqual(0);
  const sent = await sqs.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: 'a', MessageBody: 'x' },
        { Id: 'b', MessageBody: '\u0001' },
      ],
    }),
  );
  expect([sent.Successful, sent.Failed]).toMatchObject([[{ Id: 'a' }], [{ Id: 'b' }]]);
});

test('a client that closes a long poll takes no message with it', async () => {
  const { sqs } = clients;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'missed' }));
  const stop = new AbortController();
  const polled = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
    abortSignal: stop.signal,
  });
  setTimeout(() => stop.abort(), 100);
  await expect(polled).rejects.toMatchObject({ name: 'AbortError' });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(account.world.messages('missed')).toMatchObject([{ body: 'x', receives: 0 }]);
});

test('older clients ask SQS in forms', async () => {
  await clients.sqs.send(new CreateQueueCommand({ QueueName: 'missed' }));
  const url = encodeURIComponent(`${account.url}/111111111111/missed`);
  const form = `Action=SendMessageBatch&Version=2012-11-05&QueueUrl=${url}&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=x`;
  const sent = await ask('sqs', FORM, form);
  expect(sent.body.toString()).toMatch(/<SendMessageBatchResultEntry>.*<Id>a<\/Id>/s);
  const none = await ask('sqs', FORM, 'Action=GetQueueUrl&Version=2012-11-05&QueueName=none');
  expect([none.status, none.body.toString()]).toEqual([
    400,
    expect.stringContaining('<Code>AWS.SimpleQueueService.NonExistentQueue</Code>'),
  ]);
});

test('durations that a client asks for pass by its own clock, however fast the simulated one', async () => {
  const { sqs } = clients;
  account.clock.setSpeed(1_000);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'missed' }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
  const receive = (VisibilityTimeout: number) =>
    sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout }));
  expect((await receive(600)).Messages).toHaveLength(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(account.world.messages('missed')).toMatchObject([{ isInFlight: true }]);
});

test('CloudWatch is asked in forms, JSON or CBOR, as clients of different ages do', async () => {
  const form =
    'Action=GetMetricData&Version=2010-08-01&StartTime=1970-01-01T00%3A00%3A00Z&EndTime=1970-01-01T00%3A01%3A00Z' +
    '&MetricDataQueries.member.1.Id=a&MetricDataQueries.member.1.MetricStat.Period=60&MetricDataQueries.member.1.MetricStat.Stat=Average' +
    '&MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS%2FRDS&MetricDataQueries.member.1.MetricStat.Metric.MetricName=ReplicaLag';
  const byForm = await ask('monitoring', FORM, form);
  expect([byForm.status, byForm.body.toString()]).toEqual([
    200,
    expect.stringMatching(/<GetMetricDataResult>.*<Id>a<\/Id>.*<\/GetMetricDataResult>/s),
  ]);
  const CBOR = {
    ...{ 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' },
    'x-path': '/service/GraniteServiceVersion20100801/operation/GetMetricData',
  };
  const byCbor = await ask('monitoring', CBOR, cbor.serialize({ MetricDataQueries: [] }));
  expect([byCbor.status, cbor.deserialize(byCbor.body)]).toEqual([
    400,
    expect.objectContaining({ __type: 'ValidationError' }),
  ]);
});

test('operations and services that are not simulated are told as AWS tells them', async () => {
  const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.1' };
  const vpcs = await ask('ec2', FORM, 'Action=DescribeVpcs&Version=2016-11-15');
  expect([vpcs.status, vpcs.body.toString()]).toEqual([
    400,
    expect.stringContaining('<Code>InvalidAction</Code>'),
  ]);
  const documents = await ask('ssm', { ...JSON_TYPE, 'x-amz-target': 'AmazonSSM.ListDocuments' }, '{}');
  expect([documents.status, JSON.parse(documents.body.toString())]).toEqual([
    400,
    expect.objectContaining({ __type: 'UnknownOperationException' }),
  ]);
  expect(
    (await ask('dynamodb', { ...JSON_TYPE, 'x-amz-target': 'DynamoDB_20120810.ListTables' }, '{}')).status,
  ).toBe(404);
  const broken = await ask('ssm', { ...JSON_TYPE, 'x-amz-target': 'AmazonSSM.GetParameter' }, '{"Name":');
  expect([broken.status, JSON.parse(broken.body.toString())]).toEqual([
    400,
    expect.objectContaining({ __type: 'SerializationException' }),
  ]);
});

test.each([
  ['a path that is not encoded well', 's3', { 'x-path': '/logs/%ZZ' }, ''],
  [
    'a list of events that is no list',
    'sqs',
    { 'x-amz-target': 'AmazonSQS.SendMessageBatch' },
    '{"Entries":"x"}',
  ],
  ['an instant that is none', 'rds', FORM, 'Action=RestoreDBInstanceToPointInTime&RestoreTime=yesterday'],
  [
    'chunks that are broken',
    's3',
    { 'x-path': '/logs/x', 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'x-method': 'PUT' },
    'zz',
  ],
])('what cannot be read is refused, and is no bug: %s', async (_, scope, headers, body) => {
  const { status } = await ask(scope, headers, body);
  expect([400, 501]).toContain(status);
});

test('an unsigned request goes by its target or its host', async () => {
  const target = { 'x-amz-target': 'TrentService.DescribeKey', 'content-type': 'application/x-amz-json-1.1' };
  const body = JSON.stringify({ KeyId: 'key-on' });
  const answer = await fetch(account.url, { method: 'POST', headers: target, body });
  expect(await answer.json()).toMatchObject({ KeyMetadata: { KeyId: 'key-on' } });
});

test('storms strike on the wire: throttles, errors of the server, and answers that never come', async () => {
  const stormy = await serveAccount({ inventory: inventory(), faults: 'storm', speed: 1_000 });
  const { ec2 } = clientsOf(stormy.url);
  const codes = new Set<string>();
  for (let size = 1; size < 120; size += 1) {
    const create = ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: size }));
    const [code] = await refusalOf(create).catch(() => ['made']);
    codes.add(code);
  }
  ec2.destroy();
  await stormy.close();
  expect([...codes]).toEqual(
    expect.arrayContaining(['made', 'RequestLimitExceeded', 'InternalError', 'InsufficientVolumeCapacity']),
  );
  // The connection breaks: which words the client has for it depends on when it does.
  expect([...codes].some((code) => /^(Error|TimeoutError)$/.test(code))).toBe(true);
});
