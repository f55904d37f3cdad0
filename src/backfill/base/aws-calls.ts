import { classify, toLifeboatError } from '../../aws/request-failures.ts';
import { LifeboatError } from '../../errors.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import { RETRIES } from '../../facts/retries.ts';
import { pause } from '../../pause.ts';
import { retry, type RetryPolicy } from '../../retry.ts';

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
  const { name, policy = RETRIES.backfillCall, stop, explain } = calls;
  const isFinal = (error: unknown): boolean => stop?.aborted === true || error instanceof LifeboatError;
  try {
    return await retry(run, {
      key: `${name} ${operation}`,
      policyAfter: (error) => (isFinal(error) || !mayPass(failureOfCall(error)) ? undefined : policy),
      async wait(milliseconds) {
        await pause(milliseconds, stop);
        return stop?.aborted !== true;
      },
    });
  } catch (error) {
    if (isFinal(error)) throw error;
    const failure = failureOfCall(error);
    throw explain?.(failure, error) ?? toLifeboatError(failure, error);
  }
}

/** Can asking again help? */
export function mayPass({ class: kind }: Failure): boolean {
  return kind === 'throttled' || kind === 'transient' || kind === 'unreachable';
}

/** The status of an answer of AWS; `undefined`: there was none. */
export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}
