import type { ReplaySettings } from '../../runbook/backfill-schema.ts';
import type { Instant } from '../../time.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Governor, ReplaySource, ReplayTarget } from '../base/replay-ports.ts';
import type { ReplayProgress } from './replay-progress.ts';

export type EngineSettings = Pick<ReplaySettings, 'connections' | 'attempts' | 'backoff' | 'retryBudget'> & {
  readonly ambiguous: 'resend' | 'report';
  /** Requests with the same order key go one at a time, each after the fate of the one before. */
  readonly ordered: boolean;
};

/** None of them is closed here: they belong to the caller. */
export interface ReplayParts {
  readonly source: ReplaySource;
  readonly target: ReplayTarget;
  readonly ledger: Ledger;
  readonly governor: Governor;
  readonly settings: EngineSettings;
  /** Aborted: nothing new is sent, what is under way ends and is written down. */
  readonly pause: AbortSignal;
  /** Why the target was down when an earlier process left; absent: it was not. The first request finds out whether it still is. */
  readonly downBecause?: string;
  /** Milliseconds of a clock that never jumps. */
  readonly clock?: () => number;
  /** For pauses that began in an earlier process. */
  readonly now?: () => Instant;
  /** Told twice a second, and at the end. */
  readonly onProgress?: (progress: ReplayProgress) => void;
}
