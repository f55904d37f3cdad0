import type { DescribeDBInstancesCommandOutput } from '@aws-sdk/client-rds';
import { documentOf } from '../e2e/cli.ts';
import { useLifeboat, useShop, expectNoStack, runbook } from '../e2e/account-stage.ts';

jest.setTimeout(300_000);
const lifeboat = useLifeboat({ 'shop.yaml': runbook('shop'), 'other.yaml': runbook('other') });

const account = useShop();

const run = (...args: readonly string[]) => lifeboat.run({ url: account().url }, args);

/** Of a command whose clock is years ahead; what it signs still has the right time. */
const runYearsLater = (...args: readonly string[]) => {
  const jump = 'const now=Date.now;Date.now=()=>now()+79*365*86400000';
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(jump)}` };
  return lifeboat.run({ url: account().url, env }, args);
};

const isCopy = (id = '') => id.startsWith('orders-shop');
const copies = () =>
  account()
    .world.dbInstances()
    .filter(({ id, deletedAt }) => isCopy(id) && deletedAt === undefined);
/** The answer of an account in which the copies of the database are full. */
function fullCopies(output: object): object {
  const { DBInstances } = output as DescribeDBInstancesCommandOutput;
  if (DBInstances === undefined) return output;
  const told = DBInstances.map((one) =>
    isCopy(one.DBInstanceIdentifier) ? { ...one, DBInstanceStatus: 'storage-full' } : one,
  );
  return { ...output, DBInstances: told };
}
const deletions = () =>
  account().requests.filter(
    ({ operation }) => operation === 'DeleteDBInstance' || operation === 'DeleteVolume',
  );

async function runIdOf(): Promise<string> {
  const { runs } = documentOf(await run('runs', '--json')) as { runs: { runId: string }[] };
  return runs.at(-1)?.runId ?? '';
}

test('a database that comes up full is kept, until a person has given it storage', async () => {
  account().setQuirks({ rewrites: (output) => fullCopies(output) });
  const halted = await run('restore', 'shop.yaml', '--yes');
  expectNoStack(halted);
  expect(halted.exitCode).toBe(4);
  expect(halted.stderr).toContain('--step orders-db');
  const runId = await runIdOf();
  expect(documentOf(await run('status', runId, '--json'))).toMatchObject({
    status: 'halted',
    resources: { total: 3, ready: 2, failed: 0, halted: 1 },
    differences: [{ step: 'orders-db', code: 'status-not-available', data: { actual: 'storage-full' } }],
  });
  expect([copies().length, deletions()]).toEqual([1, []]);
  account().setQuirks({});
  const resumed = await run('resume', runId, '--json');
  expect([resumed.exitCode, documentOf(resumed)]).toEqual([
    0,
    expect.objectContaining({ status: 'completed' }),
  ]);
  expect([copies().length, deletions()]).toEqual([1, []]);
});

test('a clock that is years ahead is asked about, and not believed without an answer', async () => {
  const restore = lifeboat.start({ url: account().url }, ['restore', 'other.yaml', '--yes']);
  await restore.said(/phase +restore/);
  restore.child.kill('SIGINT');
  expect((await restore.ended).exitCode).toBe(4);
  const runId = await runIdOf();
  const unanswered = await runYearsLater('resume', runId);
  expectNoStack(unanswered);
  expect(unanswered.exitCode).toBe(2);
  expect(unanswered.stderr).toContain('Has that time really passed?');
  expect(unanswered.stderr).toContain('--clock wrong');
  const resumed = await runYearsLater('resume', runId, '--clock', 'wrong', '--json');
  expect(resumed.exitCode).toBe(0);
  expect(documentOf(resumed)).toMatchObject({
    status: 'completed',
    objectives: { rto: { met: true } },
    clock: { jumps: [{ away: true, counted: false }] },
  });
});
