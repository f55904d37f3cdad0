import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LifeboatError } from '../errors.ts';

// All writes in a state directory use this module. Journals, baselines and ledgers hold requests and their targets, including credentials
// of requests, so only one user of the machine may read them. Windows has no such modes; there the directory's own access list decides.

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const ANY_OF_OTHERS = 0o077;
const WRITABLE_BY_OTHERS = 0o022;
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/**
 * Refuses a state directory that other users own or can write, because they may have changed its contents. One of an older version, which others could
 * only read, is made private with all its contents. A missing directory is accepted.
 *
 * @throws LifeboatError `STATE_UNSAFE`
 */
export function guardStateDirectory(state: string): void {
  const link = lstatSync(state, { throwIfNoEntry: false });
  if (link === undefined) return;
  refuseForeign(state, link);
  const status = statSync(state, { throwIfNoEntry: false });
  if (status?.isDirectory() !== true) return;
  refuseUnsafe(state, status);
  if (hasModes && (status.mode & ANY_OF_OTHERS) !== 0) closeToOthers(state);
}

/**
 * Makes a directory, and those above it that are missing, for its owner alone, whatever the umask. Links are not followed.
 *
 * @throws LifeboatError `STATE_UNSAFE` for one of others; what the file system throws
 */
export function makePrivateDirectory(directory: string): void {
  makeMissing(resolve(directory));
  const status = lstatSync(directory);
  if (status.isSymbolicLink()) throw linked(directory);
  refuseUnsafe(directory, status);
  if (hasModes && (status.mode & ANY_OF_OTHERS) !== 0) chmodSync(directory, DIRECTORY_MODE);
}

/**
 * Opens a file to write, for its owner alone; one that others can write, or a link, is refused.
 *
 * @param flags in addition to creating it where it is missing, e.g. `O_RDWR | O_APPEND`
 * @returns its descriptor
 * @throws LifeboatError `STATE_UNSAFE`; what the file system throws
 */
export function openPrivateFile(file: string, flags: number): number {
  const descriptor = openUnlinked(file, flags | O_CREAT);
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw unsafe(file, 'is no file', `Move ${file} away, then repeat the command.`);
    refuseUnsafe(file, status);
    if (hasModes && (status.mode & 0o777) !== FILE_MODE) fchmodSync(descriptor, FILE_MODE);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** The same for a library that opens the file itself, such as SQLite, whose side files inherit its mode. */
export function preparePrivateFile(file: string, flags = 0): void {
  closeSync(openPrivateFile(file, O_WRONLY | flags));
}

/** @throws the error of the file system; `EEXIST` if anything of this name exists */
export function createPrivateFile(file: string): number {
  return openPrivateFile(file, O_WRONLY | O_EXCL);
}

/**
 * Replaces a file atomically: after a crash it holds the complete old text or the complete new one. The text is first written beside it, under a name that no
 * other process can predict.
 *
 * @param options.syncs false: that holds for the death of the process; a power failure may leave an empty file. Default true
 */
export function replacePrivateFile(
  file: string,
  text: string,
  { syncs = true }: { readonly syncs?: boolean } = {},
): void {
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(8).toString('hex')}.new`);
  try {
    const descriptor = createPrivateFile(draft);
    try {
      writeAll(descriptor, Buffer.from(text, 'utf8'));
      if (syncs) fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, file);
    if (syncs) syncDirectory(dirname(file));
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Flushes a directory: a new name in it survives a power failure only then. */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
}

const hasModes = process.platform !== 'win32';

function openUnlinked(file: string, flags: number): number {
  try {
    // Not defined on Windows.
    return openSync(file, flags | (O_NOFOLLOW ?? 0), FILE_MODE);
  } catch (error) {
    const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    throw isLink ? linked(file, error) : error;
  }
}

/** Makes this user's tree private, innermost entries first: if interrupted, the outermost directory is still open, so the next process repeats it. */
function closeToOthers(path: string): void {
  const status = lstatSync(path);
  const isDirectory = status.isDirectory() || (status.isSymbolicLink() && statSync(path).isDirectory());
  if (isDirectory) {
    for (const name of readdirSync(path)) {
      const inner = join(path, name);
      const found = lstatSync(inner, { throwIfNoEntry: false });
      // SQLite may delete its side files at any moment; a link is refused where it is used.
      if (found === undefined || found.isSymbolicLink()) continue;
      refuseUnsafe(inner, found);
      if (found.isDirectory()) closeToOthers(inner);
      else if (found.isFile()) changeMode(inner, FILE_MODE);
    }
  }
  changeMode(path, isDirectory ? DIRECTORY_MODE : FILE_MODE);
}

function changeMode(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    throw unsafe(path, `can be read by others, and that cannot be changed: ${message}`, closing(path), error);
  }
}

function refuseUnsafe(path: string, status: Stats): void {
  refuseForeign(path, status);
  if (hasModes && (status.mode & WRITABLE_BY_OTHERS) !== 0)
    throw unsafe(path, 'can be written by other users of this machine', closing(path));
}

function refuseForeign(path: string, { uid }: Stats): void {
  const own = process.getuid?.();
  if (own === undefined || uid === own) return;
  throw unsafe(
    path,
    `belongs to another user of this machine (uid ${uid}, not ${own})`,
    `Run the command as that user, or name a state directory of your own with --state DIR.`,
  );
}

function linked(path: string, cause?: unknown): LifeboatError {
  const next = `Move ${path} away, or name the directory it leads to with --state DIR, then repeat the command.`;
  return unsafe(path, 'is a symbolic link, which is not followed', next, cause);
}

function closing(path: string): string {
  return `Make sure that what it holds is yours, then close it to others: chmod -R go= ${quoted(path)}`;
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function unsafe(path: string, what: string, next: string, cause?: unknown): LifeboatError {
  return new LifeboatError(
    'STATE_UNSAFE',
    `${path} ${what}. Journals and ledgers hold requests with their credentials, and decide what a recovery does.`,
    next,
    cause === undefined ? {} : { cause },
  );
}

/** One level at a time: a umask may remove from a new directory the permission to create another one in it. */
function makeMissing(directory: string): void {
  if (existsSync(directory)) return;
  makeMissing(dirname(directory));
  try {
    mkdirSync(directory, { mode: DIRECTORY_MODE });
  } catch (error) {
    // Another process created it first; the next check reports a dangling link.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return;
  }
  chmodSync(directory, DIRECTORY_MODE);
}
