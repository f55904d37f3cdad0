/**
 * An order-independent fingerprint of a set of records: a count and 64 bits. A scan that finds the same records gives the same, so that what a
 * ledger says of them still holds. Against chance, not against malice.
 */
export class ScanIdentity {
  #count = 0;
  #sum = 0;
  #mixed = 0;

  add(at: number, source: number, offset: number): void {
    this.#change(at, source, offset, 1);
  }

  /** Takes one back that was added. */
  remove(at: number, source: number, offset: number): void {
    this.#change(at, source, offset, -1);
  }

  get count(): number {
    return this.#count;
  }

  get text(): string {
    return `${this.#count}-${hex(this.#sum)}${hex(this.#mixed)}`;
  }

  #change(at: number, source: number, offset: number, by: 1 | -1): void {
    let hash = mix(0x811c9dc5, at);
    hash = mix(hash, at / 0x1_0000_0000);
    hash = mix(hash, source);
    hash = mix(hash, offset);
    hash = mix(hash, offset / 0x1_0000_0000);
    this.#count += by;
    this.#sum = (this.#sum + by * hash) | 0;
    this.#mixed = (this.#mixed + by * mix(hash ^ (hash >>> 15), offset)) | 0;
  }
}

function mix(hash: number, value: number): number {
  let next = Math.imul(hash ^ (value | 0), 0x85ebca6b);
  next = Math.imul(next ^ (next >>> 13), 0xc2b2ae35);
  return next ^ (next >>> 16);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
