import { chmodSync, lstatSync, mkdirSync, statSync } from 'node:fs';
import * as module from 'node:module';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
const ROOT = 0;

/**
 * Lets Node keep compiled code between two commands, which start faster with it. Code from there is run without a look at its source: the folder is
 * one that no other user can write, or there is none. Node's own default is in the directory for temporary files, where it belongs to the user who created it first.
 */
export function enableCompileCache(env: Readonly<Record<string, string | undefined>> = process.env): void {
  const folder = privateFolder(env);
  // Not in every Node that Lifeboat runs on.
  if (folder !== undefined) module.enableCompileCache?.(folder);
}

/** `$XDG_CACHE_HOME/lifeboat` or `~/.cache/lifeboat`; `undefined` where it cannot be made, or others could write in it. */
export function privateFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const own = process.getuid?.();
  // Windows keeps temporary files in the user's own profile; without modes there is nothing to check here.
  if (own === undefined) return undefined;
  const { XDG_CACHE_HOME: wanted = '' } = env;
  try {
    const folder = join(isAbsolute(wanted) ? wanted : join(homedir(), '.cache'), 'lifeboat');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = lstatSync(folder);
    if (!lstatSync(folder).isDirectory() || uid !== own || (mode & WRITABLE_BY_OTHERS) !== 0)
      return undefined;
    if (!isOutOfReach(dirname(folder), own)) return undefined;
    if ((mode & 0o777) !== 0o700) chmodSync(folder, 0o700);
    return folder;
  } catch {
    // The cache only saves time: when it cannot be used, commands run without it.
    return undefined;
  }
}

/** Whether no other user can put another folder in the place of one below: in `directory` and all above it. */
function isOutOfReach(directory: string, own: number): boolean {
  const { mode, uid } = statSync(directory);
  const isOurs = uid === own || uid === ROOT;
  const isClosed = (mode & WRITABLE_BY_OTHERS) === 0 || (mode & STICKY) !== 0;
  const above = dirname(directory);
  return isOurs && isClosed && (above === directory || isOutOfReach(above, own));
}
