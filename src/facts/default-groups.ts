/**
 * Whether a group of settings is one that RDS itself provides: `default.postgres16` (parameter groups of instances and clusters) or
 * `default:postgres-16` (option groups). RDS assigns the one that fits the engine version unless a request names another, and refuses the
 * default group of another version; so none of these is ever sent. Names are compared without case, as RDS does.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithOptionGroups.html
 */
export function isDefaultGroup(name: string): boolean {
  const lower = name.toLowerCase();
  return lower.startsWith('default.') || lower.startsWith('default:');
}

/** A group that a request may name; `undefined` for none and for one that RDS provides. */
export function ownGroup(name: string | null | undefined): string | undefined {
  return name == null || isDefaultGroup(name) ? undefined : name;
}

/** The version that names a family of groups: PostgreSQL counts by its first number from 10 on, Oracle in any case, the others by two. */
function familyVersion(engine: string, version: string): string {
  const [first = '', second = '0'] = version.split('.');
  const byFirst = engine.startsWith('oracle') || (engine.includes('postgres') && Number(first) >= 10);
  return byFirst ? first : `${first}.${second}`;
}

/** The family of parameter groups that fit an engine version, e.g. `postgres16`, `mysql8.0`, `sqlserver-ee-15.0`. A group of another family is refused. */
export function groupFamily(engine: string, version: string): string {
  const joint = /^(sqlserver|oracle|db2)/.test(engine) ? '-' : '';
  return `${engine}${joint}${familyVersion(engine, version)}`;
}

/** The parameter group that RDS gives an instance whose request names none, e.g. `default.postgres16`. */
export function defaultParameterGroup(engine: string, version: string): string {
  return `default.${groupFamily(engine, version)}`;
}

/** The same for option groups, e.g. `default:postgres-16`, `default:mysql-8-0`. */
export function defaultOptionGroup(engine: string, version: string): string {
  return `default:${engine}-${familyVersion(engine, version).replaceAll('.', '-')}`;
}
