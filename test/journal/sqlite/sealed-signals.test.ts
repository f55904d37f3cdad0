import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSqliteJournal } from '../../../src/journal/sqlite/open-journal.ts';
import type { Signal } from '../../../src/journal/journal.ts';
import type { SqliteJournal } from '../../../src/journal/sqlite/sqlite-journal.ts';
import { sampleRecord, START } from '../fixtures/samples.ts';

let directory = '';
let journal: SqliteJournal;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-signals-'));
  journal = await createSqliteJournal({ directory, record: sampleRecord() });
  await journal.signal({ at: START, kind: 'approve', by: 'ana', identity: 'verified', meant: 'restore' });
});
afterEach(async () => {
  await journal.close();
  rmSync(directory, { recursive: true, force: true });
});

function edit(sql: string): void {
  const database = new DatabaseSync(join(directory, 'journal.sqlite'));
  database.exec(sql);
  database.close();
}

const altered = async (): Promise<readonly (readonly [Signal['by'], boolean])[]> =>
  (await journal.pendingSignals()).map(({ by, isAltered }) => [by, isAltered === true]);

test('a signal that lifeboat wrote is sealed', async () => {
  expect(await journal.pendingSignals()).toEqual([
    { id: 1, at: START, kind: 'approve', by: 'ana', identity: 'verified', meant: 'restore' },
  ]);
});

test.each([
  ["UPDATE signal SET by = 'ben'", 'ben'],
  ["UPDATE signal SET kind = 'abort'", 'ana'],
  ["UPDATE signal SET reason = 'checked'", 'ana'],
  ['UPDATE signal SET at = at + 1', 'ana'],
  ["UPDATE signal SET detail = replace(detail, 'restore', 'cutover')", 'ana'],
  ["UPDATE signal SET detail = replace(detail, 'verified', 'break-glass')", 'ana'],
  ['UPDATE signal SET detail = NULL', 'ana'],
  ['UPDATE signal SET id = 2', 'ana'],
])('an edited row is noticed: %s', async (sql, by) => {
  edit(sql);
  expect(await altered()).toEqual([[by, true]]);
});

test.each([
  ["INSERT INTO signal (at, kind, by) VALUES (1, 'approve', 'ben')", 'ben'],
  [
    `INSERT INTO signal (at, kind, by, detail) VALUES (1, 'approve', 'ben', '{"identity":"verified","meant":"restore"}')`,
    'ben',
  ],
  // A copy of a sealed row, as another person's second word.
  [
    'INSERT INTO signal (at, kind, by, reason, detail) SELECT at, kind, by, reason, detail FROM signal',
    'ana',
  ],
])('an inserted row is noticed: %s', async (sql, by) => {
  edit(sql);
  expect(await altered()).toEqual([
    ['ana', false],
    [by, true],
  ]);
});

test('a consumed signal that is made pending again is noticed', async () => {
  await journal.acquire();
  await journal.commit({ decisions: [], heard: 1 });
  edit('UPDATE signal SET consumed = 0');
  expect(await altered()).toEqual([['ana', true]]);
});
