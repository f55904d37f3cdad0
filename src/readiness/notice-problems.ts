import type { CheckProblem } from './check-codes.ts';

/** Webhooks of the runbook whose address the environment lacks: no notice can be sent to them. */
export function noticeProblems(
  missing: readonly (Pick<CheckProblem, 'message' | 'next'> & { readonly name: string })[],
): readonly CheckProblem[] {
  return missing.map(({ name, message, next }) => ({
    severity: 'warning',
    code: 'NOTICE_UNSENDABLE',
    data: { variable: name },
    message,
    next,
  }));
}
