import { read } from 'node:fs';
import { promisify } from 'node:util';
import { unreadable } from './file-failures.ts';

const readAt = promisify(read);

/** Bytes read at a time: large enough for the disk, small enough for a core's cache. */
export const CHUNK_BYTES = 256 * 1_024;

/**
 * The bytes of an open file up to `end`, or to where it really ends; a chunk is only valid until the next is asked for. A chunk is read while the one before it is used.
 * @throws LifeboatError `FILE_UNREADABLE`
 */
export async function* fileChunks(descriptor: number, end: number, name: string): AsyncGenerator<Buffer> {
  let [current, other] = [Buffer.allocUnsafeSlow(CHUNK_BYTES), Buffer.allocUnsafeSlow(CHUNK_BYTES)];
  let at = 0;
  const next = () => readSome(descriptor, current, at, Math.min(CHUNK_BYTES, end - at), name);
  let pending = next();
  try {
    for (;;) {
      const length = await pending;
      if (length === 0) return;
      const chunk = current.subarray(0, length);
      at += length;
      [current, other] = [other, current];
      pending = next();
      yield chunk;
    }
  } finally {
    // The caller may close the descriptor next: no read may be under way then.
    await pending.catch(() => undefined);
  }
}

async function readSome(
  descriptor: number,
  buffer: Buffer,
  position: number,
  length: number,
  name: string,
): Promise<number> {
  if (length <= 0) return 0;
  try {
    return (await readAt(descriptor, buffer, 0, length, position)).bytesRead;
  } catch (error) {
    throw unreadable(error, name);
  }
}
