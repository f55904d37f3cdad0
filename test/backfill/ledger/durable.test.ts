import fs from 'node:fs';
import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLedger } from '../../../src/backfill/ledger/file-ledger.ts';
import { readAll } from '../../../src/backfill/ledger/reading.ts';
import { RecordStates } from '../../../src/backfill/ledger/record-states.ts';
import { replay } from '../../../src/backfill/replay/engine.ts';
import { createFixedRate } from '../../../src/backfill/replay/fixed-rate.ts';
import type {
  Attempt,
  ReplayRequest,
  ReplaySource,
  Ticket,
} from '../../../src/backfill/base/replay-ports.ts';
import { folder, listSource, message, QUICK, removeFolders, requests } from '../replay/parts.ts';

/**
 * What a loss of power would leave of each ledger: the bytes that were in the file when the last `fdatasync` of it began that has ended since. Node's own functions do the work;
 * they are only watched, and held up where a test says so.
 */
const mockDisk = {
  durableBytes: 0,
  /** Ends every `fdatasync` that is held up; absent: none is. */
  held: undefined as (() => void)[] | undefined,
};

jest.mock('node:fs', () => {
  const real = jest.requireActual<typeof fs>('node:fs');
  type Done = (error: NodeJS.ErrnoException | null) => void;
  const keep = (bytes: number): void => {
    mockDisk.durableBytes = bytes;
  };
  return {
    ...real,
    fdatasync(descriptor: number, done: Done) {
      const { size } = real.fstatSync(descriptor);
      real.fdatasync(descriptor, (error) => {
        const end = (): void => {
          if (error === null) keep(size);
          done(error);
        };
        if (mockDisk.held === undefined) end();
        else mockDisk.held.push(end);
      });
    },
    fdatasyncSync(descriptor: number) {
      const { size } = real.fstatSync(descriptor);
      real.fdatasyncSync(descriptor);
      keep(size);
    },
  };
});

beforeEach(() => {
  mockDisk.durableBytes = 0;
  mockDisk.held = undefined;
});
afterEach(removeFolders);

/** The ledger as a machine that lost its power right now would find it. */
async function afterPowerLoss(file: string): Promise<RecordStates> {
  const copy = join(folder(), 'ledger.log');
  await writeFile(copy, fs.readFileSync(file));
  await truncate(copy, mockDisk.durableBytes);
  const states = new RecordStates();
  const handle = await open(copy, 'r');
  try {
    await readAll(handle, copy, (entry) => states.apply(entry));
  } finally {
    await handle.close();
  }
  return states;
}

const answered = (status: number): Attempt => ({ kind: 'answered', status, answer: `says ${status}` });
const ATTEMPTS: readonly Attempt[] = [
  answered(200),
  answered(404),
  answered(503),
  { kind: 'unknown', why: 'reset' },
  { kind: 'unsendable', why: 'a line break in a header' },
];

/** Settled requests whose fate the disk did not hold at that moment, and how many were settled. */
async function settleAll(list: readonly ReplayRequest[]): Promise<{ early: string[]; settled: number }> {
  const directory = folder();
  const early: string[] = [];
  let settled = 0;
  const ledger = await openLedger(directory);
  const inner = listSource(list);
  const source: ReplaySource = {
    ...inner,
    load: async ({ ordinal, position }: Ticket) => {
      const found = list.find((one) => one.ordinal === ordinal && one.position === position);
      if (found === undefined) throw new Error('asked for what was never given');
      return found;
    },
    async settle(ticket, fate) {
      const known = (await afterPowerLoss(ledger.file)).fateOf(ticket);
      settled += 1;
      if (known !== fate.kind) early.push(`${ticket.position}: told ${fate.kind}, the disk has ${known}`);
    },
  };
  const target = {
    name: 'a script',
    send: async ({ position }: ReplayRequest) =>
      ATTEMPTS[Number(String(position).replace(/\D/g, '')) % ATTEMPTS.length] ?? answered(200),
    close: async () => {},
  };
  const settings = { ...QUICK, attempts: 2, ambiguous: 'report' as const };
  const pause = new AbortController().signal;
  await replay({ source, target, ledger, governor: createFixedRate(1_000_000), settings, pause });
  await ledger.close();
  return { early, settled };
}

test('a source is settled only after its fate is durable: the ledger, read again from disk, has that fate', async () => {
  const list = requests(40, (ordinal) => ({ position: ordinal }));
  expect(await settleAll(list)).toEqual({ early: [], settled: 40 });
});

test('a message of a queue is given back only after its fate is durable', async () => {
  const list = Array.from({ length: 20 }, (_, number) => message(`m-${number}`));
  expect(await settleAll(list)).toEqual({ early: [], settled: 20 });
});

test('fdatasync has completed before any promise of the ledger resolves', async () => {
  const [first] = requests(1);
  if (first === undefined) throw new Error('there is a request');
  const ledger = await openLedger(folder());
  const steps = [
    () => ledger.intend(first, 1),
    () => ledger.failed(first, 1, 'known', 'status 503'),
    () => ledger.intend(first, 2),
    () => ledger.conclude(first, 2, { kind: 'succeeded', status: 200 }),
  ];
  for (const step of steps) {
    const held: (() => void)[] = [];
    mockDisk.held = held;
    let isResolved = false;
    const written = step().then(() => {
      isResolved = true;
    });
    while (held.length === 0) await new Promise(setImmediate);
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    expect(isResolved).toBe(false);
    mockDisk.held = undefined;
    for (const end of held) end();
    await written;
  }
  await ledger.close();
  const { size } = fs.statSync(ledger.file);
  expect(mockDisk.durableBytes).toBe(size);
});

test('a ledger that does not sync says so by its option, and the watch sees it', async () => {
  const [first] = requests(1);
  if (first === undefined) throw new Error('there is a request');
  const ledger = await openLedger(folder(), { syncs: false });
  await ledger.intend(first, 1);
  expect(mockDisk.durableBytes).toBe(0);
  await ledger.close();
});
