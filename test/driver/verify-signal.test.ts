import { proofOf } from '../../src/cli/signals/operator.ts';
import { verifierOf } from '../../src/hosts/verify-identity.ts';
import { heard } from '../../src/driver/signals/verify-signal.ts';
import { digestOf } from '../../src/journal/signal-proof.ts';
import type { RunRecord, Signal } from '../../src/journal/journal.ts';
import type { RecoveryEvent } from '../../src/workflow/recovery/recovery-context.ts';
import { startAccount, type TestAccount } from '../endpoint/account.ts';
import { planOf, recordOf, resource, RUN } from '../report/fixtures.ts';

// What the driver of a run on a real account makes of signals: the identity service is a server that checks signatures.

let simulated: TestAccount;
let record: RunRecord;
const before = { ...process.env };
const NOW = Date.now();

beforeAll(async () => {
  simulated = await startAccount();
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIDALEX',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  const { options, ...rest } = recordOf(planOf([resource('data')], { mode: 'restore' }));
  const { simulation, ...real } = options;
  expect(simulation).toBeDefined();
  record = { ...rest, options: real, identityEndpoint: simulated.url, account: simulated.world.account.id };
});
afterAll(async () => {
  process.env = before;
  await simulated.close();
});

const hear = (signal: Signal, of = record): Promise<RecoveryEvent> =>
  heard(signal, { journal: { record: of }, verify: verifierOf(of) }, () => NOW);

/** An approval as `lifeboat approve` gives it. */
async function approval(change: Partial<Signal> = {}): Promise<Signal> {
  const words = {
    id: 1,
    at: NOW,
    kind: 'approve',
    by: 'alex',
    identity: 'verified',
    meant: 'restore',
  } as const;
  const proof = await proofOf({ region: 'us-east-1', identityEndpoint: simulated.url }, RUN, digestOf(words));
  return { ...words, proof, ...change };
}

const MISMATCH = { code: 'proof-refused', data: { awsCode: 'SignatureDoesNotMatch' } };

test('an approval counts for the person who signed its proof, whatever its row says', async () => {
  const counted = { type: 'approve', at: NOW, by: 'alex', identity: 'verified', meant: 'restore' };
  expect(await hear(await approval())).toEqual(counted);
  expect(await hear(await approval({ by: 'kim' }))).toEqual(counted);
});

test.each<[string, Partial<Signal>, object]>([
  ['inserted into the journal', { proof: '', isAltered: true }, { code: 'row-altered' }],
  ['without a proof, sealed by somebody who has read the code', { proof: '' }, { code: 'proof-unreadable' }],
  ['under other words', { meant: 'cutover' }, MISMATCH],
  ['with another reason', { reason: 'checked' }, MISMATCH],
  ['given at another instant', { at: NOW + 1 }, MISMATCH],
])('an approval %s does not count, and the timeline says why', async (_, change, why) => {
  expect(await hear(await approval(change))).toMatchObject({
    type: 'UNHEARD',
    kind: 'approve',
    why,
  });
});

test('nor does one without any proof, one that came too late, one of another run or of another account', async () => {
  const given = await approval();
  const why = async (signal: Signal, of = record): Promise<unknown> => {
    const event = await hear(signal, of);
    return event.type === 'UNHEARD' ? event.why : event;
  };
  const { proof, ...bare } = given;
  expect(await why(bare)).toEqual({ code: 'no-proof', data: {} });
  const old = (proof ?? '').replace(/X-Amz-Date=\d{8}/, 'X-Amz-Date=20200101');
  expect(await why({ ...given, proof: old })).toMatchObject({ code: 'proof-expired' });
  expect(await why(given, { ...record, runId: 'orders-20261120T0300-2' })).toMatchObject(MISMATCH);
  const elsewhere = { ...record, account: '999999999999' };
  const refused = { code: 'other-account', data: { wanted: '999999999999' } };
  expect(await why(given, elsewhere)).toMatchObject(refused);
  // People of the account of the function may speak, where it recovers another one by a role.
  const functionIn = (account: string) => `arn:aws:lambda:us-east-1:${account}:function:lifeboat-restore:7`;
  expect(await why(given, { ...elsewhere, function: functionIn('222222222222') })).toMatchObject(refused);
  const own = String(record.account);
  expect(await why(given, { ...elsewhere, function: functionIn(own) })).toMatchObject({ type: 'approve' });
});

test('while the identity service is down nothing is verified: stopping goes on at once, an approval breaks the glass', async () => {
  const given = await approval();
  simulated.setQuirks({ faults: [{ does: 'page', status: 503, services: ['sts'] }] });
  const sent = simulated.requests.length;
  for (const kind of ['pause', 'resume', 'reject', 'abort'] as const)
    expect(await hear({ id: 2, at: NOW, kind, by: 'alex', identity: 'verified' })).toEqual({
      ...{ type: kind, at: NOW, by: 'alex', identity: 'local' },
    });
  const glass = {
    id: 3,
    at: NOW,
    kind: 'approve',
    by: 'kim',
    identity: 'break-glass',
    reason: 'down',
  } as const;
  expect(await hear(glass)).toMatchObject({ type: 'approve', by: 'kim', identity: 'break-glass' });
  expect(simulated.requests).toHaveLength(sent);
  expect(await hear(given)).toMatchObject({
    type: 'UNHEARD',
    why: { code: 'proof-not-verified', data: { awsCode: expect.any(String) } },
  });
  simulated.setQuirks({});
});
