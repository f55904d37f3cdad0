import { availableParallelism } from 'node:os';
import type { BackfillTools } from '../backfill/tools.ts';
import { LifeboatError } from '../errors.ts';
import type { Session } from './command.ts';

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
 * Until Ctrl-C, once.
 * @throws LifeboatError `INTERRUPTED` when it was
 */
export async function unlessInterrupted<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await body(interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    throw new LifeboatError(
      'INTERRUPTED',
      'The scan was interrupted; nothing was sent or kept.',
      'Start it again when you like.',
      { cause: error },
    );
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
