import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BackfillTools } from '../../backfill/base/tools.ts';
import { LifeboatError } from '../../errors.ts';
import type { Session } from '../session/command.ts';
import type { Terminal } from '../session/terminal.ts';
import { interruptible } from '../session/interruption.ts';

/** More threads than this read no faster from one disk, and each costs memory. */
const MOST_THREADS = 4;

/** What a backfill needs of the process it runs in. */
export async function openTools(session: Session, region: string | undefined): Promise<BackfillTools> {
  return {
    stdin: process.stdin,
    env: process.env,
    log: await session.openLog(),
    now: () => Date.now(),
    threads: Math.min(MOST_THREADS, availableParallelism()),
    ...(region !== undefined && { region }),
  };
}

/**
 * A scan that keeps nothing, with a folder for its scratch files, which is gone in the end: also after Ctrl-C, at any instant.
 * @throws LifeboatError `INTERRUPTED`
 */
export async function scanInScratch<T>(
  body: (scratch: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return unlessInterrupted(async (signal) => {
    const scratch = makeScratch();
    try {
      const result = await body(scratch, signal);
      // Ctrl-C also ends what writes into the pipe that is read: what came until then is not all.
      await nextTurn();
      signal.throwIfAborted();
      return result;
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
}

function makeScratch(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'lifeboat-scan-'));
  } catch (error) {
    throw new LifeboatError(
      'SCRATCH_UNWRITABLE',
      `Cannot make a folder for scratch files in ${tmpdir()}: ${error instanceof Error ? error.message : String(error)}.`,
      'Name a directory that you may write to: TMPDIR=DIR.',
      { cause: error },
    );
  }
}

/**
 * Work that Ctrl-C ends.
 * @throws LifeboatError `INTERRUPTED` when it was
 */
export async function unlessInterrupted<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return interruptible(async (signal) => {
    try {
      return await body(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new LifeboatError(
        'INTERRUPTED',
        'The scan was interrupted; nothing was sent or kept.',
        'Run the command again.',
        { cause: error },
      );
    }
  });
}

const MIB = 1_048_576;

/** Shows on a terminal how much has been read: the logs of a night take minutes. They are read twice where retries are searched for. */
export async function showingBytes<T>(
  terminal: Terminal,
  body: (onProgress: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  const block = await terminal.openBlock();
  let pass = 0;
  let last = Infinity;
  try {
    return await body((bytes) => {
      if (bytes < last) pass += 1;
      last = bytes;
      const again = pass > 1 ? ', once more' : '';
      const text = `Reading${again}: ${Math.round(bytes / MIB).toLocaleString('en-US')} MiB`;
      block?.showLine(text);
    });
  } finally {
    block?.close();
  }
}
