import type { Probe, WantedActions } from './probes.ts';
import { switchesFsrOn } from '../plan/cost.ts';
import type { Plan, PlannedStrategy } from '../plan/types.ts';
import type { Membership } from '../inventory/membership.ts';
import type { Runbook } from '../runbook/schema.ts';
import { NOTHING_TO_DO } from './check-findings.ts';
import type { CheckProblem } from './check-codes.ts';

interface Planned {
  readonly plan: Plan;
  readonly runbook: Runbook;
  readonly membership: Membership;
}

/** One example of each thing that the plan, with its fallbacks, would do on EC2. */
export function wantedActions({ plan, runbook, membership }: Planned): WantedActions {
  const volumes = strategiesOf({ plan }).flatMap((strategy) =>
    strategy.spec.kind === 'volume' ? [{ strategy, spec: strategy.spec }] : [],
  );
  const [first] = volumes;
  const fsr = volumes.find(({ strategy }) => switchesFsrOn(strategy))?.spec;
  const source = takesSnapshots(runbook)
    ? membership.members.find(({ resource, gone }) => resource.type === 'ebs-volume' && !gone)
    : undefined;
  return {
    runbook: runbook.name,
    ...(first !== undefined && { createVolume: first.spec, deletesVolumes: true }),
    ...(source !== undefined && { createSnapshotOf: source.sourceId }),
    ...(fsr !== undefined && { fastSnapshotRestore: { snapshotId: fsr.snapshotId, zone: fsr.zone } }),
  };
}

/** Actions that the plan needs and that no dry run can verify, as policies write them. */
export function unprovenActions({ plan, runbook }: Pick<Planned, 'plan' | 'runbook'>): readonly string[] {
  const actions = new Set<string>();
  for (const { name, spec } of strategiesOf({ plan })) {
    if (spec.encrypted && spec.kmsKeyId !== undefined) actions.add('kms:CreateGrant');
    if (spec.kind !== 'dbInstance') continue;
    if (name === 'promote-replica') actions.add('rds:PromoteReadReplica');
    else if ('snapshotId' in spec.from) actions.add('rds:RestoreDBInstanceFromDBSnapshot');
    else actions.add('rds:RestoreDBInstanceToPointInTime');
    actions.add('rds:AddTagsToResource').add('rds:DeleteDBInstance');
    if (spec.deletionProtection || spec.performanceInsights === true) actions.add('rds:ModifyDBInstance');
    if ((spec.monitoringIntervalSeconds ?? 0) > 0) actions.add('rds:ModifyDBInstance').add('iam:PassRole');
    if (takesSnapshots(runbook)) actions.add('rds:CreateDBSnapshot');
  }
  actions.add('ssm:PutParameter').add('ssm:DeleteParameter');
  return [...actions].sort();
}

/**
 * The results of the probes. A recovery does not depend on permission to create snapshots, unless the runbook asks for evidence first.
 * Without access to the claim's parameter, two restores of a runbook are kept apart less reliably.
 */
export function permissionProblems(
  probes: readonly Probe[],
  unproven: readonly string[],
  forensics: boolean,
): readonly CheckProblem[] {
  const problems = probes.flatMap((probe) => problemOf(probe, forensics) ?? []);
  const allowed = actionsOf(probes, 'allowed');
  if (allowed.length > 0) {
    problems.push({
      severity: 'info',
      code: 'PERMISSIONS_VERIFIED',
      data: { actions: allowed },
      message: `Allowed, as far as dry runs can tell: ${allowed.join(', ')}.`,
      next: NOTHING_TO_DO,
    });
  }
  const undecided = probes.filter(({ verdict, made }) => verdict === 'unverified' && made === undefined);
  if (undecided.length > 0 || unproven.length > 0) problems.push(unverified(undecided, unproven));
  return problems;
}

function problemOf({ action, verdict, why, made }: Probe, forensics: boolean): CheckProblem | undefined {
  if (made !== undefined) {
    return {
      severity: 'error',
      code: 'DRY_RUN_CARRIED_OUT',
      data: { action, made },
      message: `The endpoint executes dry runs for real: the dry run of ${action} created ${made}.`,
      next: `Delete ${made}; do not check against this endpoint again.`,
    };
  }
  if (verdict === 'refused-untagged') {
    return {
      severity: 'warning',
      code: 'PERMISSION_MISSING',
      data: { action, untagged: true },
      message: `${action} is denied for what does not carry the tag lifeboat:run (${end(why)}).`,
      next: `See that the role may do it with what carries the tag lifeboat:run: only that is ever deleted.`,
    };
  }
  if (verdict !== 'denied') return undefined;
  const isEssential = !action.startsWith('ssm:') && (action !== 'ec2:CreateSnapshot' || forensics);
  return {
    severity: isEssential ? 'error' : 'warning',
    code: 'PERMISSION_MISSING',
    data: { action },
    message: `${action} is denied (${end(why)}).${isEssential ? '' : ` ${WITHOUT[action] ?? ''}`}`.trimEnd(),
    next: `Give the role the permission ${action}${action.startsWith('ssm:') ? ' on parameter/lifeboat/*' : ''}, then check again.`,
  };
}

/** What a recovery is without the permissions that it can do without. */
const WITHOUT: Readonly<Record<string, string>> = {
  'ec2:CreateSnapshot': 'What is recovered would be without a fresh recovery point.',
  'ssm:GetParameter': 'That a runbook is being recovered is then marked by a tag, if anything can be tagged.',
};

function unverified(undecided: readonly Probe[], unproven: readonly string[]): CheckProblem {
  const reasons = new Map<string, string[]>();
  for (const { action, why } of undecided) reasons.set(why, [...(reasons.get(why) ?? []), action]);
  const sentences = [
    ...(unproven.length === 0 ? [] : [`AWS offers no way to try ${unproven.join(', ')}`]),
    ...[...reasons].map(([why, actions]) => `${actions.join(', ')} could not be tried (${end(why)})`),
  ];
  return {
    severity: 'info',
    code: 'PERMISSIONS_UNVERIFIED',
    data: { actions: [...unproven, ...undecided.map(({ action }) => action)] },
    message: `${sentences.join('; ')}.`,
    next: 'Look for these actions in the policy of the role that recovers; a drill proves most of them.',
  };
}

function actionsOf(probes: readonly Probe[], verdict: Probe['verdict']): readonly string[] {
  return [...new Set(probes.filter((probe) => probe.verdict === verdict).map(({ action }) => action))];
}

function strategiesOf({ plan }: Pick<Planned, 'plan'>): readonly PlannedStrategy[] {
  return plan.resources.flatMap(({ strategies }) => strategies);
}

function takesSnapshots({ forensics, protection }: Planned['runbook']): boolean {
  return forensics || protection.recoveryPoint;
}

function end(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
