import { phasesOf } from '../../src/kinds/phases.ts';
import { fc } from '../property.ts';
import { planRecovery } from '../../src/plan/planner.ts';
import {
  at,
  codesOf,
  database,
  DB,
  EVENTS,
  fleet,
  INCIDENT,
  inputOf,
  inventoryOf,
  ORDERS_PROD,
  ORDERS_SNAPSHOT,
  planOf,
  resourceOf,
  runbookOf,
  volumeWithSnapshot,
} from './builders.ts';

describe('one volume', () => {
  const plan = planOf([{ ...EVENTS, strategies: ['provisioned-rate'] }], fleet(1));

  // 20 s to create, 3,495.25 s to fill 1 TiB at 300 MiB/s, 150 s until the status tells, 5 s to check.
  test('is scheduled from the incident', () => {
    expect(plan.schedule).toEqual([
      {
        resource: 'events/vol-000',
        strategy: 'provisioned-rate',
        startSeconds: 0,
        readySeconds: 3_671,
        hydratedSeconds: 3_516,
        uses: { provisionedInitMiBps: 300, 'storageTiB.gp3': 1 },
      },
    ]);
    expect(plan.forecast).toEqual({
      rtaSeconds: { p50: 3_671, p90: 4_235 },
      rpaSeconds: 3_600,
      criticalPath: ['events/vol-000'],
      lowerBoundSeconds: 3_671,
    });
    expect(plan.meets).toEqual({ rto: true, rpo: true });
    expect(plan.problems).toEqual([]);
  });

  test('costs its initialisation and an hour of storage', () => {
    expect(plan.costUsd).toBeCloseTo(1_024 * 0.0036 + ((1_024 * 0.08) / 730) * (3_671 / 3_600), 2);
  });

  test('changes one volume and reads one snapshot', () => {
    expect(plan.blastRadius).toEqual({
      creates: { volumes: 1, storageGiB: 1_024, dbInstances: 0, snapshots: 1 },
      fsr: [],
      reads: ['snap-vol-000'],
    });
  });

  test('is scheduled from now when the incident is over for a while', () => {
    const later = planOf([{ ...EVENTS, strategies: ['provisioned-rate'] }], fleet(1), { now: at('04:00') });
    expect(later.schedule[0]).toMatchObject({ startSeconds: 3_600, readySeconds: 7_271 });
    expect(later.forecast.lowerBoundSeconds).toBe(7_271);
    expect(later.plannedAt).toBe(at('04:00'));
  });

  test('is never scheduled before the incident', () => {
    const early = planOf([EVENTS], fleet(1), { now: at('02:00') });
    expect([early.plannedAt, early.schedule[0]?.startSeconds]).toEqual([INCIDENT, 0]);
  });
});

describe('order', () => {
  const things = ['a', 'b', 'c'].map((id) => volumeWithSnapshot(id, 100));
  const inventory = inventoryOf({
    volumes: things.map(({ volume }) => volume),
    snapshots: things.map(({ snapshot }) => snapshot),
  });
  const volume = (id: string, ...dependsOn: string[]) => ({
    id,
    type: 'ebs-volume' as const,
    source: id,
    dependsOn,
  });

  test('waves, schedule and critical path follow dependsOn', () => {
    const plan = planOf([volume('a', 'b'), volume('b'), volume('c')], inventory);
    expect(plan.order).toEqual([['b', 'c'], ['a']]);
    expect(plan.forecast.criticalPath).toEqual(['b', 'a']);
    expect(plan.forecast.lowerBoundSeconds).toBe(plan.forecast.rtaSeconds.p50);
    const [b, a] = ['b', 'a'].map((id) => plan.schedule.find((entry) => entry.resource === id));
    expect((a?.startSeconds ?? 0) - (b?.readySeconds ?? 0)).toBeLessThanOrEqual(1);
  });

  test('what depends on a selector waits for all of its members', () => {
    const plan = planOf(
      [EVENTS, { ...DB, dependsOn: ['events'] }],
      inventoryOf({ ...inputOf(fleet(3)), dbInstances: [ORDERS_PROD] }),
    );
    expect(resourceOf(plan, 'db').dependsOn).toEqual(['events/vol-000', 'events/vol-001', 'events/vol-002']);
    expect(plan.order).toHaveLength(2);
  });

  test('what depends on something unrecoverable is not scheduled, and that is an error', () => {
    const broken = inventoryOf({ ...inputOf(inventory), snapshots: [things[1]?.snapshot ?? raise()] });
    const plan = planOf([volume('a'), volume('b', 'a')], broken);
    expect(plan.problems.map(({ code, resource, severity }) => [severity, code, resource])).toEqual([
      ['error', 'NO_RECOVERY_POINT', 'a'],
      ['error', 'DEPENDENCY_UNRECOVERABLE', 'b'],
    ]);
    expect(plan.schedule).toEqual([]);
    expect(plan.meets).toEqual({ rto: false, rpo: false });
  });
});

describe('choice', () => {
  test('auto spreads over the quotas: what a full pool would delay goes another way', () => {
    const plan = planOf([EVENTS], fleet(8, { provisionedInitMiBps: 300, fsrSnapshots: 2 }));
    const used = plan.schedule.map((entry) => entry.strategy);
    expect(new Set(used)).toEqual(new Set(['provisioned-rate', 'fsr']));
    const alone = planOf(
      [{ ...EVENTS, strategies: ['provisioned-rate'] }],
      fleet(8, { provisionedInitMiBps: 300, fsrSnapshots: 2 }),
    );
    expect(plan.forecast.rtaSeconds.p50).toBeLessThan(alone.forecast.rtaSeconds.p50);
  });

  test('a list is an order of preference, and the rest are fallbacks', () => {
    const strategies = ['lazy', 'fsr', 'provisioned-rate'] as const;
    const plan = planOf([{ ...EVENTS, strategies: [...strategies] }], fleet(1));
    const resource = resourceOf(plan, 'events/vol-000');
    expect(resource.strategies.map(({ name }) => name)).toEqual(['fsr', 'provisioned-rate']);
    expect(resource.alternatives.map(({ strategy, feasible }) => [strategy, feasible])).toEqual([
      ['fsr', true],
      ['provisioned-rate', true],
      ['volume-copy', false],
      ['read-through', false],
      ['lazy', false],
    ]);
  });

  test('what the runbook does not list is forecast but not used', () => {
    const plan = planOf([{ ...EVENTS, strategies: ['fsr'] }], fleet(1));
    expect(resourceOf(plan, 'events/vol-000').strategies.map(({ name }) => name)).toEqual(['fsr']);
    expect(resourceOf(plan, 'events/vol-000').alternatives[1]).toMatchObject({
      feasible: true,
      why: expect.stringContaining('not listed in the runbook'),
    });
  });

  test('auto prefers a slower way that keeps the RPO to a faster one that does not', () => {
    const auto = planOf([DB], database(), { runbookParts: { objectives: { rto: '6h', rpo: '1h' } } });
    expect(auto.schedule[0]?.strategy).toBe('point-in-time');
    expect(resourceOf(auto, 'db').strategies.map(({ name }) => name)).toEqual([
      'point-in-time',
      'restore-snapshot',
    ]);
    expect(planOf([DB], database()).schedule[0]?.strategy).toBe('restore-snapshot');
  });

  test('auto takes the cheaper of two that finish within the same second', () => {
    // Filling 100 GiB takes 491.3 s with the lag of its status; the missing part of a credit comes after 491.8 s, free.
    const fsr = [{ zone: 'us-east-1a', state: 'enabled', credits: 1 - 491.8 / 3_600 }];
    const plan = planOf([EVENTS], fleet(1, {}, { fsr, fullSizeGiB: 100 }));
    expect(plan.schedule[0]?.strategy).toBe('fsr');
    const slower = [{ zone: 'us-east-1a', state: 'enabled', credits: 1 - 494 / 3_600 }];
    const other = planOf([EVENTS], fleet(1, {}, { fsr: slower, fullSizeGiB: 100 }));
    expect(other.schedule[0]?.strategy).toBe('provisioned-rate');
  });

  test('the source is gone: its snapshots are left', () => {
    const plan = planOf(
      [{ ...DB, target: { class: 'db.m6g.large' } }],
      inventoryOf({ dbSnapshots: [ORDERS_SNAPSHOT] }),
    );
    expect(plan.schedule[0]?.strategy).toBe('restore-snapshot');
    expect(codesOf(plan)).toEqual(['CONFIG_UNKNOWN']);
  });
});

test('a drill keeps its copies, and pays for them, until all are verified and removed', () => {
  const [short, long] = [volumeWithSnapshot('a', 100), volumeWithSnapshot('b', 1_000)];
  const inventory = inventoryOf({
    volumes: [short.volume, long.volume],
    snapshots: [short.snapshot, long.snapshot],
  });
  const resources = [{ ...EVENTS, strategies: ['provisioned-rate' as const] }];
  const restore = planOf(resources, inventory);
  const drill = planOf(resources, inventory, { mode: 'drill' });
  const gap = (drill.schedule[1]?.readySeconds ?? 0) - (drill.schedule[0]?.readySeconds ?? 0);
  const waitingGiBSeconds = 100 * Math.abs(gap) + 1_100 * 300;
  const extraUsd = (waitingGiBSeconds / 3_600) * (0.08 / 730);
  expect(drill.costUsd - restore.costUsd).toBeCloseTo(extraUsd, 3);
  expect(extraUsd).toBeGreaterThan(0.01);
});

test('fast snapshot restore is in the blast radius only where it is chosen and was off', () => {
  const strategies = ['fsr' as const];
  const off = planOf([{ ...EVENTS, strategies }], fleet(1));
  expect(off.blastRadius.fsr).toEqual(['snap-vol-000@us-east-1a']);
  const on = { fsr: [{ zone: 'us-east-1a', state: 'enabled', credits: 1 }] };
  expect(planOf([{ ...EVENTS, strategies }], fleet(1, {}, on)).blastRadius.fsr).toEqual([]);
  expect(planOf([EVENTS], fleet(1)).blastRadius.fsr).toEqual([]);
});

test('the same input gives the same plan', () => {
  const plan = () => planOf([EVENTS], fleet(9, { provisionedInitMiBps: 600, fsrSnapshots: 2 }));
  expect(plan()).toEqual(plan());
});

test('the same input in another order of the inventory gives the same choice', () => {
  const inventory = fleet(9, { provisionedInitMiBps: 600, fsrSnapshots: 2 });
  const shuffled = { ...inventory, snapshots: [...inventory.snapshots].reverse() };
  expect(planOf([EVENTS], shuffled).schedule).toEqual(planOf([EVENTS], inventory).schedule);
});

test('no plan breaks a quota, and none beats its lower bound', () => {
  const quotas = fc.record({
    provisionedInitMiBps: fc.integer({ min: 0, max: 2_000 }),
    fsrSnapshots: fc.nat({ max: 4 }),
  });
  fc.assert(
    fc.property(quotas, fc.integer({ min: 1, max: 12 }), fc.nat({ max: 3_600 }), (limits, count, delay) => {
      const plan = planOf([EVENTS], fleet(count, limits), { now: INCIDENT + delay * 1_000 });
      const { rtaSeconds, lowerBoundSeconds } = plan.forecast;
      expect(rtaSeconds.p50).toBeGreaterThanOrEqual(lowerBoundSeconds);
      expect(rtaSeconds.p90).toBeGreaterThanOrEqual(rtaSeconds.p50);
      const made = new Map(
        plan.resources.map(({ id, strategies }) => [id, phasesOf(strategies[0] ?? { steps: [] })]),
      );
      for (const { startSeconds: instant } of plan.schedule) {
        let fsr = 0;
        let rateMiBps = 0;
        for (const { resource, startSeconds, hydratedSeconds, uses } of plan.schedule) {
          const phases = made.get(resource);
          const madeSeconds =
            startSeconds + (phases?.accelerate.p50Seconds ?? 0) + (phases?.restore.p50Seconds ?? 0);
          // Seconds are rounded up in a plan: an end may read one later than it is.
          if (startSeconds <= instant && instant < madeSeconds - 1) fsr += uses['fsrSnapshots'] ?? 0;
          if (startSeconds <= instant && instant < (hydratedSeconds ?? 0) - 1) {
            rateMiBps += uses['provisionedInitMiBps'] ?? 0;
          }
        }
        expect(fsr).toBeLessThanOrEqual(limits.fsrSnapshots);
        expect(rateMiBps).toBeLessThanOrEqual(limits.provisionedInitMiBps);
      }
    }),
    { numRuns: 50 },
  );
});

test('a plan is JSON: nothing is lost when it is kept with the run', () => {
  const plan = planOf([EVENTS, { ...DB, dependsOn: ['events'] }], fleet(3, { provisionedInitMiBps: 100 }));
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
});

test('a runbook none of whose members is known has an empty plan that meets nothing', () => {
  const plan = planRecovery({
    runbook: runbookOf([DB]),
    inventory: inventoryOf(),
    members: [],
    missing: [{ resource: 'db', source: 'orders-prod', message: 'Nobody knows orders-prod.' }],
    mode: 'restore',
    incidentAt: INCIDENT,
    damagedAt: INCIDENT,
    now: INCIDENT,
    notExercised: [],
  });
  expect(plan).toMatchObject({ schedule: [], costUsd: 0, meets: { rto: false, rpo: false } });
  expect(plan.forecast.rpaSeconds).toBeNull();
});

function raise(): never {
  throw new Error('missing');
}
