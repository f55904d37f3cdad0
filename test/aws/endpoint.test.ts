import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EC2Client } from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { SSMClient } from '@aws-sdk/client-ssm';
import { readParameter } from '../../src/aws/claim/parameter.ts';
import { describeVolumes } from '../../src/aws/ebs-volume/reads.ts';
import { classify } from '../../src/aws/request-failures.ts';
import { describeAllDbInstances } from '../../src/aws/rds-instance/reads.ts';
import type { Failure } from '../../src/workflow/base/effects.ts';
import { recordingCall } from './fixtures.ts';

// The SDK itself, against a server on loopback that answers what AWS never would. Errors of Node's own network layer are not shown here:
// jest's realm makes the SDK rewrap them. They stand in failures.test.ts.
let server: Server;
let endpoint: string;
let respond: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => respond(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const configuration = (url: string, requestTimeout: number) => ({
  region: 'us-east-1',
  endpoint: url,
  credentials,
  maxAttempts: 1,
  requestHandler: { requestTimeout, throwOnRequestTimeout: true },
});

async function failureAt(
  url: string,
  service: 'ec2' | 'rds' | 'ssm',
  requestTimeout = 60_000,
): Promise<Failure> {
  const { call } = recordingCall();
  try {
    if (service === 'ec2')
      await describeVolumes(
        { client: new EC2Client(configuration(url, requestTimeout)), call, region: 'us-east-1' },
        ['vol-1'],
      );
    else if (service === 'rds')
      await describeAllDbInstances({
        client: new RDSClient(configuration(url, requestTimeout)),
        call,
        region: 'us-east-1',
      });
    else await readParameter({ client: new SSMClient(configuration(url, requestTimeout)), call }, 'orders');
  } catch (error) {
    return classify(error);
  }
  throw new Error('expected a failure');
}

const body = (status: number, text: string) => (response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'text/html' }).end(text);
};

describe.each(['ec2', 'rds', 'ssm'] as const)('%s behind a broken endpoint', (service) => {
  test.each([
    ['a page of a proxy', body(502, '<html><body>Bad gateway</body></html>')],
    ['a sign-in page that says 200', body(200, '<html><body>Welcome</body></html>')],
    ['a page that refuses', body(403, '<html><body>Forbidden</body></html>')],
    ['bytes', body(200, '\u0000\u0001 not xml')],
    ['half a document', body(200, '<DescribeVolumesResponse><volumeSet>')],
    ['nothing', body(200, '')],
    ['nothing with an error', body(503, '')],
  ])('%s is no answer of AWS', async (_what, handler) => {
    respond = handler;
    expect(await failureAt(endpoint, service)).toMatchObject({ class: 'transient', code: 'MalformedAnswer' });
  });

  test.each([404, 405, 501])('a page with HTTP %i: there is no such operation', async (status) => {
    respond = body(status, '<html><body>Sorry</body></html>');
    expect(await failureAt(endpoint, service)).toMatchObject({
      class: 'unsupported',
      code: 'NoSuchOperation',
    });
  });

  test('silence is transient', async () => {
    respond = () => undefined;
    expect((await failureAt(endpoint, service, 50)).class).toBe('transient');
  });

  test('an error of AWS keeps its code', async () => {
    const errors = {
      ec2: '<Response><Errors><Error><Code>AuthFailure</Code><Message>no</Message></Error></Errors></Response>',
      rds: '<ErrorResponse><Error><Code>AuthFailure</Code><Message>no</Message></Error></ErrorResponse>',
      ssm: '{"__type":"AuthFailure","message":"no"}',
    };
    respond = body(401, errors[service]);
    expect(await failureAt(endpoint, service)).toEqual({
      class: 'credentials',
      code: 'AuthFailure',
      message: 'no',
    });
  });
});
