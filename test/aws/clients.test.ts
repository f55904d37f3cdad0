import { readIdentity } from '../../src/aws/caller-identity.ts';
import { createClient, createClients } from '../../src/aws/clients.ts';
import { serveAccount } from '../../src/simulator/endpoint/account.ts';
import { inventory } from '../simulator/support.ts';

test('one attempt a request, and the Region that was given', async () => {
  const { ec2, rds } = await createClients(['ec2', 'rds'], { region: 'eu-central-1' });
  for (const { config } of [ec2, rds]) {
    expect(await config.maxAttempts()).toBe(1);
    expect(await config.region()).toBe('eu-central-1');
  }
});

test('a request that hangs ends with an error, not with a warning', async () => {
  const { ec2 } = await createClients(['ec2'], { region: 'us-east-1' });
  // The handler makes its configuration at its first request; until then it is a promise.
  const handler = ec2.config.requestHandler as unknown as {
    readonly configProvider: Promise<Record<string, unknown>>;
  };
  const { connectionTimeout, requestTimeout, throwOnRequestTimeout } = await handler.configProvider;
  expect(throwOnRequestTimeout).toBe(true);
  expect(connectionTimeout).toBeGreaterThan(0);
  expect(requestTimeout).toBeGreaterThan(0);
});

test('a client with a role acts in the account of the role, with a session of that name', async () => {
  const [account, before] = [await serveAccount({ inventory: inventory({}) }), { ...process.env }];
  const roleArn = 'arn:aws:iam::222222222222:role/lifeboat/recovery';
  Object.assign(process.env, {
    ...{ AWS_ENDPOINT_URL: account.url, AWS_ACCESS_KEY_ID: 'AKIDFUNCTION', AWS_SECRET_ACCESS_KEY: 'secret' },
  });
  try {
    const [own, assumed] = await Promise.all(
      [{}, { roleArn }].map(async (options) =>
        readIdentity(await createClient('sts', { region: 'us-east-1', ...options })),
      ),
    );
    expect(own?.account).toBe('111111111111');
    expect(assumed).toMatchObject({
      account: '222222222222',
      arn: 'arn:aws:sts::222222222222:assumed-role/recovery/lifeboat',
    });
  } finally {
    process.env = before;
    await account.close();
  }
});

describe('a queue or bucket with AWS_ENDPOINT_URL', () => {
  const { AWS_ENDPOINT_URL: before } = process.env;
  afterEach(() => {
    if (before === undefined) delete process.env['AWS_ENDPOINT_URL'];
    else process.env['AWS_ENDPOINT_URL'] = before;
  });

  test('the endpoint goes before the host in a queue’s URL, and buckets are no host names', async () => {
    delete process.env['AWS_ENDPOINT_URL'];
    const real = await createClients(['s3', 'sqs'], { region: 'us-east-1' });
    expect([real.s3.config.forcePathStyle, real.sqs.config.useQueueUrlAsEndpoint]).toEqual([false, true]);
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:9';
    const own = await createClients(['s3', 'sqs'], { region: 'us-east-1' });
    expect([own.s3.config.forcePathStyle, own.sqs.config.useQueueUrlAsEndpoint]).toEqual([true, false]);
  });
});
