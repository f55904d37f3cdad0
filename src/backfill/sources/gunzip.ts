import * as zlib from 'node:zlib';
import type { Gunzip, ZstdDecompress } from 'node:zlib';
import type { ReadingNotes } from './text-source.ts';

/** Bytes decompressed at a time. The text stays in memory until it is read: up to a thousand times as much. */
const PIECE_BYTES = 32 * 1_024;
const OUTPUT_BYTES = 128 * 1_024;

/** Whether the beginning of a file is that of gzip. */
export function isGzip(beginning: Uint8Array): boolean {
  return beginning[0] === 0x1f && beginning[1] === 0x8b;
}

/** Whether the beginning of a file is that of a frame of Zstandard. */
export function isZstd(beginning: Uint8Array): boolean {
  const [first = 0, second, third, fourth] = beginning;
  const isFrame = first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd;
  const isSkippable = first >>> 4 === 0x5 && second === 0x2a && third === 0x4d && fourth === 0x18;
  return isFrame || isSkippable;
}

/** Node has it since 22.15. */
export const CAN_UNZSTD = 'createZstdDecompress' in zlib;

/** Whether {@link decompressed} makes text of what begins so. */
export function isDecompressible(beginning: Uint8Array): boolean {
  return isGzip(beginning) || (CAN_UNZSTD && isZstd(beginning));
}

interface Inflated {
  readonly text: readonly Buffer[];
  /** How many of the bytes given were used. Less than all: the compressed data has ended. */
  readonly used: number;
  readonly failure?: Error;
}

/** Decompresses piece by piece, members one after the other. */
class Inflater {
  readonly #engine: Gunzip | ZstdDecompress;
  #text: Buffer[] = [];
  #settle: ((failure?: Error) => void) | undefined;

  constructor(engine: Gunzip | ZstdDecompress = zlib.createGunzip({ chunkSize: OUTPUT_BYTES })) {
    this.#engine = engine;
    this.#engine.on('data', (text: Buffer) => this.#text.push(text));
    this.#engine.on('error', (failure: Error) => this.#settle?.(failure));
  }

  feed(piece: Uint8Array): Promise<Inflated> {
    return this.#run((done) => this.#engine.write(piece, done));
  }

  /** @returns a failure when the last member is not complete */
  finish(): Promise<Inflated> {
    // A missing end is only reported after the last write, whose callback would be too early.
    return this.#run((done) => this.#engine.once('end', () => done()).end());
  }

  close(): void {
    this.#engine.destroy();
  }

  async #run(act: (done: (failure?: Error | null) => void) => void): Promise<Inflated> {
    const before = this.#engine.bytesWritten;
    const failure = await new Promise<Error | undefined>((resolve) => {
      this.#settle = resolve;
      act((reason) => resolve(reason ?? undefined));
    });
    const text = this.#text;
    this.#text = [];
    const used = this.#engine.bytesWritten - before;
    return failure === undefined ? { text, used } : { text, used, failure };
  }
}

/**
 * The text of gzip data, also of several members; a chunk is only valid until the next is asked for. A piece is decompressed while the text of the one before it is used.
 * Damage does not throw: all before it comes, to the byte, and the notes are told.
 *
 * @param open gives the compressed data from its beginning, each time it is asked
 */
export async function* gunzipped(
  open: () => AsyncIterable<Uint8Array>,
  notes: ReadingNotes = {},
): AsyncGenerator<Buffer> {
  const inflater = new Inflater();
  const pieces = piecesOf(open());
  const begin = async () => {
    const { value: piece } = await pieces.next();
    return { piece, inflated: piece === undefined ? inflater.finish() : inflater.feed(piece) };
  };
  let at = 0;
  try {
    for (let ahead = await begin(); ;) {
      const { piece } = ahead;
      const { text, used, failure } = await ahead.inflated;
      if (piece === undefined) {
        yield* text;
        if (failure !== undefined)
          notes.remark?.(`its compressed data ends too early, after ${at} bytes: the rest is missing`);
        return;
      }
      if (failure !== undefined) {
        yield* beforeDamage(open, at, notes);
        return;
      }
      notes.progress?.(piece.length);
      if (used < piece.length) {
        yield* text;
        if (await hasMore(piece.subarray(used), pieces))
          notes.remark?.(`what follows its compressed data from byte ${at + used} on was not read`);
        return;
      }
      at += piece.length;
      ahead = await begin();
      yield* text;
    }
  } finally {
    inflater.close();
    await pieces.return(undefined);
  }
}

/** The text of Zstandard data, also of several frames. Its damage ends it like that of gzip, at the piece in which it is. */
async function* unzstd(open: () => AsyncIterable<Uint8Array>, notes: ReadingNotes): AsyncGenerator<Buffer> {
  let inflater: Inflater | undefined;
  let rest: Uint8Array = new Uint8Array(0);
  let at = 0;
  try {
    for await (const piece of piecesOf(open())) {
      notes.progress?.(piece.length);
      rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      while (rest.length > 0) {
        if (inflater === undefined) {
          // A frame begins with four bytes; they may be divided among pieces.
          if (rest.length < 4) break;
          if (!isZstd(rest)) {
            if (rest.some((byte) => byte !== 0))
              notes.remark?.(`what follows its compressed data from byte ${at} on was not read`);
            return;
          }
          inflater = new Inflater(zlib.createZstdDecompress({ chunkSize: OUTPUT_BYTES }));
        }
        const { text, used, failure } = await inflater.feed(rest);
        yield* text;
        if (failure !== undefined) {
          notes.remark?.(
            `its compressed data is damaged after byte ${at} (${failure.message}): the rest is missing`,
          );
          return;
        }
        at += used;
        if (used < rest.length) {
          inflater.close();
          inflater = undefined;
        }
        rest = rest.subarray(used);
      }
      rest = Uint8Array.from(rest);
    }
    const { failure } = (await inflater?.finish()) ?? {};
    if (failure !== undefined || rest.length > 0)
      notes.remark?.(`its compressed data ends too early, after ${at} bytes: the rest is missing`);
  } finally {
    inflater?.close();
  }
}

/** The text of what begins as {@link isDecompressible} says. */
export async function* decompressedByContent(
  open: () => AsyncIterable<Uint8Array>,
  notes: ReadingNotes = {},
): AsyncGenerator<Buffer> {
  const beginning: number[] = [];
  for await (const piece of open()) {
    beginning.push(...piece.subarray(0, 4));
    if (beginning.length >= 4) break;
  }
  yield* decompressed(Uint8Array.from(beginning), open, notes);
}

/** @param beginning four bytes at least */
export function decompressed(
  beginning: Uint8Array,
  open: () => AsyncIterable<Uint8Array>,
  notes: ReadingNotes = {},
): AsyncGenerator<Buffer> {
  return isZstd(beginning) ? unzstd(open, notes) : gunzipped(open, notes);
}

/** The text of a damaged piece: decompresses again from the beginning, and then byte by byte, because zlib does not return what it had when it failed. */
async function* beforeDamage(
  open: () => AsyncIterable<Uint8Array>,
  from: number,
  notes: ReadingNotes,
): AsyncGenerator<Buffer> {
  const inflater = new Inflater();
  let at = 0;
  try {
    for await (const piece of piecesOf(open())) {
      const known = Math.min(piece.length, from - at);
      if (known > 0) await inflater.feed(piece.subarray(0, known));
      at += known;
      for (let index = known; index < piece.length; index += 1) {
        const { text, failure } = await inflater.feed(piece.subarray(index, index + 1));
        yield* text;
        if (failure !== undefined) {
          notes.remark?.(
            `its compressed data is damaged at byte ${at} (${failure.message}): the rest is missing`,
          );
          return;
        }
        at += 1;
      }
    }
  } finally {
    inflater.close();
  }
}

async function* piecesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES)
      yield chunk.subarray(start, start + PIECE_BYTES);
  }
  return undefined;
}

/** Zeros pad what was written in blocks, such as to tape. */
async function hasMore(rest: Uint8Array, pieces: AsyncIterable<Uint8Array>): Promise<boolean> {
  const isZero = (byte: number) => byte === 0;
  if (!rest.every(isZero)) return true;
  for await (const piece of pieces) if (!piece.every(isZero)) return true;
  return false;
}
