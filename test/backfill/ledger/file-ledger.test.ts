import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { headerLine } from '../../../src/backfill/ledger/entries.ts';
import { openLedger } from '../../../src/backfill/ledger/file-ledger.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-ledger-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = () => join(directory, 'ledger.log');
const record = (ordinal: number) => ({ source: 1, position: ordinal * 400, ordinal });

test('what has been written is known again after it was closed', async () => {
  const ledger = await openLedger(join(directory, 'new', 'folder'), { identity: 'scan-1' });
  await ledger.intend(record(0), 1);
  await ledger.conclude(record(0), 1, { kind: 'succeeded', status: 201 });
  await ledger.intend(record(2), 1);
  await ledger.failed(record(2), 1, 'known', '503');
  await ledger.intend({ source: 2, position: 'm-1' }, 1);
  const { counts } = ledger;
  await ledger.close();

  const again = await openLedger(join(directory, 'new', 'folder'), { identity: 'scan-1' });
  expect(again.stateOf(record(0))).toEqual({ kind: 'fate', fate: 'succeeded' });
  expect(again.stateOf(record(1))).toEqual({ kind: 'new' });
  expect(again.stateOf(record(2))).toEqual({ kind: 'tried', attempts: 1 });
  expect(again.stateOf({ source: 2, position: 'm-1' })).toEqual({ kind: 'unknown', attempts: 1 });
  expect(again.firstOpen).toBe(1);
  expect(again.counts).toEqual(counts);
  expect(counts).toEqual({
    succeeded: 1,
    rejected: 0,
    abandoned: 0,
    ambiguous: 0,
    sends: 3,
    resentUnknown: 0,
  });
  await again.intend({ source: 2, position: 'm-1' }, 2);
  expect(again.counts.resentUnknown).toBe(1);
  await again.close();
});

test('only what is on the disk counts', async () => {
  const ledger = await openLedger(directory);
  const written = ledger.intend(record(0), 1);
  expect(ledger.stateOf(record(0))).toEqual({ kind: 'new' });
  await written;
  expect(ledger.stateOf(record(0))).toEqual({ kind: 'unknown', attempts: 1 });
  expect(readFileSync(file(), 'utf8')).toContain('["i",1,0,0,1,');
  await ledger.close();
});

test('what has a fate is neither sent nor concluded again', async () => {
  const ledger = await openLedger(directory);
  await ledger.conclude(record(0), 1, { kind: 'rejected', status: 404, answer: '' });
  expect(() => ledger.intend(record(0), 2)).toThrow('has a fate: rejected');
  expect(() => ledger.conclude(record(0), 2, { kind: 'succeeded', status: 200 })).toThrow('has a fate');
  await ledger.close();
});

test('times never go back, whatever the clock does', async () => {
  const clock = [1_000, 5_000, 3_000, 2_000, 6_000];
  const now = () => clock.shift() ?? 0;
  const ledger = await openLedger(directory, { now });
  for (const ordinal of [0, 1, 2]) await ledger.intend(record(ordinal), 1);
  await ledger.close();
  const again = await openLedger(directory, { now: () => 4_000 });
  await again.intend(record(3), 1);
  await again.close();
  const times = readFileSync(file(), 'utf8')
    .trim()
    .split('\n')
    .map((line) => Number(/(\d+)\]$/.exec(line)?.[1]));
  expect(times).toEqual([1_000, 5_000, 5_000, 5_000, 5_000]);
});

test('answers are for the owner of the file alone', async () => {
  await (await openLedger(directory)).close();
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('the ledger of another scan is refused: its ordinals mean other records', async () => {
  await (await openLedger(directory, { identity: 'a' })).close();
  const before = readFileSync(file());
  await expect(openLedger(directory, { identity: 'b' })).rejects.toMatchObject({ code: 'LEDGER_CONFLICT' });
  await expect(openLedger(directory)).rejects.toMatchObject({ code: 'LEDGER_CONFLICT' });
  expect(readFileSync(file())).toEqual(before);
});

test('the ledger of another version is refused and left as it is', async () => {
  const line = headerLine({ version: 2, identity: '', at: 1 });
  writeFileSync(file(), `${line}what a later version writes`);
  await expect(openLedger(directory)).rejects.toMatchObject({ code: 'FORMAT_TOO_NEW' });
  expect(readFileSync(file(), 'utf8')).toBe(`${line}what a later version writes`);
});

test.each([
  ['a link', 'STATE_UNSAFE', () => symlinkSync('/dev/full', file())],
  ['a folder in its place', 'LEDGER_UNWRITABLE', () => mkdirSync(file())],
])('%s is no ledger', async (_, code, place) => {
  place();
  await expect(openLedger(directory)).rejects.toMatchObject({ code });
});

test('a folder that refuses writes is told', async () => {
  const parent = join(directory, 'taken');
  writeFileSync(parent, '');
  await expect(openLedger(join(parent, 'x'))).rejects.toMatchObject({ code: 'LEDGER_UNWRITABLE' });
  if (process.getuid?.() === 0) return;
  chmodSync(directory, 0o500);
  await expect(openLedger(directory)).rejects.toMatchObject({ code: 'LEDGER_UNWRITABLE' });
  chmodSync(directory, 0o700);
});

test('another file is not taken for a ledger, however much it looks like a torn one', async () => {
  writeFileSync(file(), 'a log of something else\n'.repeat(100));
  await expect(openLedger(directory)).rejects.toMatchObject({ code: 'LEDGER_DAMAGED', at: { line: 1 } });
  expect(statSync(file()).size).toBe(2_400);
});

test('a line that is whole but says nothing we know is damage', async () => {
  await (await openLedger(directory)).close();
  // A header where an entry should be: right checksum, wrong place.
  appendFileSync(file(), headerLine({ version: 1, identity: '', at: 1 }));
  await expect(openLedger(directory)).rejects.toMatchObject({ code: 'LEDGER_DAMAGED', at: { line: 2 } });
});
