interface Count {
  readonly total: number;
  readonly throttled: number;
}

/**
 * Adds counts up while an earlier write of them is under way, and writes them together: requests that are sent at once cost one write. Each call
 * resolves once its own count is written.
 */
export class Tally {
  readonly #write: (count: Count) => Promise<void>;
  #next: { count: Count; readonly written: Promise<void> } | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(write: (count: Count) => Promise<void>) {
    this.#write = write;
  }

  add({ total, throttled }: Count): Promise<void> {
    if (this.#next === undefined) {
      const written = this.#last.catch(() => undefined).then(() => this.#writeNext());
      this.#next = { count: { total: 0, throttled: 0 }, written };
      this.#last = written;
    }
    const { count, written } = this.#next;
    this.#next = {
      count: { total: count.total + total, throttled: count.throttled + throttled },
      written,
    };
    return written;
  }

  async #writeNext(): Promise<void> {
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) await this.#write(next.count);
  }
}
