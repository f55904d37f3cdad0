import { basename, dirname } from 'node:path';
import { LifeboatError } from '../errors.ts';
import { reasonOfSqlite } from './shortage.ts';

/** SQLite's primary result codes that a journal can meet (https://sqlite.org/rescode.html). */
const SQLITE = {
  error: 1,
  permission: 3,
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  denied: 23,
  notADatabase: 26,
} as const;

const UNWRITABLE: readonly number[] = [
  SQLITE.permission,
  SQLITE.readOnly,
  SQLITE.inputOutput,
  SQLITE.cannotOpen,
  SQLITE.denied,
];

/** The journal holds what no journal holds. `what` is a whole clause, e.g. `row 3 of 'history' is not JSON`. */
export function damaged(file: string, what: string, cause?: unknown): LifeboatError {
  return new LifeboatError(
    'JOURNAL_DAMAGED',
    `The journal ${file} is damaged: ${what}.`,
    `Restore ${file} from a copy; without one, find what the run made by its tag lifeboat:run=${basename(dirname(file))}.`,
    { cause },
  );
}

/** A directory without a journal that nobody ever drove: its process died while it was starting. */
export function stillborn(file: string): LifeboatError {
  const runId = basename(dirname(file));
  return new LifeboatError(
    'JOURNAL_DAMAGED',
    `The run ${runId} has no journal and never had a driver: it was stopped while it started, and made nothing.`,
    `Start it again; it gets an id of its own. Remove ${dirname(file)} if its name is in the way.`,
  );
}

/** The disk, its permissions or another process are in the way of writing `file`. */
export function unwritable(file: string, why: string, cause?: unknown): LifeboatError {
  return new LifeboatError(
    'JOURNAL_UNWRITABLE',
    `Cannot write ${file}: ${why}.`,
    `Free space or grant access to ${dirname(file)}, then repeat the command: what was written before is safe.`,
    { cause },
  );
}

/** The file system keeps `file` from being read: it may be whole, and nothing is known about it. */
export function unreadable(file: string, cause: unknown): LifeboatError {
  return new LifeboatError(
    'FILE_UNREADABLE',
    `Cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}.`,
    `Grant yourself access to ${dirname(file)} and what is in it, then repeat the command.`,
    { cause },
  );
}

/** What SQLite or the file system threw about `file`, as a {@link LifeboatError}; anything else is a bug and stays as it is. */
export function journalFailure(error: unknown, file: string): unknown {
  if (error instanceof LifeboatError || typeof error !== 'object' || error === null) return error;
  const message = 'message' in error ? String(error.message) : '';
  if ('errcode' in error && typeof error.errcode === 'number') {
    const reason = reasonOfSqlite(error);
    if (reason !== error) return unwritable(file, reason instanceof Error ? reason.message : message, reason);
    return sqliteFailure(error, error.errcode & 0xff, message, file);
  }
  if ('syscall' in error && 'code' in error) return unwritable(file, message, error);
  return error;
}

/** Whether the file system answered with this code, e.g. `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** Whether SQLite gave up waiting for another connection. */
export function isBusy(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  return typeof error.errcode === 'number' && (error.errcode & 0xff) === SQLITE.busy;
}

function sqliteFailure(error: object, code: number, message: string, file: string): unknown {
  if (code === SQLITE.corrupt || code === SQLITE.notADatabase) return damaged(file, message, error);
  if (code === SQLITE.error && /^no such (table|column)/.test(message)) return damaged(file, message, error);
  if (code === SQLITE.noMemory) return unwritable(file, 'too little memory is left', error);
  if (code === SQLITE.full) return unwritable(file, 'the disk is full', error);
  if (code === SQLITE.busy || code === SQLITE.locked) {
    return unwritable(file, 'another process kept it locked', error);
  }
  return UNWRITABLE.includes(code) ? unwritable(file, message, error) : error;
}
