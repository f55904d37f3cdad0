import { copyFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { NOTHING_REPLAYED } from '../../../src/backfill/base/counts.ts';
import type { RequestRecord } from '../../../src/backfill/base/record.ts';
import type { ReplayRequest, ReplaySource } from '../../../src/backfill/base/replay-ports.ts';
import { openWorkStore } from '../../../src/backfill/work/sqlite-work.ts';
import type { ScanFacts, ScanWriter, WorkStore } from '../../../src/backfill/work/work-store.ts';
import { fc } from '../../property.ts';

let directory = '';
let store: WorkStore;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-work-'));
  store = openWorkStore(directory);
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

const file = () => join(directory, 'work.sqlite');
const signal = new AbortController().signal;

const facts: ScanFacts = {
  scannedAt: 1_792_000_000_000,
  stored: [{ name: 'access.log', bytes: 1_200 }],
  sources: [],
  counts: {
    scanned: 3,
    malformed: 0,
    foreign: 0,
    healthy: 1,
    clientRecovered: 0,
    unrecoverable: 0,
    pending: 2,
    replayed: NOTHING_REPLAYED,
  },
  windows: [{ kind: 'errors', start: 0, end: 60_000, requests: 3, errors: 2 }],
  byClass: [],
  samples: [],
  actions: ['Switch the webhook on.'],
};

function record(at: number, more: Partial<RequestRecord> = {}): RequestRecord {
  return { at, method: 'GET', url: `/r?at=${at}`, headers: [], payload: 'whole', ...more };
}

async function drain(source: ReplaySource, limit = 100): Promise<readonly ReplayRequest[]> {
  const all: ReplayRequest[] = [];
  for (;;) {
    const page = await source.next(limit, signal);
    if (page === undefined) return all;
    expect(page.length).toBeGreaterThan(0);
    expect(page.length).toBeLessThanOrEqual(limit);
    all.push(...page);
  }
}

/** A scan that finds these. */
function scan(found: readonly (readonly [source: number, offset: number, at: number])[]): void {
  const writer = store.beginScan();
  for (const [source, offset, at] of found) writer.add(source, offset, record(at), undefined);
  writer.complete(facts);
}

test('a request comes back as it was found, its URL in origin form', async () => {
  const writer = store.beginScan();
  const body = Buffer.from([0, 255, 10, 13, 1]);
  const headers = [
    ['content-type', 'application/json'],
    ['x-odd', 'ü\u0000\n"\ud83d'],
  ] as const;
  const whole = record(5, {
    method: 'POST',
    url: 'http://shop.example:80/x?y=1',
    headers,
    body,
    host: 'shop.example',
    status: 503,
  });
  writer.add(1, 4_711, whole, 'user-ü');
  writer.add(2, Number.MAX_SAFE_INTEGER, record(6, { body: new Uint8Array(0) }), undefined);
  writer.complete(facts);
  const [first, second] = await drain(store.openSource());
  expect(first).toEqual({
    source: 1,
    position: 4_711,
    ordinal: 0,
    at: 5,
    orderKey: 'user-ü',
    method: 'POST',
    url: '/x?y=1',
    headers: [['host', 'shop.example'], ...headers],
    body: new Uint8Array(body),
  });
  expect(second).toMatchObject({ source: 2, position: Number.MAX_SAFE_INTEGER, ordinal: 1 });
  expect(second?.body).toHaveLength(0);
  expect(second).not.toHaveProperty('orderKey');
});

test('any records come by time, source and offset, numbered without holes, wherever reading begins and however large its pages', async () => {
  const key = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(50), fc.integer({ min: -5, max: 30 }));
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { selector: ([source, offset]) => `${source} ${offset}`, maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.nat(70),
      async (found, limit, from) => {
        scan(found);
        const expected = found
          .toSorted(([s1, o1, at1], [s2, o2, at2]) => at1 - at2 || s1 - s2 || o1 - o2)
          .map(([source, position, at], ordinal) => ({ source, position, ordinal, at }));
        const source = store.openSource(from);
        expect(source.total).toBe(Math.max(0, expected.length - from));
        const got = await drain(source, limit);
        expect(
          got.map(({ source: number, position, ordinal, at }) => ({ source: number, position, ordinal, at })),
        ).toEqual(expected.slice(from));
        for (const request of got.slice(0, 5)) {
          const { source: number, position, ordinal = -1, at } = request;
          expect(await source.load({ source: number, position, ordinal, at })).toEqual(request);
        }
        expect(await source.next(limit, signal)).toBeUndefined();
      },
    ),
    { numRuns: 40 },
  );
});

test('the identity stands for what is found, not for the order in which it is found', () => {
  const found = Array.from(
    { length: 200 },
    (_, index) => [1 + (index % 3), index * 400, 1_792_000_000_000 + index] as const,
  );
  scan(found);
  const { identity } = store;
  expect(identity).toMatch(/^200-[0-9a-f]{16}$/);
  scan(found.toReversed());
  expect(store.identity).toBe(identity);
  const others = [
    found.slice(1),
    [...found.slice(1), [1, 2, 1_792_000_000_000] as const],
    found.map(([source, offset, at], index) => [source, index === 0 ? offset + 1 : offset, at] as const),
    found.map(([source, offset, at], index) => [source, offset, index === 9 ? at + 1 : at] as const),
    found.map(([source, offset, at]) => [4 - source, offset, at] as const),
    found.map(([source, offset, at]) => [source, offset + 2 ** 40, at] as const),
  ];
  const identities = others.map((other) => {
    scan(other);
    return store.identity;
  });
  expect(new Set([identity, ...identities]).size).toBe(others.length + 1);
});

test('what is taken back was never there', async () => {
  const writer = store.beginScan();
  for (let index = 0; index < 10; index += 1) writer.add(1, index, record(index), undefined);
  for (const index of [0, 4, 9]) writer.remove(1, index, index);
  writer.complete(facts);
  const kept = await drain(store.openSource());
  expect(kept.map(({ position, ordinal }) => [position, ordinal])).toEqual(
    [1, 2, 3, 5, 6, 7, 8].map((position, ordinal) => [position, ordinal]),
  );
  expect(store.openSource().total).toBe(7);
  const { identity } = store;
  scan([1, 2, 3, 5, 6, 7, 8].map((index) => [1, index, index]));
  expect(store.identity).toBe(identity);
});

test.each<[string, (writer: ScanWriter) => void]>([
  ['takes back what was never added', (writer) => writer.remove(1, 5, 5)],
  ['adds the same twice', (writer) => writer.add(1, 1, record(1), undefined)],
  ['adds something without a time', (writer) => writer.add(1, 2, record(Number.NaN), undefined)],
])('a scan that %s has ended', (_, act) => {
  const writer = store.beginScan();
  writer.add(1, 1, record(1), undefined);
  expect(() => act(writer)).toThrow();
  expect(() => writer.complete(facts)).toThrow('ended');
  expect(store.facts).toBeUndefined();
});

test('until a scan is complete there is nothing, and one that did not end leaves nothing', async () => {
  expect(store.facts).toBeUndefined();
  expect(store.identity).toBeUndefined();
  expect(() => store.openSource()).toThrow('no scan is complete');
  const writer = store.beginScan();
  for (let index = 0; index < 25_000; index += 1) writer.add(1, index, record(index), undefined);
  store.close();

  store = openWorkStore(directory);
  expect(store.facts).toBeUndefined();
  expect(() => store.openSource()).toThrow('no scan is complete');
  scan([[1, 7, 7]]);
  expect(await drain(store.openSource())).toHaveLength(1);
});

test('a scan that begins takes the place of the last one, also if that is still under way', async () => {
  scan([[1, 1, 1]]);
  const first = store.beginScan();
  expect(store.facts).toBeUndefined();
  first.add(1, 2, record(2), undefined);
  const second = store.beginScan();
  expect(() => first.add(1, 3, record(3), undefined)).toThrow('ended');
  second.add(1, 4, record(4), undefined);
  second.complete(facts);
  expect((await drain(store.openSource())).map(({ position }) => position)).toEqual([4]);
});

test('facts are there for another process while this one writes, which nothing but the writer changes', async () => {
  const reader = openWorkStore(directory, { readOnly: true });
  const writer = store.beginScan();
  writer.add(1, 1, record(1), undefined);
  expect(reader.facts).toBeUndefined();
  writer.add(1, 2, record(2), undefined);
  writer.complete(facts);
  expect(reader.facts).toEqual(facts);
  expect(reader.identity).toBe(store.identity);
  expect(await drain(reader.openSource())).toHaveLength(2);
  expect(() => reader.beginScan()).toThrow(expect.objectContaining({ code: 'BACKFILL_UNWRITABLE' }));
  reader.close();
});

test('once it is gathered the file alone is the store', async () => {
  const { file } = store;
  scan([[1, 7, 7]]);
  store.gather();
  const copy = mkdtempSync(join(tmpdir(), 'lifeboat-copy-'));
  copyFileSync(file, join(copy, basename(file)));
  const other = openWorkStore(copy);
  expect(await drain(other.openSource())).toHaveLength(1);
  other.close();
  rmSync(copy, { recursive: true });
});

test('two sources read at their own pace', async () => {
  scan(Array.from({ length: 30 }, (_, index) => [1, index, index] as const));
  const [one, other] = [store.openSource(), store.openSource(10)];
  await one.next(7, signal);
  await other.next(3, signal);
  expect((await one.next(1, signal))?.[0]?.ordinal).toBe(7);
  expect((await other.next(1, signal))?.[0]?.ordinal).toBe(13);
});

test('large bodies come in small pages', async () => {
  const writer = store.beginScan();
  const body = Buffer.alloc(6_000_000, 'x');
  for (let index = 0; index < 4; index += 1) writer.add(1, index, record(index, { body }), undefined);
  writer.complete(facts);
  const source = store.openSource();
  expect(await source.next(100, signal)).toHaveLength(2);
  expect(await drain(source)).toHaveLength(2);
});

test('without a scan there is nothing to read', () => {
  expect(() => openWorkStore(join(directory, 'nowhere'), { readOnly: true })).toThrow(
    expect.objectContaining({ code: 'RUN_NOT_FOUND' }),
  );
});

test.each<[string, (file: string) => void, string]>([
  ['is no database', (path) => writeFileSync(path, 'x'.repeat(10_000)), 'BACKFILL_DAMAGED'],
  ['is cut short', (path) => truncateSync(path, 5_000), 'BACKFILL_DAMAGED'],
  [
    'is of another version',
    (path) => new DatabaseSync(path).exec('PRAGMA user_version = 9'),
    'FORMAT_TOO_NEW',
  ],
  [
    'is of something else',
    (path) => new DatabaseSync(path).exec('PRAGMA user_version = 0'),
    'BACKFILL_DAMAGED',
  ],
])('a store that %s is told with what to do', async (_, spoil, code) => {
  scan(Array.from({ length: 500 }, (_, index) => [1, index, index] as const));
  store.close();
  spoil(file());
  const use = async (): Promise<void> => {
    store = openWorkStore(directory);
    await drain(store.openSource());
  };
  await expect(use()).rejects.toMatchObject({
    code,
    next: expect.stringMatching(/scan the same|that version/) as string,
  });
});

test('a request that is gone or unreadable is damage', async () => {
  scan([[1, 1, 1]]);
  const source = store.openSource();
  await expect(source.load({ source: 1, position: 2, at: 1 })).rejects.toMatchObject({
    code: 'BACKFILL_DAMAGED',
  });
  new DatabaseSync(file()).exec("UPDATE requests SET head = 'x'");
  await expect(source.next(1, signal)).rejects.toMatchObject({ code: 'BACKFILL_DAMAGED' });
});
