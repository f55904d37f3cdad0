import { advise, lifeboat } from '../advice.ts';
import type { Drift } from '../inventory/drift.ts';
import type { Gap } from '../inventory/schema.ts';
import type { Membership } from '../inventory/membership.ts';
import { inventoryOf } from '../kinds/schemas.ts';
import { listed } from '../plan/findings.ts';
import type { CheckProblem } from './check-codes.ts';

/** Ids of one drill's leftovers that a finding lists by name. */
const NAMED = 5;

/** Differences between tags and runbook, one problem for each resource. */
export function driftProblems(drift: Drift): readonly CheckProblem[] {
  const uncovered = drift.uncovered.map(({ type, id, why, madeBy }) => ({
    severity: 'warning' as const,
    code: 'DRIFT_UNCOVERED' as const,
    data: { id, type, madeBy: madeBy ?? null },
    message:
      `The ${inventoryOf(type).noun} ${id} belongs here by its tags, but no resource of the runbook covers it: ${why}.` +
      (madeBy === undefined ? '' : ` The run ${madeBy} made it.`),
    next: 'Add it to resources, or remove the tag if it does not belong here.',
  }));
  const gone = drift.gone.map(({ planId, id }) => ({
    severity: 'warning' as const,
    code: 'DRIFT_GONE' as const,
    data: { id },
    resource: planId,
    message: `${id} no longer exists; only the baseline contains it.`,
    next: 'Recover it; or, if it was removed on purpose, take it out of the runbook and check with --no-baseline.',
  }));
  const foreign = drift.foreign.map(({ planId, id, runbook }) => ({
    severity: 'warning' as const,
    code: 'DRIFT_FOREIGN' as const,
    data: { id, runbook },
    resource: planId,
    message: `${id} is tagged as belonging to the runbook '${runbook}': two runbooks would recover it.`,
    next: 'Decide which of the two recovers it, and correct the tag or the other runbook.',
  }));
  return [...uncovered, ...gone, ...foreign, ...leftoverProblems(drift)];
}

/** Sources known from their own backups alone. */
export function sourceProblems({ members }: Membership, drift: Drift): readonly CheckProblem[] {
  const told = new Set(drift.gone.map(({ planId }) => planId));
  return members
    .filter(({ gone, planId }) => gone && !told.has(planId))
    .map(({ planId, sourceId }) => ({
      severity: 'warning',
      code: 'SOURCE_GONE',
      data: { id: sourceId },
      resource: planId,
      message: `${sourceId} no longer exists; only its backups contain it.`,
      next: 'Recover it; or, if it was removed on purpose, remove its backups and check again with --no-baseline.',
    }));
}

/** One for each drill: it is removed as a whole. */
function leftoverProblems({ leftovers }: Drift): readonly CheckProblem[] {
  const runs = new Map<string, string[]>();
  for (const { id, run } of leftovers) {
    const ids = runs.get(run);
    if (ids === undefined) runs.set(run, [id]);
    else ids.push(id);
  }
  return [...runs].map(([run, ids]) => ({
    severity: 'warning',
    code: 'LEFTOVER',
    data: { run, ids },
    message: `The drill ${run} left ${listed(ids, NAMED)} in the account, unless it is still under way.`,
    next: advise`See ${lifeboat('status', run)}; when it is over, remove them: ${lifeboat('cleanup', run)}.`,
  }));
}

/** What a capture could not read, with what that means. */
export function gapProblems(gaps: readonly Gap[]): readonly CheckProblem[] {
  return gaps.map(({ operation, reason, message, means }) => ({
    severity: 'warning',
    code: 'CAPTURE_GAP',
    data: { operation, reason },
    message: `${operation} could not be read (${message.replace(/\.$/, '')}): ${means}.`,
    next: {
      denied: `Give the role the permission ${actionOf(operation)}, then check again.`,
      unsupported:
        'Nothing on this endpoint, which has no such operation; do not rely on features that need it.',
      failed: 'Check again in a minute; if it stays, look at the message of the service.',
    }[reason],
  }));
}

/** The prefixes of policies are not in an operation's name. */
const SERVICES: readonly (readonly [RegExp, string])[] = [
  [/DB|CertificatesAuthority|GlobalClusters/, 'rds'],
  [/^DescribeKey$|Alias/, 'kms'],
  [/Quota/, 'servicequotas'],
  [/Metric|Alarm/, 'cloudwatch'],
  [/Parameter|InstanceInformation|Command/, 'ssm'],
  [/CallerIdentity/, 'sts'],
];

/** `DescribeDBInstances` as policies write it: `rds:DescribeDBInstances`. */
function actionOf(operation: string): string {
  const [name = operation] = operation.split(' ');
  const service = SERVICES.find(([pattern]) => pattern.test(name))?.[1] ?? 'ec2';
  return `${service}:${name}`;
}
