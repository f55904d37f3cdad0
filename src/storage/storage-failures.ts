import { dirname } from 'node:path';
import { LifeboatError, type ErrorCode } from '../errors.ts';
import { reasonOfSqlite, shortageIn } from './shortage.ts';

/** SQLite's primary result codes that can occur for Lifeboat's files (https://sqlite.org/rescode.html). */
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

/** The part of Lifeboat that a file belongs to. Each part has its own error codes and advice. */
export interface StoredPart {
  /** For a write that failed, e.g. `LEDGER_UNWRITABLE`. */
  readonly unwritable: ErrorCode;
  /** What follows "Free space or grant access to DIR, then repeat the command: ". */
  readonly afterwards: string;
  /** For contents that this part never writes. `what`: a whole clause, e.g. `row 3 of 'history' is not JSON`. */
  readonly damaged: (file: string, what: string, cause?: unknown) => LifeboatError;
}

/** `file` could not be written because of the disk, permissions or another process. */
export function unwritable(file: string, why: string, part: StoredPart, cause?: unknown): LifeboatError {
  return new LifeboatError(
    part.unwritable,
    `Cannot write ${file}: ${why}.`,
    `Free space or grant access to ${dirname(file)}, then repeat the command: ${part.afterwards}.`,
    { cause },
  );
}

/** The file system refused to read `file`. Its contents may be intact. */
export function unreadable(file: string, cause: unknown): LifeboatError {
  return new LifeboatError(
    'FILE_UNREADABLE',
    `Cannot read ${file}: ${cause instanceof Error ? cause.message : String(cause)}.`,
    `Grant yourself access to ${dirname(file)} and what is in it, then repeat the command.`,
    { cause },
  );
}

/** An error of SQLite or the file system about `file`, as a {@link LifeboatError}; any other error is a bug and is returned unchanged. */
export function storageFailure(error: unknown, file: string, part: StoredPart): unknown {
  if (error instanceof LifeboatError || typeof error !== 'object' || error === null) return error;
  const message = 'message' in error ? String(error.message) : '';
  if ('errcode' in error && typeof error.errcode === 'number') {
    const reason = reasonOfSqlite(error);
    if (reason !== error)
      return unwritable(file, reason instanceof Error ? reason.message : message, part, reason);
    return sqliteFailure(error, error.errcode & 0xff, message, file, part);
  }
  if ('syscall' in error && 'code' in error)
    return unwritable(file, shortageIn(error)?.what ?? message, part, error);
  return error;
}

/** Whether the file system answered with this code, e.g. `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

/** Whether SQLite gave up waiting for another connection. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === SQLITE.busy;
}

/** Whether SQLite reported that the file is not a database. */
export function isNoDatabase(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE.corrupt || code === SQLITE.notADatabase;
}

function sqliteCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

function sqliteFailure(
  error: object,
  code: number,
  message: string,
  file: string,
  part: StoredPart,
): unknown {
  if (isNoDatabase(error)) return part.damaged(file, message, error);
  // SQLite has no separate code for a missing table.
  if (code === SQLITE.error && /^no such (table|column)/.test(message))
    return part.damaged(file, message, error);
  if (code === SQLITE.noMemory) return unwritable(file, 'too little memory is left', part, error);
  if (code === SQLITE.full) return unwritable(file, 'the disk is full', part, error);
  if (code === SQLITE.busy || code === SQLITE.locked)
    return unwritable(file, 'another process kept it locked', part, error);
  return UNWRITABLE.includes(code) ? unwritable(file, message, part, error) : error;
}
