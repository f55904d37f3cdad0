import type { ErrorCode } from '../../errors.ts';

/** What scripts may rely on. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  objectiveMissed: 3,
  waiting: 4,
  notReady: 5,
  aborted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A signal or a command that the run's state does not allow. */
export const NOT_POSSIBLE: ExitCode = EXIT.failed;

const BY_ERROR: Readonly<Record<ErrorCode, ExitCode>> = {
  USAGE: EXIT.usage,
  FILE_UNREADABLE: EXIT.usage,
  FILE_TOO_LARGE: EXIT.usage,
  INVALID_DOCUMENT: EXIT.usage,
  INVALID_RUNBOOK: EXIT.usage,
  INVALID_INVENTORY: EXIT.usage,
  UNKNOWN_RESOURCE: EXIT.notReady,
  NOT_YET_SUPPORTED: EXIT.notReady,
  NO_FEASIBLE_PLAN: EXIT.notReady,
  QUESTION_UNANSWERED: EXIT.usage,
  QUESTION_DECLINED: EXIT.aborted,
  NOT_DEPLOYED: EXIT.notReady,
  RUN_NOT_FOUND: EXIT.usage,
  RUN_IS_DRIVEN: NOT_POSSIBLE,
  RUN_NOT_POSSIBLE: NOT_POSSIBLE,
  CLEANUP_REFUSED: EXIT.waiting,
  JOURNAL_DAMAGED: EXIT.usage,
  JOURNAL_TOO_NEW: EXIT.usage,
  JOURNAL_CONFLICT: EXIT.failed,
  JOURNAL_UNREADABLE: EXIT.failed,
  JOURNAL_UNWRITABLE: EXIT.failed,
  STATE_UNSAFE: EXIT.usage,
  SYSTEM_FAILED: EXIT.failed,
  BASELINE_UNWRITABLE: EXIT.failed,
  WORLD_DAMAGED: EXIT.usage,
  WORLD_UNWRITABLE: EXIT.failed,
  BACKFILL_DAMAGED: EXIT.usage,
  BACKFILL_UNWRITABLE: EXIT.failed,
  LEDGER_DAMAGED: EXIT.usage,
  LEDGER_CONFLICT: EXIT.failed,
  LEDGER_UNWRITABLE: EXIT.failed,
  SCRATCH_UNWRITABLE: EXIT.failed,
  OUTPUT_UNWRITABLE: EXIT.usage,
  FORMAT_TOO_NEW: EXIT.usage,
  INTERRUPTED: EXIT.aborted,
  AWS_CREDENTIALS: EXIT.failed,
  AWS_UNREACHABLE: EXIT.failed,
  AWS_DENIED: EXIT.failed,
  AWS_FAILED: EXIT.failed,
};

export function exitCodeOf(code: ErrorCode): ExitCode {
  return BY_ERROR[code];
}
