import { advise, lifeboat } from '../../advice.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { LifeboatError } from '../../errors.ts';
import type { SqliteDatabase } from '../../storage/sqlite-database.ts';
import { raiseEpoch, readDriverRow } from './driver-row.ts';
import type { DriverRow } from './driver-row.ts';
import { isBusy } from '../../storage/storage-failures.ts';
import type { ProcessInfo, Refused } from '../lease.ts';
import type { FileLock } from '../../storage/file-lock.ts';

/** How a living driver is told from one that is stopped or hangs; ms. */
export interface Pulse {
  /** Between two signs of life. */
  readonly everyMs: number;
  /** Without one for so long, the driver may be taken over. */
  readonly patienceMs: number;
}

/** ? Ten beats may be missed: a busy machine delays one or two, a stopped process gives none. */
export const PULSE: Pulse = { everyMs: 1_000, patienceMs: 10_000 };

/** How often one looks for a beat in the time between two. */
const LOOKS_PER_BEAT = 4;
/** Several processes may be about to take over the same run; more than these are a bug. */
const MOST_LOCKS = 100;

export interface Acquisition {
  readonly epoch: number;
  /** The driver that the run was taken from: it had the lock and gave no sign of life. */
  readonly tookOver?: ProcessInfo;
}

/** A journal whose driver is to be replaced. */
export interface Succession {
  readonly runId: string;
  readonly database: SqliteDatabase;
  readonly lock: FileLock;
  readonly pulse: Pulse;
}

/**
 * Becomes the driver. Without `takeOver` only of a run whose driver is gone.
 * @throws LifeboatError `JOURNAL_UNWRITABLE` while another stands still in the middle of writing
 */
export async function succeed(parts: Succession, takeOver: boolean): Promise<Acquisition | Refused> {
  const { database, lock } = parts;
  for (;;) {
    const seen = readDriverRow(database);
    if (lock.take(seen.lock)) {
      const epoch = raise(parts, seen, seen.lock, undefined);
      if (epoch !== undefined) return { epoch };
      lock.release();
    } else if (!takeOver) return { drivenBy: seen.driver };
    else {
      const end = await listen(parts, seen);
      if (end === 'alive') return { drivenBy: readDriverRow(database).driver };
      const epoch = end === 'silent' ? raise(parts, seen, takeFreeLock(lock, seen), seen.driver) : undefined;
      if (epoch !== undefined) return { epoch, ...(seen.driver && { tookOver: seen.driver }) };
      lock.release();
    }
  }
}

/**
 * What becomes of the driver that was `seen`. Its beats are compared with each other, never with a clock: that may be put back or forward.
 * Nor does a look count for more than its turn: when all of the machine stood still, the driver could not beat either.
 */
async function listen(
  { database, lock, pulse }: Succession,
  seen: DriverRow,
): Promise<'alive' | 'silent' | 'gone'> {
  // A driver of an older version gives no sign of life: its lock is all there is to go by.
  if (seen.beats === undefined) return 'alive';
  const turnMs = pulse.everyMs / LOOKS_PER_BEAT;
  let last = performance.now();
  for (let silentMs = 0; silentMs < pulse.patienceMs;) {
    await sleep(turnMs);
    const { epoch, beats } = readDriverRow(database);
    if (epoch !== seen.epoch || beats !== seen.beats) return 'alive';
    if (lock.take(seen.lock, 0)) return 'gone';
    const now = performance.now();
    silentMs += Math.min(now - last, 2 * turnMs);
    last = now;
  }
  return 'silent';
}

/** Any will do that nobody holds: that only one of several succeeds is for the epoch to see to. */
function takeFreeLock(lock: FileLock, { lock: held }: DriverRow): number {
  for (let number = held + 1; number <= held + MOST_LOCKS; number += 1) if (lock.take(number)) return number;
  throw new Error(`${MOST_LOCKS} processes are taking over one run`);
}

/** `silent`: the driver that has the lock and gives no sign of life; only it can be what keeps the journal from being written. */
function raise(
  { runId, database }: Succession,
  seen: DriverRow,
  lock: number,
  silent: ProcessInfo | undefined,
): number | undefined {
  try {
    return raiseEpoch(database, seen, lock);
  } catch (error) {
    throw standsInTheWay(error, runId, silent);
  }
}

/** A process that was stopped while it wrote: nobody can write until it goes on or ends. Any other failure stays what it is. */
export function standsInTheWay(error: unknown, runId: string, silent?: ProcessInfo): unknown {
  if (!(error instanceof LifeboatError) || !isBusy(error.cause)) return error;
  const who = silent === undefined ? 'Another process' : `Process ${silent.pid} on ${silent.host}`;
  const next =
    silent === undefined
      ? advise`Repeat the command; should it fail again, ${lifeboat('resume', runId)} tells whether it is the driver that hangs.`
      : `End it with kill -9 ${silent.pid} on ${silent.host}, then repeat the command: what was written before is safe.`;
  return new LifeboatError(
    'JOURNAL_UNWRITABLE',
    `${who} stands still in the middle of writing the journal of run '${runId}': nobody else can write it.`,
    next,
    { cause: error },
  );
}
