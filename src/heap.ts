/**
 * Values in order of a key, smallest first. Two flat arrays: a schedule of thousands of tasks, or a backfill with hundreds of thousands of
 * requests in back-off, allocates no object per entry.
 */
export class Heap<T> {
  readonly #keys: number[] = [];
  readonly #values: T[] = [];
  readonly #isEarlier: (value: T, other: T) => boolean;

  /** @param isEarlier order of values with equal keys; without it, any order */
  constructor(isEarlier: (value: T, other: T) => boolean = () => false) {
    this.#isEarlier = isEarlier;
  }

  get size(): number {
    return this.#keys.length;
  }

  /** The smallest key; Infinity when empty. */
  get topKey(): number {
    return this.#keys[0] ?? Infinity;
  }

  /** The value with the smallest key. */
  get top(): T | undefined {
    return this.#values[0];
  }

  push(key: number, value: T): void {
    const keys = this.#keys;
    const values = this.#values;
    let hole = keys.length;
    keys.push(key);
    values.push(value);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#before(key, value, parent)) break;
      keys[hole] = keys[parent] as number;
      values[hole] = values[parent] as T;
      hole = parent;
    }
    keys[hole] = key;
    values[hole] = value;
  }

  /** Takes the value with the smallest key. */
  pop(): T | undefined {
    const taken = this.top;
    const key = this.#keys.pop();
    const value = this.#values.pop();
    if (key !== undefined && this.#keys.length > 0) this.#sink(key, value as T);
    return taken;
  }

  #sink(key: number, value: T): void {
    const keys = this.#keys;
    const values = this.#values;
    const size = keys.length;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(keys[child + 1] as number, values[child + 1] as T, child)) {
        child += 1;
      }
      if (this.#before(key, value, child)) break;
      keys[hole] = keys[child] as number;
      values[hole] = values[child] as T;
      hole = child;
    }
    keys[hole] = key;
    values[hole] = value;
  }

  #before(key: number, value: T, index: number): boolean {
    const other = this.#keys[index] as number;
    return key < other || (key === other && this.#isEarlier(value, this.#values[index] as T));
  }
}

/** A heap of numbers. Equal keys are ordered by the number, so that the order is deterministic. */
export function numberHeap(): Heap<number> {
  return new Heap<number>((value, other) => value < other);
}
