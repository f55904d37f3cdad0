import type { Instant } from '../../src/time.ts';
import type { ServiceTime } from '../lambda/durable/virtual-time.ts';

/** The longest single timer of Node. */
const LONGEST_MS = 2 ** 31 - 1;

/** Time of the processes of a demo: it passes `fast` times as fast as that of the machine. */
export class FastTime implements ServiceTime {
  readonly origin = Date.now();
  readonly fast: number;

  constructor(fast: number) {
    this.fast = fast;
  }

  get now(): Instant {
    return Math.floor(this.origin + (Date.now() - this.origin) * this.fast);
  }

  at(at: Instant, fire: () => void): () => void {
    const ms = Math.min(LONGEST_MS, Math.max(0, (at - this.now) / this.fast));
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  }

  rouse(): void {
    // Time passes by itself.
  }

  rest(): void {
    // Time passes by itself.
  }

  /** For a process whose time is this one. */
  get environment(): Readonly<Record<string, string>> {
    return { LIFEBOAT_DEMO_FAST: String(this.fast), LIFEBOAT_DEMO_ORIGIN: String(this.origin) };
  }
}
