import { LifeboatError } from '../errors.ts';
import type { Complaint } from '../errors.ts';
import { documentError } from './complaints.ts';
import { formatMiB, MAX_DOCUMENT_BYTES } from './limits.ts';

/**
 * The text of a document: UTF-8, without a byte-order mark.
 * Throws `FILE_TOO_LARGE`, or `INVALID_DOCUMENT` for what is empty, binary or in another encoding.
 */
export function readText(input: string | Uint8Array, file: string, maxBytes = MAX_DOCUMENT_BYTES): string {
  if (byteLength(input, maxBytes) > maxBytes) throw tooLarge(file, maxBytes);
  const text = typeof input === 'string' ? input.replace(/^\uFEFF/, '') : decode(input, file);
  const control = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/.exec(text);
  if (control !== null) {
    const code = (control[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw refused(
      file,
      `expected text, but the file holds the control character U+${code}`,
      text,
      control.index,
    );
  }
  if (text.trim() === '') throw refused(file, 'the file is empty');
  return text;
}

/** A document that is not read. `has` says how large it is, where that is known. */
export function tooLarge(file: string, maxBytes: number, has = `more than ${maxBytes} bytes`): LifeboatError {
  return new LifeboatError(
    'FILE_TOO_LARGE',
    `${file} holds ${has}; at most ${maxBytes} (${formatMiB(maxBytes)}) are read.`,
    'Check that this is the right file, or split it.',
    { at: { file, line: 1, column: 1 } },
  );
}

/** For text the characters, which are never more than its bytes: enough to refuse before anything is encoded. */
function byteLength(input: string | Uint8Array, maxBytes: number): number {
  if (typeof input !== 'string') return input.byteLength;
  return input.length > maxBytes ? input.length : new TextEncoder().encode(input).byteLength;
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    // By name: with several realms in a process (test runners) the class is not always this one's.
    if ((cause as { readonly name?: unknown } | null)?.name !== 'TypeError') throw cause;
    throw refused(file, 'expected UTF-8 text, but the file is binary or in another encoding');
  }
}

function refused(file: string, message: string, text = '', offset = 0): LifeboatError {
  const before = text.slice(0, offset).split('\n');
  const complaint: Complaint = {
    place: { file, line: before.length, column: (before.at(-1) ?? '').length + 1 },
    message,
  };
  return documentError('INVALID_DOCUMENT', 'YAML document', file, [complaint], 'Give a YAML file in UTF-8.');
}
