import type { LineBatch } from '../base/survey.ts';

/** A batch is handed out when it holds so much. One that long lines or a large chunk filled further may hold some more. */
const BATCH_BYTES = 192 * 1_024;
const FIRST_BYTES = 256 * 1_024;
const FIRST_LINES = 1_024;
/** Larger buffers are not kept for another batch. */
const LARGEST_KEPT_BYTES = 1_024 * 1_024;
const KEPT = 2;

interface Room {
  bytes: Uint8Array;
  starts: Uint32Array;
  ends: Uint32Array;
  offsets: Float64Array;
}

/** Copies selected lines into batches. Buffers are used again, so that millions of lines leave no garbage. */
export class LineCollector {
  readonly #kept: Room[] = [];
  #room: Room | undefined;
  #used = 0;
  #count = 0;

  /** Whether it is time to hand out what there is. */
  get isFull(): boolean {
    return this.#used >= BATCH_BYTES;
  }

  add(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const room = this.#roomFor(end - start);
    room.bytes.set(bytes.subarray(start, end), this.#used);
    room.starts[this.#count] = this.#used;
    this.#used += end - start;
    room.ends[this.#count] = this.#used;
    room.offsets[this.#count] = offset;
    this.#count += 1;
  }

  /** All lines since the last one; `undefined` when there are none. Its buffers come back by `giveBack`. */
  take(source: number): LineBatch | undefined {
    const room = this.#room;
    if (room === undefined || this.#count === 0) return undefined;
    const batch = {
      source,
      bytes: room.bytes.subarray(0, this.#used),
      starts: room.starts.subarray(0, this.#count),
      ends: room.ends.subarray(0, this.#count),
      offsets: room.offsets.subarray(0, this.#count),
    };
    this.#room = undefined;
    this.#used = 0;
    this.#count = 0;
    return batch;
  }

  /** Nobody looks at the batch any more. */
  giveBack({ bytes, starts, ends, offsets }: LineBatch): void {
    if (this.#kept.length >= KEPT || bytes.buffer.byteLength > LARGEST_KEPT_BYTES) return;
    this.#kept.push({
      bytes: new Uint8Array(bytes.buffer),
      starts: new Uint32Array(starts.buffer),
      ends: new Uint32Array(ends.buffer),
      offsets: new Float64Array(offsets.buffer),
    });
  }

  #roomFor(length: number): Room {
    const room = (this.#room ??= this.#kept.pop() ?? newRoom());
    if (this.#used + length > room.bytes.length) {
      const larger = new Uint8Array(Math.max(room.bytes.length * 2, this.#used + length));
      larger.set(room.bytes.subarray(0, this.#used));
      room.bytes = larger;
    }
    if (this.#count === room.starts.length) {
      room.starts = grown(room.starts, new Uint32Array(this.#count * 2));
      room.ends = grown(room.ends, new Uint32Array(this.#count * 2));
      room.offsets = grown(room.offsets, new Float64Array(this.#count * 2));
    }
    return room;
  }
}

function newRoom(): Room {
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
