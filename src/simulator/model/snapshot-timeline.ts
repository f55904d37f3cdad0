import type { Instant } from '../../time.ts';
import type { DbSnapshotRecord, SnapshotRecord } from './records.ts';

/** The state of a snapshot at an instant; `undefined` once it is deleted. */
export function snapshotStateAt(snapshot: SnapshotRecord, now: Instant): string | undefined {
  return stateAt(snapshot, now);
}

/** The status of a DB snapshot at an instant; `undefined` once it is deleted. */
export function dbSnapshotStatusAt(snapshot: DbSnapshotRecord, now: Instant): string | undefined {
  return stateAt(snapshot, now);
}

function stateAt(
  { state, course, deletedAt }: Pick<DbSnapshotRecord, 'state' | 'course' | 'deletedAt'>,
  now: Instant,
): string | undefined {
  if (deletedAt !== undefined && now >= deletedAt) return undefined;
  return course !== undefined && now >= course.endsAt ? course.endsAs : state;
}

/** How much of it has been written, 0 to 100, whole; `undefined` of one that was there before the world began. */
export function writtenAt(
  { course }: Pick<DbSnapshotRecord, 'course'>,
  startedAt: Instant,
  now: Instant,
): number | undefined {
  if (course === undefined) return undefined;
  const whole = Math.max(1, course.endsAt - startedAt);
  return Math.floor(Math.min(1, Math.max(0, (now - startedAt) / whole)) * 100);
}
