import type { LineBatch } from '../base/survey.ts';

/** A batch is handed out when it holds so much. One that long lines or a large chunk filled further may hold some more. */
const BATCH_BYTES = 192 * 1_024;
const FIRST_BYTES = 256 * 1_024;
const FIRST_LINES = 1_024;
/** Larger buffers are not kept for another batch. */
const LARGEST_KEPT_BYTES = 1_024 * 1_024;
const KEPT = 2;

interface Buffers {
  bytes: Uint8Array;
  starts: Uint32Array;
  ends: Uint32Array;
  offsets: Float64Array;
}

/** Copies selected lines into batches. Buffers are used again, so that millions of lines leave no garbage. */
export class LineCollector {
  readonly #kept: Buffers[] = [];
  #buffers: Buffers | undefined;
  #used = 0;
  #count = 0;

  /** Whether it is time to hand out what there is. */
  get isFull(): boolean {
    return this.#used >= BATCH_BYTES;
  }

  add(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const buffers = this.#buffersFor(end - start);
    buffers.bytes.set(bytes.subarray(start, end), this.#used);
    buffers.starts[this.#count] = this.#used;
    this.#used += end - start;
    buffers.ends[this.#count] = this.#used;
    buffers.offsets[this.#count] = offset;
    this.#count += 1;
  }

  /** All lines since the last one; `undefined` when there are none. Its buffers come back by `giveBack`. */
  take(source: number): LineBatch | undefined {
    const buffers = this.#buffers;
    if (buffers === undefined || this.#count === 0) return undefined;
    const batch = {
      source,
      bytes: buffers.bytes.subarray(0, this.#used),
      starts: buffers.starts.subarray(0, this.#count),
      ends: buffers.ends.subarray(0, this.#count),
      offsets: buffers.offsets.subarray(0, this.#count),
    };
    this.#buffers = undefined;
    this.#used = 0;
    this.#count = 0;
    return batch;
  }

  /** The batch is no longer used. */
  giveBack({ bytes, starts, ends, offsets }: LineBatch): void {
    if (this.#kept.length >= KEPT || bytes.buffer.byteLength > LARGEST_KEPT_BYTES) return;
    this.#kept.push({
      bytes: new Uint8Array(bytes.buffer),
      starts: new Uint32Array(starts.buffer),
      ends: new Uint32Array(ends.buffer),
      offsets: new Float64Array(offsets.buffer),
    });
  }

  #buffersFor(length: number): Buffers {
    const buffers = (this.#buffers ??= this.#kept.pop() ?? newBuffers());
    if (this.#used + length > buffers.bytes.length) {
      const larger = new Uint8Array(Math.max(buffers.bytes.length * 2, this.#used + length));
      larger.set(buffers.bytes.subarray(0, this.#used));
      buffers.bytes = larger;
    }
    if (this.#count === buffers.starts.length) {
      buffers.starts = grown(buffers.starts, new Uint32Array(this.#count * 2));
      buffers.ends = grown(buffers.ends, new Uint32Array(this.#count * 2));
      buffers.offsets = grown(buffers.offsets, new Float64Array(this.#count * 2));
    }
    return buffers;
  }
}

function newBuffers(): Buffers {
  return {
    bytes: new Uint8Array(FIRST_BYTES),
    starts: new Uint32Array(FIRST_LINES),
    ends: new Uint32Array(FIRST_LINES),
    offsets: new Float64Array(FIRST_LINES),
  };
}

function grown<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** The buffers of a batch, to be handed to another thread instead of copied. */
export function buffersOf({ bytes, starts, ends, offsets }: LineBatch): ArrayBuffer[] {
  return [bytes.buffer, starts.buffer, ends.buffer, offsets.buffer] as ArrayBuffer[];
}
