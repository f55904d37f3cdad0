import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteVolumeCommand } from '@aws-sdk/client-ec2';
import { runHere } from '../cli/run-here.ts';
import { documentOf, useCli, type Ended } from './cli.ts';
import { environmentOf, useShop, writesOf, expectNoStack, runbook } from './account-stage.ts';

jest.setTimeout(60_000);

// One command as a process, the others without; test/long/e2e/account-reads.test.ts has all of them as processes.

const cli = useCli();
const account = useShop();
beforeAll(() => writeFileSync(join(cli.folder, 'shop.yaml'), runbook('shop')));
beforeEach(() => {
  Object.assign(process.env, environmentOf(account()));
});

const run = (...args: readonly string[]): Promise<Ended> => runHere(args, { folder: cli.folder });

const writes = () => writesOf(account());

test('plan reads only, and finds the recovery points', async () => {
  const ended = await cli.start(['plan', 'shop.yaml', '--json'], environmentOf(account())).ended;
  expectNoStack(ended);
  expect(ended.exitCode).toBe(0);
  expect(documentOf(ended)).toMatchObject({
    resources: [
      { id: 'orders-db', recoveryPoint: { id: 'rds:orders-1' }, strategy: 'restore-snapshot' },
      { id: 'events/vol-0a1', recoveryPoint: { id: 'snap-0a1' }, strategy: 'lazy' },
      { id: 'events/vol-0a2', recoveryPoint: { id: 'snap-0a2' } },
    ],
    meets: { rto: true, rpo: true },
  });
  expect(writes()).toEqual([]);
  expect(existsSync(join(cli.folder, '.lifeboat'))).toBe(false);
});

test('check reports the identity, uses dry runs, and saves a baseline', async () => {
  const ended = await run('check', 'shop.yaml', '--json', '--state', 'checked');
  expectNoStack(ended);
  expect([ended.exitCode, documentOf(ended)]).toEqual([0, expect.objectContaining({ ready: true })]);
  expect(ended.stdout).toContain('user/alex');
  expect(writes()).toEqual([]);
  expect(account().requests.some(({ dryRun, outcome }) => dryRun && outcome === 'DryRunOperation')).toBe(
    true,
  );
  // The source is gone: only the baseline still knows it.
  await account().world.ec2.send(new DeleteVolumeCommand({ VolumeId: 'vol-0a2' }));
  const plan = documentOf(await run('plan', 'shop.yaml', '--json', '--state', 'checked'));
  expect(plan['resources']).toHaveLength(3);
});

test('a check of a simulation leaves the baseline of the account alone, and each says where it saved its own', async () => {
  const state = ['--state', 'rehearsed'];
  const real = await run('check', 'shop.yaml', '--json', ...state);
  const baseline = 'rehearsed/baselines/shop.yaml';
  expect(documentOf(real)).toMatchObject({ runbooks: [{ baseline: { file: baseline, simulated: false } }] });
  const saved = readFileSync(join(cli.folder, baseline), 'utf8');
  // What the simulation holds and the account does not.
  expect((await run('inventory', '-o', 'capture.yaml')).exitCode).toBe(0);
  const capture = readFileSync(join(cli.folder, 'capture.yaml'), 'utf8');
  writeFileSync(join(cli.folder, 'other.yaml'), capture.replaceAll('0a2', '0a9'));
  const simulated = ['check', 'shop.yaml', '--simulate', 'other.yaml', ...state];
  const file = 'rehearsed/baselines/simulated/shop.yaml';
  const checked = await run(...simulated, '--json');
  expect([checked.exitCode, documentOf(checked)]).toEqual([
    0,
    expect.objectContaining({ runbooks: [expect.objectContaining({ baseline: { file, simulated: true } })] }),
  ]);
  expect((await run(...simulated)).stdout).toContain(`Baseline saved: ${file} (only for simulations)\n`);
  expect((await run('check', 'shop.yaml', '--lint', ...state)).stdout).not.toContain('Baseline');
  expect(readFileSync(join(cli.folder, baseline), 'utf8')).toBe(saved);
  const ids = async (...more: readonly string[]): Promise<string> => {
    const { resources } = documentOf(await run('plan', 'shop.yaml', '--json', ...state, ...more)) as {
      resources: { id: string }[];
    };
    return resources.map(({ id }) => id).join(' ');
  };
  expect(await ids()).toBe('orders-db events/vol-0a1 events/vol-0a2');
  expect(await ids('--simulate', 'other.yaml')).toBe('orders-db events/vol-0a1 events/vol-0a9');
});

test('check reports missing permissions', async () => {
  account().setQuirks({ faults: [{ does: 'deny', operations: ['CreateVolume'] }] });
  const ended = await run('check', 'shop.yaml', '--json');
  expectNoStack(ended);
  expect([ended.exitCode, documentOf(ended)]).toEqual([5, expect.objectContaining({ ready: false })]);
  expect(ended.stdout).toContain('CreateVolume');
});

test('an inventory is captured, and planned with in the simulator', async () => {
  const captured = await run('inventory', '-o', 'captured.yaml');
  expectNoStack(captured);
  expect([captured.exitCode, captured.stderr]).toEqual([0, expect.not.stringContaining('Error')]);
  const [real, simulated] = [
    await run('plan', 'shop.yaml', '--json'),
    await run('plan', 'shop.yaml', '--json', '--simulate', 'captured.yaml'),
  ];
  const points = (ended: Ended) =>
    (documentOf(ended)['resources'] as { id: string; strategy: string; recoveryPoint: { id: string } }[]).map(
      ({ id, strategy, recoveryPoint }) => [id, strategy, recoveryPoint.id],
    );
  expect(points(simulated)).toEqual(points(real));
  expect(writes()).toEqual([]);
});
