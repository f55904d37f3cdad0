import { advise, lifeboat } from '../../advice.ts';
import type { Sender } from '../../aws/clients.ts';
import type { MadeRun } from '../../aws/made.ts';
import { LifeboatError } from '../../errors.ts';
import type { Plan, RunMode } from '../../plan/types.ts';
import { SECOND_MS, formatDuration, formatInstant } from '../../time.ts';
import type { Claim } from '../../workflow/base/effects.ts';
import type { CallAws } from '../../workflow/base/executor.ts';

/** What the account tells of the runs of a runbook: what they made, and which one marks it. */
export interface FoundRuns {
  readonly claim?: Claim;
  readonly runs: readonly MadeRun[];
}

interface Account {
  readonly ec2?: Sender<'ec2'>;
  readonly rds?: Sender<'rds'>;
  readonly ssm: Sender<'ssm'>;
  readonly call: CallAws;
  readonly settle: () => Promise<void>;
}

/** Opens what a plan needs of its account, and lets go of it. @throws LifeboatError `AWS_*` */
async function inAccount<T>(plan: Plan, use: (account: Account) => Promise<T>): Promise<T> {
  const [
    { createClients },
    { classify, toLifeboatError },
    { realClock },
    { clientsFor, tagSettling },
    { patientCalls },
  ] = await Promise.all([
    import('../../aws/clients.ts'),
    import('../../aws/request-failures.ts'),
    import('../../hosts/clock.ts'),
    import('../../hosts/executor-clients.ts'),
    import('./account-reading.ts'),
  ]);
  const clients = await createClients(['ec2', 'rds', 'ssm'], { region: plan.region });
  try {
    const call = await patientCalls(realClock);
    return await use({ ...clientsFor(plan, clients), ...tagSettling(realClock), call });
  } catch (error) {
    throw toLifeboatError(classify(error), error);
  } finally {
    clients.destroy();
  }
}

/** @throws LifeboatError `AWS_*` */
export async function findRuns(plan: Plan): Promise<FoundRuns> {
  const [{ findMade }, { claimSourcesOf }] = await Promise.all([
    import('../../aws/made.ts'),
    import('../../workflow/recovery/claim-sources.ts'),
  ]);
  const { runbook } = plan;
  return inAccount(plan, (account) => findMade({ ...account, runbook, sources: claimSourcesOf(plan) }));
}

/**
 * Refuses to begin while another run recovers the runbook: a restore does not give way, a drill gives way to a restore only. The run itself marks the
 * account once more and for certain; where the mark cannot be read now, that decides.
 *
 * @throws LifeboatError `RUN_NOT_POSSIBLE`, `AWS_*`
 */
export async function refuseClaimed(plan: Plan, mode: RunMode): Promise<void> {
  const [{ readClaim }, { claimSourcesOf }] = await Promise.all([
    import('../../aws/claim/claim.ts'),
    import('../../workflow/recovery/claim-sources.ts'),
  ]);
  const { holder } = await inAccount(plan, ({ ec2, rds, ssm, call }) => {
    const access = <Client>(client: Client | undefined) =>
      client === undefined ? undefined : { client, call };
    const services = { ec2: access(ec2), rds: access(rds), ssm: access(ssm) };
    return readClaim(services, plan.runbook, claimSourcesOf(plan));
  });
  if (holder === undefined || (holder.mode === 'drill' && mode === 'restore')) return;
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
