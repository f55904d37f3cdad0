import { join } from 'node:path';
import { useCli, ORDERS, ROOT } from '../../e2e/cli.ts';
import {
  dbInstance,
  dbSnapshot,
  documentOf,
  EVENTS,
  inventory,
  runbook,
  snapshot,
  volume,
} from '../../e2e/interface-pieces.ts';
import { checkShape, errorShape, planShape } from '../../e2e/interface-shapes.ts';

jest.setTimeout(60_000);

const cli = useCli();

async function plan(file: string, world: string, ...rest: readonly string[]) {
  const ended = await cli.run(['plan', file, '--simulate', world, '--json', ...rest]);
  expect(ended.stderr).toBe('');
  const document = documentOf(ended, planShape);
  const resource = (id: string) => {
    const found = document.resources.find((candidate) => candidate.id === id);
    if (found === undefined) throw new Error(`${id} is not in the plan`);
    return found;
  };
  const codes = document.problems.map(({ code }) => code);
  return { document, resource, codes, exitCode: ended.exitCode };
}

describe('the reference pairs', () => {
  test('orders: met, in two waves, exit 0', async () => {
    const [file = '', , world = ''] = ORDERS;
    const { document, exitCode } = await plan(file, world);
    expect([exitCode, document.meets]).toEqual([0, { rto: true, rpo: true }]);
    expect(document.objectives).toMatchObject({
      rtoSeconds: 21_600,
      rpoSeconds: 7_200,
      dataCompleteSeconds: 604_800,
      availabilityPercent: 99.5,
    });
    expect(document.order.map((wave) => wave.length)).toEqual([1, 3]);
    expect(document.forecast.lowerBoundSeconds).toBeLessThanOrEqual(document.forecast.rtaSeconds.p50);
    expect(document.schedule.map(({ resource }) => resource).toSorted()).toEqual(
      document.resources.map(({ id }) => id).toSorted(),
    );
  });

  test('cold-restore: what a cold restore takes, what the quotas allow, and which would do', async () => {
    const pair = [
      join(ROOT, 'runbooks/cold-restore.yaml'),
      join(ROOT, 'runbooks/inventories/cold-restore.yaml'),
    ] as const;
    const damaged = ['--damaged-at', '2026-11-20T02:10:00Z'];
    const [{ document, exitCode, codes }, people] = await Promise.all([
      plan(...pair, ...damaged),
      cli.run(['plan', pair[0], '--simulate', pair[1], ...damaged]),
    ]);
    expect([exitCode, people.exitCode]).toEqual([3, 3]);
    expect(codes).toEqual(expect.arrayContaining(['RTO_MISSED', 'QUOTA_BINDS', 'COLD_RESTORE']));
    expect(document.coldRestore).toMatchObject({ volumes: 512 });
    // 986,216 GiB; the largest snapshot holds 2,260 GiB: at 5 MB/s that is more than five days.
    expect(document.coldRestore?.oneStream.p50Seconds).toBeGreaterThan(5 * 86_400);
    const quotas = document.quotaIncreases.map(({ quota }) => quota);
    expect(quotas).toEqual(['fsrSnapshots', 'provisionedInitMiBps']);
    for (const increase of document.quotaIncreases) expect(increase).toMatchObject({ meetsRto: true });
    expect(people.stdout).toMatch(/cold restore, read by one stream a volume +5 d \d+ h .* missed/);
    expect(people.stdout).toMatch(/this plan, with the quotas as they are +2 d \d+ h .* missed/);
    expect(people.stdout).toMatch(/with fsrSnapshots \d+ \(now 5\) +5 h \d+ min/);
    expect(people.stdout).toMatch(/with provisionedInitMiBps [\d,]+ \(now 5,000\) +5 h \d+ min/);
  });
});

describe('recovery points', () => {
  const key = 'key-off';
  const copies = () => [
    snapshot('snap-good', 'vol-1', '01:00'),
    snapshot('snap-older', 'vol-1', '00:30'),
    snapshot('snap-pending', 'vol-1', '02:50', { state: 'pending' }),
    snapshot('snap-error', 'vol-1', '02:40', { state: 'error' }),
    snapshot('snap-archived', 'vol-1', '02:30', { tier: 'archive' }),
    snapshot('snap-elsewhere', 'vol-1', '02:20', { region: 'eu-west-1' }),
    snapshot('snap-locked', 'vol-1', '02:10', { encrypted: true, kmsKeyId: key }),
    snapshot('snap-bad', 'vol-1', '02:05'),
  ];
  const world = (name: string) =>
    inventory(cli, name, {
      volumes: [volume('vol-1')],
      snapshots: copies(),
      kmsKeys: [{ id: key, state: 'Disabled' }],
    });
  const one = [{ id: 'v', type: 'ebs-volume', source: 'vol-1' }];

  test('the options and the policy of the runbook choose them; what misses the RPO exits 3', async () => {
    const file = runbook(cli, 'before', one, { recoveryPoint: { policy: 'before-damage' } });
    const account = world('policies');
    const plans = await Promise.all([
      plan(file, account, '--damaged-at', '2026-11-20T02:00:00Z'),
      plan(file, account, '--recover-to', '2026-11-20T00:59:59Z'),
      plan(file, account, '--incident-at', '2026-11-20T01:30:00Z'),
    ]);
    const points = plans.map(({ resource }) => resource('v').recoveryPoint);
    expect(points.map((point) => [point?.id, point?.ageSeconds])).toEqual([
      ['snap-good', 7_200],
      ['snap-older', 9_000],
      ['snap-good', 1_800],
    ]);
    expect(plans[0]?.resource('v').passedOver).toHaveLength(6);
    expect(plans.map(({ exitCode }) => exitCode)).toEqual([0, 3, 0]);
    expect(plans[1]?.codes).toContain('RPO_MISSED');
    expect(plans[2]?.document.incidentAt).toBe('2026-11-20T01:30:00Z');
  });

  test('none that can be used: no feasible plan, exit 5, and every reason is there', async () => {
    const broken = inventory(cli, 'broken', { volumes: [volume('vol-1')], snapshots: copies().slice(2, 4) });
    const { exitCode, resource, document } = await plan(runbook(cli, 'none', one), broken);
    expect(exitCode).toBe(5);
    expect(resource('v')).toMatchObject({ recoveryPoint: null, strategy: null, forecast: null });
    expect(resource('v').passedOver).toHaveLength(2);
    expect(document.problems[0]).toMatchObject({ severity: 'error', code: 'NO_RECOVERY_POINT' });
    expect(document.meets).toEqual({ rto: false, rpo: false });
    const check = await cli.run(['check', 'none.yaml', '--simulate', broken, '--json', '--state', 'none']);
    expect([check.exitCode, documentOf(check, checkShape).ready]).toEqual([5, false]);
  });
});

test('deleted sources are planned from the last baseline, with the present backups', async () => {
  const database = { id: 'db', type: 'rds-instance', source: 'orders-prod' };
  const file = runbook(cli, 'gone', [database, EVENTS]);
  const backups = {
    snapshots: [snapshot('snap-1', 'vol-1', '02:00'), snapshot('snap-2', 'vol-2', '02:00')],
    dbSnapshots: [dbSnapshot('rds:orders-1', 'orders-prod', '02:00')],
  };
  const io2 = volume('vol-1', { type: 'io2', iops: 9_000 });
  const before = inventory(cli, 'before', {
    ...backups,
    volumes: [io2],
    dbInstances: [dbInstance('orders-prod')],
  });
  const after = inventory(cli, 'after', { ...backups, volumes: [volume('vol-2')] });
  const state = ['--state', 'remembered'];

  const check = await cli.run(['check', file, '--simulate', before, '--json', ...state]);
  expect([check.exitCode, documentOf(check, checkShape).ready]).toEqual([0, true]);
  const { document, resource, exitCode } = await plan(file, after, ...state);
  expect(exitCode).toBe(0);
  expect(document.resources.map(({ id }) => id).toSorted()).toEqual(['db', 'events/vol-1', 'events/vol-2']);
  expect(resource('db')).toMatchObject({
    strategy: 'restore-snapshot',
    recoveryPoint: { id: 'rds:orders-1' },
  });
  expect(resource('db').alternatives.find(({ strategy }) => strategy === 'point-in-time')).toMatchObject({
    feasible: false,
    why: expect.stringContaining('no longer exists'),
  });
  // The baseline still knows what kind of volume it was.
  expect(
    Object.keys(document.schedule.find(({ resource: id }) => id === 'events/vol-1')?.uses ?? {}),
  ).toContain('storageTiB.io2');

  const ended = await cli.run(['plan', file, '--simulate', after, '--json', '--no-baseline', ...state]);
  expect(ended.exitCode).toBe(5);
  const problems = documentOf(ended, planShape).problems.filter(({ severity }) => severity === 'error');
  expect(problems.map(({ resource: id }) => id)).toContain('db');
});

test('an error is one document of its own, and the same for people on standard error', async () => {
  const ended = await cli.run(['plan', 'nowhere.yaml', '--json']);
  const { code, message, next } = documentOf(ended, errorShape);
  expect(ended.exitCode).toBe(2);
  expect(ended.stderr.startsWith(`Error: ${message}\n`)).toBe(true);
  expect(ended.stderr.endsWith(`\nTry: ${next}\n`)).toBe(true);
  expect(code).toMatch(/FILE|USAGE/);
});
