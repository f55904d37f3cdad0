import type { Probe, WantedActions } from '../kinds/probes.ts';
import { KINDS } from '../kinds/registry.ts';
import type { Plan } from '../plan/types.ts';
import type { Membership } from '../inventory/membership.ts';
import type { Runbook } from '../runbook/schema.ts';
import { NOTHING_TO_DO } from './check-findings.ts';
import type { CheckProblem } from './check-codes.ts';

interface Planned {
  readonly plan: Plan;
  readonly runbook: Runbook;
  readonly membership: Membership;
}

/** One example of each thing that the plan, with its fallbacks, would do and that a dry run can try. */
export function wantedActions({ plan, runbook, membership }: Planned): WantedActions {
  const strategies = plan.resources.flatMap((resource) => resource.strategies);
  const kinds = Object.values(KINDS).map(({ examples }) => examples(strategies));
  const source = takesSnapshots(runbook)
    ? membership.members.find(
        ({ resource, gone }) => !gone && KINDS[resource.type].snapshotExample !== undefined,
      )
    : undefined;
  const snapshot = source && KINDS[source.resource.type].snapshotExample?.(source.sourceId);
  return Object.assign({ runbook: runbook.name }, ...kinds, snapshot);
}

/** Actions that the plan needs and that no dry run can verify, as policies write them. */
export function unprovenActions({ plan, runbook }: Pick<Planned, 'plan' | 'runbook'>): readonly string[] {
  const takes = takesSnapshots(runbook);
  const actions = plan.resources.flatMap(({ type, strategies }) =>
    strategies.flatMap((strategy) => [
      ...(strategy.spec.encrypted && strategy.spec.kmsKeyId !== undefined ? ['kms:CreateGrant'] : []),
      ...KINDS[type].unproven(strategy, takes),
    ]),
  );
  return [...new Set([...actions, 'ssm:PutParameter', 'ssm:DeleteParameter'])].sort();
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

function takesSnapshots({ forensics, protection }: Planned['runbook']): boolean {
  return forensics || protection.recoveryPoint;
}

function end(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
