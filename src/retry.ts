import { fraction } from './hash.ts';

/** How long to wait before a retry, and how many attempts to make. */
export interface RetryPolicy {
  readonly baseMs: number;
  readonly capMs: number;
  /** Attempts in all, the first included. */
  readonly attempts: number;
}

/**
 * Milliseconds to wait after the `count`-th failure: exponential back-off, capped, full jitter. Constant memory whatever the limit.
 * The jitter is a hash of the key and the count, so a restarted process waits just as long.
 */
export function backoffMs(policy: RetryPolicy, key: string, count: number): number {
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(count - 1, 30));
  return Math.ceil(fraction(`${key}#${count}`) * ceiling);
}

interface Pauses {
  /** Identifies the repeated request: the jitter is a hash of it. */
  readonly key: string;
  /** Waits by the caller's clock. @returns false to stop retrying */
  readonly wait: (milliseconds: number, attempts: number) => Promise<boolean | void>;
  /** Attempts that an earlier process has made. */
  readonly made?: number;
}

export interface Repeats<T> extends Pauses {
  /** The policy for a retry after this outcome; `undefined`: no retry. */
  readonly again: (outcome: T) => RetryPolicy | undefined;
  /** The minimum wait that the other side asked for. */
  readonly leastMs?: (outcome: T) => number;
}

/** Retries until an outcome is final, the attempts are used up or the wait is stopped; returns the last outcome. */
export async function repeat<T>(run: () => Promise<T>, repeats: Repeats<T>): Promise<T> {
  const { key, wait, again, leastMs, made = 0 } = repeats;
  for (let attempt = made + 1; ; attempt += 1) {
    const outcome = await run();
    const policy = again(outcome);
    if (policy === undefined || attempt >= policy.attempts) return outcome;
    const milliseconds = Math.max(backoffMs(policy, key, attempt), leastMs?.(outcome) ?? 0);
    if ((await wait(milliseconds, attempt)) === false) return outcome;
  }
}

export interface Retries extends Pauses {
  /** The policy for a retry after this error; `undefined`: a retry cannot help. */
  readonly policyAfter: (error: unknown) => RetryPolicy | undefined;
}

/**
 * The result of the first attempt that succeeds.
 *
 * @throws the error of the last attempt
 */
export async function retry<T>(run: () => Promise<T>, { policyAfter, ...pauses }: Retries): Promise<T> {
  const outcome = await repeat<{ readonly value: T } | { readonly error: unknown }>(
    async () => {
      try {
        return { value: await run() };
      } catch (error) {
        return { error };
      }
    },
    { ...pauses, again: (last) => ('error' in last ? policyAfter(last.error) : undefined) },
  );
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
