import { stepProblems } from '../../src/kinds/step-problems.ts';
import { at, inventoryOf, ORDERS_PROD, ORDERS_SNAPSHOT, planOf, resourceOf } from '../plan/builders.ts';

const REPLICA = {
  ...ORDERS_PROD,
  id: 'orders-replica',
  replicaOf: 'orders-prod',
  replicaLagSeconds: 4,
  class: 'db.r6g.large',
  zone: 'us-east-1b',
  backupRetentionDays: 0,
  tags: { role: 'reader' },
};

type Instances = NonNullable<Parameters<typeof inventoryOf>[0]>['dbInstances'];
type Strategies = ('auto' | 'promote-replica' | 'point-in-time')[];
type Options = NonNullable<Parameters<typeof planOf>[2]> & { readonly strategies?: Strategies };

function planned(instances: Instances, options: Options = {}) {
  const inventory = inventoryOf({ dbInstances: instances, dbSnapshots: [ORDERS_SNAPSHOT] });
  const { strategies: names = ['promote-replica', 'point-in-time'], ...rest } = options;
  const runbookParts = { recoveryPoint: { policy: 'latest' as const } };
  const plan = planOf(
    [{ id: 'db', type: 'rds-instance', source: 'orders-prod', strategies: names }],
    inventory,
    {
      runbookParts,
      ...rest,
    },
  );
  const { strategies, alternatives } = resourceOf(plan, 'db');
  return {
    plan,
    strategies,
    promotion: strategies.find(({ name }) => name === 'promote-replica'),
    why: alternatives.find(({ strategy }) => strategy === 'promote-replica')?.why,
  };
}

describe('a replica that can be promoted', () => {
  const { plan, strategies, promotion, why } = planned([ORDERS_PROD, REPLICA]);

  test('is taken only where the runbook lists it, because it cannot be undone', () => {
    const auto = planned([ORDERS_PROD, REPLICA], { strategies: ['auto'] });
    expect(auto.promotion).toBeUndefined();
    expect(auto.why).toMatch(
      /^feasible, but auto takes nothing that cannot be undone; orders-replica takes over/,
    );
    const [problem] = auto.plan.problems.filter(({ code }) => code === 'OLDER_RECOVERY_POINT');
    expect(problem?.message).toContain('(auto takes nothing that cannot be undone)');
  });

  test('is the fastest way back, with what it had applied when its lag was measured', () => {
    expect(strategies[0]).toBe(promotion);
    expect(promotion?.recoveryPoint).toMatchObject({ at: at('03:00') - 4_000, ageSeconds: 4 });
    expect(promotion?.forecast.p50Seconds).toBeLessThan(600);
  });

  test('takes nothing from a quota, costs nothing and is never remade or undone', () => {
    expect(promotion?.steps.map(({ id }) => id)).toEqual(['promote', 'configure', 'verify']);
    expect(promotion?.steps[0]).toMatchObject({
      makes: { id: 'orders-replica', origin: 'existing' },
      ...{ irreversible: true, onFailure: 'halt' },
    });
    expect(promotion?.steps.flatMap(({ holds = [] }) => holds)).toEqual([]);
    expect(promotion?.costUsd).toBe(0);
    expect(stepProblems(promotion?.steps ?? [], 'restore')).toEqual([]);
  });

  test('gets the settings of production, but for what it keeps', () => {
    expect(promotion?.spec).toMatchObject({
      from: { replicaId: 'orders-replica' },
      ...{ class: 'db.r6g.large', zone: 'us-east-1b', tags: { role: 'reader' } },
      ...{ backupRetentionDays: 7, deletionProtection: true, parameterGroup: 'orders-pg16' },
    });
    expect(why).toContain('class (db.r6g.large, not db.r6g.xlarge), zone (us-east-1b, not us-east-1a)');
  });

  test('is changed by the run, and nothing is created', () => {
    expect(plan.blastRadius).toMatchObject({
      changes: ['orders-replica'],
      creates: { dbInstances: 0, snapshots: 1 },
    });
    expect(plan.apiCalls.byOperation).toMatchObject({ PromoteReadReplica: 1, ModifyDBInstance: 1 });
    expect(plan.apiCalls.byOperation).not.toHaveProperty('RestoreDBInstanceToPointInTime');
  });

  test('leaves its own replicas, the other ones and the old primary', () => {
    const others = [
      { ...REPLICA, id: 'second', replicaLagSeconds: 9 },
      { ...REPLICA, id: 'of-replica', replicaOf: 'orders-replica' },
    ];
    const { promotion: chosen } = planned([ORDERS_PROD, REPLICA, ...others]);
    expect(chosen?.remains?.map(({ thing, why: reason }) => [thing.id, thing.origin, reason])).toEqual([
      ['orders-prod', 'existing', 'old-primary'],
      ['of-replica', 'existing', 'own-replica'],
      ['second', 'existing', 'other-replica'],
    ]);
  });

  test('is the one that is least behind', () => {
    const { promotion: chosen } = planned([
      ORDERS_PROD,
      REPLICA,
      { ...REPLICA, id: 'nearer', replicaLagSeconds: 1 },
    ]);
    expect(chosen?.spec).toMatchObject({ from: { replicaId: 'nearer' } });
  });
});

describe('a replica is not promoted', () => {
  test.each<[string, Partial<typeof REPLICA> & { status?: string }, string]>([
    ['while RDS backs it up', { status: 'backing-up' }, 'orders-replica is being backed up: RDS refuses'],
    [
      'that is not available',
      { status: 'storage-full' },
      "orders-replica is 'storage-full', not 'available'",
    ],
  ])('%s', (_, change, why) => {
    expect(planned([ORDERS_PROD, { ...REPLICA, ...change }]).why).toContain(why);
  });

  test('if its lag is unknown', () => {
    const unknown = { ...ORDERS_PROD, id: 'orders-replica', replicaOf: 'orders-prod' };
    const { promotion, why } = planned([ORDERS_PROD, unknown]);
    expect(promotion).toBeUndefined();
    expect(why).toContain('does not say how far it is behind');
  });

  test('if only the baseline contains it', () => {
    expect(planned([ORDERS_PROD, REPLICA], { gone: new Set(['orders-replica']) }).why).toBe(
      'no replica of the source is known',
    );
  });

  test('in a drill', () => {
    const { promotion, why } = planned([ORDERS_PROD, REPLICA], { mode: 'drill' });
    expect(promotion).toBeUndefined();
    expect(why).toBe('a drill never promotes: it would end the replication');
  });
});

describe('before the damage', () => {
  const damagedAt = at('02:00');
  const runbookParts = { recoveryPoint: { policy: 'before-damage' as const } };
  const lagging = (minutes: number): Instances => [
    ORDERS_PROD,
    { ...REPLICA, replicaLagSeconds: minutes * 60 },
  ];

  test('a replica that has applied the damage is refused', () => {
    expect(planned(lagging(30), { runbookParts, damagedAt }).why).toContain(
      'it would have applied the damage',
    );
  });

  test('one that would apply it while it waits for a slow promotion is refused too', () => {
    // An hour after the damage, and 65 minutes behind: five minutes are left, and a promotion may take ten.
    expect(planned(lagging(65), { runbookParts, damagedAt }).promotion).toBeUndefined();
    expect(planned(lagging(75), { runbookParts, damagedAt }).promotion).toBeDefined();
  });

  test('it goes on applying after its lag was measured', () => {
    const now = at('03:10');
    expect(planned(lagging(75), { runbookParts, damagedAt, now }).promotion).toBeUndefined();
  });

  test('it applies nothing more where its source is gone', () => {
    const replica = { ...REPLICA, replicaLagSeconds: 61 * 60 };
    const { promotion } = planned([replica], { runbookParts, damagedAt });
    expect(promotion?.recoveryPoint.at).toBe(at('01:59'));
    expect(promotion?.remains).toBeUndefined();
  });
});

test('a replica that has passed the instant to recover to is refused, because it cannot go back', () => {
  expect(planned([ORDERS_PROD, REPLICA], { recoverTo: at('02:30') }).why).toContain(
    'it would have passed 2026-11-20T02:30:00Z',
  );
  const late = { ...REPLICA, replicaLagSeconds: 3_600 };
  expect(planned([ORDERS_PROD, late], { recoverTo: at('02:30') }).promotion?.recoveryPoint.at).toBe(
    at('02:00'),
  );
});
