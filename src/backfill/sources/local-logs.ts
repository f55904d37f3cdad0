import { closeSync, createReadStream, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Room } from '../base/room.ts';
import { refused, unreadable } from './file-failures.ts';
import { keptOpen, openedAgain } from './file-source.ts';
import type { OpenedFile } from './file-source.ts';
import { isDecompressible, isGzip } from './gunzip.ts';
import { spool } from './spool.ts';
import type { SharedFile } from './text-source.ts';

/** Beyond so many files each is opened again when it is read. */
export const MOST_KEPT_OPEN = 256;

/** What standard input is called. */
export const STANDARD_INPUT = '-';

/** A file that is open, or can be opened again. */
export interface LocalLog {
  readonly opened: OpenedFile;
  readonly compressed: boolean;
  /** What gzip says of its last member. */
  readonly textBytes?: number;
  /** Present for a copy that was made to read a pipe. */
  readonly removeCopy?: () => void;
}

/** Where pipes and standard input are copied to. */
export interface SpoolPlace {
  readonly spoolDirectory: string;
  readonly stdin?: NodeJS.ReadableStream | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly room?: Room | undefined;
}

/**
 * Opens one path; a pipe is copied to a file first.
 * @throws LifeboatError `FILE_UNREADABLE`
 */
export async function openLocalLog(path: string, place: SpoolPlace, number: number): Promise<LocalLog> {
  if (path === STANDARD_INPUT) {
    return copied(place.stdin ?? process.stdin, path, 'standard input', place, number);
  }
  if (isPipe(path)) return copied(createReadStream(path), path, path, place, number);
  return look(openFile(path, path));
}

async function copied(
  stream: NodeJS.ReadableStream,
  name: string,
  what: string,
  { spoolDirectory: directory, signal, room }: SpoolPlace,
  number: number,
): Promise<LocalLog> {
  const copy = await spool(stream, { directory, name: `spool-${number}`, what, signal, room });
  try {
    return { ...look(openFile(copy.path, name)), removeCopy: copy.remove };
  } catch (error) {
    copy.remove();
    throw error;
  }
}

/** Checked before opening: opening a pipe blocks until it has a writer. */
function isPipe(path: string): boolean {
  try {
    return statSync(path).isFIFO();
  } catch (error) {
    throw unreadable(error, path);
  }
}

function openFile(path: string, name: string): OpenedFile {
  let descriptor: number | undefined;
  try {
    refuseOthers(path, name, statSync(path));
    descriptor = openSync(path, 'r');
    const { dev: device, ino: inode, size } = fstatSync(descriptor, { bigint: true });
    return { path, name, bytes: Number(size), descriptor, device, inode };
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw unreadable(error, name);
  }
}

function refuseOthers(path: string, name: string, status: ReturnType<typeof statSync>): void {
  if (status?.isFile() === true) return;
  if (status?.isDirectory() === true) {
    throw refused(name, 'it is a directory', `Name the files in it: ${path.replace(/\/+$/, '')}/*`);
  }
  throw refused(
    name,
    'it is neither a file nor a pipe',
    'Name a file, or give the lines by standard input: -',
  );
}

function look(opened: OpenedFile): LocalLog {
  const { descriptor, bytes, name } = opened;
  const beginning = Buffer.alloc(4);
  const end = Buffer.alloc(4);
  try {
    readSync(descriptor, beginning, 0, 4, 0);
    if (isGzip(beginning)) readSync(descriptor, end, 0, 4, Math.max(0, bytes - 4));
  } catch (error) {
    closeSync(descriptor);
    throw unreadable(error, name);
  }
  const compressed = isDecompressible(beginning);
  return isGzip(beginning)
    ? { opened, compressed, textBytes: Math.max(bytes, end.readUInt32LE()) }
    : { opened, compressed };
}

/** @param index how many files were opened before */
export function sharedFile({ opened, removeCopy }: LocalLog, index: number): SharedFile & { close(): void } {
  const shared = index < MOST_KEPT_OPEN ? keptOpen(opened) : openedAgain(opened);
  if (removeCopy === undefined) return shared;
  return {
    ...shared,
    close: () => {
      shared.close();
      removeCopy();
    },
  };
}
