import { fraction } from '../hash.ts';
import { MINUTE_MS, SECOND_MS } from '../time.ts';

/**
 * What a failure means for the next step, whatever the service called it:
 * - `throttled`: nothing happened; ask again later, slower.
 * - `transient`: a server error or a broken connection; it may or may not have happened; ask again with the same identity.
 * - `capacity`: the zone or the class has none now. `quota`: a limit of the account is reached.
 * - `busy`: the object is in a state that forbids it now (backing-up, in use); ask again later.
 * - `gone`: the object does not exist. `denied`: permission or key. `invalid`: the request can never succeed.
 * - `credentials`: nobody is signed in. `unreachable`: the endpoint does not answer at all.
 * - `unsupported`: the endpoint has no such operation; an AWS-compatible server may lack it.
 */
export type FailureClass =
  | 'throttled'
  | 'transient'
  | 'capacity'
  | 'quota'
  | 'busy'
  | 'gone'
  | 'denied'
  | 'invalid'
  | 'credentials'
  | 'unreachable'
  | 'unsupported';

/** How long to wait before asking again, and how often. */
export interface RetryPolicy {
  readonly baseMs: number;
  readonly capMs: number;
  /** Attempts in all, the first included. */
  readonly attempts: number;
}

/** About an hour: an API may answer nothing but errors for so long, and nothing is wrong with what was asked. */
const SOON: RetryPolicy = { baseMs: SECOND_MS, capMs: MINUTE_MS, attempts: 120 };
/** About eight hours. What never reached AWS says nothing against a strategy: whoever is out of contact waits, and throws nothing away. */
const OUT_OF_REACH: RetryPolicy = { baseMs: SECOND_MS, capMs: MINUTE_MS, attempts: 1_000 };
/** A zone without capacity or a full quota does not change in a second. */
const LATER: RetryPolicy = { baseMs: 15 * SECOND_MS, capMs: 5 * MINUTE_MS, attempts: 12 };

/** A DB instance may be backing up for hours after a restore. */
const WHEN_FREE: RetryPolicy = { baseMs: 30 * SECOND_MS, capMs: 3 * MINUTE_MS, attempts: 150 };

/** The policy for a class of failure; `undefined` when asking again cannot help. */
export function retryPolicy(failure: FailureClass): RetryPolicy | undefined {
  switch (failure) {
    case 'transient':
      return SOON;
    case 'throttled':
    case 'unreachable':
    case 'credentials':
      return OUT_OF_REACH;
    case 'busy':
      return WHEN_FREE;
    case 'capacity':
    case 'quota':
      return LATER;
    case 'gone':
    case 'denied':
    case 'invalid':
    case 'unsupported':
      return undefined;
  }
}

/**
 * Milliseconds to wait after the `count`-th failure: exponential, capped, full jitter. Constant memory whatever the limit.
 * The jitter is a hash of what is asked and how often, so a restarted process waits just as long.
 */
export function backoffMs(policy: RetryPolicy, key: string, count: number): number {
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(count - 1, 30));
  return Math.ceil(fraction(`${key}#${count}`) * ceiling);
}
