import { advise, lifeboat } from '../advice.ts';
import type { MadeRun } from '../aws/made.ts';
import { LifeboatError } from '../errors.ts';
import type { Plan } from '../plan/types.ts';
import { SECOND_MS, formatDuration, formatInstant } from '../time.ts';
import type { Claim } from '../workflow/base/effects.ts';
import { clientsFor, tagSettling } from '../driver/executor-clients.ts';
import type { OpenAccount } from './account.ts';

/** What the account tells of the runs of a runbook: what they made, and which one marks it. */
export interface FoundRuns {
  readonly claim?: Claim;
  readonly runs: readonly MadeRun[];
}

/** @throws LifeboatError `AWS_*` */
export async function findRuns(plan: Plan, { clients, call, clock }: OpenAccount): Promise<FoundRuns> {
  const [{ findMade }, { claimSourcesOf }] = await Promise.all([
    import('../aws/made.ts'),
    import('../workflow/recovery/claim-sources.ts'),
  ]);
  const { runbook } = plan;
  const needed = { ...clientsFor(plan, clients), ...tagSettling(clock), call };
  return findMade({ ...needed, runbook, sources: claimSourcesOf(plan) });
}

/**
 * Refuses to begin while another run recovers the runbook: a restore does not give way, a drill gives way to a restore only. The run itself marks the
 * account once more and for certain; where the mark cannot be read now, that decides.
 *
 * @throws LifeboatError `RUN_NOT_POSSIBLE`, `AWS_*`
 */
export async function refuseClaimed(plan: Plan, { clients, call }: OpenAccount): Promise<void> {
  const [{ readClaim }, { claimSourcesOf }] = await Promise.all([
    import('../aws/claim/claim.ts'),
    import('../workflow/recovery/claim-sources.ts'),
  ]);
  const { ec2, rds, ssm } = clientsFor(plan, clients);
  const access = <Client>(client: Client | undefined) =>
    client === undefined ? undefined : { client, call };
  const services = { ec2: access(ec2), rds: access(rds), ssm: access(ssm) };
  const { holder } = await readClaim(services, plan.runbook, claimSourcesOf(plan));
  if (holder === undefined || (holder.mode === 'drill' && plan.mode === 'restore')) return;
  throw heldError(holder, plan.plannedAt);
}

function heldError({ runId, mode, runbook, by, host, at }: Claim, now: number): LifeboatError {
  const ago = formatDuration(Math.max(0, now - at) / SECOND_MS);
  return new LifeboatError(
    'RUN_NOT_POSSIBLE',
    `The ${mode} ${runId} of '${runbook}' is under way: started by ${by} on ${host} ${ago} ago, ${formatInstant(at)}.`,
    advise`Go on with it on ${host}, or wherever its journal is. If that is lost: ${lifeboat('adopt', 'RUNBOOK')}.`,
  );
}
