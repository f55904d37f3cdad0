/**
 * Numbers in order of a key, smallest first; equal keys in order of the numbers, so that the same input always leaves in the
 * same order. Two flat arrays: a schedule of thousands of tasks allocates nothing per entry.
 */
export class NumberHeap {
  readonly #keys: number[] = [];
  readonly #values: number[] = [];

  get size(): number {
    return this.#keys.length;
  }

  /** The smallest key; Infinity when empty. */
  get topKey(): number {
    return this.#keys[0] ?? Infinity;
  }

  /** The number with the smallest key; -1 when empty. */
  get top(): number {
    return this.#values[0] ?? -1;
  }

  push(key: number, value: number): void {
    const keys = this.#keys;
    const values = this.#values;
    let hole = keys.length;
    keys.push(key);
    values.push(value);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.#before(key, value, parent)) break;
      keys[hole] = keys[parent] as number;
      values[hole] = values[parent] as number;
      hole = parent;
    }
    keys[hole] = key;
    values[hole] = value;
  }

  /** Takes the number with the smallest key; -1 when empty. */
  pop(): number {
    const taken = this.top;
    const key = this.#keys.pop();
    const value = this.#values.pop();
    if (key !== undefined && value !== undefined && this.#keys.length > 0) this.#sink(key, value);
    return taken;
  }

  #sink(key: number, value: number): void {
    const keys = this.#keys;
    const values = this.#values;
    const size = keys.length;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(keys[child + 1] as number, values[child + 1] as number, child)) {
        child += 1;
      }
      if (this.#before(key, value, child)) break;
      keys[hole] = keys[child] as number;
      values[hole] = values[child] as number;
      hole = child;
    }
    keys[hole] = key;
    values[hole] = value;
  }

  #before(key: number, value: number, index: number): boolean {
    const other = this.#keys[index] as number;
    return key < other || (key === other && value < (this.#values[index] as number));
  }
}
