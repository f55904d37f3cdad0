import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LifeboatError } from '../errors.ts';
import { preparePrivateFile } from './private-files.ts';
import { hasCode, isBusy, isNoDatabase, storageFailure, type StoredPart } from './storage-failures.ts';

/** Long enough for two processes that lock at the same instant, too short to notice. */
const LOCK_TIMEOUT_MS = 250;

/** Numbered locks of a folder that exclude a second process. The folder's owner decides which number is the valid one. */
export interface FileLock {
  /** Whether other processes can access the locked folder. */
  readonly isShared: boolean;
  /**
   * Takes lock `number` and releases the one it held. False when another process, or another journal object of this process, holds it.
   * Taking it again changes nothing. `waitMs`: how long to wait for its release.
   */
  take(number: number, waitMs?: number): boolean;
  release(): void;
}

/** Keeps held locks from being collected: with its last reference a database closes itself, and the lock would be gone. */
const held = new Set<DatabaseSync>();

/** The lock of a journal in memory, which no other process can access. */
export const unsharedLock: FileLock = { isShared: false, take: () => true, release: () => undefined };

/**
 * Operating-system locks on `<directory>/driver.lock`, `driver.1.lock` ... Node has no call for one, SQLite has: an exclusive transaction
 * that never ends. The system releases it when the process dies, however it dies. A process that is stopped keeps its lock: a process that takes
 * its work over takes the next lock.
 */
export function createFileLock(directory: string, part: StoredPart): FileLock {
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
      const database = beginOn(lockFile(directory, number), 'BEGIN EXCLUSIVE', { waitMs, part });
      if (database === undefined) return false;
      release();
      own = { number, database };
      held.add(database);
      return true;
    },
    release,
  };
}

/** Whether a process ever took a lock in `directory`: without a lock no driver has done anything. */
export function wasEverLocked(directory: string, part: StoredPart): boolean {
  try {
    return readdirSync(directory).some((name) => /^driver(\.\d+)?\.lock$/.test(name));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw storageFailure(error, directory, part);
  }
}

function lockFile(directory: string, number: number): string {
  return join(directory, number === 0 ? 'driver.lock' : `driver.${number}.lock`);
}

/** Whether a living process holds lock `number`. */
export function isLocked(directory: string, number: number, part: StoredPart): boolean {
  const file = lockFile(directory, number);
  if (!existsSync(file)) return false;
  const reader = beginOn(file, 'BEGIN; SELECT count(*) FROM sqlite_schema', {
    waitMs: 0,
    readOnly: true,
    part,
  });
  reader?.close();
  return reader === undefined;
}

/** The database inside the exclusive transaction; `undefined` when another process holds it. */
function beginOn(
  file: string,
  begin: string,
  {
    waitMs,
    part,
    readOnly = false,
  }: { readonly waitMs: number; readonly part: StoredPart; readonly readOnly?: boolean },
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
    if (!isNoDatabase(error)) throw storageFailure(error, file, part);
    throw new LifeboatError(
      part.damaged(file, '').code,
      `The lock file ${file} holds something; it should be empty.`,
      `Make sure that no process works in ${dirname(file)}, remove ${file} and repeat the command.`,
      { cause: error },
    );
  }
}
