/**
 * Waits for entries of the ledger. A ledger that writes in groups may give all entries of a group the same promise: then one continuation serves all of them.
 */
export class LedgerGroup<Item> {
  readonly #durable: (items: readonly Item[], sinceMs: number) => void;
  readonly #fail: (error: unknown) => void;
  #promise: Promise<void> | undefined;
  #items: Item[] = [];
  #open = 0;

  /** @param durable called once for each group, with the instant at which it began */
  constructor(durable: (items: readonly Item[], sinceMs: number) => void, fail: (error: unknown) => void) {
    this.#durable = durable;
    this.#fail = fail;
  }

  /** Groups that are not on the disk yet. */
  get pending(): number {
    return this.#open;
  }

  add(promise: Promise<void>, item: Item, nowMs: number): void {
    if (promise === this.#promise) {
      this.#items.push(item);
      return;
    }
    const items = [item];
    this.#promise = promise;
    this.#items = items;
    this.#open += 1;
    promise.then(
      () => {
        this.#close(promise);
        this.#durable(items, nowMs);
      },
      (error: unknown) => {
        this.#close(promise);
        this.#fail(error);
      },
    );
  }

  #close(promise: Promise<void>): void {
    this.#open -= 1;
    if (this.#promise === promise) this.#promise = undefined;
  }
}
