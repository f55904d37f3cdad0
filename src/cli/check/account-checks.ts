import type { CheckProblem } from '../../readiness/check-codes.ts';
import type { IdentityAnswer } from '../../readiness/identity-problems.ts';
import { localUser } from '../signals/operator.ts';
import type { Preparation } from '../inputs/prepare.ts';
import { permissionProblems, unprovenActions, wantedActions } from '../../readiness/permission-problems.ts';

/**
 * Asks the account who is signed in. Never rejects for what AWS or the network says, so that it may run beside a capture.
 */
export async function askIdentity(region: string): Promise<IdentityAnswer> {
  const [{ createClient }, { readIdentity }, { classify }] = await Promise.all([
    import('../../aws/clients.ts'),
    import('../../aws/caller-identity.ts'),
    import('../../aws/request-failures.ts'),
  ]);
  const sts = await createClient('sts', { region });
  try {
    return { kind: 'account', identity: await readIdentity(sts) };
  } catch (error) {
    return { kind: 'unknown', failure: classify(error) };
  } finally {
    sts.destroy();
  }
}

/** A simulation has no account to sign in to: the user of this machine stands for the identity. */
export function simulatedIdentity(): IdentityAnswer {
  return { kind: 'simulated', user: localUser() };
}

/** Tries on the account, without changing anything, what the plan would do. */
export async function tryPermissions(preparation: Preparation): Promise<readonly CheckProblem[]> {
  const [{ createClients }, { probePermissions }] = await Promise.all([
    import('../../aws/clients.ts'),
    import('../../aws/permissions.ts'),
  ]);
  const { runbook } = preparation;
  const { ec2, ssm, destroy } = await createClients(['ec2', 'ssm'], { region: runbook.region });
  try {
    const probes = await probePermissions({ ec2, ssm }, wantedActions(preparation));
    return permissionProblems(probes, unprovenActions(preparation), runbook.forensics);
  } finally {
    destroy();
  }
}
