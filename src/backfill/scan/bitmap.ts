/** A set of small numbers, one bit each. */
export class Bitmap {
  #words = new Uint32Array(1_024);

  set(number: number): void {
    const index = Math.floor(number / 32);
    if (index >= this.#words.length) this.#grow(index + 1);
    this.#words[index] = (this.#words[index] ?? 0) | (1 << (number % 32));
  }

  has(number: number): boolean {
    return ((this.#words[Math.floor(number / 32)] ?? 0) & (1 << (number % 32))) !== 0;
  }

  #grow(words: number): void {
    const larger = new Uint32Array(Math.max(words, this.#words.length * 2));
    larger.set(this.#words);
    this.#words = larger;
  }
}
