import { captureInventory } from '../../src/aws/capture/capture.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import { formatInventory } from '../../src/inventory/serialize.ts';
import type { Plan } from '../../src/plan/types.ts';
import { openWorld, SimulatedClock } from '../../src/simulator/index.ts';
import type { CallAws } from '../../src/workflow/base/executor.ts';
import { dbInstance, dbSnapshot, inventoryOf, snapshot, volume } from '../inventory/builder.ts';
import { NEVER, planOf, reference, rehearse } from '../hosts/support.ts';

/** The inventory that is captured from an account that holds `inventory`. */
async function captured(inventory: Inventory): Promise<Inventory> {
  const clock = new SimulatedClock(inventory.capturedAt);
  const world = openWorld({ path: ':memory:', inventory, seed: 1, faults: 'none', clock });
  try {
    const { region, account } = inventory;
    const call: CallAws = (_operation, send) => send();
    return await captureInventory({ clients: world, call, region, account, now: clock.now() });
  } finally {
    world.close();
  }
}

/** What an account has beyond what a hand-written inventory says: a volume is in some state. What is `null` there is absent. */
function completed(inventory: Inventory): Inventory {
  const volumes = inventory.volumes.map((volume) => ({
    ...volume,
    state: volume.state ?? (volume.attachedTo === undefined ? ('available' as const) : ('in-use' as const)),
  }));
  const dbInstances = inventory.dbInstances.map(({ optionGroup, ...instance }) => ({
    ...instance,
    ...(optionGroup != null && { optionGroup }),
  }));
  return { ...inventory, asReported: true, volumes, dbInstances };
}

function pointsOf({ resources }: Plan) {
  return resources.map(({ id, strategies }) => [id, strategies[0]?.recoveryPoint.id]);
}

describe.each(['orders', 'cold-restore'])('the account of %s', (name) => {
  const scenario = reference(name);

  test('is captured as it is', async () => {
    expect(await captured(scenario.inventory)).toEqual(completed(scenario.inventory));
  });

  test('survives being captured, written, read and simulated', async () => {
    const first = await captured(scenario.inventory);
    const read = parseInventory(formatInventory(first), 'captured.yaml');
    expect(read).toEqual(first);
    expect(await captured(read)).toEqual(first);
  });

  test('plans the same recovery', async () => {
    const again = planOf({ ...scenario, inventory: await captured(scenario.inventory) }, 'restore');
    const { schedule, order, forecast, costUsd, meets } = planOf(scenario, 'restore');
    expect(again).toMatchObject({ schedule, order, forecast, costUsd, meets });
  });

  test('a drill goes back to the same points in time', async () => {
    const again = planOf({ ...scenario, inventory: await captured(scenario.inventory) }, 'drill');
    expect(pointsOf(again)).toEqual(pointsOf(planOf(scenario, 'drill')));
  });
});

test('all that an inventory can hold survives', async () => {
  const common = { engine: 'aurora-postgresql', engineVersion: '16.4', encrypted: true, kmsKeyId: 'key-2' };
  const inventory = inventoryOf({
    account: '111111111111',
    zones: ['us-east-1a', 'us-east-1b'],
    quotas: {
      ...{
        fsrSnapshots: 7,
        provisionedInitMiBps: 9_000,
        snapshotCopies: 21,
        dbInstances: 41,
        dbClusters: 42,
      },
      storageTiB: { gp3: 60, io2: 12.5 },
    },
    volumes: [
      { ...volume('vol-1'), state: 'in-use', attachedTo: { instanceId: 'i-1', device: '/dev/sdf' } },
      { ...volume('vol-2', { at: '5', schön: '\u{1f6df}' }), zone: 'us-east-1b', state: 'error' },
      { ...volume('vol-3'), copyingFrom: 'vol-1' },
    ],
    snapshots: [
      {
        ...snapshot('snap-1', 'vol-1'),
        fullSizeGiB: 12.5,
        encrypted: true,
        kmsKeyId: 'key-1',
        fsr: [
          { zone: 'us-east-1a', state: 'enabled', credits: 3 },
          { zone: 'us-east-1b', state: 'optimizing' },
        ],
      },
      { ...snapshot('snap-2', 'vol-1'), fullSizeGiB: 100, tier: 'archive', state: 'error' },
    ],
    dbInstances: [
      { ...dbInstance('primary'), zone: 'us-east-1a', securityGroups: ['sg-1'], port: 5_432 },
      { ...dbInstance('replica'), zone: 'us-east-1b', replicaOf: 'primary', replicaLagSeconds: 4 },
    ],
    dbSnapshots: [
      { ...dbSnapshot('rds:a', 'primary'), source: 'automated' },
      { ...dbSnapshot('awsbackup:job-1', 'primary'), source: 'awsbackup' },
    ],
    dbClusters: [
      {
        ...common,
        id: 'cluster',
        members: ['writer', 'reader'],
        subnetGroup: 'prod',
        securityGroups: ['sg-1'],
        parameterGroup: 'pg16',
        deletionProtection: true,
        backupRetentionDays: 7,
        earliestRestorableTime: '2026-11-13T03:00:00Z',
        latestRestorableTime: '2026-11-20T02:59:00Z',
        storageGiB: 300,
        globalClusterId: 'world',
        tags: { app: 'orders' },
      },
    ],
    dbClusterSnapshots: [
      {
        ...common,
        id: 'cs-1',
        dbClusterId: 'cluster',
        at: '2026-11-20T01:00:00Z',
        source: 'awsbackup',
        storageGiB: 299,
      },
    ],
    instances: [
      { id: 'i-1', zone: 'us-east-1a', ebsThroughputMiBps: 1_250, managedBySsm: true },
      { id: 'i-2', zone: 'us-east-1b', state: 'stopped', ebsThroughputMiBps: 593 },
    ],
    kmsKeys: [
      { id: 'key-1', state: 'Enabled' },
      { id: 'key-2', state: 'PendingDeletion' },
    ],
  });
  const first = await captured(inventory);
  expect(first).toMatchObject(completed(inventory));
  const read = parseInventory(formatInventory(first), 'captured.yaml');
  expect(read).toEqual(first);
  expect(await captured(read)).toEqual(first);
});

test('what was captured can be rehearsed', async () => {
  const scenario = reference('orders');
  const { host } = await rehearse({ ...scenario, inventory: await captured(scenario.inventory) });
  expect((await host.drive(NEVER)).phase).toBe('completed');
  await host.close();
});
