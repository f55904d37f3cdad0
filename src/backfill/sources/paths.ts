import { glob, lstat, stat } from 'node:fs/promises';
import { LifeboatError, wholeFile } from '../../errors.ts';
import { hasCode } from '../../storage/storage-failures.ts';
import { unreadable } from './file-failures.ts';

const MAGIC = /[*?[{]/;

/**
 * The paths that `path` stands for, by name: itself, or what a pattern with `*`, `?` or `**` matches, without folders. A file whose own name looks like a pattern is that file.
 * @param most an error beyond it
 * @throws LifeboatError `FILE_UNREADABLE` for a pattern that matches nothing, `FILE_TOO_LARGE` for one that matches too much
 */
export async function expandPath(path: string, most: number): Promise<readonly string[]> {
  if (!MAGIC.test(path) || (await isThere(path))) return [path];
  const found: string[] = [];
  try {
    for await (const match of glob(path)) {
      if (await isFolder(match)) continue;
      if (found.length === most) throw tooMany(path, most);
      found.push(match);
    }
  } catch (error) {
    throw unreadable(error, path);
  }
  if (found.length > 0) return found.sort();
  throw new LifeboatError(
    'FILE_UNREADABLE',
    `No file matches ${path}.`,
    'Check the pattern; it counts from the current directory. In a shell, quote it.',
    { at: wholeFile(path) },
  );
}

/** @param what e.g. the pattern that led to them */
export function tooMany(what: string, most: number): LifeboatError {
  return new LifeboatError(
    'FILE_TOO_LARGE',
    `${what} stands for more than ${most} logs.`,
    'Narrow it to the time of the outage, or join small logs into larger ones.',
  );
}

/** False if it cannot be read: opening it reports the reason. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return false;
    throw unreadable(error, path);
  }
}
