import {
  defaultOptionGroup,
  defaultParameterGroup,
  groupFamily,
  isDefaultGroup,
} from '../../facts/default-groups.ts';
import { rdsFailure } from '../service/ec2-rds-errors.ts';
import type { WorldState } from '../state/state.ts';

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

/**
 * A group belongs to one engine version. RDS refuses any other, also a default one that describes report because an instance kept it over an upgrade.
 *
 * @param familyOf the family of a group that is known by the instances that use it
 * @throws RDSServiceException InvalidParameterCombination
 */
export function checkGroups(
  { engine, engineVersion }: { readonly engine: string; readonly engineVersion: string },
  input: {
    readonly DBParameterGroupName?: string | undefined;
    readonly OptionGroupName?: string | undefined;
  },
  familyOf: (kind: 'parameter' | 'option', name: string) => string | undefined,
): void {
  const family = groupFamily(engine, engineVersion);
  const asked = [
    ['parameter', input.DBParameterGroupName, defaultParameterGroup(engine, engineVersion)],
    ['option', input.OptionGroupName, defaultOptionGroup(engine, engineVersion)],
  ] as const;
  for (const [kind, name, fitting] of asked) {
    if (name === undefined) continue;
    const own = isDefaultGroup(name) ? undefined : familyOf(kind, name);
    if (own !== undefined && own !== family) throw otherFamily(kind, name, own, family);
    if (!isDefaultGroup(name) || name.toLowerCase() === fitting) continue;
    throw rdsFailure(
      'InvalidParameterCombination',
      `The ${kind} group ${name} cannot be used with ${engine} ${engineVersion}.`,
    );
  }
}

/** A group fits the instances that use it; of one that no instance uses nothing is known. */
export function familiesOf(
  state: WorldState,
): (kind: 'parameter' | 'option', name: string) => string | undefined {
  return (kind, name) => {
    const field = kind === 'parameter' ? 'parameterGroup' : 'optionGroup';
    const user = state.dbInstances
      .values()
      .find(({ settings }) => settings[field].toLowerCase() === name.toLowerCase());
    return user && groupFamily(user.engine, user.engineVersion);
  };
}

/** ? The words are those of a parameter group; no source has those of an option group. */
function otherFamily(kind: string, name: string, own: string, family: string): Error {
  const [Group, Family] =
    kind === 'parameter' ? ['Parameter Group', 'DBParameterGroupFamily'] : ['Option Group', 'family'];
  return rdsFailure(
    'InvalidParameterCombination',
    `The ${Group} ${name} with ${Family} ${own} can't be used for this instance. Use a ${Group} with ${Family} ${family}.`,
  );
}

export function defaultPort(engine: string): number {
  if (engine.startsWith('oracle')) return 1521;
  if (engine.startsWith('sqlserver')) return 1433;
  return engine.includes('postgres') ? 5432 : 3306;
}
