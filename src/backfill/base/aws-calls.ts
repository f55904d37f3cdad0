import { classify, toLifeboatError } from '../../aws/request-failures.ts';
import { LifeboatError } from '../../errors.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import { backoffMs, type RetryPolicy } from '../../facts/retries.ts';

/** About a minute and a half: a replay that has lost its queue or its bucket for longer stops, and goes on where it was. */
export const PATIENCE: RetryPolicy = { baseMs: 200, capMs: 20_000, attempts: 12 };
/** A few seconds: who has not reached it once has probably been given a wrong address, and a person is waiting. */
export const FIRST_CONTACT: RetryPolicy = { baseMs: 200, capMs: 2_000, attempts: 5 };

/** Codes of SQS that its own rules class otherwise: all of them pass. */
const PASSING: ReadonlySet<string> = new Set(['KmsThrottled', 'OverLimit', 'RequestThrottled']);
/** The SDK found that the bytes were not the ones that were sent; it says so with a plain error. */
const DAMAGED = /^Invalid MD5 checksum on messages|^InvalidChecksumError|^Checksum mismatch/;

/**
 * What an error of a call means. Like `classify` of the executors, with what queues and buckets say besides.
 *
 * @throws the error itself when it is not one of AWS, of the network or of the SDK
 */
export function failureOfCall(error: unknown): Failure {
  if (error instanceof Error && DAMAGED.test(error.message))
    return { class: 'transient', code: 'DamagedAnswer', message: error.message };
  const failure = classify(error);
  return PASSING.has(failure.code) ? { ...failure, class: 'throttled' } : failure;
}

export interface Calls {
  /** For messages and for the jitter: the queue or the bucket. */
  readonly name: string;
  readonly policy?: RetryPolicy;
  /** Ends the waiting between two attempts, and with it the call. */
  readonly stop?: AbortSignal;
  /** What this failure means here, where more can be said than in general. */
  readonly explain?: (failure: Failure, error: unknown) => LifeboatError | undefined;
}

/**
 * One request to AWS, asked again while that may help: throttled, broken, out of reach.
 *
 * @throws LifeboatError when it does not help; the error of the abort once `stop` has spoken
 */
export async function patiently<T>(operation: string, run: () => Promise<T>, calls: Calls): Promise<T> {
  const { name, policy = PATIENCE, stop, explain } = calls;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (stop?.aborted === true || error instanceof LifeboatError) throw error;
      const failure = failureOfCall(error);
      if (!mayPass(failure) || attempt >= policy.attempts)
        throw explain?.(failure, error) ?? toLifeboatError(failure, error);
      if (await hasStopped(backoffMs(policy, `${name} ${operation}`, attempt), stop)) throw error;
    }
  }
}

async function hasStopped(afterMs: number, stop: AbortSignal | undefined): Promise<boolean> {
  await pause(afterMs, stop);
  return stop?.aborted === true;
}

/** Can asking again help? */
export function mayPass({ class: kind }: Failure): boolean {
  return kind === 'throttled' || kind === 'transient' || kind === 'unreachable';
}

/** Waits, or until the signal; never throws. */
export function pause(milliseconds: number, wake?: AbortSignal): Promise<void> {
  if (wake?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      wake?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    wake?.addEventListener('abort', done, { once: true });
  });
}
