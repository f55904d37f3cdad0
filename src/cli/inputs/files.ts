import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { MAX_DOCUMENT_BYTES } from '../../document/limits.ts';
import { tooLarge } from '../../document/text.ts';
import { LifeboatError, wholeFile } from '../../errors.ts';

/** What a document given as `-` is called in complaints. */
export const STANDARD_INPUT = '<stdin>';

const REASONS: Readonly<Record<string, { readonly why: string; readonly next: string }>> = {
  ENOENT: { why: 'there is no such file', next: 'Check the path; it counts from the current directory.' },
  ENOTDIR: { why: 'a part of the path is a file', next: 'Check the path.' },
  EACCES: { why: 'access is denied', next: 'Grant yourself read access to it.' },
  EPERM: { why: 'access is denied', next: 'Grant yourself read access to it.' },
  EISDIR: { why: 'it is a directory', next: 'Name a file in it.' },
  ELOOP: { why: 'its links lead in a circle', next: 'Name the file itself.' },
  ENAMETOOLONG: { why: 'the name is too long', next: 'Check the path.' },
};

/** How documents are named in complaints. */
export function documentName(path: string): string {
  return path === '-' ? STANDARD_INPUT : path;
}

/**
 * The bytes of a document; `-` is standard input. No more than `maxBytes` are ever held.
 * @throws LifeboatError `FILE_UNREADABLE` or `FILE_TOO_LARGE`
 */
export function readDocument(path: string, maxBytes = MAX_DOCUMENT_BYTES): Uint8Array {
  const name = documentName(path);
  let handle: number | undefined;
  try {
    handle = path === '-' ? 0 : openSync(path, 'r');
    const { size: sizeBytes } = refuseDirectory(handle);
    if (sizeBytes > maxBytes) throw unread(tooLarge(name, maxBytes, `${sizeBytes} bytes`));
    return readAtMost(handle, name, maxBytes);
  } catch (error) {
    throw unreadable(error, name);
  } finally {
    if (handle !== undefined && path !== '-') closeSync(handle);
  }
}

function refuseDirectory(handle: number): { readonly size: number } {
  const status = fstatSync(handle);
  if (status.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR', syscall: 'read' });
  return { size: status.isFile() ? status.size : 0 };
}

/** A pipe or a growing file has no size to go by: one byte too many is enough to know. */
function readAtMost(handle: number, name: string, maxBytes: number): Uint8Array {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(65_536);
    const read = readSync(handle, chunk, 0, chunk.length, null);
    if (read === 0) return Buffer.concat(chunks);
    sizeBytes += read;
    if (sizeBytes > maxBytes) throw unread(tooLarge(name, maxBytes));
    chunks.push(chunk.subarray(0, read));
  }
}

/** The same complaint, about the file as a whole. */
function unread({ code, message, next, at }: LifeboatError): LifeboatError {
  return new LifeboatError(code, message, next, at === undefined ? {} : { at: wholeFile(at.file) });
}

/** What the file system answered, as an expected failure; anything else stays the bug that it is. */
function unreadable(error: unknown, name: string): unknown {
  if (typeof error !== 'object' || error === null || !('syscall' in error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  const said = 'message' in error ? String(error.message) : code;
  const { why, next } = REASONS[code] ?? { why: said, next: 'Check the path and the disk.' };
  return new LifeboatError('FILE_UNREADABLE', `Cannot read ${name}: ${why}.`, next, {
    cause: error,
    at: wholeFile(name),
  });
}
