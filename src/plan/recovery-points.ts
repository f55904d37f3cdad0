import type { DbInstance, DbSnapshot, Snapshot } from '../inventory/schema.ts';
import type { Instant } from '../time.ts';
import { formatInstant, SECOND_MS } from '../time.ts';
import type { InventoryIndex } from './inventory-index.ts';
import type { PassedOverPoint, RecoveryPoint } from './types.ts';
import { isEvidence } from '../tags.ts';

/** Which recovery points are allowed and preferred. */
export interface PointPolicy {
  readonly policy: 'latest' | 'before-damage' | 'at';
  /** For `at`: the newest point at or before this instant. */
  readonly at?: Instant;
  readonly incidentAt: Instant;
  readonly damagedAt: Instant;
}

/** The newest usable recovery point among copies, and what was passed over. */
export interface PointChoice<T> {
  readonly chosen: { readonly copy: T; readonly point: RecoveryPoint } | undefined;
  /** Newest first. */
  readonly excluded: readonly PassedOverPoint[];
}

/** The newest usable snapshot of a volume. A snapshot holds the data of the instant it was started. */
export function chooseSnapshot(
  snapshots: readonly Snapshot[],
  policy: PointPolicy,
  index: InventoryIndex,
): PointChoice<Snapshot> {
  return choose(
    snapshots,
    policy,
    (snapshot) => snapshot.startedAt,
    (snapshot) => whySnapshotUnusable(snapshot, index),
  );
}

/** The newest usable snapshot of a DB instance. */
export function chooseDbSnapshot(
  snapshots: readonly DbSnapshot[],
  policy: PointPolicy,
  index: InventoryIndex,
): PointChoice<DbSnapshot> {
  return choose(
    snapshots,
    policy,
    (snapshot) => snapshot.at,
    (snapshot) => whyDbSnapshotUnusable(snapshot, index),
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

/** Data lost, from the point to the incident. A point after the incident loses nothing. */
export function ageSeconds(at: Instant, { incidentAt }: { readonly incidentAt: Instant }): number {
  return Math.max(0, (incidentAt - at) / SECOND_MS);
}

/** A copy as a recovery point. */
export function pointOf(id: string, at: Instant, times: { readonly incidentAt: Instant }): RecoveryPoint {
  return { id, at, ageSeconds: ageSeconds(at, times) };
}

/** An instant in the logs of a DB instance or cluster as a recovery point. */
export function pointInTime(
  sourceId: string,
  at: Instant,
  times: { readonly incidentAt: Instant },
): RecoveryPoint {
  return pointOf(`${sourceId}@${formatInstant(at)}`, at, times);
}

/** The age that is compared with the RPO: that of the oldest point; `null` when one of them is unknown. */
export function oldestAgeSeconds(points: readonly (RecoveryPoint | undefined)[]): number | null {
  return points.reduce<number | null>(
    (oldest, point) => (oldest === null || point === undefined ? null : Math.max(oldest, point.ageSeconds)),
    0,
  );
}

/** The newest instant that the policy allows; what a source has may end before it. */
function wantedInstant(policy: PointPolicy): Instant {
  if (policy.policy === 'latest') return Infinity;
  if (policy.policy === 'at') return policy.at ?? Infinity;
  // Up to a second of the writes before the damage is lost: a second is the finest instant that AWS takes.
  return policy.damagedAt - SECOND_MS;
}

function choose<T extends { readonly id: string }>(
  copies: readonly T[],
  policy: PointPolicy,
  instantOf: (copy: T) => Instant,
  whyUnusable: (copy: T) => string | undefined,
): PointChoice<T> {
  const excluded: PassedOverPoint[] = [];
  let chosen: T | undefined;
  for (const copy of copies) {
    const at = instantOf(copy);
    const reason = whyUnusable(copy) ?? whyAgainstPolicy(at, policy);
    if (reason !== undefined) excluded.push({ id: copy.id, at, reason });
    else if (
      chosen === undefined ||
      at > instantOf(chosen) ||
      (at === instantOf(chosen) && copy.id < chosen.id)
    ) {
      chosen = copy;
    }
  }
  excluded.sort((left, right) => right.at - left.at || (left.id < right.id ? -1 : 1));
  if (chosen === undefined) return { chosen: undefined, excluded };
  return { chosen: { copy: chosen, point: pointOf(chosen.id, instantOf(chosen), policy) }, excluded };
}

function whyAgainstPolicy(at: Instant, policy: PointPolicy): string | undefined {
  if (policy.policy === 'before-damage' && at >= policy.damagedAt) return 'taken after the damage';
  if (policy.policy === 'at' && policy.at !== undefined && at > policy.at) {
    return `taken after ${formatInstant(policy.at)}, the instant to recover to`;
  }
  return undefined;
}

function whySnapshotUnusable(snapshot: Snapshot, index: InventoryIndex): string | undefined {
  if (isEvidence(snapshot.tags)) return EVIDENCE;
  const region = whyElsewhere(snapshot.region, index);
  if (region !== undefined) return region;
  if (snapshot.tier === 'archive') return 'archived: restoring it from the archive takes up to 72 h';
  switch (snapshot.state) {
    case 'completed':
      return snapshot.encrypted ? index.keyTrouble(snapshot.kmsKeyId) : undefined;
    case 'pending':
      return 'pending: the copy is not complete yet';
    case 'error':
      return 'its creation failed';
    case 'recoverable':
      return 'incomplete: it is in the recycle bin';
    case 'recovering':
      return 'incomplete: it is being recovered from the recycle bin';
  }
}

function whyDbSnapshotUnusable(snapshot: DbSnapshot, index: InventoryIndex): string | undefined {
  if (isEvidence(snapshot.tags)) return EVIDENCE;
  const region = whyElsewhere(snapshot.region, index);
  if (region !== undefined) return region;
  if (snapshot.state === 'creating' || snapshot.state === 'pending') {
    return `${snapshot.state}: the copy is not complete yet`;
  }
  if (snapshot.state !== 'available') return `its state is '${snapshot.state}', not 'available'`;
  return snapshot.encrypted ? index.keyTrouble(snapshot.kmsKeyId) : undefined;
}

/** Snapshots that a run took of a damaged source contain the damage, whenever they were taken. */
const EVIDENCE = 'evidence: taken of the damaged source for forensics';

function whyElsewhere(region: string | undefined, index: InventoryIndex): string | undefined {
  return region === undefined || region === index.region
    ? undefined
    : `it is in ${region}, not in ${index.region}`;
}
