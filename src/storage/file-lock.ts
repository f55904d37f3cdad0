import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LifeboatError } from '../errors.ts';
import { preparePrivateFile } from './private-files.ts';
import { hasCode, isBusy, journalFailure } from './storage-failures.ts';

/** Long enough for two that ask at the same instant to sort themselves out, short enough to be no wait. */
const LOCK_TIMEOUT_MS = 250;

/** What keeps a second driver out. There are several, by number: which one counts is for the journal to say. */
export interface DriverLock {
  /** Whether other processes can reach the journal, and want to know that its driver lives. */
  readonly isShared: boolean;
  /**
   * Takes lock `number` and lets go of the one it held. False when another process, or another journal object of this one, holds it.
   * Taking it again is no change. `waitMs`: for so long it may be about to be released.
   */
  take(number: number, waitMs?: number): boolean;
  release(): void;
}

/** Keeps held locks from being collected: with its last reference a database closes itself, and the lock would be gone. */
const held = new Set<DatabaseSync>();

/** For a journal that nobody else can reach. */
export const unsharedLock: DriverLock = { isShared: false, take: () => true, release: () => undefined };

/**
 * Operating-system locks on `<directory>/driver.lock`, `driver.1.lock` ... Node has no call for one, SQLite has: an exclusive transaction
 * that never ends. The system releases it when the process dies, however it dies. A process that is stopped keeps its lock: whoever takes
 * the run over from it takes the next.
 */
export function createFileLock(directory: string): DriverLock {
  let own: { readonly number: number; readonly database: DatabaseSync } | undefined;
  const release = (): void => {
    if (own === undefined) return;
    held.delete(own.database);
    own.database.close();
    own = undefined;
  };
  return {
    isShared: true,
    take(number, waitMs = LOCK_TIMEOUT_MS) {
      if (own?.number === number) return true;
      const database = beginOn(lockFile(directory, number), 'BEGIN EXCLUSIVE', { waitMs });
      if (database === undefined) return false;
      release();
      own = { number, database };
      held.add(database);
      return true;
    },
    release,
  };
}

/** Whether the run in `directory` ever had a driver: without one it can have made nothing. */
export function hasBegun(directory: string): boolean {
  try {
    return readdirSync(directory).some((name) => /^driver(\.\d+)?\.lock$/.test(name));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw journalFailure(error, directory);
  }
}

function lockFile(directory: string, number: number): string {
  return join(directory, number === 0 ? 'driver.lock' : `driver.${number}.lock`);
}

/** Whether a living process holds lock `number`. */
export function isLocked(directory: string, number: number): boolean {
  const file = lockFile(directory, number);
  if (!existsSync(file)) return false;
  const reader = beginOn(file, 'BEGIN; SELECT count(*) FROM sqlite_schema', {
    waitMs: 0,
    readOnly: true,
  });
  reader?.close();
  return reader === undefined;
}

/** The database inside the wanted transaction; `undefined` when another one has it. */
function beginOn(
  file: string,
  begin: string,
  { waitMs, readOnly = false }: { readonly waitMs: number; readonly readOnly?: boolean },
): DatabaseSync | undefined {
  let database: DatabaseSync | undefined;
  try {
    if (!readOnly) preparePrivateFile(file);
    database = new DatabaseSync(file, { readOnly });
    database.exec(`PRAGMA busy_timeout = ${waitMs}; ${begin}`);
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
