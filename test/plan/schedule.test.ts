import { fc } from '../property.ts';
import type { Task, TaskProgress } from '../../src/plan/schedule.ts';
import { schedule } from '../../src/plan/schedule.ts';
import type { Pools } from '../../src/plan/input.ts';
import type { PoolName, PoolUse } from '../../src/plan/types.ts';

const task = (id: string, parts: Partial<Task> = {}): Task => ({
  id,
  dependsOn: [],
  needs: [],
  accelerateSeconds: 0,
  restoreSeconds: 10,
  warmSeconds: 20,
  verifySeconds: 5,
  readyWhen: 'hydrated',
  ...parts,
});
const need = (
  amount: number,
  until: PoolUse['until'] = 'hydrated',
  pool: PoolName = 'fsrSnapshots',
): PoolUse => ({
  pool,
  amount,
  until,
});
const startsOf = (tasks: readonly Task[], pools: Pools = {}, start = 0) =>
  schedule(tasks, pools, start).map((slot) => slot.startSeconds);

describe('one task', () => {
  test.each<[string, Partial<Task>, { available: number; hydrated: number | null; ready: number }]>([
    ['ready when hydrated', {}, { available: 110, hydrated: 130, ready: 135 }],
    ['ready when available', { readyWhen: 'available' }, { available: 110, hydrated: 130, ready: 115 }],
    ['accelerated first', { accelerateSeconds: 7 }, { available: 117, hydrated: 137, ready: 142 }],
    [
      'never hydrated, and nobody waits',
      { warmSeconds: null, readyWhen: 'available' },
      { available: 110, hydrated: null, ready: 115 },
    ],
    [
      'never hydrated, and somebody waits',
      { warmSeconds: null },
      { available: 110, hydrated: null, ready: Infinity },
    ],
  ])('%s', (_, parts, { available, hydrated, ready }) => {
    expect(schedule([task('a', parts)], {}, 100)).toEqual([
      {
        id: 'a',
        startSeconds: 100,
        availableSeconds: available,
        hydratedSeconds: hydrated,
        readySeconds: ready,
        waitsFor: undefined,
      },
    ]);
  });
});

describe('what a task waits for', () => {
  test('a dependency', () => {
    const slots = schedule([task('a'), task('b', { dependsOn: ['a'] })], {}, 0);
    expect(slots[1]).toMatchObject({ startSeconds: 35, waitsFor: 'a' });
  });

  test('the later of two dependencies', () => {
    const tasks = [task('a'), task('b', { restoreSeconds: 50 }), task('c', { dependsOn: ['a', 'b'] })];
    expect(schedule(tasks, {}, 0)[2]).toMatchObject({ startSeconds: 75, waitsFor: 'b' });
  });

  test('the holder of its quota, until that is hydrated', () => {
    const tasks = [task('a', { needs: [need(1)] }), task('b', { needs: [need(1)] })];
    expect(schedule(tasks, { fsrSnapshots: 1 }, 0)[1]).toMatchObject({ startSeconds: 30, waitsFor: 'a' });
  });

  test('the holder of its quota, until that is made', () => {
    const tasks = [task('a', { needs: [need(1, 'made')] }), task('b', { needs: [need(1, 'made')] })];
    expect(schedule(tasks, { fsrSnapshots: 1 }, 0)[1]).toMatchObject({ startSeconds: 10, waitsFor: 'a' });
  });

  test.each<[string, readonly Task[]]>([
    ['a dependency that is unknown', [task('a', { dependsOn: ['x'] })]],
    ['a dependency that is never ready', [task('a', { dependsOn: ['b'] }), task('b', { warmSeconds: null })]],
    ['more than the quota', [task('a', { needs: [need(3)] })]],
    [
      'a quota given away for good',
      [task('b', { needs: [need(2, 'never')] }), task('a', { needs: [need(1)] })],
    ],
    [
      'a quota held until a hydration that never comes',
      [task('b', { needs: [need(2)], warmSeconds: null }), task('a', { needs: [need(1)] })],
    ],
  ])('for ever: %s', (_, tasks) => {
    const slot = schedule(tasks, { fsrSnapshots: 2 }, 0).find((candidate) => candidate.id === 'a');
    expect(slot).toMatchObject({ startSeconds: Infinity, readySeconds: Infinity, hydratedSeconds: null });
  });
});

describe('order', () => {
  test('a higher priority goes first', () => {
    const needs = [need(1)];
    expect(
      startsOf([task('a', { needs }), task('b', { needs }), task('c', { needs })], { fsrSnapshots: 1 }),
    ).toEqual([0, 30, 60]);
  });

  test('a small need does not overtake a large one that waits in the same pool', () => {
    const tasks = [
      task('a', { needs: [need(2)] }),
      task('b', { needs: [need(3)] }),
      task('c', { needs: [need(1)] }),
    ];
    expect(startsOf(tasks, { fsrSnapshots: 3 })).toEqual([0, 30, 60]);
  });

  test('a wait in one pool does not hold up another', () => {
    const other = [need(1, 'hydrated', 'dbInstances')];
    const tasks = [
      task('a', { needs: [need(1)] }),
      task('b', { needs: [need(1)] }),
      task('c', { needs: other }),
      task('d', { needs: other }),
    ];
    expect(startsOf(tasks, { fsrSnapshots: 1, dbInstances: 1 })).toEqual([0, 30, 0, 30]);
  });

  test('a lower priority uses the pool while a higher one still waits for its dependency', () => {
    const tasks = [
      task('a', { restoreSeconds: 65 }),
      task('b', { dependsOn: ['a'], needs: [need(1)] }),
      task('c', { needs: [need(1)] }),
      task('d', { needs: [need(1)] }),
    ];
    expect(startsOf(tasks, { fsrSnapshots: 1 })).toEqual([0, 90, 0, 30]);
  });

  test('what can never start does not block those behind it', () => {
    const tasks = [task('a', { needs: [need(5)] }), task('b', { needs: [need(1)] })];
    expect(startsOf(tasks, { fsrSnapshots: 1 })).toEqual([Infinity, 0]);
  });

  test('fractions add up to a full pool', () => {
    const needs = [need(0.1, 'never', 'storageTiB.gp3')];
    const tasks = Array.from({ length: 11 }, (_, index) => task(`t${index}`, { needs }));
    expect(startsOf(tasks, { 'storageTiB.gp3': 1 }).filter((start) => start === 0)).toHaveLength(10);
  });

  test('two needs of one pool count together', () => {
    const tasks = [
      task('a', { needs: [need(1), need(1, 'made')] }),
      task('b', { needs: [need(1), need(1, 'made')] }),
    ];
    expect(startsOf(tasks, { fsrSnapshots: 2 })).toEqual([0, 30]);
  });
});

describe('what has begun', () => {
  test.each<[string, TaskProgress, Partial<Task>, Record<string, number | null>]>([
    ['counts from its own start', { startedSeconds: 90 }, {}, { available: 100, hydrated: 120, ready: 125 }],
    [
      'is not available in the past when nobody has seen it',
      { startedSeconds: 0 },
      {},
      { available: 100, hydrated: 120, ready: 125 },
    ],
    [
      'warms from when it was available',
      { startedSeconds: 50, availableSeconds: 95 },
      {},
      { available: 95, hydrated: 115, ready: 120 },
    ],
    [
      'only has to be verified once hydrated',
      { startedSeconds: 50, availableSeconds: 60, hydratedSeconds: 97 },
      {},
      { available: 60, hydrated: 97, ready: 102 },
    ],
    [
      'is ready when it was',
      { startedSeconds: 50, availableSeconds: 60, hydratedSeconds: 80, readySeconds: 85 },
      {},
      { available: 60, hydrated: 80, ready: 85 },
    ],
    [
      'goes on warming after it was ready',
      { startedSeconds: 50, availableSeconds: 95, readySeconds: 99 },
      { readyWhen: 'available' },
      { available: 95, hydrated: 115, ready: 99 },
    ],
    [
      'follows a better estimate',
      { startedSeconds: 50, availableSeconds: 95, remainingSeconds: 400 },
      {},
      { available: 95, hydrated: 495, ready: 500 },
    ],
    [
      'is never ready before now',
      { startedSeconds: 0, remainingSeconds: -3 },
      {},
      { available: 100, hydrated: 100, ready: 100 },
    ],
  ])('%s', (_, progress, parts, expected) => {
    const [slot] = schedule([task('a', { ...parts, progress })], {}, 100);
    expect({
      available: slot?.availableSeconds,
      hydrated: slot?.hydratedSeconds,
      ready: slot?.readySeconds,
    }).toEqual(expected);
  });

  test('holds its part of the quota', () => {
    const tasks = [
      task('a', { needs: [need(1)] }),
      task('b', { needs: [need(1)], progress: { startedSeconds: 90 } }),
    ];
    expect(schedule(tasks, { fsrSnapshots: 1 }, 100)[0]).toMatchObject({ startSeconds: 120, waitsFor: 'b' });
  });

  test('gives back later what the account is slow to let go of', () => {
    const slow = { ...need(1, 'made'), tailSeconds: 30 };
    const slots = schedule(
      [task('a', { needs: [slow] }), task('b', { needs: [slow] })],
      { fsrSnapshots: 1 },
      0,
    );
    expect(slots[1]).toMatchObject({
      startSeconds: (slots[0]?.availableSeconds ?? 0) + 30,
      waitsFor: 'a',
    });
  });

  test('has given back what it no longer needs', () => {
    const progress = { startedSeconds: 50, availableSeconds: 60 };
    const tasks = [task('a', { needs: [need(1)] }), task('b', { needs: [need(1, 'made')], progress })];
    expect(schedule(tasks, { fsrSnapshots: 1 }, 100)[0]?.startSeconds).toBe(100);
  });

  test('lets those start that waited for it', () => {
    const tasks = [
      task('a', { progress: { startedSeconds: 0, readySeconds: 40 } }),
      task('b', { dependsOn: ['a'] }),
    ];
    expect(schedule(tasks, {}, 100)[1]).toMatchObject({ startSeconds: 100, waitsFor: 'a' });
  });
});

describe('any set of tasks', () => {
  const poolName = fc.constantFrom<PoolName>('fsrSnapshots', 'provisionedInitMiBps', 'storageTiB.gp3');
  const poolUse = fc.record({
    pool: poolName,
    amount: fc.integer({ min: 1, max: 4 }),
    until: fc.constantFrom<PoolUse['until']>('made', 'hydrated', 'never'),
    tailSeconds: fc.nat({ max: 3 }),
  });
  const anyTask = fc.record({
    needs: fc.array(poolUse, { maxLength: 3 }),
    dependencies: fc.array(fc.nat({ max: 20 }), { maxLength: 2 }),
    accelerateSeconds: fc.nat({ max: 5 }),
    restoreSeconds: fc.nat({ max: 5 }),
    warmSeconds: fc.option(fc.nat({ max: 9 }), { freq: 5 }),
    verifySeconds: fc.nat({ max: 2 }),
    readyWhen: fc.constantFrom<Task['readyWhen']>('hydrated', 'available'),
  });
  const anyTasks = fc.array(anyTask, { maxLength: 25 }).map((drafts) =>
    drafts.map(({ dependencies, ...rest }, index): Task => ({
      ...rest,
      id: `t${index}`,
      dependsOn: index === 0 ? [] : dependencies.map((dependency) => `t${dependency % index}`),
    })),
  );
  const anyPools: fc.Arbitrary<Pools> = fc.record(
    {
      fsrSnapshots: fc.nat({ max: 6 }),
      provisionedInitMiBps: fc.nat({ max: 6 }),
      'storageTiB.gp3': fc.nat({ max: 12 }),
    },
    { requiredKeys: [] },
  );
  const cases: [fc.Arbitrary<readonly Task[]>, fc.Arbitrary<Pools>, fc.Arbitrary<number>] = [
    anyTasks,
    anyPools,
    fc.nat({ max: 50 }),
  ];

  test('never exceeds a quota at any instant', () => {
    fc.assert(
      fc.property(...cases, (tasks, pools, start) => {
        const slots = schedule(tasks, pools, start);
        for (const { startSeconds: instant } of slots) {
          if (instant === Infinity) continue;
          for (const [pool, used] of usageAt(instant, tasks, slots)) {
            expect(used).toBeLessThanOrEqual((pools as Record<string, number>)[pool] ?? Infinity);
          }
        }
      }),
    );
  });

  test('starts nothing before its dependencies are ready, or before the start', () => {
    fc.assert(
      fc.property(...cases, (tasks, pools, start) => {
        const slots = schedule(tasks, pools, start);
        const readyOf = new Map(slots.map((slot) => [slot.id, slot.readySeconds]));
        tasks.forEach((each, index) => {
          const from = Math.max(start, ...each.dependsOn.map((id) => readyOf.get(id) ?? Infinity));
          expect(slots[index]?.startSeconds).toBeGreaterThanOrEqual(from);
        });
      }),
    );
  });

  test('leaves nobody waiting who could start alone on the empty pools', () => {
    fc.assert(
      fc.property(anyTasks, anyPools, (tasks, pools) => {
        const givenBack = tasks.map((each) => ({
          ...each,
          warmSeconds: each.warmSeconds ?? 1,
          needs: each.needs.map((use) => ({ ...use, until: 'made' as const })),
        }));
        const slots = schedule(givenBack, pools, 0);
        const readyOf = new Map(slots.map((slot) => [slot.id, slot.readySeconds]));
        givenBack.forEach((each, index) => {
          const waitsInVain = each.dependsOn.some((id) => readyOf.get(id) === Infinity);
          const total = new Map<string, number>();
          for (const use of each.needs) total.set(use.pool, (total.get(use.pool) ?? 0) + use.amount);
          const tooMuch = [...total].some(
            ([pool, amount]) => amount > ((pools as Record<string, number>)[pool] ?? Infinity),
          );
          expect(slots[index]?.startSeconds === Infinity).toBe(waitsInVain || tooMuch);
        });
      }),
    );
  });

  test('says whom each task waited for: somebody who ended, or gave back, at that instant', () => {
    fc.assert(
      fc.property(...cases, (tasks, pools, start) => {
        const prompt = tasks.map((each) => ({
          ...each,
          needs: each.needs.map((use) => ({ ...use, tailSeconds: 0 })),
        }));
        const slots = schedule(prompt, pools, start);
        const byId = new Map(slots.map((slot) => [slot.id, slot]));
        for (const slot of slots) {
          if (slot.startSeconds === Infinity || slot.startSeconds === start) continue;
          const cause = byId.get(slot.waitsFor ?? '');
          expect([cause?.readySeconds, cause?.availableSeconds, cause?.hydratedSeconds]).toContain(
            slot.startSeconds,
          );
        }
      }),
    );
  });
});

function usageAt(instant: number, tasks: readonly Task[], slots: ReturnType<typeof schedule>) {
  const usage = new Map<string, number>();
  tasks.forEach((each, index) => {
    const slot = slots[index];
    if (slot === undefined || slot.startSeconds > instant) return;
    for (const use of each.needs) {
      const until =
        use.until === 'never'
          ? Infinity
          : use.until === 'made'
            ? slot.availableSeconds + (use.tailSeconds ?? 0)
            : (slot.hydratedSeconds ?? Infinity);
      // A task of no length holds its pools for no time at all.
      if (until > instant) usage.set(use.pool, (usage.get(use.pool) ?? 0) + use.amount);
    }
  });
  return usage;
}
