import { beginRun } from '../../../src/hosts/lambda/begin.ts';
import { checkRunbooks, type CheckedRunbook } from '../../../src/hosts/lambda/check.ts';
import { beginRun as beginDriving } from '../../../src/driver/begin.ts';
import { openSimulationHost } from '../../../src/hosts/simulation.ts';
import { formatInventory } from '../../../src/inventory/serialize.ts';
import { DAY_MS, HOUR_MS } from '../../../src/time.ts';
import { FUNCTION, newStage, ORDERS, requestOf, type Stage } from './stage.ts';

const SCHEDULE = '  schedule: cron(0 6 ? * MON *)\n';
/** The reference runbook, which the reference inventory can recover in time. */
const WEEKLY = ORDERS.replace('rto: 6h', 'rto: 24h')
  .replace('rpo: 2h', 'rpo: 24h')
  .replace(SCHEDULE, '  schedule: rate(7 days)\n');
const READY = WEEKLY.replace('  schedule: rate(7 days)\n', '');

async function check(stage: Stage): Promise<readonly CheckedRunbook[]> {
  return checkRunbooks(await stage.ports());
}

const metrics = (stage: Stage): Record<string, unknown> =>
  Object.assign({}, ...stage.printed.map((line) => line as object)) as Record<string, unknown>;

/** Runs a drill to its end in an account of its own. */
async function drill(stage: Stage, runId: string): Promise<void> {
  await beginRun(
    requestOf(stage, { mode: 'drill', runId, asksApproval: false }),
    FUNCTION,
    await stage.ports(),
  );
  const held = await stage.store.acquire(runId);
  if (!('epoch' in held)) throw new Error('another process has the run');
  const journal = await stage.store.open(runId, held);
  const options = { journal, directory: ':memory:', inventory: stage.inventory, speed: Infinity };
  const host = await openSimulationHost({ ...options, onTimeline: () => undefined });
  try {
    await beginDriving({ journal, clock: stage.clock, onTimeline: () => undefined });
    await host.drive(new AbortController().signal);
  } finally {
    await host.close();
  }
}

test('a runbook that could be recovered is measured, and its baseline is kept', async () => {
  const stage = await newStage();
  stage.bundle('orders.yaml', READY);
  expect(await check(stage)).toEqual([{ runbook: 'orders', ready: true }]);
  expect(metrics(stage)).toMatchObject({ Runbook: 'orders', CheckReady: 1, DrillOverdue: 0 });
  expect(metrics(stage)['NewestRecoveryPointAgeSeconds']).toBeGreaterThan(0);
  expect(metrics(stage)).not.toHaveProperty('DaysSinceDrill');
  expect((await stage.store.baseline('orders', 'account'))?.text).toContain('orders-prod');
  expect(stage.told).toEqual([]);
});

test('a runbook that could not be recovered in time is told with what is in its way, and its old baseline stays', async () => {
  const stage = await newStage();
  stage.bundle('orders.yaml', ORDERS.replace('rto: 6h', 'rto: 2m'));
  await stage.store.keepBaseline('orders', 'account', formatInventory(stage.inventory));
  const before = await stage.store.baseline('orders', 'account');
  stage.virtual.advanceTo(stage.now + HOUR_MS);
  expect(await check(stage)).toEqual([{ runbook: 'orders', ready: false }]);
  expect(metrics(stage)).toMatchObject({ CheckReady: 0 });
  expect(await stage.store.baseline('orders', 'account')).toEqual(before);
  expect(stage.told).toMatchObject([
    { subject: 'orders: a recovery is not ready', text: expect.stringContaining('RTO_MISSED') },
  ]);
});

test('the last drill that ended well is measured, and overdue only once another was due', async () => {
  const stage = await newStage();
  stage.bundle('orders.yaml', WEEKLY);
  const began = stage.now;
  await drill(stage, 'orders-20261120T0300-1');
  for (const [days, DrillOverdue] of [
    [2, 0],
    [10, 1],
  ] as const) {
    stage.printed.length = 0;
    stage.virtual.advanceTo(began + days * DAY_MS);
    await check(stage);
    expect(metrics(stage)).toMatchObject({ DrillOverdue });
    expect(Math.round(Number(metrics(stage)['DaysSinceDrill']))).toBe(days);
  }
});

test.each([
  ['there never was one', false],
  ['one was begun and has not ended', true],
])('with a schedule a drill is overdue if %s', async (_, wasBegun) => {
  const stage = await newStage();
  stage.bundle('orders.yaml', WEEKLY);
  if (wasBegun) await beginRun(requestOf(stage, { mode: 'drill' }), FUNCTION, await stage.ports());
  await check(stage);
  expect(metrics(stage)).toMatchObject({ CheckReady: 1, DrillOverdue: 1 });
});

test('a runbook that cannot be checked keeps no other from it: it counts as not ready and is told', async () => {
  const stage = await newStage();
  stage.bundle('orders.yaml', READY);
  await stage.put('accounts.yaml', 'kind: Runbook');
  expect(await check(stage)).toEqual([
    { runbook: 'accounts', ready: false, problem: 'INVALID_RUNBOOK' },
    { runbook: 'orders', ready: true },
  ]);
  expect(stage.printed).toContainEqual(expect.objectContaining({ Runbook: 'accounts', CheckReady: 0 }));
  expect(stage.told.map(({ subject }) => subject)).toEqual(['accounts: readiness could not be checked']);
});

test('a runbook that no restore could start with in the cloud counts as not ready', async () => {
  const stage = await newStage();
  stage.bundle('orders.yaml', `${READY}\ngates: [{ before: restore, freezeFile: /srv/freeze }]\n`);
  expect(await check(stage)).toEqual([{ runbook: 'orders', ready: false, problem: 'RUN_NOT_POSSIBLE' }]);
});

test('an older version that is used is told while it still works', async () => {
  const stage = await newStage();
  stage.bundle('orders.yaml', READY);
  await stage.put('orders.yaml', 'name: [');
  expect(await check(stage)).toEqual([{ runbook: 'orders', ready: true }]);
  expect(stage.told.map(({ subject }) => subject)).toEqual([
    'orders: an older version of the runbook is used',
  ]);
});

test.each(['ExpiredToken', 'UnauthorizedOperation'])(
  'a role that AWS answers with %s is told, and the runbook counts as not ready',
  async (code) => {
    const stage = await newStage();
    stage.refusal = code;
    expect(await check(stage)).toMatchObject([{ ready: false, problem: expect.stringMatching(/^AWS_/) }]);
    expect(metrics(stage)).toMatchObject({ CheckReady: 0 });
    expect(stage.told).toMatchObject([{ text: expect.stringContaining(code) }]);
  },
);

test('the runbooks are those of the deployment and of the bucket; without access to the bucket those of the deployment', async () => {
  const stage = await newStage();
  await stage.put('accounts.yaml', READY.replace('name: orders', 'name: accounts'));
  await stage.put('baselines/accounts.yaml', formatInventory(stage.inventory));
  await stage.put('notes.txt', 'no runbook');
  expect((await check(stage)).map(({ runbook }) => runbook)).toEqual(['accounts', 'orders']);
  stage.bucketRefusal = 'AccessDenied';
  expect((await check(stage)).map(({ runbook }) => runbook)).toEqual(['orders']);
  expect(stage.logged.map(({ message }) => message).join()).toContain(
    'The bucket of runbooks cannot be read',
  );
});
