import { captureInventory } from '../../src/aws/capture.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import { formatInventory } from '../../src/inventory/serialize.ts';
import type { Plan } from '../../src/plan/types.ts';
import { openWorld, SimulatedClock } from '../../src/simulator/index.ts';
import { NEVER, planOf, reference, rehearse } from '../hosts/support.ts';

/** The inventory that is captured from an account that holds `inventory`. */
async function captured(inventory: Inventory): Promise<Inventory> {
  const clock = new SimulatedClock(inventory.capturedAt);
  const { ec2, rds, close } = openWorld({ path: ':memory:', inventory, seed: 1, faults: 'none', clock });
  try {
    const { region } = inventory;
    return await captureInventory({ ec2, rds, call: (_operation, send) => send(), region, now: clock.now() });
  } finally {
    close();
  }
}

/** What of a hand-written inventory EC2 and RDS can tell; the rest other services know, or nobody. */
function tellable(inventory: Inventory): Inventory {
  return {
    ...inventory,
    quotas: {
      fsrSnapshots: 5,
      provisionedInitMiBps: 5_000,
      snapshotCopies: 20,
      dbInstances: 40,
      dbClusters: 40,
    },
    volumes: inventory.volumes.map((volume) => ({
      ...volume,
      state: volume.attachedTo === undefined ? 'available' : 'in-use',
    })),
    snapshots: inventory.snapshots.map((snapshot) => ({
      ...snapshot,
      fullSizeGiB: snapshot.fullSizeGiB ?? snapshot.sizeGiB,
      fsr: snapshot.fsr.map(({ zone, state }) => ({ zone, state })),
    })),
    dbInstances: inventory.dbInstances.map((instance) => ({
      ...instance,
      optionGroup: instance.optionGroup ?? 'default:postgres-16',
      publiclyAccessible: instance.publiclyAccessible ?? false,
    })),
    instances: inventory.instances.map(({ id, zone, state, tags }) => ({
      ...{ id, zone, state, tags, managedBySsm: false },
    })),
    kmsKeys: [],
  };
}

function pointsOf({ resources }: Plan) {
  return resources.map(({ id, strategies }) => [id, strategies[0]?.recoveryPoint.id]);
}

describe.each(['orders', 'cold-restore'])('the account of %s', (name) => {
  const scenario = reference(name);

  test('is captured as it is', async () => {
    expect(await captured(scenario.inventory)).toEqual(tellable(scenario.inventory));
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

test('what was captured can be rehearsed', async () => {
  const scenario = reference('orders');
  const { host } = await rehearse({ ...scenario, inventory: await captured(scenario.inventory) });
  expect((await host.drive(NEVER)).phase).toBe('completed');
  await host.close();
});
