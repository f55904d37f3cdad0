import type { DbCluster, DbClusterSnapshot, Inventory } from '../inventory/schema.ts';
import type { Member } from '../inventory/membership.ts';
import { gather } from '../plan/findings.ts';
import type { Finding } from '../plan/findings.ts';
import { indexInventory } from '../plan/inventory-index.ts';
import type { InventoryIndex } from '../plan/inventory-index.ts';
import {
  chooseDbSnapshot,
  choosePointInTime,
  chooseSnapshot,
  pointInTime,
  pointOf,
} from '../plan/recovery-points.ts';
import type { PointPolicy } from '../plan/recovery-points.ts';
import type { RecoveryPoint } from '../plan/types.ts';
import { formatDuration, formatInstant } from '../time.ts';
import type { Instant } from '../time.ts';
import { NOTHING_TO_DO } from './check-findings.ts';
import type { CheckProblem } from './check-codes.ts';

/** A recovery point older than this share of the RPO is reported as aging: the next one is late. */
const AGING_SHARE = 0.8;

export interface PointCheck {
  readonly inventory: Inventory;
  readonly members: readonly Member[];
  readonly rpoSeconds: number;
  readonly now: Instant;
}

/**
 * How old the newest usable recovery point of each resource is now, independent of the runbook's policy. A resource
 * without any recovery point is reported by the planner.
 */
export function freshnessProblems({
  inventory,
  members,
  rpoSeconds,
  now,
}: PointCheck): readonly CheckProblem[] {
  const index = indexInventory(inventory);
  const clusters = clusterIndex(inventory);
  const policy: PointPolicy = { policy: 'latest', incidentAt: now, damagedAt: now };
  const ages = members.flatMap((member) => {
    const point = newestPoint(member, index, clusters, policy);
    return point === undefined ? [] : [{ member, point }];
  });
  const findings = ages.flatMap(({ member, point }) => ageFinding(member, point, rpoSeconds) ?? []);
  const oldest = ages.reduce<(typeof ages)[number] | undefined>(
    (left, right) => (left === undefined || right.point.ageSeconds > left.point.ageSeconds ? right : left),
    undefined,
  );
  if (oldest === undefined || findings.length > 0) return gather(findings);
  const { member, point } = oldest;
  const which = members.length === 1 ? '' : ', the oldest of them,';
  return [
    {
      severity: 'info',
      code: 'RECOVERY_POINTS_FRESH',
      data: { recoveryPoint: point.id, ageSeconds: point.ageSeconds, rpoSeconds },
      message:
        `The newest usable recovery point of ${member.planId}${which} is ${formatDuration(point.ageSeconds)} old ` +
        `(${point.id}); the RPO is ${formatDuration(rpoSeconds)}.`,
      next: NOTHING_TO_DO,
    },
  ];
}

function ageFinding(
  member: Member,
  point: RecoveryPoint,
  rpoSeconds: number,
): Finding<CheckProblem['code']> | undefined {
  const { ageSeconds } = point;
  if (ageSeconds <= rpoSeconds * AGING_SHARE) return undefined;
  const isTooOld = ageSeconds > rpoSeconds;
  const told = `has no newer usable recovery point than ${point.id} of ${formatInstant(point.at)}, ${formatDuration(ageSeconds)} old now`;
  return {
    severity: isTooOld ? 'error' : 'warning',
    code: isTooOld ? 'RECOVERY_POINT_TOO_OLD' : 'RECOVERY_POINT_AGING',
    runbookId: member.resource.id,
    resource: member.planId,
    data: { recoveryPoint: point.id, ageSeconds, rpoSeconds },
    text: `${told}; the RPO is ${formatDuration(rpoSeconds)}.`,
    next: isTooOld
      ? 'Take a backup now, and find out why the last ones did not come.'
      : 'See that the next backup comes in time; if it regularly takes so long, take them more often.',
    weight: ageSeconds,
  };
}

interface ClusterIndex {
  readonly cluster: ReadonlyMap<string, DbCluster>;
  readonly snapshots: readonly DbClusterSnapshot[];
}

function clusterIndex({ dbClusters, dbClusterSnapshots, region }: Inventory): ClusterIndex {
  return {
    cluster: new Map(dbClusters.map((cluster) => [cluster.id, cluster])),
    snapshots: dbClusterSnapshots.filter(
      (snapshot) => snapshot.state === 'available' && (snapshot.region ?? region) === region,
    ),
  };
}

function newestPoint(
  { resource, sourceId, gone }: Member,
  index: InventoryIndex,
  clusters: ClusterIndex,
  policy: PointPolicy,
): RecoveryPoint | undefined {
  if (resource.type === 'ebs-volume') {
    return chooseSnapshot(index.snapshotsOf(sourceId), policy, index).chosen?.point;
  }
  const allows = (name: 'point-in-time' | 'restore-snapshot'): boolean =>
    resource.strategies.includes('auto') || resource.strategies.includes(name);
  if (resource.type === 'aurora-cluster') {
    return newerOf(
      allows('point-in-time') && !gone ? clusterInstant(clusters.cluster.get(sourceId), policy) : undefined,
      allows('restore-snapshot') ? newestClusterSnapshot(clusters, sourceId, policy) : undefined,
    );
  }
  const instant = choosePointInTime(index.dbInstance(sourceId), gone, policy, index);
  const copy = chooseDbSnapshot(index.dbSnapshotsOf(sourceId), policy, index).chosen?.point;
  return newerOf(
    allows('point-in-time') && 'point' in instant ? instant.point : undefined,
    allows('restore-snapshot') ? copy : undefined,
  );
}

function clusterInstant(cluster: DbCluster | undefined, policy: PointPolicy): RecoveryPoint | undefined {
  const at = cluster?.latestRestorableTime;
  return cluster === undefined || at === undefined ? undefined : pointInTime(cluster.id, at, policy);
}

function newestClusterSnapshot(
  { snapshots }: ClusterIndex,
  clusterId: string,
  policy: PointPolicy,
): RecoveryPoint | undefined {
  return snapshots
    .filter(({ dbClusterId }) => dbClusterId === clusterId)
    .map(({ id, at }) => pointOf(id, at, policy))
    .reduce<RecoveryPoint | undefined>(newerOf, undefined);
}

function newerOf(
  left: RecoveryPoint | undefined,
  right: RecoveryPoint | undefined,
): RecoveryPoint | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return right.at > left.at ? right : left;
}
