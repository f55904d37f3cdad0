import type { Commit } from '../../../src/journal/journal.ts';
import { draft, driven } from '../../contract/journal.ts';
import { chainedDecision, sampleRecord } from '../fixtures/samples.ts';
import { noise } from './noise.ts';
import { Machines, processOn, type ProcessOptions } from './process.ts';
import { draftsIn, openTable, type OpenTable } from './table.ts';

const { runId } = sampleRecord();
let table: OpenTable;

beforeEach(async () => {
  table = await openTable();
});
afterEach(() => table.close());

const anotherProcess = (options?: ProcessOptions) => processOn(table, new Machines(), options);

/** Decisions of so many resources at once; each snapshot has about a kilobyte that does not compress. */
function largeCommit(sequence: number, resources: number): Commit {
  const decisions = Array.from({ length: resources }, (_, index) => ({
    ...chainedDecision(`resource:${index}`, sequence),
    snapshot: { value: 'restoring', context: { noise: noise(`${sequence}/${index}`, 1_000) } },
  }));
  return { decisions, memo: { sending: decisions.map(({ aggregate }) => aggregate) } };
}

test('a commit larger than an item is there as a whole or not at all, and so is its checkpoint', async () => {
  const own = anotherProcess({
    before: async ({ operation, key }) => {
      if (operation !== 'PutItem' || !/LOG#000000002$/.test(key)) return;
      // All chunks are written, and nothing of the commit counts.
      expect((await reader.load()).aggregates).toMatchObject([{ sequence: 1 }]);
    },
  });
  await own.runs.create(draft);
  const journal = await driven(own);
  await journal.commit({ decisions: [chainedDecision('recovery', 1)] });
  const reader = await anotherProcess().runs.open(runId);
  await journal.commit(largeCommit(1, 600));
  expect((await reader.load()).aggregates).toHaveLength(601);
  const loaded = await journal.load();
  expect(await (await anotherProcess().runs.open(runId)).load()).toEqual(loaded);
  // Of the record, of the commit and of the checkpoint.
  expect((await draftsIn(table)).size).toBe(3);
});

test('a reader that meets a checkpoint as it is being replaced reads the new one', async () => {
  const sizes = { item: 2_000, tail: 2_000 };
  const own = anotherProcess({ sizes });
  await own.runs.create(draft);
  const journal = await driven(own);
  await journal.commit(largeCommit(1, 10));
  let isReplaced = false;
  const reader = anotherProcess({
    sizes,
    after: async ({ key }) => {
      if (isReplaced || !key.endsWith('/CHECKPOINT')) return;
      isReplaced = true;
      for (let sequence = 2; sequence <= 4; sequence += 1) await journal.commit(largeCommit(sequence, 10));
    },
  });
  expect(await (await reader.runs.open(runId)).load()).toEqual(await journal.load());
});

test('a baseline of any size is replaced as a whole, and its old chunks are removed', async () => {
  const { store } = anotherProcess({ sizes: { item: 2_000 } });
  for (const version of ['first', 'second', 'third']) {
    const text = noise(version, 10_000);
    await store.keepBaseline('orders', 'account', text);
    expect((await store.baseline('orders', 'account'))?.text).toBe(text);
  }
  expect((await draftsIn(table)).size).toBe(1);
});

test('a warm process reads only what was appended since', async () => {
  const requests: string[] = [];
  const own = anotherProcess({
    sizes: { tail: 100 },
    before: ({ operation, key }) =>
      void requests.push(`${operation} ${key.replace(/^RUN#[^/]*/, 'RUN').replace(/^DRAFT#.*/, 'DRAFT')}`),
  });
  await own.runs.create(draft);
  const first = await driven(own);
  await first.commit({ decisions: [chainedDecision('recovery', 1)] });
  await first.close();
  const next = await driven(own);
  requests.length = 0;
  const loaded = await next.load();
  expect(requests).toEqual(['Query RUN/LOG#000000002']);
  expect(loaded).toEqual(await (await anotherProcess().runs.open(runId)).load());
});

test('a reader that follows the timeline reads only new rows; one that needs the end reads backward', async () => {
  const own = anotherProcess();
  await own.runs.create(draft);
  const journal = await driven(own);
  for (let sequence = 1; sequence <= 30; sequence += 1)
    await journal.commit({ decisions: [chainedDecision('recovery', sequence)] });
  const all = await journal.timeline();
  expect(all).toHaveLength(30);
  const requests: string[] = [];
  const reader = await anotherProcess({
    before: ({ operation, key }) => void requests.push(`${operation} ${key}`),
  }).runs.open(runId);
  requests.length = 0;
  expect(await reader.timeline(27)).toEqual(all.slice(27));
  expect(await reader.timeline(30)).toEqual([]);
  expect(requests).toEqual([`Query RUN#${runId}/LOG#000000001`, `Query RUN#${runId}/LOG#000000031`]);
  await journal.commit({ decisions: [chainedDecision('recovery', 31)] });
  expect(await reader.timeline(30)).toEqual((await journal.timeline()).slice(30));
  expect(await reader.timeline(31)).toEqual([]);
  expect(await reader.timeline(99)).toEqual([]);
  expect(await reader.timeline(3)).toEqual((await journal.timeline()).slice(3));
});
