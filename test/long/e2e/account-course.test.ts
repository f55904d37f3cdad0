import { documentOf } from '../../e2e/cli.ts';
import {
  existing,
  useLifeboat,
  useShop,
  writesOf,
  expectNoStack,
  made,
  runbook,
} from '../../e2e/account-stage.ts';

jest.setTimeout(60_000);
const lifeboat = useLifeboat({ 'shop.yaml': runbook('shop') });

const account = useShop();

const run = (...args: readonly string[]) => lifeboat.run({ url: account().url }, args);

const writes = () => writesOf(account());

test('a restore makes what the plan lists, and touches no other resource; cleanup refuses, then removes', async () => {
  const ended = await run('restore', 'shop.yaml', '--yes', '--json', '--state', 'restored');
  expectNoStack(ended);
  expect([ended.exitCode, documentOf(ended)]).toEqual([
    0,
    expect.objectContaining({ status: 'completed', leftovers: [] }),
  ]);
  const { runId } = documentOf(ended) as { runId: string };
  expect(made(account(), runId)).toMatchObject({
    volumes: [expect.any(String), expect.any(String)],
    dbInstances: [expect.any(String)],
  });
  expect(existing(account())).toContain('vol-0f1');
  expect(writes().filter((operation) => /^Delete(Volume|DB|Snapshot)/.test(operation))).toEqual([]);
  const state = ['--state', 'restored'];
  const [status, report, refused] = await Promise.all([
    run('status', runId, ...state, '--json'),
    run('report', runId, ...state, '--format', 'md'),
    run('cleanup', runId, ...state, '--json'),
  ]);
  expect(documentOf(status)).toMatchObject({
    status: 'completed',
    resources: { total: 3, ready: 3, failed: 0 },
  });
  expect(report.stdout).toContain(runId);
  expect([refused.exitCode, documentOf(refused)['code']]).toEqual([4, 'CLEANUP_REFUSED']);
  const removed = await run('cleanup', runId, ...state, '--discard-recovered', '--yes', '--json');
  expectNoStack(removed);
  expect(removed.exitCode).toBe(0);
  expect(made(account(), runId)).toMatchObject({ volumes: [], dbInstances: [] });
  expect(existing(account())).toContain('orders');
});

test('a drill leaves the account as it was', async () => {
  const before = existing(account());
  const ended = await run('drill', 'shop.yaml', '--yes', '--json', '--state', 'drilled');
  expectNoStack(ended);
  expect([ended.exitCode, documentOf(ended)]).toEqual([
    0,
    expect.objectContaining({ status: 'completed', leftovers: [] }),
  ]);
  expect(made(account())).toEqual({ volumes: [], dbInstances: [], snapshots: [] });
  expect(writes()).toEqual(
    expect.arrayContaining(['CreateVolume', 'RestoreDBInstanceFromDBSnapshot', 'DeleteDBInstance']),
  );
  expect(existing(account())).toEqual(before);
});
