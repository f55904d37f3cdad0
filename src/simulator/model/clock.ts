import type { Instant } from '../../time.ts';

/** Where the simulator reads the time from. */
export interface VirtualClock {
  now(): Instant;
}

/** A clock that stands still until it is moved, and never goes back. */
export class SimulatedClock implements VirtualClock {
  #at: Instant;

  constructor(at: Instant) {
    this.#at = at;
  }

  now(): Instant {
    return this.#at;
  }

  /** Moves to `at`; an earlier instant changes nothing. */
  advanceTo(at: Instant): void {
    if (at > this.#at) this.#at = at;
  }
}
