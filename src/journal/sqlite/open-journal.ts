import { advise, lifeboat } from '../../advice.ts';
import { accessSync, closeSync, constants, existsSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LifeboatError } from '../../errors.ts';
import { createPrivateFile, makePrivateDirectory, syncDirectory } from '../../storage/private-files.ts';
import type { Instant } from '../../time.ts';
import { refuseForeignRecord, refuseForeignRows } from '../foreign-journal.ts';
import { isRunId } from '../run-ids.ts';
import { SqliteDatabase } from '../../storage/sqlite-database.ts';
import { hasCode, unreadable } from '../../storage/storage-failures.ts';
import { JOURNAL_PART, damaged, journalFailure, stillborn, journalUnwritable } from './journal-failures.ts';
import { readDriverRow } from './driver-row.ts';
import type { Journal, RunRecord } from '../journal.ts';
import type { Holder } from '../lease.ts';
import { createFileLock, wasEverLocked, isLocked, unsharedLock } from '../../storage/file-lock.ts';
import { SqliteJournal } from './sqlite-journal.ts';
import { readRecovery } from './decision-rows.ts';
import { checkTables, createTables, migrateTables, readRun } from './tables.ts';
import type { Pulse } from './takeover.ts';

/**
 * Creates the journal of a run: `<directory>/journal.sqlite`. A missing directory is created.
 * @throws LifeboatError `JOURNAL_CONFLICT` when there is a journal already, `JOURNAL_UNWRITABLE` when the disk refuses
 * @example
 * const journal = await createSqliteJournal({ directory: runDirectory('.lifeboat', runId), record });
 * await journal.acquire();
 */
export async function createSqliteJournal(options: {
  readonly directory: string;
  readonly record: RunRecord;
}): Promise<SqliteJournal> {
  const { directory, record } = options;
  const file = journalFile(directory);
  claim(directory, file);
  let database: SqliteDatabase | undefined;
  try {
    database = openFile(file);
    requireWal(database);
    createTables(database, record, Date.now());
    syncDirectory(directory);
    return new SqliteJournal({ database, lock: createFileLock(directory, JOURNAL_PART) });
  } catch (error) {
    database?.close();
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    throw journalFailure(error, file);
  }
}

/**
 * Opens the journal of an existing run; an older version is migrated unless opened `readOnly`. A reader works while a driver writes; it also opens a finished run on
 * a disk that cannot be written, and leaves the page-by-page check to the driver.
 * @throws LifeboatError `RUN_NOT_FOUND`, `JOURNAL_DAMAGED`, `JOURNAL_TOO_NEW` or `JOURNAL_UNWRITABLE`
 */
export async function openSqliteJournal(
  directory: string,
  options: {
    readonly readOnly?: boolean;
    readonly pulse?: Pulse;
    readonly inbox?: Journal['signal'];
  } = {},
): Promise<SqliteJournal> {
  const database = openChecked(directory, options.readOnly ?? false);
  try {
    const { record } = readRun(database);
    refuseForeignFolder(directory, record);
    // Checked before the first write, even that of a new driver; the rest is checked with every load.
    refuseForeignRows(database.file, record, readRecovery(database));
    const { pulse, inbox } = options;
    return new SqliteJournal({ database, lock: createFileLock(directory, JOURNAL_PART), pulse, inbox });
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A journal in memory, for simulations: it is lost with the object. */
export async function createMemoryJournal(record: RunRecord): Promise<SqliteJournal> {
  const database = SqliteDatabase.open(':memory:', { file: 'in memory', part: JOURNAL_PART });
  createTables(database, record, 0);
  return new SqliteJournal({ database, lock: unsharedLock });
}

/** The record of the run in `directory`, and when it was begun in wall-clock time. Throws as {@link openSqliteJournal}. */
export function readRunRecord(directory: string): {
  readonly record: RunRecord;
  readonly writtenAt: Instant;
} {
  const database = openChecked(directory, true);
  try {
    const run = readRun(database);
    refuseForeignFolder(directory, run.record);
    return run;
  } finally {
    database.close();
  }
}

/**
 * The process that drove the run in `directory` last, and whether it still holds it: a stopped or hanging process holds it until another takes
 * over. `beatAt`: its last heartbeat.
 */
export function readHolder(directory: string): Holder {
  if (!wasEverLocked(directory, JOURNAL_PART)) return { isHeld: false };
  const database = openChecked(directory, true);
  try {
    const { lock, driver } = readDriverRow(database);
    return { isHeld: isLocked(directory, lock, JOURNAL_PART), ...(driver && { last: driver }) };
  } finally {
    database.close();
  }
}

/** Elsewhere (a run that is being started, a test) no command looks up a run by the name of its folder. */
function refuseForeignFolder(directory: string, record: RunRecord): void {
  const folder = basename(resolve(directory));
  if (isRunId(folder)) refuseForeignRecord(directory, folder, record);
}

function journalFile(directory: string): string {
  return join(directory, 'journal.sqlite');
}

function openFile(file: string, readOnly = false): SqliteDatabase {
  return SqliteDatabase.open(file, { file, part: JOURNAL_PART, readOnly });
}

function claim(directory: string, file: string): void {
  try {
    makePrivateDirectory(directory);
    closeSync(createPrivateFile(file));
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      throw new LifeboatError(
        'JOURNAL_CONFLICT',
        `There is a run in ${directory} already.`,
        advise`Continue it with ${lifeboat('resume', basename(directory))}, or start another.`,
        { cause: error },
      );
    }
    throw journalFailure(error, file);
  }
}

function openChecked(directory: string, readOnly: boolean): SqliteDatabase {
  const file = journalFile(directory);
  refuseAbsent(directory, file);
  const database = readOnly ? openReader(file) : openFile(file);
  try {
    checkTables(database, !readOnly);
    if (!readOnly) {
      requireWal(database);
      migrateTables(database);
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** An unreadable journal is neither missing nor damaged, and a missing one must not be created. */
function refuseAbsent(directory: string, file: string): void {
  try {
    if (!statSync(file).isFile()) throw damaged(file, 'it is no file');
    accessSync(file, constants.R_OK);
  } catch (error) {
    if (error instanceof LifeboatError) throw error;
    if (!hasCode(error, 'ENOENT')) throw unreadable(file, error);
    if (existsSync(directory))
      throw wasEverLocked(directory, JOURNAL_PART) ? damaged(file, 'it is missing', error) : stillborn(file);
    throw new LifeboatError(
      'RUN_NOT_FOUND',
      `There is no run in ${directory}.`,
      advise`List the runs: ${lifeboat('runs')}.`,
    );
  }
}

/**
 * A reader needs the shared memory file beside the journal, and cannot create it on a read-only disk. Without a
 * write-ahead log no process writes, so the file can be read as immutable.
 */
function openReader(file: string): SqliteDatabase {
  const database = openFile(file, true);
  try {
    database.first('PRAGMA user_version');
    return database;
  } catch (error) {
    database.close();
    const isRefused = error instanceof LifeboatError && error.code === 'JOURNAL_UNWRITABLE';
    if (!isRefused || existsSync(`${file}-wal`)) throw error;
    const location = pathToFileURL(resolve(file));
    location.searchParams.set('immutable', '1');
    return SqliteDatabase.open(location, { file, part: JOURNAL_PART, readOnly: true });
  }
}

function requireWal(database: SqliteDatabase): void {
  const mode = database.makeDurable();
  if (mode !== 'wal') {
    throw journalUnwritable(
      database.file,
      `this file system has no write-ahead log (SQLite fell back to '${mode}')`,
    );
  }
}
