import { open, stat, type FileHandle } from 'node:fs/promises';

/** More is not read at once: of a log that grows faster only the newest counts. */
const LONGEST_STEP = 4 * 1024 * 1024;
/** A line that is longer is none. */
const LONGEST_LINE = 256 * 1024;
const NEWLINE = 0x0a;

/** What was appended since the last look. */
export interface Appended {
  /** Complete lines, without their ends. */
  readonly lines: readonly string[];
  /** Why nothing can be read at the moment. */
  readonly why?: string;
}

/**
 * Follows a file that grows, as `tail -F` does: from its end as it is now; through rotation by renaming (the rest of the old file, then the new one from its
 * beginning) and by copying and truncating. A file that does not exist yet is read from its beginning when it does.
 */
export class LogTail {
  readonly #path: string;
  #file: FileHandle | undefined;
  #inode: number | undefined;
  #position = 0;
  /** An unfinished line. */
  #rest: Buffer = Buffer.alloc(0);
  /** The beginning of the line was left out: the remainder is worth nothing. */
  #isTorn = false;
  #isFirst = true;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<Appended> {
    try {
      const lines: string[] = [];
      const now = await stat(this.#path).catch((error: unknown) => missing(error));
      if (this.#file !== undefined && now?.ino !== this.#inode) {
        await this.#readOpen(lines);
        await this.close();
      }
      if (now !== undefined && this.#file === undefined) await this.#begin();
      this.#isFirst = false;
      if (this.#file !== undefined) await this.#readOpen(lines);
      return now === undefined ? { lines, why: `there is no file ${this.#path}` } : { lines };
    } catch (error) {
      await this.close();
      return { lines: [], why: `${this.#path} cannot be read (${codeOf(error) ?? 'unknown'})` };
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#rest = Buffer.alloc(0);
    this.#isTorn = false;
    await file?.close().catch(() => undefined);
  }

  async #begin(): Promise<void> {
    this.#file = await open(this.#path, 'r');
    const { ino, size } = await this.#file.stat();
    this.#inode = ino;
    this.#position = this.#isFirst ? size : 0;
    this.#isTorn = this.#isFirst && size > 0 && !(await this.#endsLine(size));
  }

  async #endsLine(size: number): Promise<boolean> {
    const last = Buffer.alloc(1);
    await this.#file?.read(last, 0, 1, size - 1);
    return last[0] === NEWLINE;
  }

  async #readOpen(lines: string[]): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    const { size } = await file.stat();
    if (size < this.#position) {
      this.#position = 0;
      this.#rest = Buffer.alloc(0);
      this.#isTorn = false;
    }
    if (size - this.#position > LONGEST_STEP) {
      this.#position = size - LONGEST_STEP;
      this.#rest = Buffer.alloc(0);
      this.#isTorn = true;
    }
    const wanted = size - this.#position;
    if (wanted === 0) return;
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, this.#position);
    this.#position += bytesRead;
    this.#split(buffer.subarray(0, bytesRead), lines);
  }

  #split(bytes: Buffer, lines: string[]): void {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      const line = bytes.subarray(from, end);
      if (!this.#isTorn)
        lines.push((this.#rest.length === 0 ? line : Buffer.concat([this.#rest, line])).toString('utf8'));
      this.#rest = Buffer.alloc(0);
      this.#isTorn = false;
      from = end + 1;
    }
    if (this.#isTorn) return;
    this.#rest = Buffer.concat([this.#rest, bytes.subarray(from)]);
    if (this.#rest.length <= LONGEST_LINE) return;
    this.#rest = Buffer.alloc(0);
    this.#isTorn = true;
  }
}

function missing(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT') return undefined;
  throw error;
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
