import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Commit, Journal } from '../../../src/journal/journal.ts';
import { heldOrRefused, type Held } from '../../../src/journal/lease.ts';
import { DAY_MS } from '../../../src/time.ts';
import { draft } from '../../contract/journal.ts';
import { chainedDecision, sampleRecord, START } from '../fixtures/samples.ts';
import { noise } from './noise.ts';
import { brokenConnection } from './failures.ts';
import { Machines, processOn, type Process, type ProcessOptions, type Sent } from './process.ts';
import { draftsIn, openTable, type OpenTable } from './table.ts';

const { runId } = sampleRecord();
/** A lease without a heartbeat, and the longest request. */
const WHOLE_MS = 15_000 + 35_000;
let table: OpenTable;
let machines: Machines;

beforeEach(async () => {
  table = await openTable();
  machines = new Machines();
});
afterEach(() => table.close());

function anotherProcess(options?: ProcessOptions): Process {
  return processOn(table, machines, options);
}

async function begun(options?: ProcessOptions): Promise<Process> {
  const process = anotherProcess(options);
  await process.runs.create(draft);
  return process;
}

async function drives({ runs, lease }: Process, takeOver = false): Promise<{ held: Held; journal: Journal }> {
  const held = heldOrRefused(await lease.acquire(runId, takeOver), runId);
  return { held, journal: await runs.open(runId, held) };
}

const step = (sequence: number): Commit => ({ decisions: [chainedDecision('recovery', sequence)] });
const isLog = ({ operation, key }: Sent): boolean => operation === 'PutItem' && key.includes('/LOG#');
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: { readonly code?: unknown }) => error.code ?? error,
  );

/** Holds requests back until it is opened. */
class Gate {
  #open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => (this.#open = resolve));
  #arrive: () => void = () => undefined;
  /** A request has come to it. */
  readonly arrived = new Promise<void>((resolve) => (this.#arrive = resolve));

  pass(): Promise<void> {
    this.#arrive();
    return this.opened;
  }

  open(): void {
    this.#open();
  }
}

test('a process whose id another one takes at the last moment gets another id', async () => {
  const other = anotherProcess();
  let hasTaken = false;
  const late = anotherProcess({
    async before({ isWrite, key }) {
      if (hasTaken || !isWrite || !key.startsWith('RUNS/')) return;
      hasTaken = true;
      await other.runs.create(draft);
    },
  });
  const { runId: own } = await late.runs.create(draft);
  expect(own).not.toBe(runId);
  for (const id of [runId, own]) expect((await other.runs.find(id)).runId).toBe(id);
});

describe('who drives', () => {
  test('of many processes that begin to drive at once, one does', async () => {
    await begun();
    const all = await Promise.all(Array.from({ length: 6 }, () => anotherProcess().lease.acquire(runId)));
    expect(all.filter((each) => 'epoch' in each)).toHaveLength(1);
  });

  test('of many processes that take over at once, one does', async () => {
    const { held } = await drives(await begun());
    machines.stop(held);
    const all = await Promise.all(
      Array.from({ length: 5 }, () => anotherProcess().lease.acquire(runId, true)),
    );
    const taken = all.filter((each) => 'epoch' in each);
    expect(taken).toEqual([
      expect.objectContaining({ epoch: held.epoch + 1, tookOver: expect.anything() as unknown }),
    ]);
  });

  test('a lease is taken over once it has expired and the longest request has ended, by the clock of the process that waits', async () => {
    const old = await begun({ clock: { now: () => Date.now() + 400 * DAY_MS } });
    const { held } = await drives(old);
    machines.stop(held);
    old.passedMs = 400 * DAY_MS;
    const next = anotherProcess();
    expect(await next.lease.acquire(runId)).toMatchObject({ drivenBy: { pid: process.pid } });
    expect(next.passedMs).toBe(0);
    expect(await next.lease.acquire(runId, true)).toMatchObject({ epoch: held.epoch + 1 });
    expect(next.passedMs).toBeGreaterThanOrEqual(WHOLE_MS);
  });

  test('a suspended machine that takes over waits anew for heartbeats', async () => {
    const { held } = await drives(await begun());
    machines.stop(held);
    let isFirst = true;
    const next: Process = anotherProcess({
      before: ({ operation, key }) => {
        if (!isFirst || operation !== 'GetItem' || !key.endsWith('/LEASE') || next.passedMs === 0) return;
        isFirst = false;
        next.passedMs += DAY_MS;
        machines.add(held);
      },
    });
    expect(await next.lease.acquire(runId, true)).toMatchObject({ drivenBy: { pid: process.pid } });
  });

  test('a process gives heartbeats by itself until it releases the lease', async () => {
    const own = await begun({ times: { beatEveryMs: 5 } });
    const held = heldOrRefused(await own.store.acquire(runId), runId);
    const beatAt = async (): Promise<number | undefined> => (await own.lease.holder(runId)).last?.beatAt;
    const first = await beatAt();
    while ((await beatAt()) === first) await sleep(5);
    await held.release();
    expect(await held.renew()).toBe(false);
  });

  test('a process that was stopped while it asked whether it still drives asks again', async () => {
    const next = anotherProcess();
    let isStopped = false;
    const old: Process = await begun({
      after: async ({ operation, key }) => {
        if (!isStopped || operation !== 'GetItem' || !key.endsWith('/LEASE')) return;
        isStopped = false;
        machines.stop(held);
        await next.lease.acquire(runId, true);
        old.passedMs += WHOLE_MS;
      },
    });
    const { held } = await drives(old);
    isStopped = true;
    expect(await held.isOurs()).toBe(false);
  });

  test('a driver that leaves with something to write releases its lease with that row', async () => {
    const writes: string[] = [];
    const own = await begun({
      before: ({ isWrite, operation, key }) =>
        void (isWrite && writes.push(`${operation} ${key.replace(/^.*\//, '')}`)),
    });
    const { held, journal } = await drives(own);
    await journal.commit(step(1));
    writes.length = 0;
    await journal.countCall('DescribeVolumes');
    await journal.commit({ decisions: [], memo: { look: 1 }, mayBeLost: true });
    expect((await journal.load()).memo).toEqual({ look: 1 });
    expect(writes).toEqual([]);
    await journal.close();
    expect(writes).toEqual(['PutItem LOG#000000002']);
    expect([await held.isOurs(), await held.renew()]).toEqual([false, false]);
    await expect(journal.commit(step(2))).rejects.toThrow(/acquire/);
    const next = anotherProcess();
    expect(await next.lease.holder(runId)).toMatchObject({ isHeld: false, last: { pid: process.pid } });
    const { journal: later } = await drives(next);
    expect(next.passedMs).toBe(0);
    expect((await later.load()).memo).toEqual({ look: 1 });
    expect(await later.apiCalls()).toEqual([{ operation: 'DescribeVolumes', total: 1, throttled: 0 }]);
    // The row that released the lease was not the last driver's: the new one holds it.
    expect((await next.lease.holder(runId)).isHeld).toBe(true);
  });

  test('a request that changes something is counted before it is sent, a read with the next row', async () => {
    const { journal } = await drives(await begun());
    const reader = await anotherProcess().runs.open(runId);
    await journal.countCall('CreateVolume');
    await journal.countCall('DescribeVolumes');
    await journal.countThrottle('DescribeVolumes');
    const create = { operation: 'CreateVolume', total: 1, throttled: 0 };
    const reads = { operation: 'DescribeVolumes', total: 1, throttled: 1 };
    expect(await reader.apiCalls()).toEqual([create]);
    expect(await journal.apiCalls()).toEqual([create, reads]);
    await journal.commit(step(1));
    expect(await reader.apiCalls()).toEqual([create, reads]);
    await Promise.all(Array.from({ length: 60 }, () => journal.countCall('DescribeVolumes')));
    expect(await reader.history()).toHaveLength(1);
    const [, counted] = await reader.apiCalls();
    expect(counted?.total).toBeGreaterThan(50);
    await journal.close();
    expect(await reader.apiCalls()).toEqual([create, { ...reads, total: 61 }]);
  });

  test('requests of one operation that are sent at once are counted together', async () => {
    const writes: string[] = [];
    const own = await begun({ before: ({ isWrite, key }) => void (isWrite && writes.push(key)) });
    const { journal } = await drives(own);
    writes.length = 0;
    await Promise.all(Array.from({ length: 20 }, () => journal.countCall('CreateVolume')));
    expect(writes.length).toBeLessThanOrEqual(2);
    expect(await journal.apiCalls()).toEqual([{ operation: 'CreateVolume', total: 20, throttled: 0 }]);
  });

  test('what may be lost is kept in memory for a minute at the most', async () => {
    const own = await begun();
    const { journal } = await drives(own);
    const reader = await anotherProcess().runs.open(runId);
    await journal.commit({ decisions: [], memo: { look: 1 }, mayBeLost: true });
    expect((await reader.load()).memo).toBeUndefined();
    own.passedMs += 60_000;
    await journal.commit({ decisions: [], memo: { look: 2 }, mayBeLost: true });
    expect((await reader.load()).memo).toEqual({ look: 2 });
  });
});

describe('what a driver that was replaced still writes', () => {
  test('its append that is still on its way is refused', async () => {
    const gate = new Gate();
    let isHeldBack = false;
    const old = await begun({ before: (sent) => (isHeldBack && isLog(sent) ? gate.pass() : undefined) });
    const { held, journal } = await drives(old);
    await journal.commit(step(1));
    isHeldBack = true;
    const late = codeOf(journal.commit(step(2)));
    await gate.arrived;
    machines.stop(held);
    const { journal: next } = await drives(anotherProcess(), true);
    const loaded = await next.load();
    gate.open();
    expect(await late).toBe('JOURNAL_CONFLICT');
    expect(await next.load()).toEqual(loaded);
    await next.commit(step(2));
    expect(await next.history()).toHaveLength(2);
  });

  test('it commits nothing either if it opens the journal only after it was replaced', async () => {
    const old = await begun();
    const held = heldOrRefused(await old.lease.acquire(runId), runId);
    machines.stop(held);
    const { journal: next } = await drives(anotherProcess(), true);
    await next.commit(step(1));
    const journal = await old.runs.open(runId, held);
    expect((await journal.load()).aggregates).toHaveLength(1);
    expect(await codeOf(journal.commit(step(2)))).toBe('JOURNAL_CONFLICT');
    expect(await codeOf(journal.putValue('sent', 1))).toBe('JOURNAL_CONFLICT');
    await next.commit(step(2));
  });

  test('two drivers that both believe to drive write one chain', async () => {
    const { held, journal: old } = await drives(await begun());
    await old.commit(step(1));
    machines.stop(held);
    const { journal: next } = await drives(anotherProcess(), true);
    for (let sequence = 2; sequence <= 4; sequence += 1) {
      const ends = await Promise.all([old, next].map((each) => codeOf(each.commit(step(sequence)))));
      expect(ends).toEqual(['JOURNAL_CONFLICT', 'done']);
    }
    expect(await next.history()).toHaveLength(4);
  });

  test('an append that it gave up and that arrives after it has left makes the next driver read again', async () => {
    let late: Sent | undefined;
    let isBroken = false;
    const old = await begun({
      before: (sent) => {
        if (!isBroken || !isLog(sent)) return;
        late ??= sent;
        throw brokenConnection();
      },
    });
    const { journal } = await drives(old);
    await journal.commit(step(1));
    isBroken = true;
    expect(await codeOf(journal.commit(step(2)))).toBe('JOURNAL_UNWRITABLE');
    await journal.close();
    const { journal: next } = await drives(anotherProcess());
    await next.load();
    await late?.deliver();
    const other = { decisions: [chainedDecision('resource:a', 1)] };
    expect(await codeOf(next.commit(other))).toBe('JOURNAL_CONFLICT');
    expect((await next.load()).aggregates).toMatchObject([{ id: 'recovery', sequence: 2 }]);
    await next.commit(other);
  });

  test('an append of its own whose answer was lost for good is recognized', async () => {
    let isBroken = false;
    const own = await begun({
      after: (sent) => {
        if (isBroken && sent.operation !== 'Query') throw brokenConnection();
      },
    });
    const { journal } = await drives(own);
    await journal.load();
    isBroken = true;
    expect(await codeOf(journal.commit(step(1)))).toBe('JOURNAL_UNWRITABLE');
    isBroken = false;
    expect(await codeOf(journal.commit(step(1)))).toBe('JOURNAL_CONFLICT');
    await journal.commit(step(2));
    expect(await journal.history()).toHaveLength(2);
    expect((await journal.load()).aggregates).toMatchObject([{ sequence: 2 }]);
  });

  test('its checkpoint does not replace a newer one', async () => {
    const sizes = { item: 2_000, tail: 2_000 };
    const gate = new Gate();
    let isHeldBack = false;
    const isCheckpoint = ({ operation, key }: Sent): boolean =>
      operation === 'PutItem' && key.endsWith('/CHECKPOINT');
    const old = await begun({
      sizes,
      before: (sent) => (isHeldBack && isCheckpoint(sent) ? gate.pass() : undefined),
    });
    const { held, journal } = await drives(old);
    const long = (sequence: number): Commit => ({
      ...step(sequence),
      memo: { long: noise(`${sequence}`, 4_000) },
    });
    await journal.commit(long(1));
    isHeldBack = true;
    const late = journal.commit(long(2));
    await gate.arrived;
    machines.stop(held);
    const { journal: next } = await drives(anotherProcess({ sizes }), true);
    for (let sequence = 3; sequence <= 8; sequence += 1) await next.commit(long(sequence));
    const before = await checkpointedAt();
    gate.open();
    await late;
    expect(await checkpointedAt()).toBe(before);
    expect(before).toBeGreaterThan(3);
    // Chunks of the record, of each long row and of one checkpoint: the old driver's are removed.
    expect((await draftsIn(table)).size).toBe(1 + 8 + 1);
    expect(await (await anotherProcess({ sizes }).runs.open(runId)).load()).toEqual(await next.load());
  });

  /** Row of the log at which replay starts: readers that find a checkpoint query the log from the next row. */
  async function checkpointedAt(): Promise<number> {
    const queries: string[] = [];
    const reader = anotherProcess({
      before: ({ operation, key }) =>
        void (operation === 'Query' && key.includes('/LOG#') && queries.push(key)),
    });
    await (await reader.runs.open(runId)).load();
    return Number(queries[0]?.slice(-9)) - 1;
  }
});

test('a driver commits while its notices are kept and others of its parts read', async () => {
  const { journal } = await drives(await begun());
  const ends = await Promise.all([
    codeOf(journal.commit(step(1))),
    ...[1, 2, 3].map((sent) => codeOf(journal.putValue('sent', sent))),
    codeOf(journal.load()),
    codeOf(journal.commit(step(2))),
    codeOf(journal.value('sent')),
    codeOf(journal.commit(step(3))),
  ]);
  expect(new Set(ends)).toEqual(new Set(['done']));
  expect(await journal.value('sent')).toBe(3);
  expect(await journal.history()).toHaveLength(3);
  const reader = await anotherProcess().runs.open(runId);
  expect(await reader.load()).toEqual(await journal.load());
});

test('the proof of identity of a signal is removed once a commit has heard it', async () => {
  const own = await begun();
  const { journal } = await drives(own);
  const signal = { at: START, kind: 'approve', by: 'ana', proof: 'X-Amz-Signature=secret' } as const;
  for (let each = 1; each <= 3; each += 1) await journal.signal(signal);
  await journal.commit({ ...step(1), heard: 2 });
  const Key = (n: number) => ({ pk: { S: `RUN#${runId}` }, sk: { S: `SIGNAL#00000000${n}` } });
  const texts = await Promise.all(
    [1, 2, 3].map(async (n) => {
      const { Item } = await table.client.send(new GetItemCommand({ TableName: table.table, Key: Key(n) }));
      return Item?.['signal']?.S ?? '';
    }),
  );
  expect(texts.map((text) => text.includes('secret'))).toEqual([false, false, true]);
  expect(await journal.pendingSignals()).toEqual([{ id: 3, ...signal }]);
});

test('a journal that is closed twice gives its memory to one later journal only', async () => {
  const own = await begun();
  const { journal: first } = await drives(own);
  await first.commit(step(1));
  await first.close();
  const second = await own.runs.open(runId);
  expect((await second.load()).aggregates).toMatchObject([{ sequence: 1 }]);
  await first.close();
  const { journal: third } = await drives(own);
  await third.commit(step(2));
  expect((await second.load()).aggregates).toMatchObject([{ sequence: 2 }]);
  expect((await third.load()).aggregates).toMatchObject([{ sequence: 2 }]);
});

test('many processes that signal at once are all heard, in an order without gaps', async () => {
  const { journal } = await drives(await begun());
  await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const watcher = await anotherProcess().runs.open(runId);
      await watcher.signal({ at: START, kind: 'approve', by: `person-${index}` });
    }),
  );
  const signals = await journal.pendingSignals();
  expect(signals.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(new Set(signals.map(({ by }) => by)).size).toBe(8);
  expect(signals.some(({ isAltered }) => isAltered)).toBe(false);
});
