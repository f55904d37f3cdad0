import type { Journal } from '../journal/journal.ts';
import type { Executor } from '../workflow/base/executor.ts';
import type { Backfill } from './fleet/backfiller.ts';
import type { PacedCalls } from './requests/calls.ts';
import type { Waiting } from './drive.ts';
import type { FrozenBy } from './fleet/gatekeeper.ts';
import type { Clock, TimelineListener } from './base/ports.ts';
import type { VerifySignal } from './signals/verify-signal.ts';

/** Everything a driver needs. Hosts differ only in these parts. */
export interface DriverParts extends Waiting {
  readonly journal: Journal;
  readonly executor: Executor;
  /** The calls through which `executor` sends requests. Absent if it sends none itself. */
  readonly calls?: Pick<PacedCalls, 'recall' | 'memo'>;
  readonly clock: Clock;
  readonly onTimeline: TimelineListener;
  /** Requests in flight at once; 1 keeps a simulation deterministic. */
  readonly concurrency: number;
  /** Answers open approvals in a simulation, in place of an operator. */
  readonly answersApprovals: boolean;
  readonly frozenBy: FrozenBy;
  /** Verifies with the identity service who gave a signal. Absent: signals are accepted unverified. */
  readonly verify?: VerifySignal;
  /** Replays missed requests. Absent: the run has no backfill. */
  readonly backfill?: Backfill;
  /** The caller keeps the driver between ticks. Absent: all that a tick has learned is in the journal when it ends. */
  readonly isKept?: boolean;
  /** A place where a simulated crash may strike; throws to crash. */
  readonly crashPoint?: (place: 'before-commit' | 'after-commit' | 'after-send') => void;
}
