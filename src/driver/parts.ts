import type { Journal } from '../journal/journal.ts';
import type { Executor } from '../workflow/base/executor.ts';
import type { Backfill } from './fleet/backfiller.ts';
import type { PacedCalls } from './requests/calls.ts';
import type { Waiting } from './drive.ts';
import type { FrozenBy } from './fleet/gatekeeper.ts';
import type { Clock, TimelineListener } from './base/ports.ts';
import type { VerifySignal } from './signals/verify-signal.ts';

/** Everything a driver needs; hosts differ in nothing else. */
export interface DriverParts extends Waiting {
  readonly journal: Journal;
  readonly executor: Executor;
  /** What `executor` sends its requests through. Absent where it sends none of its own. */
  readonly calls?: Pick<PacedCalls, 'recall' | 'memo'>;
  readonly clock: Clock;
  readonly onTimeline: TimelineListener;
  /** Requests under way at once; 1 keeps a simulation deterministic. */
  readonly concurrency: number;
  /** Answers approvals that are waited for: a simulated person. */
  readonly answersApprovals: boolean;
  readonly frozenBy: FrozenBy;
  /** Asks the identity service who gave a signal. Absent: signals count as they are. */
  readonly verify?: VerifySignal;
  /** Replays what was missed. Absent: no backfill is part of the run. */
  readonly backfill?: Backfill;
  /** A place where a simulated crash may strike; throws to crash. */
  readonly crashPoint?: (place: 'before-commit' | 'after-commit' | 'after-send') => void;
}
