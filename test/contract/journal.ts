import type { Journal } from '../../src/journal/journal.ts';
import { heldOrRefused, type Lease } from '../../src/journal/lease.ts';
import type { RunDraft, RunStore } from '../../src/journal/run-store.ts';
import {
  chainedDecision,
  sampleDecision,
  sampleEffect,
  sampleRecord,
  stepEntry,
  START,
} from '../journal/fixtures/samples.ts';

/** Where runs are kept, and who may drive them. */
export interface Stores {
  readonly runs: RunStore;
  readonly lease: Lease;
}

/** An empty store; it and whatever it opened are closed by the factory's own afterEach. */
export type StoreFactory = () => Promise<Stores>;

export const draft: RunDraft = { runbook: 'orders', at: START, isShared: false, record: sampleRecord };

/** What every {@link Journal} promises. */
export function describeJournalContract(name: string, factory: StoreFactory): void {
  describe(`journal contract: ${name}`, () => {
    describeDecisions(factory);
    describeSignals(factory);
    describeCounts(factory);
    describeFacts(factory);
    describeSharing(factory);
  });
}

export async function driven({ runs, lease }: Stores, takeOver = false): Promise<Journal> {
  const { runId } = sampleRecord();
  return runs.open(runId, heldOrRefused(await lease.acquire(runId, takeOver), runId));
}

async function acquired(factory: StoreFactory): Promise<Journal> {
  const stores = await factory();
  await stores.runs.create(draft);
  return driven(stores);
}

/** Without the lease, as a process that watches or says something has it. */
async function watched(factory: StoreFactory): Promise<Journal> {
  const { runs } = await factory();
  return runs.open((await runs.create(draft)).runId);
}

function describeDecisions(factory: StoreFactory): void {
  test('a fresh journal knows its run and nothing else', async () => {
    const journal = await watched(factory);
    expect(journal.record).toEqual(sampleRecord());
    expect(await journal.load()).toEqual({ aggregates: [], outbox: [], timers: [], lastAt: 0 });
    expect(await journal.timeline()).toEqual([]);
    expect(await journal.history()).toEqual([]);
    expect(await journal.apiCalls()).toEqual([]);
  });

  test('loading returns the committed decisions', async () => {
    const journal = await acquired(factory);
    const snapshot = {
      value: { a: ['b', null, 1.5, true] },
      context: { text: 'é "quoted" \u0000 \u{1F6DF}' },
      status: 'active',
    };
    await journal.commit({ decisions: [sampleDecision('resource:events/vol-1', 1, { snapshot })] });
    expect((await journal.load()).aggregates).toEqual([
      { id: 'resource:events/vol-1', sequence: 1, snapshot },
    ]);
  });

  test('the outbox holds what is unanswered, oldest first across aggregates', async () => {
    const journal = await acquired(factory);
    const effects = (aggregate: string, ...names: string[]) =>
      names.map((each) => sampleEffect(aggregate, each));
    await journal.commit({
      decisions: [sampleDecision('resource:b', 1, { effects: effects('resource:b', 'b1', 'b2') })],
    });
    await journal.commit({
      decisions: [sampleDecision('resource:a', 1, { effects: effects('resource:a', 'a1') })],
    });
    await journal.commit({
      decisions: [
        sampleDecision('resource:b', 2, { settled: ['run/b1#1'], effects: effects('resource:b', 'b3') }),
      ],
    });
    expect((await journal.load()).outbox).toEqual([
      sampleEffect('resource:b', 'b2'),
      sampleEffect('resource:a', 'a1'),
      sampleEffect('resource:b', 'b3'),
    ]);
  });

  test('an effect asked again under its id is held once, as it is now', async () => {
    const journal = await acquired(factory);
    const effect = sampleEffect('recovery', 'x');
    await journal.commit({ decisions: [sampleDecision('recovery', 1, { effects: [effect] })] });
    const again = { ...effect, notBefore: START };
    await journal.commit({ decisions: [sampleDecision('recovery', 2, { effects: [again] })] });
    expect((await journal.load()).outbox).toEqual([again]);
    await journal.commit({
      decisions: [sampleDecision('recovery', 3, { settled: [effect.id], effects: [effect] })],
    });
    expect((await journal.load()).outbox).toEqual([effect]);
  });

  test('settling an effect that was never requested is a bug', async () => {
    const journal = await acquired(factory);
    await journal.commit({
      decisions: [sampleDecision('resource:a', 1, { effects: [sampleEffect('resource:a', 'a1')] })],
    });
    await expect(
      journal.commit({ decisions: [sampleDecision('recovery', 1, { settled: ['run/a1#1'] })] }),
    ).rejects.toThrow(/has not asked for: run\/a1#1/);
    expect((await journal.load()).aggregates.map(({ id }) => id)).toEqual(['resource:a']);
  });

  test('deciding for another aggregate is a bug', async () => {
    const journal = await acquired(factory);
    const foreign = sampleDecision('recovery', 1, { effects: [sampleEffect('resource:a', 'a1')] });
    await expect(journal.commit({ decisions: [foreign] })).rejects.toThrow(/recovery decides for resource:a/);
  });

  test('timers are replaced and cancelled by aggregate and id, and come by due time', async () => {
    const journal = await acquired(factory);
    const timer = (aggregate: string, id: string, inSeconds: number) => ({
      aggregate,
      id,
      dueAt: START + inSeconds * 1_000,
      event: { type: `${id} is due` },
    });
    await journal.commit({
      decisions: [
        sampleDecision('recovery', 1, {
          timers: [
            timer('recovery', 'late', 90),
            timer('recovery', 'poll', 30),
            timer('recovery', 'gone', 1),
          ],
        }),
        sampleDecision('resource:a', 1, {
          timers: [timer('resource:a', 'poll', 30), timer('resource:a', 'gone', 60)],
        }),
      ],
    });
    await journal.commit({
      decisions: [
        sampleDecision('recovery', 2, {
          cancelled: ['gone', 'unknown'],
          timers: [timer('recovery', 'late', 10)],
        }),
      ],
    });
    expect((await journal.load()).timers).toEqual([
      timer('recovery', 'late', 10),
      timer('recovery', 'poll', 30),
      timer('resource:a', 'poll', 30),
      timer('resource:a', 'gone', 60),
    ]);
  });

  test('timeline and history keep their order', async () => {
    const journal = await acquired(factory);
    await journal.commit({ decisions: [chainedDecision('recovery', 1), chainedDecision('recovery', 2)] });
    await journal.commit({
      decisions: [sampleDecision('allocator', 1, { at: START + 9_000, event: { type: 'granted' } })],
    });
    expect(await journal.timeline()).toEqual([stepEntry(1), stepEntry(2)]);
    expect(await journal.timeline(1)).toEqual([stepEntry(2)]);
    expect(await journal.timeline(2)).toEqual([]);
    expect(await journal.history()).toEqual([
      { at: START + 1_000, aggregate: 'recovery', event: { type: 'event-1' } },
      { at: START + 2_000, aggregate: 'recovery', event: { type: 'event-2' } },
      { at: START + 9_000, aggregate: 'allocator', event: { type: 'granted' } },
    ]);
  });

  test('the latest instant never goes back', async () => {
    const journal = await acquired(factory);
    await journal.commit({ decisions: [sampleDecision('recovery', 1, { at: START + 5_000 })] });
    await journal.commit({ decisions: [sampleDecision('recovery', 2, { at: START + 1_000 })] });
    expect((await journal.load()).lastAt).toBe(START + 5_000);
  });

  test('the memo is written with the decisions, alone, and stays until the next', async () => {
    const journal = await acquired(factory);
    expect((await journal.load()).memo).toBeUndefined();
    await journal.commit({ decisions: [sampleDecision('recovery', 1)], memo: { lookedAt: START } });
    await journal.commit({ decisions: [sampleDecision('recovery', 2)] });
    expect((await journal.load()).memo).toEqual({ lookedAt: START });
    await journal.commit({ decisions: [], memo: { lookedAt: START + 10_000 } });
    expect((await journal.load()).memo).toEqual({ lookedAt: START + 10_000 });
    await journal.commit({ decisions: [], memo: { other: [1] }, mayBeLost: true });
    expect((await journal.load()).memo).toEqual({ lookedAt: START + 10_000, other: [1] });
    expect(await journal.history()).toHaveLength(2);
  });

  test('a commit that fails leaves memo and signals as they were', async () => {
    const journal = await acquired(factory);
    await journal.signal({ at: START, kind: 'pause', by: 'ana' });
    await journal.commit({ decisions: [], memo: { state: 'before' } });
    const wrong = { decisions: [sampleDecision('recovery', 9)], memo: { state: 'after' }, heard: 1 };
    await expect(journal.commit(wrong)).rejects.toMatchObject({ code: 'JOURNAL_CONFLICT' });
    expect((await journal.load()).memo).toEqual({ state: 'before' });
    expect(await journal.pendingSignals()).toHaveLength(1);
  });

  test.each([
    { stored: 0, sequence: 2 },
    { stored: 2, sequence: 2 },
    { stored: 2, sequence: 1 },
    { stored: 2, sequence: 4 },
  ])(
    'decision $sequence after $stored is a conflict, and nothing of it is written',
    async ({ stored, sequence }) => {
      const journal = await acquired(factory);
      for (let each = 1; each <= stored; each += 1)
        await journal.commit({ decisions: [chainedDecision('recovery', each)] });
      const before = {
        state: await journal.load(),
        history: await journal.history(),
        timeline: await journal.timeline(),
      };
      const wrong = sampleDecision('recovery', sequence, {
        effects: [sampleEffect('recovery', 'wrong')],
        timeline: [stepEntry(9)],
      });
      await expect(journal.commit({ decisions: [wrong] })).rejects.toMatchObject({
        code: 'JOURNAL_CONFLICT',
      });
      expect({
        state: await journal.load(),
        history: await journal.history(),
        timeline: await journal.timeline(),
      }).toEqual(before);
    },
  );

  test('only a driver commits', async () => {
    const journal = await watched(factory);
    await expect(journal.commit({ decisions: [sampleDecision('recovery', 1)] })).rejects.toThrow(/acquire/);
    await expect(journal.countCall('CreateVolume')).rejects.toThrow(/acquire/);
    await expect(journal.putValue('x', 1)).rejects.toThrow(/acquire/);
    await expect(journal.assertOurs()).rejects.toThrow(/acquire/);
    expect(await journal.isOurs()).toBe(false);
    expect((await journal.load()).aggregates).toEqual([]);
  });
}

function describeSignals(factory: StoreFactory): void {
  test('signals come in order, until a commit has heard them', async () => {
    const journal = await acquired(factory);
    await journal.signal({ at: START, kind: 'pause', by: 'ana', reason: 'lunch' });
    await journal.signal({ at: START + 1, kind: 'resume', by: 'ben' });
    const pending = await journal.pendingSignals();
    expect(pending).toEqual([
      { id: 1, at: START, kind: 'pause', by: 'ana', reason: 'lunch' },
      { id: 2, at: START + 1, kind: 'resume', by: 'ben' },
    ]);
    await journal.commit({ decisions: [sampleDecision('recovery', 1)] });
    expect(await journal.pendingSignals()).toEqual(pending);
    await journal.signal({ at: START + 2, kind: 'abort', by: 'cy' });
    await journal.commit({ decisions: [sampleDecision('recovery', 2)], heard: 2 });
    expect((await journal.pendingSignals()).map(({ kind }) => kind)).toEqual(['abort']);
    await journal.commit({ decisions: [], heard: 3 });
    expect(await journal.pendingSignals()).toEqual([]);
    await journal.commit({ decisions: [], heard: 3 });
  });

  test('the proof of identity and the choice to keep or remove are stored', async () => {
    const journal = await watched(factory);
    const signals = [
      { at: START, kind: 'approve', by: 'ana', identity: 'verified' },
      { at: START, kind: 'approve', by: 'ben', identity: 'break-glass', reason: 'no identity service' },
      { at: START, kind: 'abort', by: 'cy', identity: 'local', made: 'keep' },
      { at: START, kind: 'abort', by: 'cy', made: 'remove' },
    ] as const;
    for (const signal of signals) await journal.signal(signal);
    const withIds = signals.map((signal, index) => ({ id: index + 1, ...signal }));
    expect(await journal.pendingSignals()).toEqual(withIds);
  });
}

function describeCounts(factory: StoreFactory): void {
  test('requests and throttles are counted by operation', async () => {
    const journal = await acquired(factory);
    await journal.countCall('DescribeVolumes');
    await journal.countCall('CreateVolume');
    await journal.countCall('CreateVolume');
    await journal.countThrottle('CreateVolume');
    expect(await journal.apiCalls()).toEqual([
      { operation: 'CreateVolume', total: 2, throttled: 1 },
      { operation: 'DescribeVolumes', total: 1, throttled: 0 },
    ]);
  });
}

function describeFacts(factory: StoreFactory): void {
  test.each([
    [null],
    [false],
    [0],
    ['é "quoted" \u0000 \u{1F6DF}'],
    [[]],
    [{ targets: [{ url: 'https://x.example', attempts: 3 }], done: true }],
  ])('the fact %j is kept as it is', async (value) => {
    const journal = await acquired(factory);
    await journal.putValue('notices', value);
    expect(await journal.value('notices')).toEqual(value);
  });

  test('the last one of a name counts, and other names are others', async () => {
    const journal = await acquired(factory);
    expect(await journal.value('sent')).toBeUndefined();
    await journal.putValue('sent', 1);
    await journal.putValue('Sent', 'other');
    await journal.putValue('sent', { n: 2 });
    expect(await journal.value('sent')).toEqual({ n: 2 });
    expect(await journal.value('Sent')).toBe('other');
    expect(await journal.value('')).toBeUndefined();
  });

  test('storing a fact is not a decision', async () => {
    const journal = await acquired(factory);
    await journal.putValue('sent', 1);
    expect(await journal.load()).toEqual({ aggregates: [], outbox: [], timers: [], lastAt: 0 });
    expect(await journal.history()).toEqual([]);
  });
}

function describeSharing(factory: StoreFactory): void {
  test('all of it is there when it is opened again', async () => {
    const stores = await factory();
    await stores.runs.create(draft);
    const journal = await driven(stores);
    await journal.commit({
      decisions: [
        chainedDecision('recovery', 1),
        chainedDecision('resource:a', 1),
        chainedDecision('recovery', 2),
      ],
      memo: { look: 1 },
    });
    await journal.countCall('CreateVolume');
    await journal.putValue('sent', { n: 2 });
    const before = await allOf(journal);
    await journal.close();
    expect(await allOf(await driven(stores))).toEqual(before);
    expect(await allOf(await stores.runs.open(sampleRecord().runId))).toEqual(before);
  });

  test('writes of another process change the counter, own writes do not', async () => {
    const stores = await factory();
    const { runId } = await stores.runs.create(draft);
    const journal = await driven(stores);
    const reader = await stores.runs.open(runId);
    const before = [await journal.changes(), await reader.changes()];
    await journal.commit({ decisions: [sampleDecision('recovery', 1)] });
    expect(await journal.changes()).toBe(before[0]);
    expect(await reader.changes()).not.toBe(before[1]);
    await reader.signal({ at: START, kind: 'approve', by: 'ana' });
    const after = await journal.changes();
    expect(after).not.toBe(before[0]);
    await reader.load();
    expect(await journal.changes()).toBe(after);
    expect(await journal.pendingSignals()).toMatchObject([{ kind: 'approve', by: 'ana' }]);
  });

  test('readers see each commit of a driver at work', async () => {
    const stores = await factory();
    const { runId } = await stores.runs.create(draft);
    const journal = await driven(stores);
    const reader = await stores.runs.open(runId);
    await journal.commit({ decisions: [chainedDecision('recovery', 1)] });
    expect((await reader.load()).aggregates).toHaveLength(1);
    await journal.commit({ decisions: [chainedDecision('recovery', 2)] });
    expect(await reader.load()).toEqual(await journal.load());
    expect(await reader.timeline(1)).toHaveLength(1);
  });
}

/** All that a journal keeps of a run. */
export async function allOf(journal: Journal): Promise<unknown> {
  return {
    record: journal.record,
    state: await journal.load(),
    history: await journal.history(),
    timeline: await journal.timeline(),
    calls: await journal.apiCalls(),
    signals: await journal.pendingSignals(),
    fact: await journal.value('sent'),
  };
}
