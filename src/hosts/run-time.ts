import { MINUTE_MS, type Instant } from '../time.ts';
import type { Clock } from './host.ts';

/** While the clock is behind, no more than this counts as passed between two readings: it may just have been put right again. */
const LONGEST_STEP_MS = MINUTE_MS;

/**
 * The time of a run. It follows the clock, but never goes back, and does not stand still either when the clock was put back:
 * then it goes on from where it was, as fast as the clock goes, until the clock has caught up.
 */
export class RunTime {
  readonly #clock: Clock;
  #reading: Instant;
  #last: Instant;

  /** `from`: the latest instant that the run has written down. */
  constructor(clock: Clock, from: Instant) {
    this.#clock = clock;
    this.#reading = clock.now();
    this.#last = Math.max(from, this.#reading);
  }

  /** Resolves once the run's time is `at`: a clock may wake us early, or be put back meanwhile. */
  async waitUntil(at: Instant): Promise<void> {
    for (let now = this.now(); now < at; now = this.now())
      await this.#clock.sleepUntil(this.#clock.now() + at - now);
  }

  now(): Instant {
    const reading = this.#clock.now();
    const passed = Math.min(LONGEST_STEP_MS, Math.max(0, reading - this.#reading));
    this.#reading = reading;
    this.#last = Math.max(reading, this.#last + passed);
    return this.#last;
  }
}
