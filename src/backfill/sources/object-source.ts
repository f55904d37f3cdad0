import { LifeboatError } from '../../errors.ts';
import type { FormatName } from '../../runbook/backfill-schema.ts';
import type { FormatDetails, LineFormat } from '../lines/line-format.ts';
import { decompressed, isDecompressible } from './gunzip.ts';
import type { ObjectStore } from './object-store.ts';
import type { ReadingNotes, TextSource } from './text-source.ts';

/** A bucket, and what the keys of its logs begin with. */
export interface ObjectPrefix {
  readonly bucket: string;
  readonly prefix: string;
}

/** An object as it was listed. */
export interface ListedObject {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
}

/** @param path `s3://bucket/prefix`; @throws LifeboatError `USAGE` */
export function parseObjectPrefix(path: string): ObjectPrefix {
  const { bucket, prefix = '' } = /^s3:\/\/(?<bucket>[^/]+)(\/(?<prefix>.*))?$/s.exec(path)?.groups ?? {};
  if (bucket !== undefined) return { bucket, prefix };
  throw new LifeboatError('USAGE', `${path} names no bucket.`, 'Write s3://BUCKET/PREFIX.');
}

export function objectName({ bucket, key }: Pick<ListedObject, 'bucket' | 'key'>): string {
  return `s3://${bucket}/${key}`;
}

/** The decompressed text of an object. How it is compressed shows by its first bytes. */
export async function* objectText(
  { store, bucket, key, etag, bytes }: ListedObject,
  notes: ReadingNotes = {},
): AsyncGenerator<Uint8Array> {
  const open = () => store.open(bucket, key, etag, bytes);
  const { beginning, whole } = await looked(open());
  if (!isDecompressible(beginning)) {
    for await (const chunk of whole) {
      notes.progress?.(chunk.length);
      yield chunk;
    }
    return;
  }
  let first: AsyncIterable<Uint8Array> | undefined = whole;
  yield* decompressed(
    beginning,
    () => {
      const stored = first ?? open();
      first = undefined;
      return stored;
    },
    notes,
  );
}

/** The first four bytes or more, and the whole with them. */
async function looked(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly beginning: Uint8Array; readonly whole: AsyncIterable<Uint8Array> }> {
  const rest = chunks[Symbol.asyncIterator]();
  let beginning: Uint8Array = new Uint8Array(0);
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    beginning = Buffer.concat([beginning, next.value]);
    if (beginning.length >= 4) break;
  }
  return { beginning, whole: joined(beginning, rest) };
}

async function* joined(beginning: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (beginning.length > 0) yield beginning;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

export interface ObjectSourceParts {
  readonly number: number;
  readonly object: ListedObject;
  readonly formatName: FormatName;
  readonly format: LineFormat;
  readonly details?: FormatDetails | undefined;
  readonly remarks: readonly string[];
}

/** An object of S3 as a source of lines. */
export function objectSource({
  number,
  object,
  formatName,
  format,
  details,
  remarks,
}: ObjectSourceParts): TextSource {
  return {
    number,
    name: objectName(object),
    formatName,
    format,
    ...(details !== undefined && { details }),
    // Only a guess, for people: reading goes by the content.
    compressed: /\.(gz|zst)$/.test(object.key),
    bytes: object.bytes,
    remarks,
    chunks: (notes) => objectText(object, notes),
    close: async () => undefined,
  };
}
