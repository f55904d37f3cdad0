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

  test('what cannot be used is passed over, each with its reason', async () => {
    const file = runbook(cli, 'damage', one, { recoveryPoint: { policy: 'before-damage' } });
    const { resource, codes, exitCode } = await plan(
      file,
      world('damage'),
      '--damaged-at',
      '2026-11-20T02:00:00Z',
    );
    const { recoveryPoint, passedOver } = resource('v');
    expect(recoveryPoint).toEqual({ id: 'snap-good', at: '2026-11-20T01:00:00Z', ageSeconds: 7_200 });
    expect(passedOver.map(({ id, reason }) => [id, reason])).toEqual([
      ['snap-pending', expect.stringContaining('pending')],
      ['snap-error', expect.stringContaining('failed')],
      ['snap-archived', expect.stringContaining('archive')],
      ['snap-elsewhere', expect.stringContaining('eu-west-1')],
      ['snap-locked', expect.stringContaining('disabled')],
      ['snap-bad', expect.stringContaining('after the damage')],
    ]);
    expect(codes).toContain('OLDER_RECOVERY_POINT');
    expect(exitCode).toBe(0);
  });

  test('latest, before the damage, at an instant; the age counts to the incident', async () => {
    const policies = { latest: 'latest', before: 'before-damage' } as const;
    const files = Object.entries(policies).map(([name, policy]) =>
      runbook(cli, name, one, { recoveryPoint: { policy } }),
    );
    const at = runbook(cli, 'at', one, { recoveryPoint: { policy: 'at', at: '2026-11-20T00:45:00Z' } });
    const account = world('policies');
    const damaged = ['--damaged-at', '2026-11-20T02:00:00Z'];
    const plans = await Promise.all([
      plan(files[0] ?? '', account, ...damaged),
      plan(files[1] ?? '', account, ...damaged),
      plan(files[1] ?? '', account),
      plan(at, account),
      plan(files[0] ?? '', account, '--recover-to', '2026-11-20T00:59:59Z'),
      plan(files[1] ?? '', account, '--incident-at', '2026-11-20T01:30:00Z'),
    ]);
    expect(plans.map(({ resource }) => resource('v').recoveryPoint?.id)).toEqual([
      'snap-bad',
      'snap-good',
      'snap-bad',
      'snap-older',
      'snap-older',
      'snap-good',
    ]);
    expect(plans.map(({ resource }) => resource('v').recoveryPoint?.ageSeconds)).toEqual([
      3_300, 7_200, 3_300, 9_000, 9_000, 1_800,
    ]);
    // Half an hour more than the objective of two hours: it would be missed.
    expect(plans.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 3, 3, 0]);
    expect(plans[3]?.codes).toContain('RPO_MISSED');
    expect(plans[5]?.document.incidentAt).toBe('2026-11-20T01:30:00Z');
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

test('what is gone is planned from what the last check remembers, with what the account has now', async () => {
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

describe('by hand', () => {
  test('fast snapshot restore of 500 GiB for three copies: optimising, then credits', async () => {
    const file = runbook(cli, 'fsr', [
      { id: 'v', type: 'ebs-volume', source: 'vol-1', strategies: ['fsr'], copies: 3 },
    ]);
    const world = inventory(cli, 'fsr', {
      volumes: [volume('vol-1', { sizeGiB: 500 })],
      snapshots: [snapshot('snap-1', 'vol-1', '02:00', { sizeGiB: 500, fullSizeGiB: 320 })],
      quotas: { fsrSnapshots: 5 },
    });
    const { resource, document } = await plan(file, world);
    // 500/1,024 of an hour (p90: of 75 min) to optimise; three credits at 1,024/500 an hour; 20 s to create, 5 s to check.
    const creditsSeconds = (3 / (1_024 / 500)) * 3_600;
    const accelerateSeconds = (500 / 1_024) * 3_600 + creditsSeconds;
    expect(resource('v').forecast).toEqual({
      p50Seconds: Math.ceil(accelerateSeconds + 25),
      p90Seconds: Math.ceil((500 / 1_024) * 4_500 + creditsSeconds + 120),
    });
    // Three volumes for 25 s, and 0.75 USD an hour for as long as it is on.
    const storageUsd = 3 * ((500 * 0.08) / 730) * (25 / 3_600);
    const fsrUsd = 0.75 * ((accelerateSeconds + 20) / 3_600);
    expect(resource('v').costUsd).toBeCloseTo(storageUsd + fsrUsd, 3);
    expect(document.schedule[0]).toMatchObject({ startSeconds: 0, uses: { fsrSnapshots: 1 } });
  });

  test('one volume and one DB instance: forecast, cost, order and critical path', async () => {
    const file = runbook(cli, 'both', [
      { id: 'v', type: 'ebs-volume', source: 'vol-1', strategies: ['provisioned-rate'], dependsOn: ['db'] },
      { id: 'db', type: 'rds-instance', source: 'orders-prod', strategies: ['restore-snapshot'] },
    ]);
    const world = inventory(cli, 'both', {
      volumes: [volume('vol-1')],
      snapshots: [snapshot('snap-1', 'vol-1', '02:00')],
      // Without backups: with them it would wait for the longer of loading and the first backup.
      dbInstances: [dbInstance('orders-prod', { backupRetentionDays: 0 })],
      dbSnapshots: [dbSnapshot('rds:orders-1', 'orders-prod', '02:30')],
    });
    const { resource, document } = await plan(file, world);
    // 20 s, 33 GiB at 300 MiB/s, 150 s until the status tells, 5 s.
    const volumeSeconds = 20 + (33 * 1_024) / 300 + 155;
    const volumeUsd = 33 * 0.0036 + ((100 * 0.08) / 730) * (volumeSeconds / 3_600);
    // 8 min, 800 GiB in the background at 100 MiB/s, 5 s.
    const dbSeconds = 480 + (800 * 1_024) / 100 + 5;
    const dbUsd = (0.45 + (800 * 0.115) / 730) * (dbSeconds / 3_600);
    expect(resource('v').forecast?.p50Seconds).toBe(Math.ceil(volumeSeconds));
    expect(resource('v').costUsd).toBeCloseTo(volumeUsd, 3);
    expect(resource('db').forecast?.p50Seconds).toBe(dbSeconds);
    expect(resource('db').costUsd).toBeCloseTo(dbUsd, 3);
    expect(document.costUsd).toBeCloseTo(volumeUsd + dbUsd, 3);
    expect(document.order).toEqual([['db'], ['v']]);
    expect(document.forecast).toMatchObject({
      rtaSeconds: { p50: Math.ceil(dbSeconds + volumeSeconds) },
      rpaSeconds: 3_600,
      criticalPath: ['db', 'v'],
      lowerBoundSeconds: Math.ceil(dbSeconds + volumeSeconds),
    });
  });
});

// 100 GiB fill in 341 s at 300 MiB/s: one at a time 32 min, two at a time 21 min, less 21 s.
test('an RTO that would be missed exits 3; with the quota that the plan names it is met', async () => {
  const file = runbook(cli, 'tight', [{ ...EVENTS, strategies: ['provisioned-rate'] }], {
    objectives: { rto: '21m', rpo: '2h' },
  });
  const ids = ['vol-1', 'vol-2', 'vol-3', 'vol-4', 'vol-5'];
  const world = (name: string, provisionedInitMiBps: number) =>
    inventory(cli, name, {
      volumes: ids.map((id) => volume(id)),
      snapshots: ids.map((id) => snapshot(`snap-${id}`, id, '02:00', { fullSizeGiB: 100 })),
      quotas: { provisionedInitMiBps },
    });
  const before = await plan(file, world('narrow', 300));
  expect([before.exitCode, before.document.meets]).toEqual([3, { rto: false, rpo: true }]);
  const [increase] = before.document.quotaIncreases;
  expect(increase).toMatchObject({ quota: 'provisionedInitMiBps', from: 300, to: 600 });
  const after = await plan(file, world('wide', increase?.to ?? 0));
  expect([after.exitCode, after.document.meets.rto]).toEqual([0, true]);
  const saved = before.document.forecast.rtaSeconds.p50 - after.document.forecast.rtaSeconds.p50;
  expect(Math.abs((increase?.savesSeconds ?? 0) - saved)).toBeLessThanOrEqual(1);
});

test('an error is one document of its own, and the same for people on standard error', async () => {
  const ended = await cli.run(['plan', 'nowhere.yaml', '--json']);
  const { code, message, next } = documentOf(ended, errorShape);
  expect(ended.exitCode).toBe(2);
  expect(ended.stderr.startsWith(`Error: ${message}\n`)).toBe(true);
  expect(ended.stderr.endsWith(`\nTry: ${next}\n`)).toBe(true);
  expect(code).toMatch(/FILE|USAGE/);
});
