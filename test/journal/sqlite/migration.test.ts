import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RunRecord } from '../../../src/journal/journal.ts';
import { asPresent } from '../../../src/journal/sqlite/record-migration.ts';
import { openSqliteJournal, readHolder, readRunRecord } from '../../../src/journal/sqlite/open-journal.ts';
import { JOURNAL_VERSION, seal } from '../../../src/journal/sqlite/tables.ts';
import { chainedDecision, sampleRecord, START, stepEntry } from '../fixtures/samples.ts';

/** As version 1 made it, word for word. */
const VERSION_1 = `
  CREATE TABLE run (only INTEGER PRIMARY KEY CHECK (only = 1), record TEXT NOT NULL, writtenAt INTEGER NOT NULL, seal INTEGER NOT NULL);
  CREATE TABLE driver (only INTEGER PRIMARY KEY CHECK (only = 1), epoch INTEGER NOT NULL, pid INTEGER, host TEXT, since INTEGER);
  CREATE TABLE aggregate (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sequence INTEGER NOT NULL, at INTEGER NOT NULL,
    snapshot TEXT NOT NULL, outbox TEXT NOT NULL, timers TEXT NOT NULL, seal INTEGER NOT NULL);
  CREATE TABLE history (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, aggregate INTEGER NOT NULL REFERENCES aggregate,
    event TEXT NOT NULL, seal INTEGER NOT NULL);
  CREATE TABLE timeline (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL, seal INTEGER NOT NULL);
  CREATE TABLE signal (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('approve', 'reject', 'pause', 'resume', 'abort')),
    by TEXT NOT NULL, reason TEXT, consumed INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE api_call (operation TEXT PRIMARY KEY, total INTEGER NOT NULL, throttled INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO driver (only, epoch, pid, host, since) VALUES (1, 7, 4711, 'desk', ${START});
  INSERT INTO signal (at, kind, by, reason) VALUES (${START}, 'pause', 'ana', 'lunch');
  INSERT INTO api_call VALUES ('CreateVolume', 3, 1);
  INSERT INTO timeline (at, kind, message, seal) VALUES (${START}, 'phase', 'restore', ${seal(START, 'phase', 'restore')});
  PRAGMA application_id = 0x4c424a31;
  PRAGMA user_version = 1;
`;

/** How an entry that holds a sentence is read. */
const OLD_ENTRY = { at: START, subject: 'run', code: 'phase.legacy', data: { message: 'restore' } };

/** What the record of a run of version 1 held. */
function oldRecord(): object {
  const { waivers, forensics, protects, notify, startedBy, startedOn, ...rest } = sampleRecord();
  expect([waivers, forensics, protects, notify, startedBy, startedOn]).not.toContain(undefined);
  return {
    ...rest,
    gates: [
      {
        before: 'restore',
        approvals: 1,
        why: 'the recovery costs about 600.00 USD, above the limit of 500 USD',
      },
      { before: 'cutover', approvals: 2, why: 'the runbook wants 2 approval(s) before cutover' },
    ],
  };
}

const present: RunRecord = {
  ...sampleRecord(),
  startedBy: '',
  startedOn: '',
  gates: [
    {
      id: 'restore/approvals/1',
      kind: 'approvals',
      before: 'restore',
      approvals: 1,
      why: 'the recovery costs about 600.00 USD, above the limit of 500 USD',
    },
    {
      id: 'cutover/approvals/2',
      kind: 'approvals',
      before: 'cutover',
      approvals: 2,
      why: 'the runbook wants 2 approval(s) before cutover',
    },
  ],
};

let directory = '';
let file = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-migration-'));
  file = join(directory, 'journal.sqlite');
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; ${VERSION_1}`);
  const text = JSON.stringify(oldRecord());
  database.prepare('INSERT INTO run VALUES (1, ?, ?, ?)').run(text, START, seal(text, START));
  database.close();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function versionOnDisk(): unknown {
  const database = new DatabaseSync(file);
  try {
    return database.prepare('PRAGMA user_version').get()?.['user_version'];
  } finally {
    database.close();
  }
}

test('a journal of version 1 is read as it is', async () => {
  const reader = await openSqliteJournal(directory, { readOnly: true });
  expect(reader.record).toEqual(present);
  expect(readRunRecord(directory).record).toEqual(present);
  expect(await reader.pendingSignals()).toEqual([
    // It has no seal, which versions before 2 did not know.
    { id: 1, at: START, kind: 'pause', by: 'ana', reason: 'lunch', isAltered: true },
  ]);
  expect(await reader.apiCalls()).toEqual([{ operation: 'CreateVolume', total: 3, throttled: 1 }]);
  expect(await reader.timeline()).toEqual([OLD_ENTRY]);
  expect(await reader.value('sent')).toBeUndefined();
  expect(await reader.load()).toMatchObject({ aggregates: [] });
  expect(readHolder(directory).isHeld).toBe(false);
  await reader.close();
  expect(versionOnDisk()).toBe(1);
});

test('opening it for writing migrates it to this version, and nothing is lost', async () => {
  const reader = await openSqliteJournal(directory, { readOnly: true });
  await reader.pendingSignals();
  const journal = await openSqliteJournal(directory);
  expect(versionOnDisk()).toBe(JOURNAL_VERSION);
  expect(await journal.acquire()).toEqual({ epoch: 8 });
  expect(await journal.pendingSignals()).toMatchObject([{ kind: 'pause', by: 'ana', reason: 'lunch' }]);
  await journal.signal({ at: START, kind: 'abort', by: 'ana', identity: 'verified', made: 'keep' });
  await journal.putValue('sent', 1);
  await journal.commit({ decisions: [chainedDecision('recovery', 1)], heard: 1 });
  expect(journal.record).toEqual(present);
  expect(await journal.timeline()).toEqual([OLD_ENTRY, stepEntry(1)]);
  expect(await reader.timeline(1)).toEqual([stepEntry(1)]);
  // A reader from before the change goes on.
  expect(await reader.pendingSignals()).toEqual(await journal.pendingSignals());
  expect(await reader.value('sent')).toBe(1);
  await reader.close();
  await journal.close();
  const again = await openSqliteJournal(directory);
  expect((await again.load()).aggregates).toHaveLength(1);
  await again.close();
});

test('a driver of version 1, which gives no heartbeats, is not taken over while it holds its lock', async () => {
  const journal = await openSqliteJournal(directory);
  const old = new DatabaseSync(join(directory, 'driver.lock'));
  old.exec('BEGIN EXCLUSIVE');
  const refusal = {
    code: 'RUN_IS_DRIVEN',
    message: expect.stringContaining('process 4711 on desk') as string,
  };
  await expect(journal.acquire({ takeOver: true })).rejects.toMatchObject(refusal);
  expect(readHolder(directory)).toEqual({
    isHeld: true,
    last: { pid: 4711, host: 'desk', since: START },
  });
  old.close();
  expect(await journal.acquire({ takeOver: true })).toEqual({ epoch: 8 });
  await journal.close();
});

test('a record of this version is unchanged', () => {
  expect(asPresent(present)).toEqual(present);
  expect(asPresent(sampleRecord())).toEqual(sampleRecord());
});

test('an entry of version 1 that was altered is told, also once the journal is migrated', async () => {
  const database = new DatabaseSync(file);
  database.exec("UPDATE timeline SET message = 'cutover'");
  database.close();
  for (const readOnly of [true, false]) {
    const journal = await openSqliteJournal(directory, { readOnly });
    await expect(journal.timeline()).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    await journal.close();
  }
});
