import type { Instant } from '../../time.ts';
import type { VirtualClock } from '../model/clock.ts';

/** From one instant on, simulated time passes so many times as fast as real time. */
interface Pace {
  readonly real: Instant;
  readonly simulated: Instant;
  readonly speed: number;
}

/**
 * Simulated time that follows real time. Clients have real clocks: instants are told to them as the real instants at which the simulated ones
 * were, so that at any speed an answer of the endpoint agrees with the client's own clock. Before the beginning both pass alike: what was taken two hours
 * before it is two hours old.
 */
export class FollowingClock implements VirtualClock {
  readonly #realNow: () => Instant;
  readonly #paces: [Pace, ...Pace[]];
  #latest: Instant;

  /**
   * @param simulated the time to begin at
   * @param speed simulated seconds per real second
   */
  constructor(simulated: Instant, speed: number, realNow: () => Instant = Date.now) {
    this.#realNow = realNow;
    this.#paces = [{ real: realNow(), simulated, speed }];
    this.#latest = simulated;
  }

  /** Never goes back, although the system clock may. */
  now(): Instant {
    this.#latest = Math.max(this.#latest, Math.floor(this.toSimulated(this.#realNow())));
    return this.#latest;
  }

  /** Changes the speed from now on; at 0 the simulated time stands still. */
  setSpeed(speed: number): void {
    const real = this.#realNow();
    this.#paces.push({ real, simulated: this.toSimulated(real), speed });
  }

  get speed(): number {
    return (this.#paces.at(-1) ?? this.#paces[0]).speed;
  }

  toSimulated(real: Instant): Instant {
    const pace = this.#paces.findLast((one) => one.real <= real);
    if (pace === undefined) return this.#paces[0].simulated - (this.#paces[0].real - real);
    return pace.simulated + (real - pace.real) * pace.speed;
  }

  /** Rounded down: what is told and sent back is never later than it was. */
  toReal(simulated: Instant): Instant {
    const pace = this.#paces.findLast((one) => one.simulated <= simulated);
    if (pace === undefined) return this.#paces[0].real - (this.#paces[0].simulated - simulated);
    if (pace.speed === 0) return pace.real;
    return Math.floor(pace.real + (simulated - pace.simulated) / pace.speed);
  }
}
