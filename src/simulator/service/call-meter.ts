import { bucketOf } from '../../facts/buckets.ts';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import type { Numbers } from '../model/numbers.ts';
import { UNFILTERED_DESCRIBE_BUCKET } from '../model/rates.ts';

export interface CallCount {
  readonly operation: string;
  readonly total: number;
  readonly throttled: number;
}

/** Counts calls and runs the token buckets of the account, in virtual time. */
export class CallMeter {
  readonly #numbers: Numbers;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
  }

  /** Counts a call; gives how many of this operation there have been with it. */
  count(operation: string): number {
    return this.#numbers.add(`calls/${operation}`);
  }

  countThrottled(operation: string): void {
    this.#numbers.add(`throttled/${operation}`);
  }

  /** Takes a token; false when the bucket is empty. Unfiltered, unpaged describes have a bucket of their own. */
  admits(operation: string, isUnfilteredDescribe: boolean, now: Instant): boolean {
    const bucket = isUnfilteredDescribe ? UNFILTERED_DESCRIBE_BUCKET : bucketOf(operation);
    const name = isUnfilteredDescribe ? `${operation}/unfiltered` : operation;
    const known = this.#numbers.has(`tokens/${name}`);
    const before = known ? this.#numbers.get(`tokens/${name}`) : bucket.capacity;
    const elapsed = known ? Math.max(0, now - this.#numbers.get(`tokensAt/${name}`)) : 0;
    const tokens = Math.min(bucket.capacity, before + (elapsed / SECOND_MS) * bucket.refillPerSecond);
    const admitted = tokens >= 1;
    this.#numbers.set(`tokens/${name}`, admitted ? tokens - 1 : tokens);
    this.#numbers.set(`tokensAt/${name}`, now);
    return admitted;
  }

  counts(): CallCount[] {
    return this.#numbers.under('calls/').map(([operation, total]) => ({
      operation,
      total,
      throttled: this.#numbers.get(`throttled/${operation}`),
    }));
  }
}
