/** Every problem that a plan can have, by a code that scripts can rely on. */
export const PROBLEM_CODES = [
  'UNKNOWN_SOURCE',
  'NO_RECOVERY_POINT',
  'NO_FEASIBLE_STRATEGY',
  'DEPENDENCY_UNRECOVERABLE',
  'QUOTA_EXHAUSTED',
  'RTO_MISSED',
  'RTO_AT_RISK',
  'RPO_MISSED',
  'QUOTA_BINDS',
  'COST_ABOVE_LIMIT',
  'WINDOW_CLOSED',
  'TAGS_LEFT_OUT',
  'CONFIG_UNKNOWN',
  'DRILL_NOT_ISOLATED',
  'NOT_YET_SUPPORTED',
  'COLD_RESTORE',
  'KEY_STATE_UNKNOWN',
  'OLDER_RECOVERY_POINT',
  'APPROVAL_NOT_FORECAST',
  'NOT_EXERCISED',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];
