import type { Inventory } from '../inventory/schema.ts';
import type { Member } from '../inventory/membership.ts';
import { KINDS } from '../kinds/registry.ts';
import { forEachKind } from '../kinds/schemas.ts';
import { gather } from '../plan/findings.ts';
import type { Finding } from '../plan/findings.ts';
import { indexInventory } from '../kinds/inventory-index.ts';
import type { PointPolicy } from '../kinds/recovery-points.ts';
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
  const policy: PointPolicy = { policy: 'latest', incidentAt: now, damagedAt: now };
  const newest = forEachKind(({ name }) => KINDS[name].newestPoints(inventory, index, policy));
  const ages = members.flatMap((member) => {
    const point = newest[member.resource.type](member);
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
