import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ListServiceQuotasCommand } from '@aws-sdk/client-service-quotas';
import { PublishCommand } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { createClient, createClients, type AwsClients, type ServiceName } from '../../src/aws/clients.ts';
import { describeVolumes } from '../../src/aws/ebs-volume/reads.ts';
import { classify } from '../../src/aws/request-failures.ts';
import { readPages } from '../../src/aws/pages.ts';
import { describeAllDbInstances } from '../../src/aws/rds-instance/reads.ts';
import { startAccount, type TestAccount } from '../endpoint/account.ts';
import type { Fault } from '../endpoint/quirks.ts';
import { makeBucket } from '../endpoint/seeds.ts';
import { recordingCall } from './fixtures.ts';

const LIMITS = { wholeMs: 400, mostBytes: 100_000 };
/** The services that the endpoint serves: the limits are the same for all. */
type Asked = Exclude<ServiceName, 'dynamodb' | 'lambda'>;
/** One request to each. */
const ASKED: { readonly [Name in Asked]: (client: AwsClients[Name]) => Promise<unknown> } = {
  ec2: (ec2) => ec2.send(new DescribeVolumesCommand({})),
  rds: (rds) => rds.send(new DescribeDBInstancesCommand({})),
  ssm: (ssm) => ssm.send(new GetParameterCommand({ Name: 'x' })),
  sts: (sts) => sts.send(new GetCallerIdentityCommand({})),
  kms: (kms) => kms.send(new DescribeKeyCommand({ KeyId: 'key-1' })),
  quotas: (quotas) => quotas.send(new ListServiceQuotasCommand({ ServiceCode: 'ebs' })),
  cloudwatch: (cloudwatch) =>
    cloudwatch.send(
      new GetMetricDataCommand({ MetricDataQueries: [], StartTime: new Date(0), EndTime: new Date(1) }),
    ),
  sns: (sns) => sns.send(new PublishCommand({ TopicArn: 'arn:aws:sns:us-east-1:1:x', Message: 'x' })),
  s3: (s3) => s3.send(new ListObjectsV2Command({ Bucket: 'logs' })),
  sqs: (sqs) => sqs.send(new ReceiveMessageCommand({ QueueUrl: 'http://q.invalid/1/work' })),
};
const SERVICES = Object.keys(ASKED) as Asked[];

const before = { ...process.env };
let account: TestAccount;
beforeAll(async () => {
  account = await startAccount();
  await makeBucket(account, 'logs', {});
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: account.url,
    AWS_ACCESS_KEY_ID: 'AKIDALEX',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
});
afterAll(async () => {
  process.env = before;
  await account.close();
});

async function codeFrom<Name extends Asked>(name: Name, limits = LIMITS) {
  const client = await createClient(name, { region: 'us-east-1', limits });
  try {
    return await ASKED[name](client).then(
      () => 'answered',
      (error: unknown) => classify(error).code,
    );
  } finally {
    client.destroy();
  }
}

/** The code that each service's request ends with, all at once. */
async function codes(faults: readonly Fault[], limits = LIMITS): Promise<Record<string, string>> {
  account.setQuirks({ faults });
  const ends = await Promise.all(SERVICES.map(async (name) => [name, await codeFrom(name, limits)] as const));
  return Object.fromEntries(ends);
}

const all = (code: string) => Object.fromEntries(SERVICES.map((name) => [name, code]));

test.each(['stall', 'drip', 'hang'] as const)(
  'an answer that does not come to its end, of any service: %s',
  async (does) => {
    expect(await codes([{ does }])).toEqual(all('TimeoutError'));
  },
);

test('an answer without end takes no more memory than the limit, whatever the service', async () => {
  expect(await codes([{ does: 'flood' }], { ...LIMITS, wholeMs: 20_000 })).toEqual(all('AnswerTooLong'));
});

test('an error whose text stalls or never ends is bounded too', async () => {
  const { s3, destroy } = await createClients(['s3'], { region: 'us-east-1', limits: LIMITS });
  const { GetObjectCommand } = await import('@aws-sdk/client-s3');
  const read = () =>
    s3.send(new GetObjectCommand({ Bucket: 'none', Key: 'a' })).then(
      () => 'answered',
      (error: unknown) => classify(error).code,
    );
  account.setQuirks({ faults: [{ does: 'stall' }] });
  expect(await read()).toBe('TimeoutError');
  account.setQuirks({ faults: [{ does: 'flood' }] });
  expect(['AnswerTooLong', 'TimeoutError']).toContain(await read());
  destroy();
});

test('credentials that never come are not waited for without end', async () => {
  const { ec2, destroy } = await createClients(['ec2'], { region: 'us-east-1', limits: LIMITS });
  ec2.config.credentials = () => new Promise(() => undefined);
  await expect(ASKED.ec2(ec2)).rejects.toMatchObject({ failure: { code: 'TimeoutError' } });
  destroy();
});

test('who asked can end the wait for a body that stalls', async () => {
  const { ec2, destroy } = await createClients(['ec2'], { region: 'us-east-1' });
  account.setQuirks({ faults: [{ does: 'stall' }] });
  const stop = new AbortController();
  const answer = ec2.send(new DescribeVolumesCommand({}), { abortSignal: stop.signal });
  setTimeout(() => stop.abort(), 100);
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  destroy();
});

test('pages that do not end are given up: the same token again', async () => {
  const { ec2, rds, destroy } = await createClients(['ec2', 'rds'], { region: 'us-east-1' });
  const { call } = recordingCall();
  account.setQuirks({ endlessPages: 'same' });
  await expect(describeAllDbInstances({ client: rds, call, region: 'us-east-1' })).rejects.toMatchObject({
    failure: { code: 'RepeatedPageToken' },
  });
  await expect(describeVolumes({ client: ec2, call, region: 'us-east-1' }, ['vol-1'])).rejects.toMatchObject({
    failure: { code: 'RepeatedPageToken' },
  });
  destroy();
});

test.each([
  ['empty ones', 0],
  ['full ones', 1_000],
])('pages that do not end are given up: always another token, %s', async (_what, size) => {
  let pages = 0;
  const endless = readPages('DescribeVolumes', async () => {
    pages += 1;
    return { items: Array.from({ length: size }, () => 'x'), next: String(pages) };
  });
  await expect(endless).rejects.toMatchObject({ failure: { class: 'transient', code: 'EndlessPages' } });
});
