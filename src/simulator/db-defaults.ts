/** What RDS gives an instance for settings that a restore was not told: the reason why a restored database differs from its source. */
export const DEFAULT_SECURITY_GROUP = 'sg-default';
export const DEFAULT_SUBNET_GROUP = 'default';

/**
 * RDS goes by whether the subnets can be reached from the internet. Those of the default group can; ? of any other group an inventory does not
 * tell, and it is taken as private.
 */
export function defaultPublicAccess(subnetGroup: string): boolean {
  return subnetGroup === DEFAULT_SUBNET_GROUP;
}

const major = (engine: string, version: string): string => {
  const [first = '', second = '0'] = version.split('.');
  return engine === 'postgres' ? first : `${first}.${second}`;
};

/** e.g. `default.postgres16`, `default.mysql8.0`. */
export function defaultParameterGroup(engine: string, version: string): string {
  return `default.${engine}${major(engine, version)}`;
}

/** e.g. `default:postgres-16`, `default:mysql-8-0`. */
export function defaultOptionGroup(engine: string, version: string): string {
  return `default:${engine}-${major(engine, version).replaceAll('.', '-')}`;
}

export function defaultPort(engine: string): number {
  if (engine.startsWith('oracle')) return 1521;
  if (engine.startsWith('sqlserver')) return 1433;
  return engine.includes('postgres') ? 5432 : 3306;
}
