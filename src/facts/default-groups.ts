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
