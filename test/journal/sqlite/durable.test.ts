import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { createSqliteJournal, openSqliteJournal } from '../../../src/journal/sqlite/open-journal.ts';
import type { Pulse } from '../../../src/journal/sqlite/takeover.ts';
import { sampleDecision, sampleRecord, START } from '../fixtures/samples.ts';

/** `PRAGMA synchronous` as SQLite numbers its levels. */
const FULL = 2;

let directory = '';
/** Level at each COMMIT of a file and at each signal, which is a statement alone, in their order. */
let levels: number[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-durable-'));
  levels = [];
  const prepare = Reflect.get(DatabaseSync.prototype, 'prepare');
  // SQLite does the work: this only asks it, at each of them, whether it will wait for the disk.
  jest.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (
    this: DatabaseSync,
    sql: string,
  ) {
    const statement = prepare.call(this, sql);
    if (!/^(COMMIT|INSERT INTO signal)/.test(sql)) return statement;
    const run = statement.run.bind(statement);
    Reflect.set(statement, 'run', (...values: SQLInputValue[]) => {
      if (this.location() !== null)
        levels.push(Number(prepare.call(this, 'PRAGMA synchronous').get()?.['synchronous']));
      return run(...values);
    });
    return statement;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(directory, { recursive: true, force: true });
});

test('every commit of decisions waits for the disk: synchronous is FULL, also between beats and after a reopening', async () => {
  const pulse: Pulse = { everyMs: 1, patienceMs: 60_000 };
  const created = await createSqliteJournal({ directory, record: sampleRecord() });
  await created.acquire();
  levels = [];
  await created.commit({ decisions: [sampleDecision('recovery', 1)] });
  await created.close();
  expect(levels).toEqual([FULL]);
  const reopened = await openSqliteJournal(directory, { pulse });
  await reopened.acquire();
  levels = [];
  for (let sequence = 2; sequence <= 6; sequence += 1) {
    // Beats do not wait for the disk, and share the connection.
    await new Promise((resolve) => setTimeout(resolve, 5));
    await reopened.commit({ decisions: [sampleDecision('recovery', sequence)] });
  }
  await reopened.close();
  expect(levels).toEqual([FULL, FULL, FULL, FULL, FULL]);
});

test('the beginning of a run, its takeover and an accepted signal wait for the disk, too', async () => {
  const journal = await createSqliteJournal({ directory, record: sampleRecord() });
  await journal.acquire();
  expect(new Set(levels)).toEqual(new Set([FULL]));
  levels = [];
  await journal.signal({ at: START, kind: 'pause', by: 'alex' });
  await journal.close();
  expect(new Set(levels)).toEqual(new Set([FULL]));
});
