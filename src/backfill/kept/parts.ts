import { closeSync, constants as flags, writeSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import { openPrivateFile } from '../../storage/private-files.ts';
import { damagedObject } from './kept-failures.ts';
import type { KeptObjects } from './kept-objects.ts';
import { digestOf, type Part } from './records.ts';

/** Bytes of a part before it is compressed. Each is an ordinary object, so a file of any size needs little memory and no special kind of upload. */
export const PART_BYTES = 8 * 1_024 * 1_024;
/** Parts on their way at once. */
const AT_ONCE = 4;

const compress = promisify(gzip);
const expand = promisify(gunzip);

type Objects = Pick<KeptObjects, 'get' | 'put' | 'nameOf'>;

/**
 * Keeps the bytes from `from` to `to` of a local file. A part is named by its content and never changes: repeating this changes nothing.
 * @returns their parts, once all of them are kept
 */
export async function keepParts(objects: Objects, file: string, from: number, to: number): Promise<Part[]> {
  const handle = await open(file, 'r');
  try {
    const starts: number[] = [];
    for (let start = from; start < to; start += PART_BYTES) starts.push(start);
    return await severalAtOnce(starts, async (start) => {
      const content = await readExactly(handle, start, Math.min(PART_BYTES, to - start));
      const part = { sha256: digestOf(content), bytes: content.byteLength };
      await objects.put(objectOf(part), await compress(content, { level: constants.Z_BEST_SPEED }));
      return part;
    });
  } finally {
    await handle.close();
  }
}

/** Writes the local file that consists of these parts; an earlier one is gone. @throws LifeboatError `BACKFILL_DAMAGED` */
export async function fetchParts(objects: Objects, parts: readonly Part[], file: string): Promise<void> {
  const descriptor = openPrivateFile(file, flags.O_WRONLY | flags.O_TRUNC);
  try {
    let end = 0;
    const placed = parts.map((part) => ({ part, at: (end += part.bytes) - part.bytes }));
    await severalAtOnce(placed, async ({ part, at }) => {
      const content = await contentOf(objects, part);
      for (let done = 0; done < content.length;)
        done += writeSync(descriptor, content, done, content.length - done, at + done);
    });
  } finally {
    closeSync(descriptor);
  }
}

async function contentOf(objects: Objects, part: Part): Promise<Buffer> {
  const name = objectOf(part);
  const stored = await objects.get(name);
  if (stored === undefined) throw damagedObject(objects.nameOf(name), 'it is missing');
  // A small object can expand to any size.
  const content = await expand(stored, { maxOutputLength: part.bytes }).catch(() => undefined);
  if (content === undefined || digestOf(content) !== part.sha256)
    throw damagedObject(objects.nameOf(name), 'it is not what its name says');
  return content;
}

function objectOf({ sha256 }: Part): string {
  return `parts/${sha256}.gz`;
}

async function readExactly(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw new Error('the file has become shorter while it was kept');
    done += bytesRead;
  }
  return bytes;
}

/** The results of `work` for all items, in their order. */
async function severalAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
