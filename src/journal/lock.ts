import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LifeboatError } from '../errors.ts';
import { isBusy, journalFailure } from './failures.ts';

/** Long enough for two that ask at the same instant to sort themselves out, short enough to be no wait. */
const LOCK_TIMEOUT_MS = 250;

/** What keeps a second driver out. */
export interface DriverLock {
  /** False when another process, or another journal object of this one, holds it. Taking it again is no change. */
  take(): boolean;
  release(): void;
}

/** Keeps held locks from being collected: with its last reference a database closes itself, and the lock would be gone. */
const held = new Set<DatabaseSync>();

/** For a journal that nobody else can reach. */
export const unsharedLock: DriverLock = { take: () => true, release: () => undefined };

/**
 * An operating-system lock on `<directory>/driver.lock`. Node has no call for one, SQLite has: an exclusive transaction
 * that never ends. The system releases it when the process dies, however it dies.
 */
export function createFileLock(directory: string): DriverLock {
  const file = lockFile(directory);
  let own: DatabaseSync | undefined;
  return {
    take() {
      own ??= beginOn(file, 'BEGIN EXCLUSIVE', false);
      if (own === undefined) return false;
      held.add(own);
      return true;
    },
    release() {
      if (own === undefined) return;
      held.delete(own);
      own.close();
      own = undefined;
    },
  };
}

/** Whether the run in `directory` ever had a driver: without one it can have made nothing. */
export function hasBegun(directory: string): boolean {
  return existsSync(lockFile(directory));
}

function lockFile(directory: string): string {
  return join(directory, 'driver.lock');
}

/** Whether a living process holds the lock. */
export function isLocked(directory: string): boolean {
  const file = lockFile(directory);
  if (!existsSync(file)) return false;
  const reader = beginOn(file, 'BEGIN; SELECT count(*) FROM sqlite_schema', true);
  reader?.close();
  return reader === undefined;
}

/** The database inside the wanted transaction; `undefined` when another one has it. */
function beginOn(file: string, begin: string, readOnly: boolean): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly });
    database.exec(`PRAGMA busy_timeout = ${readOnly ? 0 : LOCK_TIMEOUT_MS}; ${begin}`);
    return database;
  } catch (error) {
    database?.close();
    if (isBusy(error)) return undefined;
    const failure = journalFailure(error, file);
    if (failure instanceof LifeboatError && failure.code === 'JOURNAL_DAMAGED') {
      throw new LifeboatError(
        'JOURNAL_DAMAGED',
        `The lock file ${file} holds something; it should be empty.`,
        `Make sure that no process drives the run, remove ${file} and repeat the command.`,
        { cause: error },
      );
    }
    throw failure;
  }
}
