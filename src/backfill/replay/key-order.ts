import type { WorkItem } from './work-item.ts';

interface Line {
  head: WorkItem | undefined;
  tail: WorkItem | undefined;
}

/** Keeps requests with the same key in their order: one of them is in progress, the others wait without their bodies. */
export class KeyOrder {
  readonly #lines = new Map<string, Line>();
  #waiting = 0;

  /** How many wait, of all keys. */
  get parked(): number {
    return this.#waiting;
  }

  /** True when it may proceed. Otherwise it waits until {@link release} returns it. */
  admit(item: WorkItem): boolean {
    const { orderKey } = item.ticket;
    if (orderKey === undefined) return true;
    const line = this.#lines.get(orderKey);
    if (line === undefined) {
      this.#lines.set(orderKey, { head: undefined, tail: undefined });
      return true;
    }
    item.unload();
    if (line.tail === undefined) line.head = item;
    else line.tail.behind = item;
    line.tail = item;
    this.#waiting += 1;
    return false;
  }

  /** It has its fate: returns the next of its key, which is now in progress. */
  release(item: WorkItem): WorkItem | undefined {
    const { orderKey } = item.ticket;
    const line = orderKey === undefined ? undefined : this.#lines.get(orderKey);
    if (orderKey === undefined || line === undefined) return undefined;
    const next = line.head;
    if (next === undefined) {
      this.#lines.delete(orderKey);
      return undefined;
    }
    line.head = next.behind;
    if (line.head === undefined) line.tail = undefined;
    next.behind = undefined;
    this.#waiting -= 1;
    return next;
  }
}
