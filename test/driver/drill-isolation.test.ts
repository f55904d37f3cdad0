import type { RunMode } from '../../src/plan/types.ts';
import { NEVER, reference, rehearse } from '../hosts/support.ts';

// The copy that a drill makes must not be seen from outside, whatever its source is like.

/** The databases that a run of the reference runbook makes, whose source is public. */
async function databasesOf(mode: RunMode) {
  const { runbook, inventory } = reference('orders');
  const dbInstances = inventory.dbInstances.map((instance) => ({
    ...instance,
    publiclyAccessible: true,
  }));
  const run = await rehearse({ runbook, inventory: { ...inventory, dbInstances } }, { mode });
  expect(await run.host.drive(NEVER)).toMatchObject({ phase: 'completed' });
  const made = run.host.world.dbInstances().filter(({ fromInventory }) => !fromInventory);
  await run.host.close();
  expect(made.length).toBeGreaterThan(0);
  return made;
}

test('the copy that a drill makes of a public database is not public', async () => {
  for (const { settings } of await databasesOf('drill'))
    expect(settings).toMatchObject({ publiclyAccessible: false });
});

test('the copy that a restore makes has the settings of its source', async () => {
  for (const { settings } of await databasesOf('restore'))
    expect(settings).toMatchObject({ publiclyAccessible: true });
});
