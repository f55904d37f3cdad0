import type { Problem } from '../plan/types.ts';

/** Webhooks of the runbook whose address the environment lacks: no notice can be sent to them. */
export function noticeProblems(missing: readonly Pick<Problem, 'message' | 'next'>[]): readonly Problem[] {
  return missing.map(({ message, next }) => ({
    severity: 'warning',
    code: 'NOTICE_UNSENDABLE',
    message,
    next,
  }));
}
