import { SECOND_MS } from '../time.ts';
import type { Plan } from '../plan/types.ts';
import type { Clock } from './base/ports.ts';

/** ? How long a new tag may take to appear in reads. */
const TAG_SETTLE_MS = 5 * SECOND_MS;

/** Waits until a recent write appears in reads. */
export function tagSettling(clock: Clock): { readonly settle: () => Promise<void> } {
  return { settle: () => clock.sleepUntil(clock.now() + TAG_SETTLE_MS) };
}

/** The services that a plan needs: a run with volumes only sends RDS no request, and needs no permission there. SSM holds the run's claim. */
export function clientsFor<EC2, RDS, SSM>(
  plan: Plan,
  { ec2, rds, ssm }: { readonly ec2: EC2; readonly rds: RDS; readonly ssm: SSM },
): { ec2?: EC2; rds?: RDS; ssm: SSM } {
  const hasVolumes = plan.resources.some((resource) => resource.type === 'ebs-volume');
  const hasDatabases = plan.resources.some((resource) => resource.type !== 'ebs-volume');
  return { ...(hasVolumes && { ec2 }), ...(hasDatabases && { rds }), ssm };
}
