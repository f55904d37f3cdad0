import { fraction } from '../hash.ts';
import { MINUTE_MS, SECOND_MS } from '../time.ts';
import type { FailureClass } from './effects.ts';

/** How long to wait before asking again, and how often. */
export interface RetryPolicy {
  readonly baseMs: number;
  readonly capMs: number;
  /** Attempts in all, the first included. */
  readonly attempts: number;
}

const SOON: RetryPolicy = { baseMs: SECOND_MS, capMs: MINUTE_MS, attempts: 40 };
/** A zone without capacity or a full quota does not change in a second. */
const LATER: RetryPolicy = { baseMs: 15 * SECOND_MS, capMs: 5 * MINUTE_MS, attempts: 12 };

/** A DB instance may be backing up for hours after a restore. */
const WHEN_FREE: RetryPolicy = { baseMs: 30 * SECOND_MS, capMs: 3 * MINUTE_MS, attempts: 150 };

/** The policy for a class of failure; `undefined` when asking again cannot help. */
export function retryPolicy(failure: FailureClass): RetryPolicy | undefined {
  switch (failure) {
    case 'throttled':
    case 'transient':
    case 'unreachable':
    case 'credentials':
      return SOON;
    case 'busy':
      return WHEN_FREE;
    case 'capacity':
    case 'quota':
      return LATER;
    case 'gone':
    case 'denied':
    case 'invalid':
      return undefined;
  }
}

/**
 * Milliseconds before attempt `attempt + 1`: exponential, capped, full jitter. Constant memory whatever the limit.
 * The jitter is a hash of what is asked and how often, so a restarted process waits just as long.
 */
export function backoffMs(policy: RetryPolicy, identity: string, attempt: number): number {
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.ceil(fraction(`${identity}#${attempt}`) * ceiling);
}
