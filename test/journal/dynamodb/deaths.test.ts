import type { Commit, Journal } from '../../../src/journal/journal.ts';
import { createMemoryJournal } from '../../../src/journal/sqlite/open-journal.ts';
import { HOUR_MS } from '../../../src/time.ts';
import { allOf, draft, driven } from '../../contract/journal.ts';
import { chainedDecision, sampleRecord, START } from '../fixtures/samples.ts';
import { MemoryTable } from './memory-table.ts';
import { noise } from './noise.ts';
import { brokenConnection, serviceError } from './failures.ts';
import { Machines, processOn, type Process, type ProcessOptions } from './process.ts';
import { draftsIn } from './table.ts';

/** Thrown where a simulated process dies; everything that it asks afterwards throws it, too. */
class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

const { runId } = sampleRecord();
const LATER_MS = 25 * HOUR_MS;
/** A value of 2 KB is long, so that tests are short. */
const sizes = { item: 2_000, tail: 2_000 };
/** Lets a process die before each of its writes in turn; `check` looks at what it has left. Returns at how many places it died. */
async function diesEverywhere(
  work: (process: Process) => Promise<void>,
  check: (table: MemoryTable, diedAt: number) => Promise<void>,
): Promise<number> {
  for (let diesAt = 1; ; diesAt += 1) {
    const table = new MemoryTable();
    let writes = 0;
    const before: ProcessOptions['before'] = ({ isWrite }) => {
      if (isWrite) writes += 1;
      if (writes >= diesAt) throw new ProcessDied(`write ${writes}`);
    };
    const death = await work(processOn(table, new Machines(), { before, sizes })).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (death === undefined) return diesAt - 1;
    expect(death).toBeInstanceOf(ProcessDied);
    await check(table, diesAt);
  }
}

/** A record of three chunks. */
const large = {
  ...draft,
  record: (id: string) => ({ ...sampleRecord(id), runbookText: noise('runbook', 5_000) }),
};

async function idsIn({ runs }: Process): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const head of runs.list()) ids.push(head.runId);
  return ids;
}

test('a process that dies while it creates a run has left all of it or none; its chunks are swept a day later', async () => {
  const deaths = await diesEverywhere(
    async ({ runs }) => void (await runs.create(large)),
    async (table, diedAt) => {
      const left = await idsIn(processOn(table, new Machines()));
      // Its last write only removes the registration of the chunks.
      expect([diedAt, left]).toEqual([diedAt, diedAt <= 5 ? [] : [runId]]);
      const later = processOn(table, new Machines(), {
        sizes,
        clock: { now: () => Date.now() + LATER_MS },
      });
      const next = await later.runs.create(large);
      expect(await later.runs.find()).toEqual(next);
      expect((await draftsIn(table)).size).toBe((await idsIn(later)).length);
    },
  );
  // The registration, three chunks, the HEAD, and the end of the registration.
  expect(deaths).toBe(6);
});

test('a process that was stopped for hours between its chunks and their row gives them up: they could have been swept', async () => {
  const table = new MemoryTable();
  let jumpMs = 0;
  const own = processOn(table, new Machines(), {
    sizes,
    clock: { now: () => Date.now() + jumpMs },
    before: ({ key }) => void (key.startsWith('DRAFT#') && (jumpMs = 2 * HOUR_MS)),
  });
  await expect(own.runs.create(large)).rejects.toMatchObject({ code: 'JOURNAL_UNWRITABLE' });
  expect(await idsIn(own)).toEqual([]);
  expect(await own.runs.create(large)).toMatchObject({ runId });
});

/** A driver's work, in commits that hold several decisions each. The third is longer than an item may be, the fourth makes a checkpoint due. */
const COMMITS: readonly Commit[] = Array.from({ length: 6 }, (_, index) => ({
  decisions: [
    chainedDecision('recovery', index + 1),
    {
      ...chainedDecision(`resource:${index % 2}`, Math.floor(index / 2) + 1),
      ...(index === 2 && { snapshot: { long: noise('snapshot', 3_000) } }),
    },
  ],
  memo: {
    look: index,
    ...(index === 2 && { once: true }),
    ...(index > 2 && { long: noise(`${index}`, 1_500) }),
  },
  ...(index === 4 && { heard: 1 }),
}));

/** `step` follows each commit, and comes before the first. */
async function work(journal: Journal, step: () => Promise<void> | void): Promise<void> {
  await journal.signal({ at: START, kind: 'pause', by: 'ana' });
  await journal.signal({ at: START, kind: 'resume', by: 'ana' });
  await step();
  for (const commit of COMMITS) {
    await journal.commit(commit);
    await step();
  }
}

/** What SQLite has after each number of commits. */
async function expectedStates(): Promise<readonly unknown[]> {
  const journal = await createMemoryJournal(sampleRecord());
  await journal.acquire();
  const states: unknown[] = [];
  await work(journal, async () => void states.push(await allOf(journal)));
  await journal.close();
  return states;
}

test('a driver that dies between any two writes has left whole commits; the next one continues from them', async () => {
  const expected = await expectedStates();
  let committed = -1;
  const deaths = await diesEverywhere(
    async (own) => {
      committed = -1;
      await own.runs.create(draft);
      await work(await driven(own), () => void (committed += 1));
    },
    async (table) => {
      const next = processOn(table, new Machines(), { sizes });
      if ((await idsIn(next)).length === 0) return;
      const journal = await driven(next, true);
      const signals = await journal.pendingSignals();
      if (signals.length < 2) return;
      const found = await allOf(journal);
      // The commit that was not acknowledged may have happened, as a whole.
      expect([expected[Math.max(0, committed)], expected[committed + 1]]).toContainEqual(found);
      const done = (await journal.history()).length / 2;
      for (const commit of COMMITS.slice(done)) await journal.commit(commit);
      expect(await allOf(journal)).toEqual(expected.at(-1));
    },
  );
  expect(deaths).toBeGreaterThan(COMMITS.length * 2);
});

/** More than any of these tests writes. */
const MOST_WRITES = 1_000;

test.each([
  ['the answer of each first attempt to write is lost', { after: brokenConnection }],
  [
    'the server fails after each first attempt to write',
    { after: () => serviceError('InternalServerError', 500) },
  ],
  [
    'each first attempt is throttled',
    { before: () => serviceError('ProvisionedThroughputExceededException') },
  ],
  ['each first attempt is refused as too many', { before: () => serviceError('ThrottlingException') }],
  ['each first attempt finds no connection', { before: brokenConnection }],
])(
  'all is as it should be where %s',
  async (_, { before, after }: { before?: () => Error; after?: () => Error }) => {
    const [expected] = (await expectedStates()).slice(-1);
    const table = new MemoryTable();
    const seen = new Set<string>();
    const first = (error: (() => Error) | undefined): ProcessOptions['before'] => {
      return ({ isWrite, operation, key }) => {
        const request = `${operation} ${key}`;
        if (error === undefined || !isWrite || seen.has(request)) return;
        seen.add(request);
        // A test that never ends could not fail.
        if (seen.size > MOST_WRITES) throw new RangeError('it writes without end');
        throw error();
      };
    };
    const own = processOn(table, new Machines(), {
      sizes,
      ...(before && { before: first(before) }),
      ...(after && { after: first(after) }),
    } as ProcessOptions);
    await own.runs.create(draft);
    const journal = await driven(own);
    await work(journal, () => undefined);
    expect(await allOf(journal)).toEqual(expected);
    expect(own.passedMs).toBeGreaterThan(0);
    await journal.close();
    expect((await own.lease.holder(runId)).isHeld).toBe(false);
    expect(await allOf(await processOn(table, new Machines()).runs.open(runId))).toEqual(expected);
    // Of the record, of the long commit and of the last checkpoint.
    expect((await draftsIn(table)).size).toBeLessThanOrEqual(3);
  },
);
