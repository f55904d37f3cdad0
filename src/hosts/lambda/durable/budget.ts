import { DAY_MS, type Instant } from '../../../time.ts';

/** AWS's limits of one durable execution. */
export const EXECUTION_LIMITS = {
  operations: 3_000,
  checkpointBytes: 100_000_000,
  payloadBytes: 256 * 1_024,
};

/** For the configuration of the functions: an execution hands over to its successor long before. */
export const EXECUTION_TIMEOUT_DAYS = 30;

/** What one execution may use before it hands the run over to its successor. */
export interface Budget {
  readonly operations: number;
  readonly checkpointBytes: number;
  readonly ageMs: number;
}

/** A last step may be repeated many times, so the distance to the limits is large. Replays become slower with each operation, too. */
export const BUDGET: Budget = {
  operations: 2_400,
  checkpointBytes: 0.6 * EXECUTION_LIMITS.checkpointBytes,
  ageMs: 7 * DAY_MS,
};

/** ? What the service adds to the payload of an operation: ids, names, times. */
const OVERHEAD_BYTES = 300;

/** What an execution has used so far. Counted from recorded results alone, so every replay counts the same. */
export class Spent {
  #operations = 0;
  #bytes = 0;
  #began: Instant | undefined;
  #last: Instant = 0;

  get operations(): number {
    return this.#operations;
  }

  get checkpointBytes(): number {
    return this.#bytes;
  }

  /** A step has ended, at its `attempt`-th attempt, counted from 1. `at`: by the clock of the step. */
  step(result: unknown, attempt: number, at: Instant): void {
    this.operation(attempt, JSON.stringify(result).length);
    this.#began ??= at;
    this.#last = Math.max(this.#last, at);
  }

  /** An operation without a result: a wait, a callback. */
  operation(count = 1, payloadBytes = 0): void {
    this.#operations += count;
    this.#bytes += count * OVERHEAD_BYTES + payloadBytes;
  }

  exceeds({ operations, checkpointBytes, ageMs }: Budget): boolean {
    const age = this.#last - (this.#began ?? this.#last);
    return this.#operations >= operations || this.#bytes >= checkpointBytes || age >= ageMs;
  }
}
