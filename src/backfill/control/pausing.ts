import { MINUTE_MS, SECOND_MS } from '../../time.ts';
import type { Restraint } from './held-back.ts';

const SHORTEST_MS = 2 * SECOND_MS;
const LONGEST_MS = MINUTE_MS;

/** Whether nothing is sent at all. A pause soon after the last one is twice as long: exponential back-off. */
export class Pausing {
  #reason: Restraint | undefined;
  #untilMs = 0;
  #lengthMs = SHORTEST_MS;
  #resumedAtMs = Number.NEGATIVE_INFINITY;

  get by(): Restraint | undefined {
    return this.#reason;
  }

  begin(by: Restraint, nowMs: number): void {
    if (this.#reason === undefined) {
      const isSoon = nowMs - this.#resumedAtMs < LONGEST_MS;
      this.#lengthMs = isSoon ? Math.min(2 * this.#lengthMs, LONGEST_MS) : SHORTEST_MS;
      this.#untilMs = nowMs + this.#lengthMs;
    }
    this.#reason = by;
  }

  /** Whether its shortest time has passed. */
  mayEnd(nowMs: number): boolean {
    return nowMs >= this.#untilMs;
  }

  end(nowMs: number): void {
    this.#reason = undefined;
    this.#resumedAtMs = nowMs;
  }
}
