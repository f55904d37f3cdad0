import type { Journal } from '../../../src/journal/journal.ts';
import { createMemoryJournal } from '../../../src/journal/sqlite/open-journal.ts';
import { allOf } from '../../contract/journal.ts';
import { fleetOf } from '../../hosts/fleet.ts';
import { reference } from '../../hosts/support.ts';
import { MemoryTable } from './memory-table.ts';
import { Machines, processOn } from './process.ts';
import { begun, driven, reopened } from './whole-run.ts';

// On a table in memory; test/long/dynamodb.test.ts drives larger ones, and on a server.

/** Of docs/internals/dynamodb.md. */
const MOST_WRITE_UNITS_A_RESOURCE = 150;

async function drilled(journal: Journal): Promise<unknown> {
  expect(await driven(journal, reference('orders'))).toBe('completed');
  return allOf(journal);
}

test('a drill has the same history as on SQLite', async () => {
  const own = processOn(new MemoryTable(), new Machines());
  const journal = await begun(own, reference('orders'), 'drill');
  const inMemory = await createMemoryJournal(journal.record);
  await inMemory.acquire();
  expect(await drilled(journal)).toEqual(await drilled(inMemory));
  await inMemory.close();
  await journal.close();
  expect(own.store.units.write / journal.record.plan.resources.length).toBeLessThan(
    MOST_WRITE_UNITS_A_RESOURCE,
  );
});

test('a restore keeps its budget also where its driver is reopened after every tick', async () => {
  const own = processOn(new MemoryTable(), new Machines());
  const scenario = fleetOf(10);
  const { journal, reopens } = reopened(own, await begun(own, scenario, 'restore'));
  expect(await driven(journal, scenario, { reopens })).toBe('completed');
  await journal.close();
  expect(own.store.units.write / 10).toBeLessThan(MOST_WRITE_UNITS_A_RESOURCE);
  expect(own.store.units.write).toBeGreaterThan(0);
});
