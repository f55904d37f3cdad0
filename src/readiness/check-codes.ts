import type { ProblemCode } from '../plan/problem-codes.ts';
import type { Problem } from '../plan/types.ts';
import type { UnsupportedPart } from '../runbook/support.ts';

/** Every problem that only `check` reports, by a code that scripts can rely on. */
export const CHECK_CODES = [
  'CAPTURE_GAP',
  'DRIFT_FOREIGN',
  'DRIFT_GONE',
  'DRIFT_UNCOVERED',
  'DRY_RUN_CARRIED_OUT',
  'IDENTITY',
  'IDENTITY_UNKNOWN',
  'KMS_KEY_UNKNOWN',
  'KMS_KEY_UNUSABLE',
  'LEFTOVER',
  'NOTICE_UNSENDABLE',
  'NOT_SIGNED_IN',
  'PERMISSIONS_UNVERIFIED',
  'PERMISSIONS_VERIFIED',
  'PERMISSION_MISSING',
  'QUOTA_HEADROOM',
  'QUOTA_TIGHT',
  'RECOVERY_POINTS_FRESH',
  'RECOVERY_POINT_AGING',
  'RECOVERY_POINT_TOO_OLD',
  'REGION_DIFFERS',
  'SETTING_LOST',
  'SOURCE_GONE',
] as const;

/** A problem of the account or of the runbook's resources, beside those of the plan. */
export type CheckProblem = Problem<(typeof CHECK_CODES)[number]>;

/** Codes of the parts of a runbook that this version does not execute; a plan reports the same ones. */
export const LINT_CODES = {
  refused: 'NOT_YET_SUPPORTED',
  'not-exercised': 'NOT_EXERCISED',
} as const satisfies Readonly<Record<UnsupportedPart['effect'], ProblemCode>>;
