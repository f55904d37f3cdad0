import { closeSync, constants, fdatasync, ftruncateSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unreadable } from '../../storage/storage-failures.ts';
import {
  makePrivateDirectory,
  openPrivateFile,
  syncDirectory,
  writeAll,
} from '../../storage/private-files.ts';
import type { Instant } from '../../time.ts';
import type { RecordKey } from '../base/record.ts';
import type { Fate } from '../base/replay-ports.ts';
import { headerLine, LEDGER_VERSION, lineOf } from './entries.ts';
import type { LedgerEntry, LedgerHeader } from './entries.ts';
import { appendFailure, damagedLedger, foreignLedger } from './ledger-failures.ts';
import { GroupWriter, type MakeDurable } from './group-writer.ts';
import type { Ledger, LedgerCounts, RecordState, Repetition } from './ledger.ts';
import { readAll } from './reading.ts';
import { RecordStates } from './record-states.ts';

const syncData = promisify(fdatasync);

export interface LedgerOptions {
  /** False: entries survive the death of the process, but not that of the machine. Default true. */
  readonly syncs?: boolean;
  /** Makes what was added to the file durable elsewhere: the file itself need not outlive the process. Default: the disk does. */
  readonly keep?: MakeDurable;
  /** Which scan the ordinals are of: `identity` of its work store. Default: none, as for a queue alone. */
  readonly identity?: string;
  readonly now?: () => Instant;
}

/** A ledger in a file. */
export interface FileLedger extends Ledger {
  readonly file: string;
  /** The lowest ordinal without a fate: the work store continues reading there. */
  readonly firstOpen: number;
  forget(key: RecordKey): Promise<void>;
}

export const LEDGER_FILE = 'ledger.log';

export function ledgerFile(directory: string): string {
  return join(directory, LEDGER_FILE);
}

/**
 * Opens `<directory>/ledger.log`, or begins it; what a crash has torn at its end is cut off. One process at a time: take `lockBackfill` first.
 * Lines are `CHECKSUM JSON`, for people and grep: `["i",source,position,ordinal,attempt,at]` an intent, `["f",...,"known"|"unknown",why]` an attempt that failed,
 * `["o",...,fate,...]` an outcome, `["g",source,position,ordinal,at]` gone from its queue.
 * @throws LifeboatError `LEDGER_DAMAGED`, `FORMAT_TOO_NEW`, `LEDGER_CONFLICT` when it is of another scan, `LEDGER_UNWRITABLE`, `FILE_UNREADABLE`
 * @example
 * const ledger = await openLedger(directory, { identity: store.identity ?? '' });
 * await ledger.intend(ticket, 1);
 */
export async function openLedger(directory: string, options: LedgerOptions = {}): Promise<FileLedger> {
  const { identity = '', now = Date.now, keep, syncs = keep === undefined } = options;
  const file = ledgerFile(directory);
  const descriptor = openForAppending(file);
  const makeDurable = keep ?? (syncs ? () => syncData(descriptor) : async () => undefined);
  try {
    const states = new RecordStates();
    const { header, lastAt, torn } = await readBack(file, states);
    if (header !== undefined && header.identity !== identity) throw foreignLedger(file, header.at);
    if (torn !== undefined) cutOff(torn, file, descriptor, keep === undefined);
    const clock = forwardClock(now, lastAt);
    const first = header === undefined ? headerLine({ version: LEDGER_VERSION, identity, at: clock() }) : '';
    await begin(descriptor, Buffer.from(first, 'utf8'), makeDurable);
    if (header === undefined && syncs) syncDirectory(dirname(file));
    return new OpenLedger({ file, descriptor, makeDurable, states, clock });
  } catch (error) {
    closeSync(descriptor);
    throw appendFailure(error, file);
  }
}

function openForAppending(file: string): number {
  const { O_RDWR, O_APPEND } = constants;
  try {
    makePrivateDirectory(dirname(file));
    return openPrivateFile(file, O_RDWR | O_APPEND);
  } catch (error) {
    throw appendFailure(error, file);
  }
}

interface ReadBack {
  readonly header: LedgerHeader | undefined;
  readonly lastAt: Instant;
  /** The byte from which on the file is not whole; absent: all of it is. */
  readonly torn?: number;
}

async function readBack(file: string, states: RecordStates): Promise<ReadBack> {
  let lastAt = 0;
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  try {
    const { header, bytes, size } = await readAll(handle, file, (entry) => {
      states.apply(entry);
      lastAt = Math.max(lastAt, entry.at);
    });
    return { header, lastAt: Math.max(lastAt, header?.at ?? 0), ...(bytes < size && { torn: bytes }) };
  } finally {
    await handle.close();
  }
}

/** A crash tears the end of a file on a disk. What is kept elsewhere is kept in whole lines: there it is damage. */
function cutOff(bytes: number, file: string, descriptor: number, isOnDisk: boolean): void {
  if (!isOnDisk) throw damagedLedger(file, 'its end is not whole', { line: 0, bytes });
  ftruncateSync(descriptor, bytes);
}

/** Writes the first line where there is none. What an earlier process has read back may not be on the disk yet: from here on it is. */
async function begin(descriptor: number, firstLine: Buffer, makeDurable: MakeDurable): Promise<void> {
  writeAll(descriptor, firstLine);
  await makeDurable(firstLine);
}

/** Never goes back: a clock that is set back stands still until it has caught up. */
function forwardClock(now: () => Instant, lastAt: Instant): () => Instant {
  let last = lastAt;
  return () => {
    last = Math.max(last, now());
    return last;
  };
}

class OpenLedger implements FileLedger {
  readonly file: string;
  readonly #states: RecordStates;
  readonly #clock: () => Instant;
  readonly #writer: GroupWriter<LedgerEntry>;

  constructor(parts: {
    readonly file: string;
    readonly descriptor: number;
    readonly makeDurable: MakeDurable;
    readonly states: RecordStates;
    readonly clock: () => Instant;
  }) {
    const { file, descriptor, makeDurable, states, clock } = parts;
    this.file = file;
    this.#states = states;
    this.#clock = clock;
    this.#writer = new GroupWriter(descriptor, file, {
      makeDurable,
      // Not before: what it says of a record is what another process would read.
      onWritten: (entries) => {
        for (const entry of entries) states.apply(entry);
      },
    });
  }

  get counts(): LedgerCounts {
    return this.#states.counts;
  }

  get firstOpen(): number {
    return this.#states.firstOpen;
  }

  stateOf(key: RecordKey): RecordState {
    return this.#states.of(key);
  }

  intend(key: RecordKey, attempt: number): Promise<void> {
    this.#refuseSettled(key);
    return this.#append({ kind: 'intent', key, attempt, at: this.#clock() });
  }

  failed(
    key: RecordKey,
    attempt: number,
    outcome: 'known' | 'unknown',
    why: string,
    next?: Repetition,
  ): Promise<void> {
    this.#refuseSettled(key);
    return this.#append({ kind: 'failure', key, attempt, at: this.#clock(), outcome, why, ...next });
  }

  conclude(
    { at: requestAt, ...key }: RecordKey & { readonly at?: Instant },
    attempt: number,
    fate: Fate,
  ): Promise<void> {
    this.#refuseSettled(key);
    const made = requestAt === undefined ? {} : { requestAt };
    return this.#append({ kind: 'outcome', key, attempt, at: this.#clock(), fate, ...made });
  }

  forget(key: RecordKey): Promise<void> {
    return this.#append({ kind: 'gone', key, at: this.#clock() });
  }

  close(): Promise<void> {
    return this.#writer.close();
  }

  #append(entry: LedgerEntry): Promise<void> {
    return this.#writer.append(lineOf(entry), entry);
  }

  /** A request that has a fate must never be sent again. */
  #refuseSettled(key: RecordKey): void {
    const fate = this.#states.fateOf(key);
    if (fate !== undefined)
      throw new Error(`record ${key.position} of source ${key.source} has a fate: ${fate}`);
  }
}
