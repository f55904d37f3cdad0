import type { Journal, RunRecord } from '../../../src/journal/journal.ts';
import { heldOrRefused } from '../../../src/journal/lease.ts';
import { createMemoryJournal } from '../../../src/journal/sqlite/open-journal.ts';
import { openSimulationHost } from '../../../src/hosts/simulation.ts';
import { allOf, describeJournalContract, draft, driven, type Stores } from '../../contract/journal.ts';
import { describeLeaseContract } from '../../contract/lease.ts';
import { describeRunStoreContract } from '../../contract/run-store.ts';
import { NEVER, planOf, recordOf, reference } from '../../hosts/support.ts';
import { chainedDecision, sampleRecord, START } from '../fixtures/samples.ts';
import { LEASE_MS, LogStore, LONGEST_REQUEST_MS, type LogHeld } from './log-store.ts';
import { Connection, ProcessDied, Table } from './table.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const { runId } = sampleRecord();

function storesOn(table: Table, diesAt = Infinity): Stores & { readonly rows: Connection } {
  const rows = new Connection(table, diesAt);
  const store = new LogStore(rows);
  return { runs: store, lease: store, rows };
}

const stores = async (): Promise<Stores> => storesOn(new Table());

describeRunStoreContract('log', stores);
describeJournalContract('log', stores);
describeLeaseContract('log', stores, async (acquire) => {
  const held = await acquire();
  (held as LogHeld).fallSilent();
  return held;
});

/** Lets a process die before each of its writes in turn; `check` looks at what it has left. Returns at how many places it died. */
async function diesEverywhere(
  work: (stores: Stores) => Promise<void>,
  check: (table: Table, diedAt: number) => Promise<void>,
): Promise<number> {
  for (let diesAt = 1; ; diesAt += 1) {
    const table = new Table();
    const death = await work(storesOn(table, diesAt)).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (death === undefined) return diesAt - 1;
    expect(death).toBeInstanceOf(ProcessDied);
    await check(table, diesAt);
  }
}

test('a process that dies while it creates a run has left all of it or none; its chunks are swept a day later', async () => {
  const deaths = await diesEverywhere(
    async ({ runs }) => void (await runs.create(draft)),
    async (table) => {
      const ids: string[] = [];
      for await (const head of storesOn(table).runs.list()) ids.push(head.runId);
      expect(ids).toEqual([]);
      const later = new LogStore(new Connection(table), () => Date.now() + DAY_MS + 1);
      expect(await later.create(draft)).toEqual(sampleRecord());
      expect(await later.find()).toEqual(sampleRecord());
      const drafts = new Set([...table.rows.keys()].flatMap((key) => /^DRAFT#([^/]+)/.exec(key)?.[1] ?? []));
      expect(drafts.size).toBe(1);
    },
  );
  // Two whole writes of rows, the rest of them, and the HEAD.
  expect(deaths).toBeGreaterThan(50);
});

/** A driver's work, in commits that hold several decisions each. */
const COMMITS = Array.from({ length: 8 }, (_, index) => ({
  decisions: [
    chainedDecision('recovery', index + 1),
    chainedDecision(`resource:${index % 2}`, Math.floor(index / 2) + 1),
  ],
  memo: { look: index, ...(index === 2 && { once: true }) },
  ...(index === 4 && { heard: 1 }),
}));

async function work(journal: Journal, onCommitted: () => void): Promise<void> {
  await journal.signal({ at: START, kind: 'pause', by: 'ana' });
  await journal.signal({ at: START, kind: 'resume', by: 'ana' });
  for (const commit of COMMITS) {
    await journal.commit(commit);
    onCommitted();
  }
}

/** What SQLite has after each number of commits. */
async function expectedStates(): Promise<readonly unknown[]> {
  const journal = await createMemoryJournal(sampleRecord());
  await journal.acquire();
  await journal.signal({ at: START, kind: 'pause', by: 'ana' });
  await journal.signal({ at: START, kind: 'resume', by: 'ana' });
  const states = [await allOf(journal)];
  for (const commit of COMMITS) {
    await journal.commit(commit);
    states.push(await allOf(journal));
  }
  await journal.close();
  return states;
}

test('a driver that dies between any two writes has left whole commits; the next one goes on from them', async () => {
  const expected = await expectedStates();
  let committed = 0;
  const deaths = await diesEverywhere(
    async (own) => {
      committed = 0;
      await own.runs.create(draft);
      await work(await driven(own), () => (committed += 1));
    },
    async (table) => {
      const next = storesOn(table);
      if ((await next.runs.find(runId).catch(() => undefined)) === undefined) return;
      const journal = await driven(next, true);
      const signals = await journal.pendingSignals();
      if (committed === 0 && signals.length < 2) return;
      const found = await allOf(journal);
      // The commit that was not acknowledged may have happened, as a whole.
      expect([expected[committed], expected[committed + 1]]).toContainEqual(found);
      const done = (await journal.history()).length / 2;
      for (const commit of COMMITS.slice(done)) await journal.commit(commit);
      expect(await allOf(journal)).toEqual(expected.at(-1));
    },
  );
  expect(deaths).toBeGreaterThan(COMMITS.length * 2);
});

test('a lease is taken over once it has expired and the longest request has ended, by the clock of the process that waits', async () => {
  const table = new Table();
  const old = storesOn(table);
  await old.runs.create(draft);
  const held = heldOrRefused(await old.lease.acquire(runId), runId);
  (held as LogHeld).fallSilent();
  // Its clock is years ahead; that says nothing.
  old.rows.passedMs = 400 * DAY_MS;
  const next = storesOn(table);
  expect(await next.lease.acquire(runId)).toMatchObject({ drivenBy: { pid: process.pid } });
  expect(next.rows.passedMs).toBe(0);
  expect(await next.lease.acquire(runId, true)).toMatchObject({ epoch: held.epoch + 1 });
  expect(next.rows.passedMs).toBeGreaterThan(LEASE_MS + LONGEST_REQUEST_MS);
});

test('an append of the old driver that is still on its way comes to nothing', async () => {
  const table = new Table();
  const old = storesOn(table);
  await old.runs.create(draft);
  const held = heldOrRefused(await old.lease.acquire(runId), runId);
  const journal = await old.runs.open(runId, held);
  await journal.commit({ decisions: [chainedDecision('recovery', 1)] });
  (held as LogHeld).fallSilent();
  const [late, next] = await Promise.all([
    storesOn(table)
      .lease.acquire(runId, true)
      .then(async () =>
        journal.commit({ decisions: [chainedDecision('recovery', 2)] }).catch((error: unknown) => error),
      ),
    old.runs.open(runId),
  ]);
  expect(late).toMatchObject({ code: 'JOURNAL_CONFLICT' });
  expect(await next.history()).toHaveLength(1);
});

test('a whole drill has the same history as on SQLite', async () => {
  const scenario = reference('orders');
  const plan = planOf(scenario, 'drill');
  const record: RunRecord = recordOf(scenario, plan, {});
  const drilled = async (journal: Journal): Promise<unknown> => {
    const { inventory } = scenario;
    const host = await openSimulationHost({
      ...{ journal, inventory, directory: ':memory:', speed: Infinity },
      onTimeline: () => undefined,
    });
    expect(await host.drive(NEVER)).toMatchObject({ phase: 'completed' });
    const all = await allOf(journal);
    await host.close();
    return all;
  };
  const inMemory = await createMemoryJournal(record);
  await inMemory.acquire();
  const { runs, lease } = storesOn(new Table());
  await runs.create({ ...draft, record: () => record, runId: record.runId });
  const onLog = await runs.open(record.runId, heldOrRefused(await lease.acquire(record.runId), record.runId));
  expect(await drilled(onLog)).toEqual(await drilled(inMemory));
});
