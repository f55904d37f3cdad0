import type { Environment } from '../notices/channels.ts';
import type { CheckProblem } from '../readiness/check-codes.ts';
import { isReady, readinessFindings, type CheckFinding } from '../readiness/check-findings.ts';
import { identityProblems, type IdentityAnswer } from '../readiness/identity-problems.ts';
import { permissionProblems, unprovenActions, wantedActions } from '../readiness/permission-problems.ts';
import type { OpenAccount } from './account.ts';
import type { Preparation } from './prepare.ts';

export interface CheckContext {
  readonly identity: IdentityAnswer;
  readonly env: Environment;
  /** Absent in a simulation, which has no permissions to try. */
  readonly account?: OpenAccount;
}

export interface Readiness {
  readonly ready: boolean;
  readonly findings: readonly CheckFinding[];
}

/** Whether the plan could be carried out now, within the objectives, and what is in its way. Changes nothing in the account. */
export async function checkReadiness(
  preparation: Preparation,
  { identity, env, account }: CheckContext,
): Promise<Readiness> {
  const checks = [
    ...identityProblems(identity, {
      region: preparation.runbook.region,
      regionOfEnvironment: env['AWS_REGION'],
      account: preparation.account.account,
    }),
    ...(account === undefined ? [] : await tryPermissions(preparation, account)),
    ...(await inventoryChecks(preparation, env)),
  ];
  return { ready: isReady(preparation, checks), findings: readinessFindings(preparation, checks) };
}

/** Tries on the account, without changing anything, what the plan would do. */
async function tryPermissions(
  preparation: Preparation,
  { clients: { ec2, ssm } }: OpenAccount,
): Promise<readonly CheckProblem[]> {
  const { probePermissions } = await import('../aws/permissions.ts');
  const probes = await probePermissions({ ec2, ssm }, wantedActions(preparation));
  return permissionProblems(probes, unprovenActions(preparation), preparation.runbook.forensics);
}

/** What the inventory alone tells, real or simulated. */
async function inventoryChecks(preparation: Preparation, env: Environment): Promise<readonly CheckProblem[]> {
  const { account, membership, plan, runbook, united } = preparation;
  const { inventory } = united;
  const { members } = membership;
  const [
    { driftOf },
    drifts,
    { freshnessProblems },
    { keyProblems },
    { quotaProblems },
    { settingProblems },
    { noticeProblems },
    { missingSecrets },
  ] = await Promise.all([
    import('../inventory/drift.ts'),
    import('../readiness/drift-problems.ts'),
    import('../readiness/recovery-point-problems.ts'),
    import('../readiness/key-problems.ts'),
    import('../readiness/quota-problems.ts'),
    import('../readiness/setting-problems.ts'),
    import('../readiness/notice-problems.ts'),
    import('../notices/channels.ts'),
  ]);
  const drift = driftOf(runbook, united, membership);
  const rpoSeconds = runbook.objectives.rpo;
  return [
    ...drifts.gapProblems(account.gaps),
    ...freshnessProblems({ inventory, members, rpoSeconds, now: plan.plannedAt }),
    ...keyProblems(inventory, members),
    ...quotaProblems(plan, inventory, members),
    ...settingProblems(inventory, members),
    ...drifts.sourceProblems(membership, drift),
    ...drifts.driftProblems(drift),
    ...noticeProblems(missingSecrets(runbook.notify, env)),
  ];
}
