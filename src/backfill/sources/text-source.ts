import type { FormatName } from '../../runbook/backfill-schema.ts';
import type { FormatDetails, LineFormat } from '../lines/line-format.ts';

/** An open file. While it is held its descriptor serves all threads of the process, and a rotation changes nothing. */
export interface SharedFile {
  /** Its descriptor; each `hold` needs a `release`. @throws LifeboatError when another file has taken its place */
  hold(): number;
  release(): void;
}

/** Callbacks while a text is read. */
export interface ReadingNotes {
  remark?(text: string): void;
  /** So many bytes more, as stored, have been read. */
  progress?(bytes: number): void;
}

/** Lines that can be read more than once: a file, an object of S3, or a copy of standard input. */
export interface TextSource {
  /** By which keys refer to it; from 1. */
  readonly number: number;
  /** The path as given or found, or `s3://bucket/key`. */
  readonly name: string;
  readonly formatName: FormatName;
  readonly format: LineFormat;
  /** With `formatName` another thread makes the format again. */
  readonly details?: FormatDetails;
  readonly compressed: boolean;
  /** As stored, that is, compressed where it is. */
  readonly bytes: number;
  /** How much text that is, as far as its file says so; of what was joined of several parts it is that of the last one. */
  readonly textBytes?: number;
  /** Remarks from opening it, e.g. that it was given twice. */
  readonly remarks: readonly string[];
  /** Some of its first lines, without header lines; absent: it was not looked at. */
  readonly firstLines?: readonly Uint8Array[];
  /** Present: it is not lines of text and is left out; what to do about it, in a sentence. */
  readonly unread?: string;
  /** A file on a disk, plain or compressed, that any thread can read. `bytes` is its size when it was opened: what is written later is not read. */
  readonly file?: SharedFile;
  /**
   * The decompressed text from its beginning; a chunk is only valid until the next is asked for. Throws LifeboatError for what cannot be read.
   * @param notes is told what went wrong without ending it: the text ends too early, or was damaged; and how much of what is stored was read
   */
  chunks(notes?: ReadingNotes): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
