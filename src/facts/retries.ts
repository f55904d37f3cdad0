import type { RetryPolicy } from '../retry.ts';
import { MINUTE_MS, SECOND_MS } from '../time.ts';

/**
 * What a failure means for the next step, whatever the service called it:
 * - `throttled`: nothing happened; ask again later, slower.
 * - `transient`: a server error or a broken connection; it may or may not have happened; ask again with the same identity.
 * - `capacity`: the zone or the class has none now. `quota`: a limit of the account is reached.
 * - `busy`: the object is in a state that forbids it now (backing-up, in use); ask again later.
 * - `gone`: the object does not exist. `denied`: permission or key. `invalid`: the request can never succeed.
 * - `credentials`: there are no valid credentials. `unreachable`: the endpoint does not answer at all.
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

/** After a failed request of a run, by class of failure; a class that is absent is not repeated. */
const OF_RUNS: Readonly<Partial<Record<FailureClass, RetryPolicy>>> = {
  // About an hour: an API may answer nothing but errors for so long without a fault in the request.
  transient: { baseMs: SECOND_MS, capMs: MINUTE_MS, attempts: 120 },
  // About eight hours. A request that never reached AWS says nothing against a strategy: the run waits and discards nothing.
  throttled: { baseMs: SECOND_MS, capMs: MINUTE_MS, attempts: 1_000 },
  unreachable: { baseMs: SECOND_MS, capMs: MINUTE_MS, attempts: 1_000 },
  credentials: { baseMs: SECOND_MS, capMs: MINUTE_MS, attempts: 1_000 },
  // A DB instance may be backing up for hours after a restore.
  busy: { baseMs: 30 * SECOND_MS, capMs: 3 * MINUTE_MS, attempts: 150 },
  // A zone without capacity or a full quota does not change in a second.
  capacity: { baseMs: 15 * SECOND_MS, capMs: 5 * MINUTE_MS, attempts: 12 },
  quota: { baseMs: 15 * SECOND_MS, capMs: 5 * MINUTE_MS, attempts: 12 },
};

/** The policy of a run for a class of failure; `undefined` when repeating the request cannot help. */
export function retryPolicy(failure: FailureClass): RetryPolicy | undefined {
  return OF_RUNS[failure];
}

/** Policies of what is no request of a run's workflow. */
export const RETRIES = {
  // Reading an account for a command: an operator is waiting. Throttles pass, and say nothing against the account.
  readThrottled: { baseMs: 500, capMs: 8_000, attempts: 8 },
  readFailed: { baseMs: 300, capMs: 2_000, attempts: 4 },
  // A wrong clock: the SDK has corrected its offset when it repeats. An expired session stays expired.
  readExpired: { baseMs: 100, capMs: 100, attempts: 2 },
  // An endpoint that answers with HTML mostly lacks the operation, and answers the same each time.
  readMalformed: { baseMs: 100, capMs: 400, attempts: 3 },
  // About a minute and a half: a replay that has lost its queue or its bucket for longer stops, and can be resumed.
  backfillCall: { baseMs: 200, capMs: 20_000, attempts: 12 },
  // About five minutes: what a backfill in the cloud has sent is kept in S3, and nothing is sent meanwhile.
  keptObject: { baseMs: 100, capMs: 10_000, attempts: 60 },
  // A few seconds: an address that was never reached is probably wrong, and an operator is waiting.
  firstContact: { baseMs: 200, capMs: 2_000, attempts: 5 },
  // One entry that SQS did not delete though it accepted the batch.
  deleteEntry: { baseMs: 100, capMs: 2_000, attempts: 6 },
  // Four minutes of waiting at the most, two on average: later notices tell what an older one would.
  notice: { baseMs: 2 * SECOND_MS, capMs: 120 * SECOND_MS, attempts: 8 },
  // Half a minute to a minute and a half: DynamoDB refuses what exceeds its capacity, and adapts. A run that gives up its commit ends its process, and goes on later.
  journalThrottled: { baseMs: 50, capMs: 10_000, attempts: 16 },
  // About half a minute, for a broken connection or an error of the server. Each write recognizes its own row.
  journalFailed: { baseMs: 50, capMs: 5_000, attempts: 12 },
  // STS is asked twice, at once: the driver waits for the answer.
  identityProof: { baseMs: 0, capMs: 0, attempts: 2 },
} as const satisfies Readonly<Record<string, RetryPolicy>>;

/** How often a run does something at most before it goes on without it, gives it up or halts. */
export const LIMITS = {
  /** Sweeps of one cleanup: one that keeps finding something is given up, and reported. */
  sweeps: 20,
  /** Searches for a resource that exists and is not found by its tag, because another process removed the tag; then it is only reported. */
  regressions: 3,
  /** Nothing has been made yet: an operator without access or network learns it within minutes. */
  preflightOutOfReach: 12,
  /** A claim in the account, and evidence, are optional: no recovery waits for them longer than a minute or two. */
  courtesyAttempts: 6,
  /** Times that fast snapshot restore is enabled for one use: after that, another process keeps disabling it. */
  fsrEnables: 3,
  /** A snapshot that went to error is taken once more; a second failure has a cause that a third would meet, too. */
  freshPointAttempts: 2,
  /** Attempts to read the tags before the run goes on with the parameter alone. */
  claimTagReads: 2,
  /** Answers that are not AWS's may come from a proxy during an outage; so many in a row count as an endpoint without SSM. */
  claimMalformed: 3,
  /** Attempts after which the end of a run no longer waits for an endpoint that cannot be reached. */
  claimUnreachable: 5,
  /** Broken reads of one S3 object that are resumed. */
  objectResumptions: 1_000,
} as const;
