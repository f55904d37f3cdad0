import type { Plan } from '../../src/plan/types.ts';
import { needsOf } from '../../src/workflow/resource/grants.ts';
import { idOf } from '../../src/workflow/resource/parts.ts';
import type { Adopted } from '../../src/workflow/resource/resource-context.ts';
import { adoptRun, type Adoption, type FoundThing } from '../../src/workflow/adoption.ts';
import { made } from '../things.ts';
import { dbSpec, minutes, planned, strategy, Subject, T0, volumeSpec } from './support.ts';

const spec = planned([strategy('provisioned-rate'), strategy('lazy')], { copies: 2 });
const INCIDENT = T0 + minutes(50);
const plan = {
  resources: [spec],
  ...{ incidentAt: INCIDENT, damagedAt: T0 },
  objectives: { rtoSeconds: 3_600, rpoSeconds: 3 * 3_600 },
  forecast: { rpaSeconds: 0 },
  meets: { rto: true, rpo: true },
} as unknown as Plan;
const copies = {
  snapshots: [{ id: 'snap-old', startedAt: T0 - minutes(180), sizeGiB: 100, fullSizeGiB: 70 }],
  dbSnapshots: [{ id: 'rds:old', dbInstanceId: 'orders-prod', at: T0 - minutes(180) }],
};

function options(adopted: Adoption['adopted']): { readonly adopted?: Adopted } {
  const { events } = adopted;
  return events === undefined ? {} : { adopted: events };
}

function found(
  id: string,
  change: Partial<FoundThing> & { generation?: number; copy?: number; round?: number; by?: string } = {},
): FoundThing {
  const { generation = 1, copy = 0, round = 0, by = 'provisioned-rate', ...rest } = change;
  return {
    thing: made('volume', id),
    resource: 'events',
    mark: { mode: 'restore', strategy: by, round, copy, generation },
    createdAt: T0,
    from: 'snap-1',
    ...rest,
  };
}

test('each copy goes on with the latest that was made for it', () => {
  const things = [
    found('vol-a', { generation: 1 }),
    found('vol-b', { generation: 2 }),
    found('vol-c', { copy: 1 }),
    found('vol-d', { copy: 1, createdAt: T0 + 1 }),
  ];
  const { adopted, taken, strangers } = adoptRun(plan, things, copies);
  expect(taken.map(({ id }) => id)).toEqual(['vol-b', 'vol-c']);
  expect(strangers.map(({ id }) => id)).toEqual(['vol-a', 'vol-d']);
  expect(adopted['events']).toEqual({
    strategy: 0,
    generation: 2,
    makes: [
      { copy: 0, id: 'vol-b', generation: 2, createdAt: T0 },
      { copy: 1, id: 'vol-c', generation: 1, createdAt: T0 },
    ],
  });
});

test('the plan uses the recovery point that the copies were made from', () => {
  const { plan: adapted } = adoptRun(plan, [found('vol-a', { from: 'snap-old' })], copies);
  expect(adapted.resources[0]?.strategies[0]).toMatchObject({
    recoveryPoint: { id: 'snap-old', at: T0 - minutes(180), ageSeconds: 230 * 60 },
    spec: { snapshotId: 'snap-old', fullSizeGiB: 70 },
  });
  expect(adapted.resources[0]?.strategies[1]?.recoveryPoint.id).toBe('snap-1');
  // Its age counts from the incident, as the planner's does: from the damage on it would just meet the RPO.
  expect([adapted.forecast.rpaSeconds, adapted.meets]).toEqual([230 * 60, { rto: true, rpo: false }]);
});

describe('a DB instance goes on with the point in its tag', () => {
  const database = (name: 'point-in-time' | 'restore-snapshot', from: object) =>
    strategy(name, { spec: { ...dbSpec(), from } as never });
  const logs = database('point-in-time', { sourceId: 'orders-prod', restoreTime: T0 });
  const backup = database('restore-snapshot', { snapshotId: 'rds:new' });
  const orders = planned([logs, backup], { id: 'orders', type: 'rds-instance', source: 'orders-prod' });
  const restored = (by: string, pointAt: number): FoundThing => ({
    thing: made('dbInstance', 'orders-run'),
    resource: 'orders',
    mark: { mode: 'restore', strategy: by, round: 0, copy: 0, generation: 1, pointAt },
  });

  test.each<[string, FoundThing, number, object]>([
    [
      'an instant in the logs, although they reach further by now',
      restored('point-in-time', T0 - minutes(4)),
      0,
      {
        recoveryPoint: {
          id: expect.stringMatching(/^orders-prod@/),
          at: T0 - minutes(4),
          ageSeconds: 54 * 60,
        },
        spec: { from: { sourceId: 'orders-prod', restoreTime: T0 - minutes(4) } },
      },
    ],
    [
      'a snapshot, although there is a newer one by now',
      restored('restore-snapshot', T0 - minutes(180)),
      1,
      {
        recoveryPoint: { id: 'rds:old', at: T0 - minutes(180), ageSeconds: 230 * 60 },
        spec: { from: { snapshotId: 'rds:old' } },
      },
    ],
    [
      'a snapshot that is gone',
      restored('restore-snapshot', T0 - minutes(200)),
      1,
      { recoveryPoint: { at: T0 - minutes(200), ageSeconds: 250 * 60 } },
    ],
  ])('%s', (_, thing, index, expected) => {
    const { plan: adapted, adopted } = adoptRun({ ...plan, resources: [orders] }, [thing], copies);
    expect(adopted['orders']?.strategy).toBe(index);
    const used = adapted.resources[0]?.strategies[index];
    expect(used).toMatchObject(expected);
    expect(adapted.forecast.rpaSeconds).toBe(used?.recoveryPoint.ageSeconds);
  });

  test('the tag of what is made next tells the point', () => {
    const subject = new Subject(orders);
    subject.grant();
    expect(subject.asked).toMatchObject([
      { operation: 'restoreDbInstance', mark: { pointAt: logs.recoveryPoint.at } },
    ]);
  });
});

test.each<[string, FoundThing, number]>([
  ['a fallback goes on as the fallback', found('vol-a', { by: 'lazy' }), 1],
  ['a lost mark is taken as the first strategy', { ...found('vol-a'), mark: undefined }, 0],
])('%s', (_, thing, index) => {
  expect(adoptRun(plan, [thing], copies).adopted['events']?.strategy).toBe(index);
});

test.each<[string, FoundThing]>([
  ['a strategy that is not planned any more', found('vol-a', { by: 'fsr' })],
  ['an unknown snapshot', found('vol-a', { from: 'snap-unknown' })],
  ['another resource', { ...found('vol-a'), resource: 'other' }],
  ['a copy that is not wanted', found('vol-a', { copy: 7 })],
])('what was made by %s is a stranger', (_, thing) => {
  const { taken, strangers } = adoptRun(plan, [thing], copies);
  expect([taken, strangers.map(({ id }) => id)]).toEqual([[], ['vol-a']]);
});

test('snapshots belong to no copy and are left alone', () => {
  const evidence = { ...found('snap-x'), thing: made('snapshot', 'snap-x') };
  expect(adoptRun(plan, [evidence], copies)).toMatchObject({ taken: [], strangers: [], adopted: {} });
});

test('an adopted resource asks for what is missing only, under a name that was never used', () => {
  const { adopted } = adoptRun(plan, [found('vol-b', { generation: 3 })], copies);
  const subject = new Subject(spec, options(adopted));
  subject.grant();
  expect(subject.asked.map((effect) => effect.type === 'operate' && effect.mark)).toEqual([
    expect.objectContaining({ copy: 1, generation: 4 }),
  ]);
  subject.answer('createVolume', { id: 'vol-n' });
  expect(subject.copies.map(idOf)).toEqual(['vol-b', 'vol-n']);
  expect(subject.context.createdIds).toEqual(['vol-b', 'vol-n']);
});

test('fast snapshot restore is not switched on for what is made already', () => {
  const fast = planned([strategy('fsr', { spec: volumeSpec() })]);
  const { adopted } = adoptRun({ ...plan, resources: [fast] }, [found('vol-a', { by: 'fsr' })], copies);
  const subject = new Subject(fast, options(adopted));
  subject.grant();
  expect([subject.state, subject.asked]).toEqual(['restoring', []]);
});

test('the replacement of an adopted copy never has a name that the lost run had used', () => {
  const things = [
    found('vol-old', { generation: 2 }),
    found('vol-a', { copy: 1, generation: 1 }),
    found('vol-new', { generation: 3, round: 1 }),
  ];
  const { adopted } = adoptRun(plan, things, copies);
  const subject = new Subject(spec, options(adopted));
  subject.grant();
  subject.send({ type: 'GONE', at: T0, id: 'vol-a' });
  subject.grant();
  expect(subject.asked).toContainEqual(
    expect.objectContaining({
      operation: 'createVolume',
      mark: expect.objectContaining({ copy: 1, generation: 4 }),
    }),
  );
});

test('a run adopted twice continues with the latest copies, although its rounds restarted', () => {
  const things = [found('vol-old', { generation: 1, round: 1 }), found('vol-new', { generation: 2 })];
  expect(adoptRun(plan, things, copies).taken.map(({ id }) => id)).toEqual(['vol-new']);
});

test('copies that already exist wait for no quota', () => {
  const fast = planned([strategy('fsr')]);
  const { adopted } = adoptRun({ ...plan, resources: [fast] }, [found('vol-a', { by: 'fsr' })], copies);
  expect(needsOf(new Subject(fast, options(adopted)).context, [], 0)).toEqual([]);
  expect(needsOf(new Subject(fast).context, [], 0)).toContainEqual({ pool: 'fsrSnapshots', amount: 1 });
});
