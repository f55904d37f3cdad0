import { isDefaultGroup } from '../../facts/default-groups.ts';
import { rdsFailure } from '../service/ec2-rds-errors.ts';

/** What RDS uses for settings that a restore request leaves out: the reason why a restored database differs from its source. */
export const DEFAULT_SECURITY_GROUP = 'sg-default';
export const DEFAULT_SUBNET_GROUP = 'default';

/** ? The version of a new instance whose request names none; AWS moves them on. */
export const DEFAULT_VERSIONS: Readonly<Record<string, string>> = {
  postgres: '16.4',
  mysql: '8.0.39',
  mariadb: '10.11.8',
};

/**
 * RDS goes by whether the subnets can be reached from the internet. Those of the default group can; ? of any other group an inventory does not
 * tell, and it is taken as private.
 */
export function defaultPublicAccess(subnetGroup: string): boolean {
  return subnetGroup === DEFAULT_SUBNET_GROUP;
}

/** The version that names a family of groups: PostgreSQL counts by its first number from 10 on, the others by two. */
const major = (engine: string, version: string): string => {
  const [first = '', second = '0'] = version.split('.');
  return engine.includes('postgres') && Number(first) >= 10 ? first : `${first}.${second}`;
};

/** e.g. `default.postgres16`, `default.mysql8.0`. */
export function defaultParameterGroup(engine: string, version: string): string {
  return `default.${engine}${major(engine, version)}`;
}

/** e.g. `default:postgres-16`, `default:mysql-8-0`. */
export function defaultOptionGroup(engine: string, version: string): string {
  return `default:${engine}-${major(engine, version).replaceAll('.', '-')}`;
}

/**
 * A default group belongs to one engine version. RDS refuses any other, also one that describes report because an instance kept it over an upgrade.
 *
 * @throws RDSServiceException InvalidParameterCombination
 */
export function checkDefaultGroups(
  { engine, engineVersion }: { readonly engine: string; readonly engineVersion: string },
  input: {
    readonly DBParameterGroupName?: string | undefined;
    readonly OptionGroupName?: string | undefined;
  },
): void {
  const asked = [
    ['parameter', input.DBParameterGroupName, defaultParameterGroup(engine, engineVersion)],
    ['option', input.OptionGroupName, defaultOptionGroup(engine, engineVersion)],
  ] as const;
  for (const [kind, name, fitting] of asked) {
    if (name === undefined || !isDefaultGroup(name) || name.toLowerCase() === fitting) continue;
    throw rdsFailure(
      'InvalidParameterCombination',
      `The ${kind} group ${name} cannot be used with ${engine} ${engineVersion}.`,
    );
  }
}

export function defaultPort(engine: string): number {
  if (engine.startsWith('oracle')) return 1521;
  if (engine.startsWith('sqlserver')) return 1433;
  return engine.includes('postgres') ? 5432 : 3306;
}
