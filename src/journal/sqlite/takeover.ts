import { advise, lifeboat } from '../../advice.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { LifeboatError } from '../../errors.ts';
import type { SqliteDatabase } from '../../storage/sqlite-database.ts';
import { raiseEpoch, readDriverRow } from './driver-row.ts';
import type { DriverRow } from './driver-row.ts';
import { isBusy } from '../../storage/storage-failures.ts';
import { BEAT_EVERY_MS, type ProcessInfo, type Refused } from '../lease.ts';
import type { FileLock } from '../../storage/file-lock.ts';

/** Heartbeat times, ms: they distinguish a living driver from a stopped or hanging one. */
export interface Pulse {
  /** Between two heartbeats. */
  readonly everyMs: number;
  /** Without a heartbeat for this long, the driver may be taken over. */
  readonly patienceMs: number;
}

/** ? Ten beats may be missed: a busy machine delays one or two, a stopped process gives none. */
export const PULSE: Pulse = { everyMs: BEAT_EVERY_MS, patienceMs: 10_000 };

/** Reads per heartbeat interval while a process waits for a heartbeat. */
const LOOKS_PER_BEAT = 4;
/** Several processes may try to take over the same run; more attempts than this are a bug. */
const MOST_LOCKS = 100;

export interface Acquisition {
  readonly epoch: number;
  /** The driver that the run was taken from: it held the lock and gave no heartbeat. */
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
 * Makes this process the driver. Without `takeOver` only if the last driver is gone.
 * @throws LifeboatError `JOURNAL_UNWRITABLE` while another process is stopped in the middle of a write
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
 * Whether the `seen` driver is alive, silent or gone. Its heartbeats are compared with each other, never with a clock, which may be set back or forward.
 * Each read counts as at most one turn of `turnMs`, however much time has passed: if the whole machine was suspended, the driver could not beat either.
 */
async function listen(
  { database, lock, pulse }: Succession,
  seen: DriverRow,
): Promise<'alive' | 'silent' | 'gone'> {
  // A driver of an older version gives no heartbeats: only its lock shows whether it is alive.
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

/** Takes any free lock: the compare-and-set on the epoch ensures that only one of several processes succeeds. */
function takeFreeLock(lock: FileLock, { lock: held }: DriverRow): number {
  for (let number = held + 1; number <= held + MOST_LOCKS; number += 1) if (lock.take(number)) return number;
  throw new Error(`${MOST_LOCKS} processes are taking over one run`);
}

/** `silent`: the driver that holds the lock and gives no heartbeat; only this driver can block writes to the journal. */
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

/** The error for a process stopped during a write: no other process can write until it continues or ends. Other failures are returned unchanged. */
export function standsInTheWay(error: unknown, runId: string, silent?: ProcessInfo): unknown {
  if (!(error instanceof LifeboatError) || !isBusy(error.cause)) return error;
  const who = silent === undefined ? 'Another process' : `Process ${silent.pid} on ${silent.host}`;
  const next =
    silent === undefined
      ? advise`Repeat the command; should it fail again, ${lifeboat('resume', runId)} tells whether it is the driver that hangs.`
      : `End it with kill -9 ${silent.pid} on ${silent.host}, then repeat the command: what was written before is safe.`;
  return new LifeboatError(
    'JOURNAL_UNWRITABLE',
    `${who} is stopped in the middle of a write to the journal of run '${runId}': no other process can write it.`,
    next,
    { cause: error },
  );
}
