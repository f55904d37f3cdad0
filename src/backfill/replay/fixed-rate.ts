import { SECOND_MS } from '../../time.ts';
import type { Governor, GovernorState } from '../base/replay-ports.ts';

/** Largest burst: more would show in the rate over a tenth of a second. */
const BURST_SECONDS = 0.006;
/** Made up for after a stall: no faster than this... */
const CATCH_UP = 1.05;
/** ...and no more than this. A longer delay is not caught up: everything is sent later, at the rate. */
const LONGEST_ARREARS_SECONDS = 1;

/**
 * A fixed rate, by the time that has passed and not by timers: what a late timer missed is made up for within the second, at 1.05 times the rate. Nothing is ever dropped.
 *
 * @param ratePerSecond sends a second
 * @example const governor = createFixedRate(500);
 */
export function createFixedRate(ratePerSecond: number): Governor {
  return new FixedRate(ratePerSecond);
}

class FixedRate implements Governor {
  readonly #ratePerSecond: number;
  readonly #perMs: number;
  readonly #burst: number;
  readonly #longestArrears: number;
  #lastMs: number | undefined;
  /** Sends that the schedule is ahead of what has begun. */
  #arrears = 1;
  /** Sends that may begin at once. */
  #tokens = 1;

  constructor(ratePerSecond: number) {
    this.#ratePerSecond = ratePerSecond;
    this.#perMs = ratePerSecond / SECOND_MS;
    this.#burst = Math.max(1, ratePerSecond * BURST_SECONDS);
    this.#longestArrears = Math.max(1, ratePerSecond * LONGEST_ARREARS_SECONDS);
  }

  allowance(nowMs: number): number {
    this.#advance(nowMs);
    return Math.max(0, Math.floor(Math.min(this.#arrears, this.#tokens) + 1e-9));
  }

  wakeAt(nowMs: number): number | undefined {
    this.#advance(nowMs);
    const untilScheduled = (1 - this.#arrears) / this.#perMs;
    const untilToken = (1 - this.#tokens) / (this.#perMs * CATCH_UP);
    return nowMs + Math.max(0, untilScheduled, untilToken);
  }

  began(nowMs: number, count: number): void {
    this.#advance(nowMs);
    this.#arrears -= count;
    this.#tokens -= count;
  }

  ended(): void {
    // A fixed rate goes by nothing but time.
  }

  describe(): GovernorState {
    return { mode: 'fixed', ratePerSecond: this.#ratePerSecond, paused: false };
  }

  #advance(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - (this.#lastMs ?? nowMs));
    this.#lastMs = nowMs;
    this.#arrears = Math.min(this.#longestArrears, this.#arrears + elapsedMs * this.#perMs);
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsedMs * this.#perMs * CATCH_UP);
  }
}
