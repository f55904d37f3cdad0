import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  awsIdentityEndpoint,
  ownAccountEndpoint,
  proveIdentity,
  verifyIdentity,
} from '../../src/aws/identity-proof.ts';
import { classify } from '../../src/aws/request-failures.ts';
import { startAccount, type TestAccount } from '../endpoint/account.ts';

// Proofs are made by the SDK and checked by the simulated STS, which computes the signature by itself.

const REGION = 'us-east-1';
const TO = { runId: 'orders-20261120T0300-7', digest: 'a1b2' };
let simulated: TestAccount;
const before = { ...process.env };
beforeAll(async () => {
  simulated = await startAccount();
});
beforeEach(() => {
  process.env = {
    PATH: before['PATH'],
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDALEX', AWS_SECRET_ACCESS_KEY: 'secret' });
});
afterAll(async () => {
  process.env = before;
  await simulated.close();
});

async function refusal(proof: string, to = TO): Promise<string> {
  const error: unknown = await verifyIdentity(simulated.url, proof, to).catch((thrown: unknown) => thrown);
  const { class: kind, code } = classify(error);
  return `${kind} ${code}`;
}

test('whoever signed is named by the identity service that the proof is sent to', async () => {
  const proof = await proveIdentity(simulated.url, REGION, TO);
  expect(await verifyIdentity(simulated.url, proof, TO)).toMatchObject({
    name: 'alex',
    account: simulated.world.account.id,
  });
  const query = new URLSearchParams(proof);
  expect(query.get('X-Amz-SignedHeaders')).toBe('host;x-lifeboat-run;x-lifeboat-signal');
  expect(query.get('X-Amz-Expires')).toBe('900');
});

test('it is bound to the run and to the words of the signal', async () => {
  const proof = await proveIdentity(simulated.url, REGION, TO);
  expect(await refusal(proof, { ...TO, runId: 'orders-20261120T0300-8' })).toBe(
    'denied SignatureDoesNotMatch',
  );
  expect(await refusal(proof, { ...TO, digest: 'a1b3' })).toBe('denied SignatureDoesNotMatch');
});

test('another name under the same signature, a wrong key, and one that is over are refused', async () => {
  const proof = await proveIdentity(simulated.url, REGION, TO);
  expect(await refusal(proof.replace('AKIDALEX', 'AKIDKIM'))).toBe('denied SignatureDoesNotMatch');
  process.env['AWS_SECRET_ACCESS_KEY'] = 'guessed';
  expect(await refusal(await proveIdentity(simulated.url, REGION, TO))).toBe('denied SignatureDoesNotMatch');
  const old = proof.replace(/X-Amz-Date=\d{8}/, 'X-Amz-Date=20200101');
  expect(await refusal(old)).toBe('denied SignatureDoesNotMatch');
});

test.each([
  ['another action', (proof: string) => proof.replace('GetCallerIdentity', 'GetSessionToken')],
  ['without the headers it must be bound to', (proof: string) => proof.replace('%3Bx-lifeboat-signal', '')],
  ['for longer than a proof may be used', (proof: string) => proof.replace('Expires=900', 'Expires=604800')],
  ['no query at all', () => 'https://sts.example/'],
])('%s is not even sent', async (_, edit) => {
  const sent = simulated.requests.length;
  expect(await refusal(edit(await proveIdentity(simulated.url, REGION, TO)))).toBe('denied InvalidProof');
  expect(simulated.requests).toHaveLength(sent);
});

test('a service that is down is no refusal, and is asked twice', async () => {
  const proof = await proveIdentity(simulated.url, REGION, TO);
  const sent = simulated.requests.length;
  simulated.setQuirks({ faults: [{ does: 'page', status: 503, services: ['sts'] }] });
  expect(await refusal(proof)).toBe('transient HTTP 503');
  simulated.setQuirks({ faults: [{ does: 'reset', services: ['sts'], times: 1 }] });
  expect(await verifyIdentity(simulated.url, proof, TO)).toMatchObject({ name: 'alex' });
  simulated.setQuirks({});
  expect(simulated.requests.length - sent).toBe(4);
});

test('an endless answer and a redirection are not followed', async () => {
  const server = createServer((request, response) => {
    if (request.url?.includes('redirect') === true)
      return void response.writeHead(302, { location: simulated.url }).end();
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(8_192)));
    };
    response.on('drain', more);
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const failureAt = async (proof: string): Promise<string> =>
    classify(await verifyIdentity(url, proof, TO).catch((error: unknown) => error)).code;
  const proof = await proveIdentity(url, REGION, TO);
  expect(await failureAt(proof)).toBe('MalformedAnswer');
  expect(await failureAt(`${proof}&redirect=1`)).toBe('IdentityServiceUnreachable');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('who says who signs', () => {
  const A = 'http://127.0.0.1:4566';
  const B = 'http://127.0.0.1:4567';
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-profile-'));
    writeFileSync(
      join(folder, 'config'),
      `[profile local]\nendpoint_url = ${A}\n[profile forged]\nservices = forged\n[services forged]\nsts =\n  endpoint_url = ${B}\n`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each<[string, Readonly<Record<string, string>>, string | undefined]>([
    ['AWS', {}, undefined],
    ['an endpoint for the whole account', { AWS_ENDPOINT_URL: A }, A],
    ['the same by the profile', { AWS_PROFILE: 'local' }, A],
    ['an own STS beside AWS', { AWS_ENDPOINT_URL_STS: B }, undefined],
    ['an own STS by the profile', { AWS_PROFILE: 'forged' }, undefined],
    [
      'an own STS beside an endpoint for the rest',
      { AWS_ENDPOINT_URL: A, AWS_ENDPOINT_URL_STS: B },
      undefined,
    ],
    [
      'AWS for one of the services',
      { AWS_ENDPOINT_URL: A, AWS_ENDPOINT_URL_EC2: 'https://ec2.us-east-1.amazonaws.com' },
      undefined,
    ],
  ])('%s', async (_, env, own) => {
    Object.assign(process.env, { AWS_CONFIG_FILE: join(folder, 'config') }, env);
    expect(await ownAccountEndpoint(REGION)).toBe(own);
    // What is AWS's is AWS's, whatever the surroundings say.
    expect(await awsIdentityEndpoint(REGION)).toBe('https://sts.us-east-1.amazonaws.com');
    expect(await awsIdentityEndpoint('cn-north-1')).toBe('https://sts.cn-north-1.amazonaws.com.cn');
  });
});
