import { closeSync, openSync } from 'node:fs';

/** A resource of the machine that is exhausted or has failed: not a bug of Lifeboat; an operator must fix it. */
export interface Shortage {
  readonly what: string;
  readonly next: string;
  /** The shortage explains any file failure, whatever that failure's own advice is. */
  readonly isOfProcess: boolean;
}

const again = 'then repeat the command: what was written before is safe.';
const ofDisk = (what: string, next: string): Shortage => ({ what, next, isOfProcess: false });

const SHORTAGES: Readonly<Record<string, Shortage>> = {
  EMFILE: {
    what: 'this process may not open more files',
    next: `Raise the limit of open files in this shell, e.g. ulimit -n 4096, ${again}`,
    isOfProcess: true,
  },
  ENFILE: {
    what: 'this machine has too many files open',
    next: `End other processes, or raise the machine's limit (fs.file-max on Linux), ${again}`,
    isOfProcess: true,
  },
  ENOMEM: {
    what: 'too little memory is left',
    next: `End other processes, or take a machine with more memory, ${again}`,
    isOfProcess: true,
  },
  EAGAIN: {
    what: 'no more processes or threads may be started',
    next: `End other processes, or raise the limit (ulimit -u), ${again}`,
    isOfProcess: true,
  },
  ENOSPC: ofDisk('the disk is full', `Free space there, ${again}`),
  EDQUOT: ofDisk('the disk quota is used up', `Free space there, or have the quota raised, ${again}`),
  EFBIG: ofDisk(
    'a file has reached the greatest size that is allowed',
    `Raise the limit (ulimit -f), ${again}`,
  ),
  EROFS: ofDisk('the file system is read-only', `Mount it writable, or name another directory, ${again}`),
  EIO: ofDisk('the disk failed', `Check the disk and its connection, ${again}`),
  EACCES: ofDisk('access is denied', `Grant yourself access to it, ${again}`),
  EPERM: ofDisk('it is not permitted', `Grant yourself access to it, ${again}`),
};

/** Shortages for which Node has error codes of its own. */
const ALIASES: Readonly<Record<string, string>> = {
  ERR_MEMORY_ALLOCATION_FAILED: 'ENOMEM',
  ERR_WORKER_OUT_OF_MEMORY: 'ENOMEM',
  ERR_WORKER_INIT_FAILED: 'EAGAIN',
};

const OPEN_FILES = /\btoo many open files\b/i;
const DEEPEST = 8;

/** The shortage that `error` or one of its causes reports, if any. */
export function shortageIn(error: unknown): Shortage | undefined {
  for (let cause = error, depth = 0; isObject(cause) && depth < DEEPEST; depth += 1) {
    const code = typeof cause['code'] === 'string' ? cause['code'] : '';
    const shortage = SHORTAGES[ALIASES[code] ?? code];
    if (shortage !== undefined && (code in ALIASES || 'syscall' in cause)) return shortage;
    // Node's module loader and its `rm` report it in the message only.
    if (typeof cause['message'] === 'string' && OPEN_FILES.test(cause['message'])) return SHORTAGES['EMFILE'];
    cause = cause['cause'];
  }
  return undefined;
}

/** File descriptors that SQLite needs: the database, its log, its shared memory and its directory. */
const FILES_OF_SQLITE = 4;

/** `error` of SQLite, or the limit behind its "unable to open database file", which does not mention it. */
export function reasonOfSqlite(error: unknown): unknown {
  const isCannotOpen =
    isObject(error) && typeof error['errcode'] === 'number' && (error['errcode'] & 0xff) === 14;
  if (!isCannotOpen) return error;
  const open: number[] = [];
  try {
    for (let file = 0; file < FILES_OF_SQLITE; file += 1) open.push(openSync(process.execPath, 'r'));
    return error;
  } catch (reason) {
    return shortageIn(reason)?.isOfProcess === true ? reason : error;
  } finally {
    for (const file of open) closeSync(file);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
