import type { Clock } from '../../../src/driver/base/ports.ts';
import type { Instant } from '../../../src/time.ts';

/** Kept before a test replaces timers. */
const realImmediate = setImmediate;

interface Timer {
  readonly at: Instant;
  readonly order: number;
  readonly fire: () => void;
}

/** What the service of durable executions needs of time. */
export interface ServiceTime {
  readonly now: Instant;
  /** Calls `fire` at `at`. Returns a function that cancels it. */
  at(at: Instant, fire: () => void): () => void;
  /** A process begins to compute, or wakes up. */
  rouse(): void;
  /** A process goes to sleep, or has ended. */
  rest(): void;
}

/**
 * One virtual time for several processes. While a process computes, time stands still; when all of them sleep, it moves to the next timer. So what happens
 * at one instant happens before all that happens later, however long it takes to compute.
 */
export class VirtualTime implements ServiceTime {
  #now: Instant;
  #timers: readonly Timer[] = [];
  #order = 0;
  #awake = 0;
  #isTurning = false;

  constructor(now: Instant) {
    this.#now = now;
  }

  get now(): Instant {
    return this.#now;
  }

  /** Calls `fire` at `at`, or as soon as all processes sleep if that has passed. Returns a function that cancels it. */
  at(at: Instant, fire: () => void): () => void {
    const timer = { at, order: (this.#order += 1), fire };
    this.#timers = [...this.#timers, timer].sort(
      (one, other) => one.at - other.at || one.order - other.order,
    );
    this.#turn();
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  rouse(): void {
    this.#awake += 1;
  }

  rest(): void {
    this.#awake -= 1;
    this.#turn();
  }

  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    // A process that is about to be woken by what has just happened has its turn first.
    realImmediate(() => {
      this.#isTurning = false;
      const [next, ...later] = this.#timers;
      if (this.#awake > 0 || next === undefined) return;
      this.#timers = later;
      this.#now = Math.max(this.#now, next.at);
      next.fire();
      this.#turn();
    });
  }
}

/** One process with its own clock, until it ends or is killed. */
export class VirtualProcess implements Clock {
  readonly #time: ServiceTime;
  readonly #skew: () => number;
  readonly #passedBefore: number;
  readonly #began: Instant;
  readonly #cancels = new Set<() => void>();
  #sleeps = 0;
  #isGone = false;

  /** `passedBefore`: what its monotonic counter shows when it begins. `skew`: how far its clock is wrong. */
  constructor(time: ServiceTime, passedBefore = 0, skew: () => number = () => 0) {
    this.#time = time;
    this.#passedBefore = passedBefore;
    this.#skew = skew;
    this.#began = time.now;
    time.rouse();
  }

  now(): Instant {
    return this.#time.now + this.#skew();
  }

  passed(): number {
    return this.#passedBefore + this.#time.now - this.#began;
  }

  async sleepUntil(at: Instant, wake?: AbortSignal): Promise<void> {
    const until = at - this.#skew();
    if (until <= this.#time.now || wake?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel();
        this.#cancels.delete(cancel);
        wake?.removeEventListener('abort', end);
        this.#sleeps -= 1;
        if (this.#sleeps === 0) this.#time.rouse();
        resolve();
      };
      const cancel = this.#time.at(until, end);
      this.#cancels.add(cancel);
      wake?.addEventListener('abort', end, { once: true });
      this.#sleeps += 1;
      if (this.#sleeps === 1) this.#time.rest();
    });
  }

  /** The process ends. What it waits for never happens. Idempotent. */
  end(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    if (this.#sleeps === 0) this.#time.rest();
  }

  /** Runs `work` as this process, and ends it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.end();
    }
  }
}
