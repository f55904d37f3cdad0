import type { Fate } from '../base/replay-ports.ts';

const CHUNK_BITS = 16;
const CHUNK_RECORDS = 1 << CHUNK_BITS;
const KINDS = ['succeeded', 'rejected', 'abandoned', 'ambiguous'] as const satisfies readonly Fate['kind'][];

interface Chunk {
  /** One bit a record: it has a fate. */
  readonly settled: Uint8Array;
  /** Two bits a record, made when the first of the chunk did not succeed. */
  kinds?: Uint8Array;
}

/** The fates of numbered records: exact, one bit for each that succeeded, and three where others lie near. */
export class Fates {
  readonly #chunks = new Map<number, Chunk>();
  /** All below it have a fate. */
  #firstOpen = 0;

  of(ordinal: number): Fate['kind'] | undefined {
    const chunk = this.#chunks.get(Math.floor(ordinal / CHUNK_RECORDS));
    const index = ordinal % CHUNK_RECORDS;
    if (chunk === undefined || !isSettled(chunk, index)) return undefined;
    return KINDS[chunk.kinds === undefined ? 0 : ((chunk.kinds[index >> 2] ?? 0) >> ((index & 3) * 2)) & 3];
  }

  set(ordinal: number, fate: Fate['kind']): void {
    const number = Math.floor(ordinal / CHUNK_RECORDS);
    const index = ordinal % CHUNK_RECORDS;
    let chunk = this.#chunks.get(number);
    if (chunk === undefined) {
      chunk = { settled: new Uint8Array(CHUNK_RECORDS / 8) };
      this.#chunks.set(number, chunk);
    }
    chunk.settled[index >> 3] = (chunk.settled[index >> 3] ?? 0) | (1 << (index & 7));
    const kind = KINDS.indexOf(fate);
    if (kind === 0) return;
    chunk.kinds ??= new Uint8Array(CHUNK_RECORDS / 4);
    chunk.kinds[index >> 2] = (chunk.kinds[index >> 2] ?? 0) | (kind << ((index & 3) * 2));
  }

  /** The lowest ordinal without a fate. */
  get firstOpen(): number {
    for (;;) {
      const chunk = this.#chunks.get(Math.floor(this.#firstOpen / CHUNK_RECORDS));
      if (chunk === undefined || !isSettled(chunk, this.#firstOpen % CHUNK_RECORDS)) return this.#firstOpen;
      this.#firstOpen += 1;
    }
  }
}

function isSettled({ settled }: Chunk, index: number): boolean {
  return (((settled[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}
