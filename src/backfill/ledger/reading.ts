import type { FileHandle } from 'node:fs/promises';
import { damagedLedger, newerLedger } from './ledger-failures.ts';
import { LEDGER_VERSION, MAX_LINE_BYTES, readEntry, readHeader, readLine } from './entries.ts';
import type { LedgerEntry, LedgerHeader } from './entries.ts';

/** Some hundred lines: batches so small that they die young, and memory stays flat however long the ledger is. */
const CHUNK_BYTES = 16_384;
/** A process that died while it began a ledger leaves less than this. */
const MAX_STILLBORN_BYTES = 1_024;
const NEWLINE = 0x0a;

/** What the reading of a ledger came to. */
export interface LedgerEnd {
  /** Absent: its writer died before the first line was whole. */
  readonly header?: LedgerHeader;
  /** Up to here it is whole; behind it is at most what a crash has torn. */
  readonly bytes: number;
  readonly size: number;
}

/**
 * The entries of a ledger in their order, one batch a chunk: memory does not grow with it. A torn end is ignored: another process may be writing it.
 * @throws LifeboatError `LEDGER_DAMAGED` when something is broken that whole lines follow, `JOURNAL_TOO_NEW` for another version's
 */
export async function* readBatches(
  handle: FileHandle,
  file: string,
): AsyncGenerator<readonly LedgerEntry[], LedgerEnd> {
  const lines = new LedgerLines(file);
  const buffer = Buffer.allocUnsafe(MAX_LINE_BYTES + CHUNK_BYTES);
  let kept = 0;
  let size = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, kept, CHUNK_BYTES, size);
    if (bytesRead === 0) break;
    size += bytesRead;
    const filled = kept + bytesRead;
    const used = lines.take(buffer, filled);
    const batch = lines.batch();
    if (batch.length > 0) yield batch;
    kept = filled - used;
    if (kept > MAX_LINE_BYTES) {
      lines.skip(kept);
      kept = 0;
    } else buffer.copyWithin(0, used, filled);
  }
  const { header, bytes } = lines;
  if (header === undefined && size > MAX_STILLBORN_BYTES)
    throw damagedLedger(file, 'it does not begin like a ledger', { line: 1, bytes: 0 });
  return header === undefined ? { bytes: 0, size } : { header, bytes, size };
}

/** Goes through all batches. */
export async function readAll(
  handle: FileHandle,
  file: string,
  take: (entry: LedgerEntry) => void,
): Promise<LedgerEnd> {
  const batches = readBatches(handle, file);
  for (;;) {
    const step = await batches.next();
    if (step.done === true) return step.value;
    for (const entry of step.value) take(entry);
  }
}

/** Cuts bytes into lines and says which are whole. */
class LedgerLines {
  header: LedgerHeader | undefined;
  /** Up to here every line is whole. */
  bytes = 0;
  readonly #file: string;
  #entries: LedgerEntry[] = [];
  #line = 0;
  /** The first line that is not whole. */
  #broken: number | undefined;
  /** What follows belongs to a line that is too long to be one. */
  #isSkipping = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** Takes all lines of `buffer[0, filled)`; returns where the last, unfinished one begins. */
  take(buffer: Buffer, filled: number): number {
    const view = buffer.subarray(0, filled);
    let start = 0;
    for (let end = view.indexOf(NEWLINE); end >= 0; end = view.indexOf(NEWLINE, start)) {
      this.#line += 1;
      const values = this.#isSkipping ? undefined : readLine(view, start, end);
      this.#isSkipping = false;
      if (values === undefined) this.#broken ??= this.#line;
      else if (this.#broken === undefined) this.#takeWhole(values, end + 1 - start);
      else
        throw damagedLedger(
          this.#file,
          `line ${this.#broken} is broken, and line ${this.#line} after it is whole`,
          {
            line: this.#broken,
            bytes: this.bytes,
          },
        );
      start = end + 1;
    }
    return start;
  }

  /** So many bytes without an end are no line. */
  skip(bytes: number): void {
    if (bytes > 0) this.#broken ??= this.#line + 1;
    this.#isSkipping = true;
  }

  batch(): readonly LedgerEntry[] {
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }

  #takeWhole(values: readonly unknown[], bytes: number): void {
    if (this.header === undefined) {
      this.header = readHeader(values);
      if (this.header === undefined) this.#refuse('is not the beginning of a ledger');
      else if (this.header.version !== LEDGER_VERSION) throw newerLedger(this.#file, this.header.version);
    } else {
      const entry = readEntry(values);
      if (entry === undefined) this.#refuse('is not an entry of a ledger');
      else this.#entries.push(entry);
    }
    this.bytes += bytes;
  }

  #refuse(what: string): never {
    throw damagedLedger(this.#file, `line ${this.#line} ${what}`, { line: this.#line, bytes: this.bytes });
  }
}
