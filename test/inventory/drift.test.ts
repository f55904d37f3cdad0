import { driftOf, withoutDrills } from '../../src/inventory/drift.ts';
import { selectMembers, unite } from '../../src/inventory/membership.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import { runbookSchema } from '../../src/runbook/schema.ts';
import { dbInstance, dbSnapshot, inventoryOf, snapshot, volume } from './builder.ts';

const runbookOf = (resources: readonly unknown[], more: object = {}) =>
  runbookSchema.parse({
    apiVersion: 'lifeboat/v1',
    kind: 'Runbook',
    name: 'orders',
    objectives: { rto: '6h', rpo: '2h' },
    region: 'us-east-1',
    resources,
    ...more,
  });

const EVENTS = { id: 'events', type: 'ebs-volume', source: { tags: { app: 'events' } } };
const ORDERS = { id: 'orders-db', type: 'rds-instance', source: 'orders' };

const drift = (runbook: ReturnType<typeof runbookOf>, account: Inventory, baseline?: Inventory) => {
  const united = unite(account, baseline);
  return driftOf(runbook, united, selectMembers(runbook, united));
};

const base = [volume('vol-1', { app: 'events' })];
const ours = { 'lifeboat:runbook': 'orders' };

test('where tags and runbook agree there is no drift', () => {
  expect(
    drift(runbookOf([EVENTS]), inventoryOf({ volumes: [...base, volume('vol-9', { app: 'else' })] })),
  ).toEqual({
    uncovered: [],
    gone: [],
    foreign: [],
    leftovers: [],
  });
});

test.each([
  [
    'the tag of the runbook',
    {},
    { volumes: [...base, volume('vol-2', ours)] },
    ['vol-2', /lifeboat:runbook=orders/],
  ],
  [
    'the tags of the scope',
    { scope: { tags: { team: 'shop', stage: 'prod' } } },
    {
      volumes: [...base, volume('vol-2', { team: 'shop', stage: 'prod' }), volume('vol-3', { team: 'shop' })],
    },
    ['vol-2', /team=shop, stage=prod/],
  ],
  [
    'tags by which volumes are selected, on a DB instance',
    {},
    { volumes: base, dbInstances: [{ ...dbInstance('events'), tags: { app: 'events' } }] },
    ['events', /'events' selects/],
  ],
  [
    'the same on a DB cluster',
    {},
    {
      volumes: base,
      dbClusters: [{ id: 'ev', engine: 'aurora-mysql', engineVersion: '8', tags: { app: 'events' } }],
    },
    ['ev', /app=events/],
  ],
])('%s', (_, more, lists, [id, why]) => {
  const { uncovered } = drift(runbookOf([EVENTS], more), inventoryOf(lists));
  expect(uncovered).toEqual([{ type: expect.any(String), id, why: expect.stringMatching(why as RegExp) }]);
});

test('what another runbook claims, what a drill made and what the baseline alone knows is not uncovered', () => {
  const account = inventoryOf({
    volumes: [
      ...base,
      volume('vol-2', { 'lifeboat:runbook': 'billing', team: 'shop' }),
      volume('vol-3', { ...ours, team: 'shop', 'lifeboat:run': 'r', 'lifeboat:make': 'drill/lazy/1.1.1' }),
    ],
  });
  const baseline = inventoryOf({ volumes: [volume('vol-4', { team: 'shop' })] });
  const { uncovered } = drift(runbookOf([EVENTS], { scope: { tags: { team: 'shop' } } }), account, baseline);
  expect(uncovered).toEqual([]);
});

test('what a restore made and the runbook does not name yet is told with its run', () => {
  const restored = {
    ...ours,
    'lifeboat:run': 'orders-20261120T0300-1',
    'lifeboat:make': 'restore/point-in-time/1.1.1',
  };
  const account = inventoryOf({
    dbInstances: [dbInstance('orders'), { ...dbInstance('orders-new'), tags: { ...restored, team: 'shop' } }],
  });
  const { uncovered } = drift(runbookOf([ORDERS], { scope: { tags: { team: 'shop' } } }), account);
  expect(uncovered).toMatchObject([{ id: 'orders-new', madeBy: 'orders-20261120T0300-1' }]);
});

test('replicas of a covered source and instances of a covered cluster come with it', () => {
  const cluster = { id: 'search', type: 'aurora-cluster', source: 'search' };
  const account = inventoryOf({
    dbInstances: [
      { ...dbInstance('orders'), tags: ours },
      { ...dbInstance('orders-copy'), replicaOf: 'orders', tags: ours },
      { ...dbInstance('search-1'), clusterId: 'search', tags: ours },
      { ...dbInstance('lone-copy'), replicaOf: 'elsewhere', tags: ours },
    ],
    dbClusters: [{ id: 'search', engine: 'aurora-mysql', engineVersion: '8', tags: ours }],
  });
  const { uncovered } = drift(runbookOf([ORDERS, cluster]), account);
  expect(uncovered.map(({ id }) => id)).toEqual(['lone-copy']);
});

test('a source that only the baseline knows is gone; one that its backups know is not told here', () => {
  const account = inventoryOf({ dbSnapshots: [dbSnapshot('snap', 'orders')] });
  const baseline = inventoryOf({ volumes: base });
  expect(drift(runbookOf([EVENTS, ORDERS]), account, baseline).gone).toEqual([
    { planId: 'events/vol-1', id: 'vol-1' },
  ]);
});

test('a source that is tagged as belonging to another runbook', () => {
  const account = inventoryOf({
    volumes: [volume('vol-1', { app: 'events', 'lifeboat:runbook': 'billing' })],
  });
  expect(drift(runbookOf([EVENTS]), account).foreign).toEqual([
    { planId: 'events/vol-1', id: 'vol-1', runbook: 'billing' },
  ]);
});

test('what drills of this runbook left, and not what others or restores did', () => {
  const made = (mode: string, runbook = 'orders') => ({
    'lifeboat:run': `${runbook}-run`,
    'lifeboat:runbook': runbook,
    'lifeboat:make': `${mode}/lazy/1.1.1`,
  });
  const account = inventoryOf({
    volumes: [
      volume('vol-1', made('drill')),
      volume('vol-2', made('restore')),
      volume('vol-3', made('drill', 'other')),
    ],
    dbInstances: [{ ...dbInstance('orders-d'), tags: made('drill') }],
    snapshots: [
      snapshot('snap-1', 'vol-1', {
        'lifeboat:run': 'orders-run',
        'lifeboat:runbook': 'orders',
        'lifeboat:mode': 'drill',
      }),
    ],
  });
  const { leftovers } = drift(runbookOf([ORDERS]), account);
  expect(leftovers).toEqual([
    { id: 'vol-1', run: 'orders-run' },
    { id: 'snap-1', run: 'orders-run' },
    { id: 'orders-d', run: 'orders-run' },
  ]);
  const kept = withoutDrills(account);
  expect([kept.volumes, kept.dbInstances, kept.snapshots].map((list) => list.map(({ id }) => id))).toEqual([
    ['vol-2'],
    [],
    [],
  ]);
});

test('a tag called as a property of every object is a tag like any other', () => {
  const tags = { constructor: 'x', toString: 'y' };
  const runbook = runbookOf([EVENTS], { scope: { tags: { toString: 'y' } } });
  const { uncovered } = drift(
    runbook,
    inventoryOf({ volumes: [...base, volume('vol-2', tags), volume('vol-3')] }),
  );
  expect(uncovered.map(({ id }) => id)).toEqual(['vol-2']);
});
