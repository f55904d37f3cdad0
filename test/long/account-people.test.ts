import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startAccount, type TestAccount } from '../endpoint/account.ts';
import { useLifeboat, expectNoStack, made, runbook, shop } from '../e2e/account-stage.ts';
import type { Ended } from '../e2e/cli.ts';

// What people say to a run on an account that knows who they are.
jest.setTimeout(120_000);

const GATED = `gates: [{ before: restore, approvals: 2 }]
manual: { instructions: "Move the name by hand", before: cutover }
`;

const lifeboat = useLifeboat();
let account: TestAccount;
beforeAll(async () => {
  account = await startAccount({ inventory: shop() });
  lifeboat.write('gated.yaml', runbook('gated', { extra: GATED }));
  lifeboat.write('kept.yaml', runbook('kept', { extra: 'manual: { instructions: x, before: cutover }\n' }));
});
afterAll(async () => {
  await account.close();
});

async function as(accessKey: string, ...args: readonly string[]): Promise<Ended> {
  const ended = await lifeboat.run({ url: account.url, accessKey }, args);
  expectNoStack(ended);
  return ended;
}
const alex = (...args: readonly string[]): Promise<Ended> => as('AKIDALEX', ...args);
const kim = (...args: readonly string[]): Promise<Ended> => as('AKIDKIM', ...args);
const runsIn = (state: string): string => join(lifeboat.folder, state, 'runs');
const runOf = (state: string): string => readdirSync(runsIn(state))[0] ?? 'none';

test('the approver is the signer; without the identity service an approval needs a reason, and is marked', async () => {
  const state = ['--state', 'gated'];
  expect((await alex('restore', 'gated.yaml', '--yes', ...state)).exitCode).toBe(4);
  const run = runOf('gated');
  const named = await alex('approve', run, '--by', 'kim', ...state);
  expect([named.exitCode, named.stderr]).toEqual([2, expect.stringContaining('--by is for simulations')]);
  const first = await alex('approve', run, '--json', ...state);
  expect(JSON.parse(first.stdout)).toMatchObject({
    accepted: true,
    gate: 'restore',
    step: null,
    expiresAt: expect.any(String),
  });
  expect((await alex('approve', run, ...state)).stderr).toContain('alex has already approved');

  account.setQuirks({ faults: [{ does: 'page', status: 503, services: ['sts'] }] });
  const unknown = await kim('approve', run, ...state);
  expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining('--break-glass --reason')]);
  expect((await kim('approve', run, '--break-glass', ...state)).exitCode).toBe(2);
  const glass = ['--break-glass', '--reason', 'no identity service', '--by', 'kim'];
  const broken = await kim('approve', run, ...glass, ...state);
  expect([broken.exitCode, broken.stdout]).toEqual([
    0,
    expect.stringContaining('approval 2 of 2 before restore'),
  ]);
  account.setQuirks({});

  expect((await kim('resume', run, ...state)).exitCode).toBe(4);
  const confirmed = await kim('approve', run, ...glass, ...state);
  expect(confirmed.stdout).toContain('confirmed before cutover: Move the name by hand');
  expect(confirmed.stderr).toContain('noted as kim, and not as break-glass');
  const done = await kim('resume', run, '--json', ...state);
  expect([done.exitCode, JSON.parse(done.stdout)]).toEqual([
    0,
    expect.objectContaining({
      approvals: [
        expect.objectContaining({ by: 'alex', identity: 'verified', breakGlass: false, simulated: false }),
        expect.objectContaining({ by: 'kim', identity: 'break-glass', breakGlass: true }),
        expect.objectContaining({ by: 'kim', identity: 'verified', step: 'cutover/manual/1' }),
      ],
    }),
  ]);
});

test('one person is not two: an own STS endpoint, a guessed key and a row put into the journal count for nothing', async () => {
  const state = ['--state', 'forged'];
  expect((await alex('restore', 'gated.yaml', '--yes', ...state)).exitCode).toBe(4);
  const run = runOf('forged');
  const forger = await startAccount({ inventory: shop() });
  const env = { AWS_ENDPOINT_URL_STS: forger.url, AWS_SECRET_ACCESS_KEY: 'guessed' };
  const asKim = { url: account.url, accessKey: 'AKIDKIM', env };
  expect((await lifeboat.run(asKim, ['approve', run, ...state])).exitCode).toBe(0);
  expect(forger.requests).toEqual([]);
  await forger.close();

  const journal = new DatabaseSync(join(runsIn('forged'), run, 'journal.sqlite'));
  journal.exec(
    `INSERT INTO signal (at, kind, by, detail) VALUES (1, 'approve', 'lee', '{"identity":"verified","meant":"restore"}')`,
  );
  journal.close();
  const { pendingSignals } = JSON.parse((await alex('status', run, '--json', ...state)).stdout) as {
    pendingSignals: { by: string; effect: string }[];
  };
  expect(pendingSignals).toMatchObject([
    {
      by: 'kim',
      effect: expect.stringMatching(/^counts as approval 1 before restore, if a driver hears it before /),
    },
    { by: 'lee', effect: expect.stringContaining('does not count: its row in the journal was altered') },
  ]);

  const waits = await alex('resume', run, '--json', ...state);
  expect([waits.exitCode, JSON.parse(waits.stdout)]).toEqual([
    4,
    expect.objectContaining({
      approvals: [],
      waitingFor: expect.arrayContaining(['0 of 2 approvals given before restore']),
    }),
  ]);
  expect(waits.stdout).toMatch(
    /not counted: approve by kim: the identity service refuses the proof .*SignatureDoesNotMatch/,
  );
  expect(waits.stdout).toMatch(/not counted: approve by lee: its row in the journal was altered/);
});

test('an adopted run can be given up at once; what was kept on purpose is not removed by mistake', async () => {
  const state = ['--state', 'kept'];
  expect((await alex('restore', 'kept.yaml', '--yes', ...state)).exitCode).toBe(4);
  const run = runOf('kept');
  rmSync(runsIn('kept'), { recursive: true });
  expect((await kim('adopt', 'kept.yaml', '--yes', ...state)).exitCode).toBe(0);
  const undecided = await kim('abort', run, ...state);
  expect([undecided.exitCode, undecided.stderr]).toEqual([
    2,
    expect.stringContaining('add --keep or --remove'),
  ]);
  expect((await kim('abort', run, '--keep', '--reason', 'it is in use', ...state)).exitCode).toBe(0);
  const ended = await kim('resume', run, '--yes', '--json', ...state);
  expect(ended.exitCode).toBe(130);
  const { keptIds } = JSON.parse(ended.stdout) as { keptIds: string[] };
  const things = made(account, run);
  expect([...keptIds].sort()).toEqual([...things.volumes, ...things.dbInstances].sort());
  expect((await kim('status', run, ...state)).stdout).toContain(`${keptIds.length} kept on purpose`);

  const asked = await kim('cleanup', run, ...state);
  expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('kept on purpose')]);
  expect(made(account, run).volumes).toEqual(things.volumes);
  expect((await kim('cleanup', run, '--yes', ...state)).exitCode).toBe(0);
  expect(made(account, run)).toMatchObject({ volumes: [], dbInstances: [] });
  const report = JSON.parse((await kim('report', run, '--json', ...state)).stdout) as unknown;
  expect(report).toMatchObject({ status: 'aborted', keptIds: [], leftovers: [] });
});

test('an invalid Region is reported as a typing error', async () => {
  const slip = await alex('adopt', 'kept.yaml', '--region', 'us east', '--yes');
  expect([slip.exitCode, slip.stderr]).toEqual([2, expect.stringContaining('Expected a Region')]);
});
