import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LifeboatError } from '../../errors.ts';

/** As the process's mask leaves it. */
const NEW_FILE_MODE = 0o666;

/**
 * Refuses early what could not be written in the end: an hour of reading must not be lost on a slip.
 * @throws LifeboatError `USAGE`
 */
export function refuseUnwritable(file: string): void {
  const folder = dirname(file);
  if (statusOf(file, file)?.isDirectory() === true) throw cannotWrite(file, 'it is a directory');
  if (statusOf(folder, file)?.isDirectory() !== true)
    throw cannotWrite(file, `there is no directory ${folder}`);
}

/**
 * Writes a file so that no reader ever sees half of it: beside it first, then in its place. A link stays one, permissions stay as they were.
 * @throws LifeboatError `USAGE`, `OUTPUT_UNWRITABLE`
 */
export function writeWhole(file: string, text: string): void {
  refuseUnwritable(file);
  const status = statusOf(file, file);
  try {
    // What is no file, such as a pipe, has no place that another could take.
    if (status !== undefined && !status.isFile()) writeFileSync(file, text);
    else replace(status === undefined ? file : realpathSync(file), text, status);
  } catch (error) {
    throw refused(file, error);
  }
}

function replace(file: string, text: string, status: Stats | undefined): void {
  const beside = join(dirname(file), `.${basename(file).slice(0, 100)}.${process.pid}.tmp`);
  try {
    const mode = status === undefined ? NEW_FILE_MODE : status.mode & 0o777;
    const handle = openSync(beside, 'wx', mode);
    try {
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** `undefined` where there is nothing. */
function statusOf(path: string, file: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw refused(file, error);
  }
}

/** What the file system answered, as an expected failure; anything else stays the bug that it is. */
function refused(file: string, error: unknown): unknown {
  const isOfFileSystem = typeof error === 'object' && error !== null && 'syscall' in error;
  if (!isOfFileSystem) return error;
  return cannotWrite(file, 'message' in error ? String(error.message) : 'no reason was given', error);
}

function cannotWrite(file: string, why: string, cause?: unknown): LifeboatError {
  return new LifeboatError(
    cause === undefined ? 'USAGE' : 'OUTPUT_UNWRITABLE',
    `Cannot write ${file}: ${why}.`,
    'Give another file with -o.',
    cause === undefined ? {} : { cause },
  );
}
