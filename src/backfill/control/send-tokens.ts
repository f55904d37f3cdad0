import { SECOND_MS } from '../../time.ts';

/** What a late timer may catch up on; more at once would be a burst that slows the live traffic. */
const BURST_SECONDS = 0.03;
/** Over which the rate of what was sent is averaged. */
const USED_OVER_MS = 1_000;
/** A gap between two calls counts as this much at most: sends missed in a longer one are not made up for. */
const LONGEST_STEP_MS = 1_000;

/** A token bucket whose rate may change at any time, and how much of it was used. */
export class SendTokens {
  #tokens = 1;
  #filledAtMs: number | undefined;
  #usedPerSecond = 0;
  #begunSinceFill = 0;

  /** Adds tokens at `rate` sends a second. A clock that jumps back adds none. */
  fill(nowMs: number, rate: number): void {
    const elapsedMs = Math.min(Math.max(nowMs - (this.#filledAtMs ?? nowMs), 0), LONGEST_STEP_MS);
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(this.#tokens + (rate * elapsedMs) / SECOND_MS, Math.max(1, rate * BURST_SECONDS));
    if (elapsedMs === 0) return;
    const share = 1 - Math.exp(-elapsedMs / USED_OVER_MS);
    this.#usedPerSecond += share * ((this.#begunSinceFill / elapsedMs) * SECOND_MS - this.#usedPerSecond);
    this.#begunSinceFill = 0;
  }

  take(count: number): void {
    this.#tokens -= count;
    this.#begunSinceFill += count;
  }

  /** Sends that may begin now. */
  get ready(): number {
    return Math.max(0, Math.floor(this.#tokens + 1e-9));
  }

  /** Until the next one may begin, at that rate. */
  untilReadyMs(rate: number): number {
    return this.ready >= 1 ? 0 : ((1 - this.#tokens) / rate) * SECOND_MS;
  }

  /** Sends a second that have begun lately. */
  get used(): number {
    return this.#usedPerSecond;
  }
}
