import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '../../../src/backfill/ledger/file-ledger.ts';
import { readLedger, rejectedEntries } from '../../../src/backfill/ledger/ledger-view.ts';
import type { RejectedEntry } from '../../../src/backfill/ledger/ledger.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-view-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = () => join(directory, 'ledger.log');
const record = (ordinal: number) => ({ source: 1, position: ordinal * 400, ordinal });

async function rejected(): Promise<readonly RejectedEntry[]> {
  const entries: RejectedEntry[] = [];
  for await (const entry of rejectedEntries(directory)) entries.push(entry);
  return entries;
}

test('without a ledger nothing was ever sent', async () => {
  expect(await readLedger(directory)).toBeUndefined();
  expect(await rejected()).toEqual([]);
});

test('a ledger that has just begun holds nothing', async () => {
  await (await openLedger(directory, { identity: 'x' })).close();
  expect(await readLedger(directory)).toEqual({
    identity: 'x',
    counts: { succeeded: 0, rejected: 0, abandoned: 0, ambiguous: 0, sends: 0, resentUnknown: 0 },
    openCount: 0,
    recentSends: 0,
  });
  writeFileSync(file(), '');
  expect(await readLedger(directory)).toMatchObject({ identity: '', openCount: 0 });
});

test('while it is written it tells what is there, and changes nothing', async () => {
  let at = 1_000_000;
  const ledger = await openLedger(directory, { now: () => at });
  await ledger.intend(record(0), 1);
  await ledger.conclude(record(0), 1, { kind: 'rejected', status: 404, answer: 'no\nsuch user' });
  at += 120_000;
  for (const ordinal of [1, 2, 3]) await ledger.intend(record(ordinal), 1);
  at += 30_000;
  await ledger.intend(record(2), 2);
  await ledger.conclude(record(2), 2, { kind: 'rejected', status: 410, answer: '' });
  // As if the writer were in the middle of a line.
  appendFileSync(file(), '5d1c2f3a ["i",1,');
  const before = readFileSync(file());
  expect(await readLedger(directory)).toEqual({
    identity: '',
    counts: { ...ledger.counts, rejected: 2, sends: 5, resentUnknown: 1 },
    openCount: 2,
    firstAt: 1_000_000,
    lastAt: 1_150_000,
    recentSends: 4,
  });
  expect(await rejected()).toEqual([
    { ...record(0), at: 1_000_000, status: 404, answer: 'no\\u{a}such user' },
    { ...record(2), at: 1_150_000, status: 410, answer: '' },
  ]);
  expect(readFileSync(file())).toEqual(before);
  await ledger.close();
});

test.each([
  [59_999, 2],
  [60_000, 1],
  [3_600_000, 1],
])('%i ms after the first send, %i are recent', async (laterMs, recentSends) => {
  let at = 10_000_000;
  const ledger = await openLedger(directory, { now: () => at, syncs: false });
  await ledger.intend(record(0), 1);
  at += laterMs;
  await ledger.intend(record(1), 1);
  await ledger.close();
  expect(await readLedger(directory)).toMatchObject({ recentSends });
});

test('damage is told, not counted around', async () => {
  const ledger = await openLedger(directory, { syncs: false });
  for (const ordinal of [0, 1, 2]) await ledger.intend(record(ordinal), 1);
  await ledger.close();
  writeFileSync(file(), readFileSync(file(), 'utf8').replace('"i",1,0,0', '"i",1,9,0'));
  await expect(readLedger(directory)).rejects.toMatchObject({ code: 'LEDGER_DAMAGED', at: { line: 2 } });
  await expect(rejected()).rejects.toMatchObject({ code: 'LEDGER_DAMAGED' });
});

test('one that may not be read is neither missing nor damaged', async () => {
  await (await openLedger(directory)).close();
  if (process.getuid?.() === 0) return;
  chmodSync(file(), 0o000);
  await expect(readLedger(directory)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
});
