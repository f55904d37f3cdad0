import { closeSync, fstatSync, openSync } from 'node:fs';
import type { FormatName } from '../../runbook/backfill-schema.ts';
import type { FormatDetails, LineFormat } from '../lines/line-format.ts';
import { refused, unreadable } from './file-failures.ts';
import { fileChunks } from './file-chunks.ts';
import { decompressedByContent } from './gunzip.ts';
import type { ReadingNotes, SharedFile, TextSource } from './text-source.ts';

/** Which file a path led to: a rotated log keeps it, whatever its name. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
}

/** A file that was opened once and looked at. */
export interface OpenedFile extends FileIdentity {
  readonly path: string;
  /** For people. */
  readonly name: string;
  readonly bytes: number;
  readonly descriptor: number;
}

/** Looks at an open file. */
export function identityOf(descriptor: number): FileIdentity {
  const { dev: device, ino: inode } = fstatSync(descriptor, { bigint: true });
  return { device, inode };
}

export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.device === other.device && one.inode === other.inode;
}

/** Keeps the descriptor open until `close`. */
export function keptOpen({ descriptor }: OpenedFile): SharedFile & { close(): void } {
  let isOpen = true;
  return {
    hold: () => descriptor,
    release: () => undefined,
    close: () => {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

/** Opens the file by its path only while it is held: many logs would need more descriptors than a process may have. */
export function openedAgain(file: OpenedFile): SharedFile & { close(): void } {
  let descriptor: number | undefined;
  let holders = 0;
  closeSync(file.descriptor);
  const close = () => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  return {
    hold: () => {
      descriptor ??= openSame(file);
      holders += 1;
      return descriptor;
    },
    release: () => {
      holders -= 1;
      if (holders === 0) close();
    },
    close,
  };
}

function openSame(file: OpenedFile): number {
  let descriptor: number;
  try {
    descriptor = openSync(file.path, 'r');
  } catch (error) {
    throw unreadable(error, file.name);
  }
  if (isSameFile(identityOf(descriptor), file)) return descriptor;
  closeSync(descriptor);
  throw refused(
    file.name,
    'another file has taken its place since the scan began',
    'Scan again, with the logs under their present names.',
  );
}

export interface FileSourceParts {
  readonly number: number;
  readonly opened: OpenedFile;
  readonly shared: SharedFile & { close(): void };
  readonly compressed: boolean;
  readonly textBytes?: number | undefined;
  readonly formatName: FormatName;
  readonly format: LineFormat;
  readonly details?: FormatDetails | undefined;
  readonly remarks: readonly string[];
  /** Called after `close`. */
  readonly afterClose?: () => void;
}

/** A file as a source of lines. */
export function fileSource(parts: FileSourceParts): TextSource {
  const { number, opened, shared, compressed, textBytes, formatName, format, details, remarks } = parts;
  const { name, bytes } = opened;
  return {
    number,
    name,
    formatName,
    format,
    ...(details !== undefined && { details }),
    compressed,
    bytes,
    ...(textBytes !== undefined && { textBytes }),
    remarks,
    file: shared,
    chunks: (notes) => sharedText(shared, { bytes, compressed, name }, notes),
    close: async () => {
      shared.close();
      parts.afterClose?.();
    },
  };
}

interface StoredText {
  readonly bytes: number;
  readonly compressed: boolean;
  readonly name: string;
}

/** The decompressed text of a file, which is held while it is read. */
export async function* sharedText(
  file: SharedFile,
  stored: StoredText,
  notes?: ReadingNotes,
): AsyncGenerator<Buffer> {
  const descriptor = file.hold();
  try {
    yield* fileText(descriptor, stored, notes);
  } finally {
    file.release();
  }
}

/** The decompressed text of an open file. */
export function fileText(
  descriptor: number,
  { bytes, compressed, name }: StoredText,
  notes: ReadingNotes = {},
): AsyncIterable<Buffer> {
  const stored = () => fileChunks(descriptor, bytes, name);
  return compressed ? decompressedByContent(stored, notes) : counted(stored(), bytes, notes);
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  bytes: number,
  notes: ReadingNotes,
): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of chunks) {
    read += chunk.length;
    notes.progress?.(chunk.length);
    yield chunk;
  }
  const missing = truncation(read, bytes);
  if (missing !== undefined) notes.remark?.(missing);
}

/** What to say of a plain file that held less than when it was opened. */
export function truncation(readBytes: number, bytes: number): string | undefined {
  if (readBytes >= bytes) return undefined;
  return `it was truncated while it was read: of ${bytes} bytes there were ${readBytes}`;
}
