import type { Plan } from '../plan/types.ts';

/** The services that a plan needs: a run of volumes alone asks RDS nothing, and needs no permission there. */
export function servicesOf<EC2, RDS>(
  plan: Plan,
  { ec2, rds }: { readonly ec2: EC2; readonly rds: RDS },
): { ec2?: EC2; rds?: RDS } {
  const hasVolumes = plan.resources.some((resource) => resource.type === 'ebs-volume');
  const hasDatabases = plan.resources.some((resource) => resource.type !== 'ebs-volume');
  return { ...(hasVolumes && { ec2 }), ...(hasDatabases && { rds }) };
}
