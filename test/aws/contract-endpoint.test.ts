import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { RDSClient } from '@aws-sdk/client-rds';
import { SSMClient } from '@aws-sdk/client-ssm';
import { describeExecutorContract } from '../contract/executor.ts';
import { EndpointAccount, NOT_ON_ENDPOINTS } from '../contract/executor-endpoint.ts';
import type { Lacks } from '../contract/executor-stage.ts';

// LIFEBOAT_ENDPOINT=URL runs the suite on any AWS-compatible server. It makes volumes, snapshots and a DB instance there, and removes them.
// Credentials and Region are the SDK's own. LIFEBOAT_ENDPOINT_WAIT_SECONDS is how long the server takes to make a database.
const endpoint = process.env['LIFEBOAT_ENDPOINT'];
const waitSeconds = Number(process.env['LIFEBOAT_ENDPOINT_WAIT_SECONDS'] ?? '1');
const SHORT_SECONDS = 15;

function probe(url: string): Lacks {
  const said = execFileSync(process.execPath, [join(__dirname, '../contract/probe.ts')], {
    env: { ...process.env, AWS_ENDPOINT_URL: url },
    encoding: 'utf8',
  });
  return JSON.parse(said) as Lacks;
}

if (endpoint === undefined) {
  test.skip('the executor contract on an endpoint: give LIFEBOAT_ENDPOINT=URL', () => undefined);
} else {
  jest.setTimeout((60 + 20 * waitSeconds) * 1_000);
  const configuration = { endpoint, maxAttempts: 1 };
  const clients = {
    ec2: new EC2Client(configuration),
    rds: new RDSClient(configuration),
    ssm: new SSMClient(configuration),
  };
  const longMs = waitSeconds * 1_000;
  const account = new EndpointAccount(clients, { shortMs: Math.min(longMs, SHORT_SECONDS * 1_000), longMs });
  afterAll(() => account.close());
  describeExecutorContract(`endpoint ${endpoint}`, () => account.open(), {
    ...NOT_ON_ENDPOINTS,
    ...probe(endpoint),
  });
}
