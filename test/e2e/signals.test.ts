import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHere } from '../cli/run-here.ts';
import { documentOf, useCli, ORDERS, ROOT, type Started } from './cli.ts';
import { startByHand } from './waiting.ts';

// Several processes, one run: one drives it, others speak to it.
const RUN = 'orders-20261120T0300-1';
const SIMULATE = ORDERS.slice(1);
jest.setTimeout(120_000);

const cli = useCli();
let gated = '';
beforeAll(async () => {
  gated = join(cli.folder, 'gated.yaml');
  const runbook = readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8');
  writeFileSync(gated, `${runbook}\ngates: [{ before: restore, approvals: 2 }]\n`);
  expect((await startByHand(cli.folder, [gated, ...SIMULATE])).exitCode).toBe(4);
});

const restoring = (state: string): Started =>
  cli.start(['restore', ...ORDERS, '--state', state, '--yes', '--speed', '60']);

test('of two opposite aborts one is applied, and both operators are told which', async () => {
  const driver = restoring('torn');
  await driver.said(/restoring by/);
  const state = ['--state', 'torn'];
  const [unsure, cleaning] = await Promise.all([
    cli.run(['abort', RUN, ...state]),
    cli.run(['cleanup', RUN, ...state]),
  ]);
  // A restore that has made something is not given up on a guess, nor removed under the hands of its driver.
  expect([unsure.exitCode, unsure.stderr]).toEqual([2, expect.stringContaining('--keep or --remove')]);
  expect([cleaning.exitCode, cleaning.stderr]).toEqual([1, expect.stringContaining('is driven by process')]);
  const both = await Promise.all([
    cli.run(['abort', RUN, ...state, '--keep', '--by', 'alex', '--reason', 'one', '--json']),
    cli.run(['abort', RUN, ...state, '--remove', '--by', 'kim', '--reason', 'two', '--json']),
  ]);
  expect(both.some((one) => documentOf(one)['accepted'] === true)).toBe(true);
  expect((await driver.ended).exitCode).toBe(130);
  const report = documentOf(await cli.run(['report', RUN, ...state, '--json']));
  const isKept = String(report['problem']) === 'aborted by alex: one';
  expect(report['problem']).toBe(isKept ? 'aborted by alex: one' : 'aborted by kim: two');
  expect((report['keptIds'] as string[]).length > 0).toBe(isKept);
  expect(report['leftovers']).toEqual([]);
});

test('a pause and a resume from two other terminals; the driver goes on by itself', async () => {
  const driver = restoring('held');
  await driver.said(/restoring by/);
  const state = ['--state', 'held', '--by', 'kim', '--reason', 'looking'];
  expect((await cli.run(['pause', RUN, ...state])).stdout).toBe(`Accepted: pause ${RUN}\n`);
  expect((await driver.ended).exitCode).toBe(4);
  expect(driver.heard()).toContain('lifeboat resume');
  const resumed = cli.start(['resume', RUN, ...state, '--speed', '60']);
  await resumed.said(/resumed/);
  // A driver is running: `resume` only reports that.
  const again = await cli.run(['resume', RUN, ...state]);
  expect([again.exitCode, again.stderr]).toEqual([
    1,
    expect.stringContaining('the run is neither paused nor halted'),
  ]);
  expect((await cli.run(['abort', RUN, ...state, '--remove'])).exitCode).toBe(0);
  expect((await resumed.ended).exitCode).toBe(130);
  for (const signal of ['approve', 'reject', 'pause', 'resume', 'abort']) {
    const late = await runHere([signal, RUN, '--state', 'held', '--json'], { folder: cli.folder });
    expect([late.exitCode, documentOf(late)]).toEqual([
      1,
      expect.objectContaining({ runId: RUN, accepted: false, code: 'RUN_NOT_POSSIBLE' }),
    ]);
  }
});

test('however often one person approves at once, it takes another', async () => {
  cpSync(join(cli.folder, 'waiting'), join(cli.folder, 'hasty'), { recursive: true });
  const state = ['--state', 'hasty'];
  const approvals = await Promise.all(
    Array.from({ length: 4 }, () => cli.run(['approve', RUN, ...state, '--by', 'alex'])),
  );
  expect(approvals.some(({ exitCode }) => exitCode === 0)).toBe(true);
  const resumed = await cli.run(['resume', RUN, ...state, '--json']);
  expect([resumed.exitCode, documentOf(resumed)]).toEqual([
    4,
    expect.objectContaining({
      approvals: [expect.objectContaining({ by: 'alex' })],
      waitingFor: ['1 of 2 approvals given before restore'],
      asksPeople: true,
    }),
  ]);
});
