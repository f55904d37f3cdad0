import { crc32 } from 'node:zlib';
import { LifeboatError } from '../../errors.ts';
import type { SqliteDatabase } from '../../storage/sqlite-database.ts';
import { damaged } from './journal-failures.ts';
import type { RunRecord } from '../journal.ts';
import { asPresent } from './record-migration.ts';

/** Raised with every change that older versions cannot read. */
export const JOURNAL_VERSION = 3;

/** `LBJ1`: distinguishes a journal from any other SQLite database. */
const APPLICATION_ID = 0x4c_42_4a_31;

const FIRST_TABLES = ['run', 'driver', 'aggregate', 'history', 'timeline', 'signal', 'api_call'] as const;
const TABLES = [...FIRST_TABLES, 'fact'] as const;

/**
 * Added by version 2: facts, the details of a signal, and a driver's heartbeats. `lock` is the number of the valid lock
 * file. A driver of version 1 gives no heartbeats (NULL), and keeps working on a journal of version 2.
 */
const FACT =
  'CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL, seal INTEGER NOT NULL) WITHOUT ROWID';
const SECOND_VERSION = `
  ALTER TABLE driver ADD COLUMN lock INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE driver ADD COLUMN beats INTEGER;
  ALTER TABLE driver ADD COLUMN beatAt INTEGER;
  ALTER TABLE signal ADD COLUMN detail TEXT;
  ${FACT};
  PRAGMA user_version = 2;
`;

/**
 * Changed by version 3: timeline entries are data. Older rows keep a kind and a sentence, and have no subject: their
 * seals stay valid, and no row is rewritten.
 */
const THIRD_VERSION = `
  ALTER TABLE timeline RENAME COLUMN kind TO code;
  ALTER TABLE timeline RENAME COLUMN message TO data;
  ALTER TABLE timeline ADD COLUMN subject TEXT;
  PRAGMA user_version = 3;
`;

/**
 * A decision changes one row of `aggregate` and adds one to `history`: outbox and timers live in the aggregate's row, so that a
 * decision writes two pages, however many entries it has. `seal` is a checksum of the row: SQLite itself does not detect a flipped bit.
 */
const SCHEMA = `
  CREATE TABLE run (only INTEGER PRIMARY KEY CHECK (only = 1), record TEXT NOT NULL, writtenAt INTEGER NOT NULL, seal INTEGER NOT NULL);
  CREATE TABLE driver (only INTEGER PRIMARY KEY CHECK (only = 1), epoch INTEGER NOT NULL, pid INTEGER, host TEXT, since INTEGER,
    lock INTEGER NOT NULL DEFAULT 0, beats INTEGER, beatAt INTEGER);
  CREATE TABLE aggregate (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sequence INTEGER NOT NULL, at INTEGER NOT NULL,
    snapshot TEXT NOT NULL, outbox TEXT NOT NULL, timers TEXT NOT NULL, seal INTEGER NOT NULL);
  CREATE TABLE history (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, aggregate INTEGER NOT NULL REFERENCES aggregate,
    event TEXT NOT NULL, seal INTEGER NOT NULL);
  CREATE TABLE timeline (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, subject TEXT, code TEXT NOT NULL,
    data TEXT NOT NULL, seal INTEGER NOT NULL);
  CREATE TABLE signal (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('approve', 'reject', 'pause', 'resume', 'abort', 'cleanup')),
    by TEXT NOT NULL, reason TEXT, consumed INTEGER NOT NULL DEFAULT 0, detail TEXT);
  ${FACT};
  CREATE TABLE api_call (operation TEXT PRIMARY KEY, total INTEGER NOT NULL, throttled INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO driver (only, epoch) VALUES (1, 0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${JOURNAL_VERSION};
`;

/** Checksum of a row's columns, including their boundaries, so that text moved from one column to the next is detected. */
export function seal(...columns: readonly (string | number)[]): number {
  return crc32(columns.join('\u0000'));
}

/** Creates the journal of one run in an empty database, atomically. */
export function createTables(database: SqliteDatabase, record: RunRecord, writtenAt: number): void {
  database.transaction(() => {
    database.execute(SCHEMA);
    const text = JSON.stringify(record);
    database.run(
      'INSERT INTO run VALUES (1, ?, ?, ?)',
      text,
      Math.trunc(writtenAt),
      seal(text, Math.trunc(writtenAt)),
    );
  });
}

/**
 * Refuses a file that is not a complete journal of a version this code can read.
 * @param thorough also walks every page: seconds for a journal of gigabytes, so only for a driver
 */
export function checkTables(database: SqliteDatabase, thorough: boolean): void {
  const { file } = database;
  const version = journalVersion(database);
  const application = Number(database.first('PRAGMA application_id')?.['application_id']);
  const present = new Set(
    database.all("SELECT name FROM sqlite_schema WHERE type = 'table'").map((row) => row['name']),
  );
  if (application === 0 && present.size === 0) {
    throw new LifeboatError(
      'JOURNAL_DAMAGED',
      `The journal ${file} is empty: its run stopped before it began, and made nothing.`,
      'Start the run again; it gets an id of its own.',
    );
  }
  if (application !== APPLICATION_ID) throw damaged(file, 'it is the database of another program');
  if (version > JOURNAL_VERSION) {
    throw new LifeboatError(
      'JOURNAL_TOO_NEW',
      `The journal ${file} has version ${version}; this Lifeboat reads up to ${JOURNAL_VERSION}.`,
      'Use the Lifeboat that began the run, or a newer one.',
    );
  }
  const wanted = version === 1 ? FIRST_TABLES : TABLES;
  const missing = wanted.filter((name) => !present.has(name));
  if (missing.length > 0) throw damaged(file, `it lacks ${missing.map((name) => `'${name}'`).join(', ')}`);
  if (!thorough) return;
  const verdict = database.first('PRAGMA quick_check(1)')?.['quick_check'];
  if (verdict !== 'ok') throw damaged(file, String(verdict));
}

export function journalVersion(database: SqliteDatabase): number {
  return Number(database.first('PRAGMA user_version')?.['user_version']);
}

/** Migrates a journal of an older version to this one, atomically. */
export function migrateTables(database: SqliteDatabase): void {
  if (journalVersion(database) === JOURNAL_VERSION) return;
  database.transaction(() => {
    // Another process may have migrated it while this one waited for the lock.
    if (journalVersion(database) < 2) database.execute(SECOND_VERSION);
    if (journalVersion(database) < 3) database.execute(THIRD_VERSION);
  });
}

/** The run that this journal belongs to, and when it was begun in wall-clock time. */
export function readRun(database: SqliteDatabase): {
  readonly record: RunRecord;
  readonly writtenAt: number;
} {
  const row = database.first('SELECT record, writtenAt, seal FROM run');
  if (row === undefined) throw damaged(database.file, 'it does not say which run it belongs to');
  const text = String(row['record']);
  const writtenAt = Number(row['writtenAt']);
  if (seal(text, writtenAt) !== row['seal'])
    throw damaged(database.file, 'the record of the run has been altered');
  return { record: asPresent(parseColumn(text, database.file, 'run')), writtenAt };
}

/** Parses JSON from a column that this code wrote. */
export function parseColumn<T>(text: unknown, file: string, where: string): T {
  if (text === '[]') return [] as T;
  try {
    return JSON.parse(String(text)) as T;
  } catch (error) {
    throw damaged(file, `'${where}' holds something that is not JSON`, error);
  }
}
