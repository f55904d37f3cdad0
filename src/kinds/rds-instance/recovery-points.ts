import type { DbInstance, DbSnapshot } from '../../inventory/schema.ts';
import { formatInstant, SECOND_MS } from '../../time.ts';
import type { InventoryIndex } from '../inventory-index.ts';
import {
  chooseCopy,
  pointInTime,
  wantedInstant,
  whyUnusable,
  type PointChoice,
  type PointPolicy,
  type RecoveryPoint,
} from '../recovery-points.ts';

/** The newest usable snapshot of a DB instance. */
export function chooseDbSnapshot(
  snapshots: readonly DbSnapshot[],
  policy: PointPolicy,
  index: InventoryIndex,
): PointChoice<DbSnapshot> {
  return chooseCopy(
    snapshots,
    policy,
    (snapshot) => snapshot.at,
    (snapshot) => whyUnusable(snapshot, whyNotNow(snapshot), index),
  );
}

/** The point in time to restore a DB instance to, or why there is none. AWS takes whole seconds. */
export function choosePointInTime(
  source: DbInstance | undefined,
  gone: boolean,
  policy: PointPolicy,
  index: InventoryIndex,
): { readonly point: RecoveryPoint } | { readonly why: string } {
  if (source === undefined || gone) {
    const unread = index.whyUnread('DescribeDBInstances');
    if (unread !== undefined) return { why: `it is unknown whether the source still exists: ${unread}` };
    return { why: 'the source no longer exists, and its logs were deleted with it' };
  }
  const { earliestRestorableTime: earliest, latestRestorableTime: latest } = source;
  if (latest === undefined || source.backupRetentionDays === 0) {
    return { why: 'the source keeps no automated backups, so it has no restorable window' };
  }
  const trouble = source.encrypted ? index.keyTrouble(source.kmsKeyId) : undefined;
  if (trouble !== undefined) return { why: trouble };
  const at = Math.floor(Math.min(wantedInstant(policy), latest) / SECOND_MS) * SECOND_MS;
  if (earliest !== undefined && at < earliest) {
    return { why: `${formatInstant(at)} is before the earliest restorable time, ${formatInstant(earliest)}` };
  }
  return { point: pointInTime(source.id, at, policy) };
}

function whyNotNow({ state }: DbSnapshot): string | undefined {
  if (state === 'creating' || state === 'pending') return `${state}: the copy is not complete yet`;
  return state === 'available' ? undefined : `its state is '${state}', not 'available'`;
}
