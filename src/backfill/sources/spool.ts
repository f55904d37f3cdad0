import { closeSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LifeboatError } from '../../errors.ts';
import { createPrivateFile, makePrivateDirectory, writeAll } from '../../storage/private-files.ts';
import { shortageIn } from '../../storage/shortage.ts';
import type { Room } from '../base/room.ts';
import { unreadable } from './file-failures.ts';

/** The free space is checked after this many bytes. */
const CHECK_BYTES = 16 * 1_024 * 1_024;

/** A stream that was copied to a file. */
export interface Spooled {
  readonly path: string;
  remove(): void;
}

/**
 * Copies a stream into a file of `directory`, because a scan reads it twice; memory does not grow with it. The caller removes it.
 * @param name of the file
 * @param what for people, e.g. `standard input`
 * @throws LifeboatError `SCRATCH_UNWRITABLE` when there is no room for it, `FILE_UNREADABLE` when the stream breaks
 */
export async function spool(
  stream: AsyncIterable<unknown>,
  options: {
    readonly directory: string;
    readonly name: string;
    readonly what: string;
    readonly signal?: AbortSignal | undefined;
    readonly room?: Room | undefined;
  },
): Promise<Spooled> {
  const { directory, what, signal, room } = options;
  const path = join(directory, options.name);
  const writing = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw unwritable(error, path, what);
    }
  };
  const descriptor = writing(() => openNew(directory, path));
  const remove = () => rmSync(path, { force: true });
  let unchecked = 0;
  try {
    for await (const chunk of stream) {
      signal?.throwIfAborted();
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
      writing(() => writeAll(descriptor, bytes));
      unchecked += bytes.length;
      if (unchecked < CHECK_BYTES) continue;
      unchecked = 0;
      room?.assertReserve(`Reading ${what}`);
    }
    return { path, remove };
  } catch (error) {
    remove();
    throw unreadable(error, what);
  } finally {
    closeSync(descriptor);
  }
}

function openNew(directory: string, path: string): number {
  makePrivateDirectory(directory);
  // A killed process may have left one.
  rmSync(path, { force: true });
  return createPrivateFile(path);
}

function unwritable(error: unknown, path: string, what: string): unknown {
  if (typeof error !== 'object' || error === null || !('code' in error)) return error;
  const why = shortageIn(error)?.what ?? ('message' in error ? String(error.message) : String(error.code));
  return new LifeboatError(
    'SCRATCH_UNWRITABLE',
    `Cannot keep ${what} in ${path}: ${why}.`,
    'Free space there, or write the lines to a file on a larger disk and name that.',
    { cause: error },
  );
}
