import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Backfill } from '../../../src/backfill/backfill.ts';
import { Room, type DiskSpace } from '../../../src/backfill/room.ts';
import { scanOnly } from '../../../src/backfill/scan-only.ts';
import { openWorkStore } from '../../../src/backfill/work/sqlite-work.ts';
import { backfillSchema } from '../../../src/runbook/backfill-schema.ts';
import { openSink, type Sink } from '../../e2e/sink.ts';
import { linesFrom } from '../scan/logs.ts';

const MIB = 1_024 ** 2;
const LINES = 120_000;
/** As small as logs become that say the same over and over. */
const BOMB = gzipSync(linesFrom(0, 60, 502).repeat(LINES / 60));
/** A disk of 2,000 MiB keeps 100 of them. */
const diskWith = (freeMib: number): DiskSpace => ({ free: freeMib * MIB, total: 2_000 * MIB });

let folder: string;
let state: string;
let sink: Sink;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-room-'));
  state = join(folder, 'state');
  sink = await openSink();
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await sink.close();
});

const silent = { warn: () => undefined, info: () => undefined };
const TOOLS = { env: {}, log: silent, now: () => Date.now(), threads: 1 };
const { signal } = new AbortController();

function specOf(path: string, change: object = {}) {
  return backfillSchema.parse({
    sources: [{ path, format: 'common' }],
    replay: { target: sink.url, rate: 1_000 },
    ...change,
  });
}

function open(
  content: string | Uint8Array,
  spaceOf: () => DiskSpace,
  change: object = {},
): Promise<Backfill> {
  const path = join(folder, 'missed.log');
  writeFileSync(path, content);
  const definition = { name: 'room', createdAt: 0, spec: specOf(path, change) };
  return Backfill.open(state, definition, { ...TOOLS, spaceOf });
}

const left = (): readonly string[] =>
  readdirSync(state)
    .filter((name) => !/^(definition\.json|.*lock.*)$/.test(name))
    .sort();

async function failure(backfill: Backfill): Promise<unknown> {
  try {
    await backfill.scan(signal);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await backfill.close();
  }
}

test('what the disk cannot hold is refused before anything is written, with figures and what to do', async () => {
  expect(BOMB.length).toBeLessThan(100_000);
  const error = await failure(await open(BOMB, () => diskWith(120)));
  expect(error).toMatchObject({
    code: 'JOURNAL_UNWRITABLE',
    message: expect.stringMatching(
      /^The backfill would need about \d+ MiB in .*, where 20 MiB may be written/,
    ),
    next: expect.stringContaining('--state DIR'),
  });
  expect(left()).toEqual([]);
});

test('where little of a large log failed it is counted, and then there is room', async () => {
  const log = linesFrom(0, 60, 200).repeat(LINES / 60) + linesFrom(0, 60, 502);
  const backfill = await open(gzipSync(log), () => diskWith(120));
  expect((await backfill.scan(signal)).counts).toMatchObject({ scanned: LINES + 60, pending: 60 });
  await backfill.close();
  expect(left()).toContain('work.sqlite');
});

test('a disk that fills meanwhile stops the scan at its reserve, and nothing of it stays', async () => {
  let looks = 0;
  const error = await failure(await open(BOMB, () => diskWith((looks += 1) > 3 ? 99 : 1_000)));
  expect(error).toMatchObject({
    code: 'JOURNAL_UNWRITABLE',
    message: expect.stringMatching(/^The scan stopped: .* has 99 MiB left, and 100 MiB are kept free/),
  });
  expect(left()).toEqual([]);
});

test('so does a search for retries, and an input that must be copied', async () => {
  const clients = [{ name: 'all', behaviour: 'retries', horizon: '1s', replay: false }];
  const spec = specOf('-', { clients });
  let looks = 0;
  const spaceOf = () => diskWith((looks += 1) > 1 ? 99 : 1_000);
  mkdirSync(join(folder, 'scratch'));
  const scan = (stdin: NodeJS.ReadableStream) =>
    scanOnly(spec, join(folder, 'scratch'), { ...TOOLS, stdin, spaceOf }, { signal });
  await expect(scan(Readable.from([BOMB]))).rejects.toThrow('The scan stopped');
  looks = 2;
  const chunk = Buffer.alloc(17 * MIB, 'x\n');
  await expect(scan(Readable.from([chunk, chunk]))).rejects.toThrow('Reading standard input stopped');
  expect(readdirSync(join(folder, 'scratch'))).toEqual([]);
});

test('little is written also where others have touched the reserve', async () => {
  const backfill = await open(linesFrom(0, 30, 502), () => diskWith(1));
  expect((await backfill.scan(signal)).counts.pending).toBe(30);
  expect(await backfill.replay(signal)).toBe('completed');
  await backfill.close();
  expect(sink.arrivals).toHaveLength(30);
});

test('a replay whose ledger would take the reserve does not begin', async () => {
  let free = 1_000;
  const backfill = await open(BOMB, () => diskWith(free));
  await backfill.scan(signal);
  free = 130;
  await expect(backfill.replay(signal)).rejects.toMatchObject({
    code: 'JOURNAL_UNWRITABLE',
    message: expect.stringContaining('The ledger would need about 46 MiB'),
  });
  await backfill.close();
  expect(sink.arrivals).toEqual([]);
});

test('what a process left that died while it scanned goes away', async () => {
  await (await open('', () => diskWith(1_000))).close();
  const store = openWorkStore(state);
  const writer = store.beginScan();
  const record = { method: 'GET', url: '/x', headers: [], payload: 'url-only' as const };
  for (let at = 0; at < 25_000; at += 1) writer.add(1, at, { at, ...record }, undefined);
  store.close();
  for (const name of ['retries.scratch', 'streaks.scratch-journal', 'spool-1'])
    writeFileSync(join(state, name), 'left');
  expect(statSync(join(state, 'work.sqlite')).size).toBeGreaterThan(500_000);
  const backfill = await open(linesFrom(0, 30, 502), () => diskWith(1_000));
  expect(left().filter((name) => !name.startsWith('work.sqlite'))).toEqual([]);
  expect(statSync(join(state, 'work.sqlite')).size).toBeLessThan(500_000);
  await backfill.scan(signal);
  await backfill.close();
});

test('a scan that is interrupted leaves nothing', async () => {
  const backfill = await open(BOMB, () => diskWith(1_000));
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  await expect(backfill.scan(stop.signal)).rejects.toThrow('enough');
  await backfill.close();
  expect(left()).toEqual([]);
});

test('the reserve is 5 % of a disk, at most 1 GiB; a system that does not say is believed', () => {
  const room = (free: number, total: number) => new Room('/x', () => ({ free, total })).bytes;
  expect(room(1_000, 10_000)).toBe(500);
  expect(room(1_024 ** 4, 1_024 ** 5)).toBe(1_024 ** 4 - 1_024 ** 3);
  expect(new Room('/x', () => undefined).bytes).toBe(Infinity);
  expect(new Room('/nowhere/at/all').bytes).toBe(Infinity);
  expect(new Room(tmpdir()).bytes).toBeLessThan(Infinity);
});
