const MOST_BITS = 2 ** 28;
const LEAST_BITS = 2 ** 16;
/** With four bits of each identity set, about one stranger in 150 passes. */
const BITS_EACH = 12;

/** Which identities are certainly not in a set: a Bloom filter of at most 32 MiB. What passes must be looked up. Identities are 16 bytes that look random. */
export class BloomFilter {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  constructor(expected: number) {
    const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, expected * BITS_EACH)));
    const size = Math.min(MOST_BITS, Math.max(LEAST_BITS, wanted));
    this.#bits = new Uint32Array(size / 32);
    this.#mask = size - 1;
  }

  add(identity: Uint8Array): void {
    for (let index = 0; index < 16; index += 4) {
      const bit = word(identity, index) & this.#mask;
      this.#bits[bit >>> 5] = (this.#bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  mayHave(identity: Uint8Array): boolean {
    for (let index = 0; index < 16; index += 4) {
      const bit = word(identity, index) & this.#mask;
      if (((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}
