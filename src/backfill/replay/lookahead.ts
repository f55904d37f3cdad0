const MEASURE_MS = 50;
const SMOOTHING = 0.3;

/**
 * How many intents are to be on their way to the disk, or there and unsent: as many as are sent while one gets there, twice. No more than that: after a crash the outcome
 * of each of them is unknown.
 */
export class Lookahead {
  #durableMs = 2;
  #perMs = 0;
  #count = 0;
  #beganMs: number | undefined;

  /** Time that an intent took to reach the disk. */
  tookMs(ms: number): void {
    this.#durableMs += SMOOTHING * (ms - this.#durableMs);
  }

  sent(nowMs: number, count: number): void {
    this.#beganMs ??= nowMs;
    this.#count += count;
    const elapsedMs = nowMs - this.#beganMs;
    if (elapsedMs < MEASURE_MS) return;
    this.#perMs += SMOOTHING * (this.#count / elapsedMs - this.#perMs);
    this.#count = 0;
    this.#beganMs = nowMs;
  }

  /**
   * @param allowed how many could be sent now
   * @param most never more
   */
  wanted(allowed: number, most: number): number {
    const soon = Math.ceil(2 * this.#perMs * this.#durableMs) + 1;
    return Math.min(Math.max(allowed, soon), most);
  }
}
