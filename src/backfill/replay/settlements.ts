import { setTimeout as sleep } from 'node:timers/promises';
import type { Fate, ReplaySource, Ticket } from '../base/replay-ports.ts';

/** A queue that does not take a deletion now may take it later. Milliseconds. */
const PAUSES_MS = [250, 1_000, 4_000];
/** With more than these under way nothing new is pulled. */
const MOST_PENDING = 4_096;

/**
 * Gives back to the source what has its fate. A source that fails at it stops nothing: the fate is in the ledger, and what comes again is passed over. It is tried again, then
 * counted and remembered for people.
 */
export class Settlements {
  readonly #source: ReplaySource;
  readonly #changed: () => void;
  #open = 0;
  #failures = 0;
  #last: string | undefined;

  /** @param changed told when none is under way any more, and when there is room again */
  constructor(source: ReplaySource, changed: () => void) {
    this.#source = source;
    this.#changed = changed;
  }

  get pending(): number {
    return this.#open;
  }

  get hasRoom(): boolean {
    return this.#open < MOST_PENDING;
  }

  /** What the source did not take back. */
  get failed(): number {
    return this.#failures;
  }

  get lastFailure(): string | undefined {
    return this.#last;
  }

  settle(ticket: Ticket, fate: Fate): void {
    this.#open += 1;
    this.#source.settle(ticket, fate).then(
      () => this.#close(),
      () => void this.#persist(ticket, fate).then(() => this.#close()),
    );
  }

  async #persist(ticket: Ticket, fate: Fate): Promise<void> {
    let why = '';
    for (const pauseMs of PAUSES_MS) {
      await sleep(pauseMs);
      try {
        return await this.#source.settle(ticket, fate);
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
    }
    this.#failures += 1;
    this.#last = why;
  }

  #close(): void {
    this.#open -= 1;
    if (this.#open === 0 || this.#open === MOST_PENDING - 1) this.#changed();
  }
}
