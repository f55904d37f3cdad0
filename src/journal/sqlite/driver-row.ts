import { hostname } from 'node:os';
import type { SqliteDatabase } from '../../storage/sqlite-database.ts';
import type { ProcessInfo } from '../lease.ts';
import { journalVersion } from './tables.ts';

/** The process that drives a run, or drove it last. Its lock and heartbeats tell whether it is alive. */
export interface DriverRow {
  /** Raised with every new driver; each write of a driver is conditional on it. */
  readonly epoch: number;
  /** Number of the lock file that this driver holds while it lives. */
  readonly lock: number;
  /** Its number of heartbeats; absent for an older version, which gives none. */
  readonly beats?: number;
  /** Absent before the first heartbeat. */
  readonly driver?: ProcessInfo;
}

const READ = 'SELECT epoch, lock, beats, pid, host, since, beatAt FROM driver';
const READ_VERSION_1 = 'SELECT epoch, 0 AS lock, NULL AS beats, pid, host, since, NULL AS beatAt FROM driver';
/** Compare-and-set on epoch and heartbeat: if several processes see the driver die, only one takes over. */
const RAISE =
  'UPDATE driver SET epoch = epoch + 1, lock = ?, beats = coalesce(beats, 0) + 1, pid = ?, host = ?, since = ?, beatAt = ? ' +
  'WHERE epoch = ? AND beats IS ? RETURNING epoch';
const BEAT = 'UPDATE driver SET beats = beats + 1, beatAt = ? WHERE epoch = ?';

export function readDriverRow(database: SqliteDatabase): DriverRow {
  const row = database.first(journalVersion(database) === 1 ? READ_VERSION_1 : READ) ?? {};
  const beats = row['beats'] ?? undefined;
  const beatAt = row['beatAt'] ?? undefined;
  return {
    epoch: Number(row['epoch']),
    lock: Number(row['lock']),
    ...(beats !== undefined && { beats: Number(beats) }),
    ...(row['pid'] !== null && {
      driver: {
        pid: Number(row['pid']),
        host: String(row['host']),
        since: Number(row['since']),
        ...(beatAt !== undefined && { beatAt: Number(beatAt) }),
      },
    }),
  };
}

/** Makes this process the driver after the `seen` one; `undefined` when that driver, or another, has given a heartbeat since. */
export function raiseEpoch(database: SqliteDatabase, seen: DriverRow, lock: number): number | undefined {
  const now = Date.now();
  return database.transaction(() => {
    const row = database.first(
      RAISE,
      lock,
      process.pid,
      hostname(),
      now,
      now,
      seen.epoch,
      seen.beats ?? null,
    );
    return row === undefined ? undefined : Number(row['epoch']);
  });
}

/** Whether the driver of this epoch is still the last one. */
export function isEpoch(database: SqliteDatabase, epoch: number): boolean {
  return database.first('SELECT epoch FROM driver')?.['epoch'] === epoch;
}

/** One heartbeat. False when another process has taken over the run. */
export function beat(database: SqliteDatabase, epoch: number): boolean {
  return database.withoutSync(() => database.run(BEAT, Date.now(), epoch)).changes > 0;
}
