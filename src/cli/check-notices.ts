import { missingSecrets, type Environment } from '../notices/channels.ts';
import type { Problem } from '../plan/types.ts';
import type { NoticeTarget } from '../runbook/schema.ts';

/** Webhooks of the runbook that nothing could be sent to. */
export function noticeProblems(targets: readonly NoticeTarget[], env: Environment): readonly Problem[] {
  return missingSecrets(targets, env).map(({ message, next }) => ({
    severity: 'warning',
    code: 'NOTICE_UNSENDABLE',
    message,
    next,
  }));
}
