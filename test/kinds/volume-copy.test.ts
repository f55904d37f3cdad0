import { LiveSchedule } from '../../src/objectives/forecast.ts';
import { usesOf } from '../../src/kinds/phases.ts';
import { stepProblems } from '../../src/kinds/step-problems.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import type { RunMode } from '../../src/plan/types.ts';
import { at, inventoryOf, planOf, resourceOf, volumeWithSnapshot } from '../plan/builders.ts';

const HOUR = 3_600;
const { volume, snapshot } = volumeWithSnapshot('vol-1', 1_024, { fullSizeGiB: 512 });
const SOURCE = { ...volume, iops: 6_000, throughputMiBps: 500, encrypted: true, kmsKeyId: 'key-1' };

type Volumes = NonNullable<Parameters<typeof inventoryOf>[0]>['volumes'];
interface Options {
  readonly source?: object;
  readonly others?: Volumes;
  readonly inventory?: Parameters<typeof inventoryOf>[0];
  readonly resource?: object;
  readonly mode?: RunMode;
  readonly plan?: Parameters<typeof planOf>[2];
}

function planned({
  source = {},
  others = [],
  inventory = {},
  resource = {},
  mode,
  plan: rest,
}: Options = {}) {
  const held: Inventory = inventoryOf({
    volumes: [{ ...SOURCE, ...source }, ...others],
    snapshots: [snapshot],
    ...inventory,
  });
  const strategies = ['volume-copy', 'fsr'] as const;
  const plan = planOf(
    [{ id: 'v', type: 'ebs-volume', source: 'vol-1', strategies: [...strategies], ...resource }],
    held,
    { runbookParts: { recoveryPoint: { policy: 'latest' } }, ...(mode && { mode }), ...rest },
  );
  const { strategies: found, alternatives } = resourceOf(plan, 'v');
  return {
    plan,
    copy: found.find(({ name }) => name === 'volume-copy'),
    alternative: alternatives.find(({ strategy }) => strategy === 'volume-copy'),
  };
}

describe('a copy of a volume', () => {
  test('has the data of the instant that it is planned for, also long after the incident', () => {
    const { copy, plan } = planned({ plan: { now: at('05:00') } });
    expect(copy?.recoveryPoint).toEqual({
      ...{ id: 'vol-1@2026-11-20T05:00:00Z', at: at('05:00'), ageSeconds: 0 },
    });
    expect(plan.forecast.rpaSeconds).toBe(0);
  });

  test('has the settings of its source, with its type, and no snapshot', () => {
    const { copy } = planned();
    expect(copy?.spec).toEqual({
      ...{ kind: 'volume', sourceVolumeId: 'vol-1', zone: 'us-east-1a', volumeType: 'gp3', sizeGiB: 1_024 },
      ...{ iops: 6_000, throughputMiBps: 500, encrypted: true, kmsKeyId: 'key-1', fullSizeGiB: 512 },
      tags: { app: 'events' },
    });
    expect(stepProblems(copy?.steps ?? [], 'restore')).toEqual([]);
    expect(stepProblems(copy?.steps ?? [], 'drill')).toEqual([]);
  });

  test('needs no snapshot; then its size counts as its data', () => {
    const { copy, plan } = planned({ inventory: { snapshots: [] } });
    expect(copy?.spec).toMatchObject({ fullSizeGiB: 1_024 });
    expect(plan.problems.map(({ code }) => code)).not.toContain('NO_RECOVERY_POINT');
  });

  test('is usable at once, and hydrated when it is initialized', () => {
    const first = { p50Seconds: 1.5 * HOUR, p90Seconds: 6 * HOUR };
    expect(planned().copy?.forecast).toEqual({
      p50Seconds: 20 + first.p50Seconds + 150 + 5,
      p90Seconds: 60 + first.p90Seconds + 270 + 60,
    });
    const available = planned({ resource: { readyWhen: 'available' } });
    expect(available.copy?.forecast).toEqual({ p50Seconds: 25, p90Seconds: 120 });
  });

  test('counts against five of the Region until it is initialized, and against the storage for good', () => {
    const { copy } = planned();
    expect(usesOf(copy ?? { steps: [] }, 1)).toEqual([
      { pool: 'volumeCopies', amount: 1, until: 'hydrated' },
      { pool: 'storageTiB.gp3', amount: 1, until: 'never' },
    ]);
    expect(copy?.steps[0]?.holds?.[1]).toMatchObject({ pool: 'only:copy of vol-1', amount: 1 });
  });

  test('costs the most that it may by the GiB of data, and what is stored meanwhile', () => {
    expect(planned({ resource: { readyWhen: 'available' } }).copy?.costUsd).toBeCloseTo(512 * 0.01, 1);
  });

  test('reads the source alone, and counts its requests', () => {
    const { plan } = planned({ resource: { copies: 2 } });
    expect(plan.blastRadius).toMatchObject({ creates: { volumes: 2 }, reads: ['vol-1'], fsr: [] });
    expect(plan.apiCalls.byOperation).toMatchObject({ CopyVolumes: 2 });
    expect(plan.apiCalls.byOperation).not.toHaveProperty('CreateVolume');
    expect(plan.apiCalls.byOperation).not.toHaveProperty('DescribeSnapshots');
  });
});

describe('several copies of one source follow one another', () => {
  const one = planned().copy;
  const three = planned({ resource: { copies: 3 } });

  test('which the forecast counts, and the plan says', () => {
    const turn = 20 + 1.5 * HOUR + 150;
    expect(three.copy?.forecast.p50Seconds).toBe((one?.forecast.p50Seconds ?? NaN) + 2 * turn);
    expect(three.alternative?.why).toContain('the 3 copies follow one another');
    expect(three.plan.schedule[0]).toMatchObject({ hydratedSeconds: 3 * turn - 150 });
  });

  test('and each turn is news: a driver does not rest until the last one', () => {
    const live = new LiveSchedule(three.plan);
    const seen = { strategy: 0, step: 'restoring', since: at('03:00'), startedAt: at('03:00') } as const;
    expect(live.quietSeconds('v', seen, at('03:01'))).toBe(0);
    expect(live.quietSeconds('v', { ...seen, step: 'warming' }, at('03:01'))).toBeGreaterThan(HOUR);
  });

  test('so they take one place of the Region, and storage for all of them', () => {
    expect(usesOf(three.copy ?? { steps: [] }, 3)).toEqual([
      { pool: 'volumeCopies', amount: 1, until: 'hydrated' },
      { pool: 'storageTiB.gp3', amount: 3, until: 'never' },
    ]);
  });

  test('and more than five sources wait for each other', () => {
    const ids = Array.from({ length: 7 }, (_, n) => `vol-${n}`);
    const source = { tags: { app: 'events' } };
    const plan = planOf(
      [{ id: 'v', type: 'ebs-volume', source, strategies: ['volume-copy'], readyWhen: 'available' }],
      inventoryOf({ volumes: ids.map((id) => ({ ...SOURCE, id })) }),
      { runbookParts: { recoveryPoint: { policy: 'latest' } } },
    );
    const starts = plan.schedule.map(({ startSeconds }) => startSeconds);
    expect(starts.filter((start) => start === 0)).toHaveLength(5);
    expect(starts.slice(5)).toEqual([20 + 3 * HOUR, 20 + 3 * HOUR]);
    expect(plan.pools.volumeCopies).toBe(5);
  });
});

test('auto never takes it, and says why; its quota does not count then', () => {
  const { plan, copy, alternative } = planned({ resource: { strategies: ['auto'] } });
  expect(copy).toBeUndefined();
  expect(alternative).toMatchObject({ feasible: true });
  expect(alternative?.why).toMatch(/^feasible, but auto copies no source: only an operator knows/);
  expect(plan.pools).not.toHaveProperty('volumeCopies');
  const older = plan.problems.filter(({ code }) => code === 'OLDER_RECOVERY_POINT');
  expect(older.map(({ message }) => message)).toEqual([expect.stringContaining('auto copies no source')]);
});

test('a drill, whose source is always there, does not recommend it', () => {
  const { plan } = planned({ resource: { strategies: ['fsr'] }, mode: 'drill' });
  expect(plan.problems.map(({ code }) => code)).not.toContain('OLDER_RECOVERY_POINT');
});

const copying = (id: string, copyingFrom: string) => ({ ...SOURCE, id, copyingFrom });
const GAP = { operation: 'DescribeVolumeStatus', reason: 'denied', message: 'no', means: '' } as const;

test.each<[string, Options, string]>([
  [
    'where the resource is recovered to before the damage',
    { plan: { runbookParts: { recoveryPoint: { policy: 'before-damage' } } } },
    'it would have the damage of 2026-11-20T03:00:00Z',
  ],
  [
    'where it is recovered to an instant, however recent',
    { plan: { recoverTo: at('03:00') } },
    'not what was on it at 2026-11-20T03:00:00Z, the instant to recover to',
  ],
  [
    'where the target is another zone',
    { resource: { target: { zone: 'us-east-1b' } } },
    'a copy is in the zone of its source, us-east-1a, and the target is us-east-1b',
  ],
  [
    'where drills are isolated in another zone',
    {
      mode: 'drill',
      plan: {
        runbookParts: { recoveryPoint: { policy: 'latest' }, drill: { isolation: { zone: 'us-east-1b' } } },
      },
    },
    'and the isolation of drills is us-east-1b',
  ],
  ['in a zone that is not usable', { inventory: { zones: ['us-east-1b'] } }, 'zone us-east-1a is not among'],
  [
    'in a Wavelength Zone',
    { source: { zone: 'us-east-1-wl1-bos-wlz-1' }, inventory: { zones: [] } },
    'us-east-1-wl1-bos-wlz-1, a Wavelength Zone, cannot be copied',
  ],
  ['on an Outpost', { source: { outpost: 'arn:op-1' } }, 'it is on an Outpost'],
  ['of a volume that is not there', { inventory: { volumes: [] } }, 'vol-1 is not in the account any more'],
  ['of a broken volume', { source: { state: 'error' } }, "vol-1 is 'error', not 'available' or 'in-use'"],
  ['of a volume that is being made', { source: { state: 'creating' } }, "vol-1 is 'creating'"],
  [
    'under a disabled key',
    { inventory: { kmsKeys: [{ id: 'key-1', state: 'Disabled' }] } },
    'its key key-1 is disabled',
  ],
  [
    'of a copy that is not initialized yet',
    { source: { copyingFrom: 'vol-0' } },
    'it is itself a copy that is not initialized yet',
  ],
  [
    'of a copy whose status could not be read',
    { source: { copyingFrom: 'vol-0' }, inventory: { gaps: [GAP] } },
    'not initialized yet, as far as is known: access was denied (DescribeVolumeStatus: no)',
  ],
  [
    'of a volume that is being copied',
    { others: [copying('vol-9', 'vol-1')] },
    'vol-9 is a copy of it that is not initialized yet: a volume has one at a time',
  ],
  [
    'where five of the Region are in progress',
    { others: ['a', 'b', 'c', 'd', 'e'].map((id) => copying(`vol-${id}`, 'vol-0')) },
    'needs 1 of the quota volumeCopies, of which 0 is left',
  ],
])('it is refused %s', (_, options, why) => {
  const { copy, alternative } = planned(options);
  expect(copy).toBeUndefined();
  expect(alternative).toMatchObject({ feasible: false });
  expect(alternative?.why).toContain(why);
});

test('copies that a run made are not in its way: an adopted run goes on with them', () => {
  const tags = { 'lifeboat:run': 'orders-1' };
  const others = [0, 1, 2, 3, 4].map((n) => ({ ...copying(`vol-c${n}`, n === 0 ? 'vol-1' : 'vol-0'), tags }));
  expect(planned({ others }).copy).toBeDefined();
});

test('more copies at once where the account has more', () => {
  const others = ['a', 'b', 'c', 'd', 'e'].map((id) => copying(`vol-${id}`, 'vol-0'));
  expect(planned({ others, inventory: { quotas: { volumeCopies: 6 } } }).copy).toBeDefined();
});

test('without any feasible strategy the plan says why it cannot be copied', () => {
  const { plan } = planned({ source: { state: 'error' }, inventory: { snapshots: [] } });
  const [problem] = plan.problems.filter(({ code }) => code === 'NO_FEASIBLE_STRATEGY');
  expect(problem?.message).toContain("volume-copy: vol-1 is 'error'");
  expect(problem?.message).toContain('fsr: no usable snapshot');
});

test('it is attached as the volume of a snapshot would be', () => {
  const attachTo = { instance: 'i-1', device: '/dev/sdf' };
  const inventory = { instances: [{ id: 'i-1', zone: 'us-east-1a' }] };
  const { copy } = planned({ resource: { target: { attachTo } }, inventory });
  expect(copy?.spec).toMatchObject({ attachTo: { instanceId: 'i-1', devices: ['/dev/sdf'] } });
  expect(copy?.steps.map(({ id }) => id)).toEqual(['copy', 'hydrate', 'attach', 'verify']);
});
