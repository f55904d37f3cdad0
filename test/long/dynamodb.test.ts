import type { Journal } from '../../src/journal/journal.ts';
import { createMemoryJournal } from '../../src/journal/sqlite/open-journal.ts';
import { allOf } from '../contract/journal.ts';
import { fleetOf } from '../hosts/fleet.ts';
import { reference } from '../hosts/support.ts';
import { Machines, processOn } from '../journal/dynamodb/process.ts';
import { openTable, type OpenTable } from '../journal/dynamodb/table.ts';
import { begun, driven, reopened } from '../journal/dynamodb/whole-run.ts';

// Whole restores on a table in this process. The figures of docs/internals/dynamodb.md are those that these tests print.

/** Of docs/internals/dynamodb.md. */
const MOST_WRITE_UNITS_A_RESOURCE = 150;
const MINUTES = 60_000;

let table: OpenTable;

beforeEach(async () => {
  table = await openTable();
});
afterEach(() => table.close());

const anotherProcess = () => processOn(table, new Machines());

function say(what: string, figures: Readonly<Record<string, number>>): void {
  const parts = Object.entries(figures).map(([name, figure]) => `${name} ${Math.round(figure * 10) / 10}`);
  process.stderr.write(`${what}: ${parts.join(', ')}\n`);
}

async function drilled(journal: Journal): Promise<unknown> {
  expect(await driven(journal, reference('orders'))).toBe('completed');
  return allOf(journal);
}

test('a drill has the same history as on SQLite', async () => {
  const journal = await begun(anotherProcess(), reference('orders'), 'drill');
  const inMemory = await createMemoryJournal(journal.record);
  await inMemory.acquire();
  expect(await drilled(journal)).toEqual(await drilled(inMemory));
  await inMemory.close();
  await journal.close();
});

test.each([10, 100])(
  'a restore of %i resources keeps its budget also where its driver is reopened after every tick',
  async (size) => {
    const own = anotherProcess();
    const scenario = fleetOf(size);
    const { journal, reopens } = reopened(own, await begun(own, scenario, 'restore'));
    let ticks = 0;
    const counted = async (): Promise<void> => {
      ticks += 1;
      await reopens();
    };
    expect(await driven(journal, scenario, { reopens: counted })).toBe('completed');
    await journal.close();
    const { read, write } = own.store.units;
    say(`${size} resources, reopened`, {
      ticks,
      'writes a resource': write / size,
      'reads a resource': read / size,
    });
    expect(write / size).toBeLessThanOrEqual(MOST_WRITE_UNITS_A_RESOURCE);
  },
  30 * MINUTES,
);

test.each([10, 100, 1_000, 10_000])(
  'a restore of %i resources begins, loads and ends within its budget',
  async (size) => {
    const own = anotherProcess();
    const scenario = fleetOf(size);
    const journal = await begun(own, scenario, 'restore');
    const begin = own.store.units.write;
    expect(await driven(journal, scenario)).toBe('completed');
    const state = await journal.load();
    await journal.close();
    const { read, write } = own.store.units;
    say(`${size} resources`, {
      'writes to begin': begin,
      'writes a resource': write / size,
      'reads a resource': read / size,
    });
    expect(write / size).toBeLessThanOrEqual(MOST_WRITE_UNITS_A_RESOURCE);

    const cold = anotherProcess();
    const from = performance.now();
    const opened = await cold.runs.open(journal.record.runId);
    const loaded = await opened.load();
    say('  load', { 'read units': cold.store.units.read, milliseconds: performance.now() - from });
    expect(loaded).toEqual(state);
    expect(loaded.aggregates).toHaveLength(size + 1);
    expect((await opened.timeline()).length).toBeGreaterThan(size);
  },
  60 * MINUTES,
);
