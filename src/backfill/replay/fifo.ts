/** First in, first out, in a ring that grows by doubling and never shifts what it holds. */
export class Fifo<T> {
  #ring: (T | undefined)[] = new Array<T | undefined>(64);
  #head = 0;
  #count = 0;

  get length(): number {
    return this.#count;
  }

  push(item: T): void {
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#count) & (this.#ring.length - 1)] = item;
    this.#count += 1;
  }

  shift(): T | undefined {
    if (this.#count === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#count -= 1;
    return item;
  }

  #grow(): void {
    const ordered = [...this.#ring.slice(this.#head), ...this.#ring.slice(0, this.#head)];
    this.#ring = ordered.concat(new Array<T | undefined>(ordered.length));
    this.#head = 0;
  }
}
