import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { classify } from '../../src/aws/request-failures.ts';
import { LifeboatError } from '../../src/errors.ts';
import { beforeEachRequest } from '../../src/hosts/ownership-check.ts';

let server: Server;
/** Requests that came in. */
let received = 0;
let endpoint = '';

beforeAll(async () => {
  server = createServer((_request, response) => {
    received += 1;
    response.setHeader('content-type', 'text/xml');
    response.end('<DescribeVolumesResponse><volumeSet/></DescribeVolumesResponse>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  received = 0;
});

const overtaken = new LifeboatError('JOURNAL_CONFLICT', 'Process 7 took over.', 'Follow it.');
const key = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' };

test('a request is let through while the run is ours, and ended once it is not', async () => {
  let isCurrent = true;
  const client = new EC2Client({ region: 'us-east-1', endpoint, credentials: key, maxAttempts: 1 });
  beforeEachRequest(client, async () => {
    if (!isCurrent) throw overtaken;
  });
  await client.send(new DescribeVolumesCommand({}));
  expect(received).toBe(1);
  isCurrent = false;
  const failure = await client.send(new DescribeVolumesCommand({})).catch((error: unknown) => error);
  expect(failure).toBe(overtaken);
  // It must not pass for an answer of AWS.
  expect(() => classify(failure)).toThrow(overtaken);
  expect(received).toBe(1);
  client.destroy();
});

test.each([
  { name: 'EC2', Client: EC2Client },
  { name: 'STS', Client: STSClient },
])(
  '$name: a process whose run is taken over while it waits for credentials or signs sends nothing',
  async ({ Client }) => {
    let isCurrent = true;
    const credentials = async (): Promise<typeof key> => {
      isCurrent = false;
      return key;
    };
    const client = new Client({ region: 'us-east-1', endpoint, credentials, maxAttempts: 1 });
    let checks = 0;
    beforeEachRequest(client, async () => {
      checks += 1;
      if (!isCurrent) throw overtaken;
    });
    const sent =
      client instanceof STSClient
        ? client.send(new GetCallerIdentityCommand({}))
        : client.send(new DescribeVolumesCommand({}));
    await expect(sent).rejects.toBe(overtaken);
    expect([checks, received]).toEqual([1, 0]);
    client.destroy();
  },
);

test('what the check sees is a signed request: no wait follows it', async () => {
  const client = new EC2Client({ region: 'us-east-1', endpoint, credentials: key, maxAttempts: 1 });
  const order: string[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { readonly headers: Readonly<Record<string, string>> };
      order.push(headers['authorization'] === undefined ? 'unsigned' : 'signed');
      return next(args);
    },
    { step: 'deserialize', name: 'spy', priority: 'normal' },
  );
  beforeEachRequest(client, async () => void order.push('checked'));
  await client.send(new DescribeVolumesCommand({}));
  expect(order).toEqual(['signed', 'checked']);
  client.destroy();
});
