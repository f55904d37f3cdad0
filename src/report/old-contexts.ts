import type { Reason } from '../workflow/base/reasons.ts';
import type { RecoveryContext } from '../workflow/recovery/recovery-context.ts';

/** The context of the recovery as this version knows it. Machines before version 5 kept a sentence where this one keeps data. */
export function presentRecovery(context: RecoveryContext): RecoveryContext {
  return { ...context, problem: reasonOf(context.problem) };
}

function reasonOf(stored: Reason | string | undefined): Reason | undefined {
  return typeof stored === 'string' ? { code: 'stated', data: { message: stored } } : stored;
}
