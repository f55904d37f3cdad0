import { closeSync, constants, fdatasyncSync, ftruncateSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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
import { appendFailure, foreignLedger } from './ledger-failures.ts';
import { GroupWriter } from './group-writer.ts';
import type { Ledger, LedgerCounts, RecordState } from './ledger.ts';
import { readAll } from './reading.ts';
import { RecordStates } from './record-states.ts';

export interface LedgerOptions {
  /** False: entries survive the death of the process, but not that of the machine. Default true. */
  readonly syncs?: boolean;
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

export function ledgerFile(directory: string): string {
  return join(directory, 'ledger.log');
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
  const { syncs = true, identity = '', now = Date.now } = options;
  const file = ledgerFile(directory);
  const descriptor = openForAppending(file);
  try {
    const states = new RecordStates();
    const { header, lastAt } = await readBack(file, descriptor, states);
    if (header !== undefined && header.identity !== identity) throw foreignLedger(file, header.at);
    const clock = forwardClock(now, lastAt);
    begin({ file, descriptor, syncs, identity, at: clock(), isNew: header === undefined });
    return new OpenLedger({ file, descriptor, syncs, states, clock });
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

/** What the file holds; cuts off what is torn. */
async function readBack(
  file: string,
  descriptor: number,
  states: RecordStates,
): Promise<{ readonly header: LedgerHeader | undefined; readonly lastAt: Instant }> {
  let lastAt = 0;
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw unreadable(file, error);
  });
  try {
    const { header, bytes, size } = await readAll(handle, file, (entry) => {
      states.apply(entry);
      lastAt = Math.max(lastAt, entry.at);
    });
    if (bytes < size) ftruncateSync(descriptor, bytes);
    return { header, lastAt: Math.max(lastAt, header?.at ?? 0) };
  } finally {
    await handle.close();
  }
}

/** Writes the first line where there is none. What an earlier process has read back may not be on the disk yet: from here on it is. */
function begin(options: {
  readonly file: string;
  readonly descriptor: number;
  readonly syncs: boolean;
  readonly identity: string;
  readonly at: Instant;
  readonly isNew: boolean;
}): void {
  const { file, descriptor, syncs, identity, at, isNew } = options;
  if (isNew) {
    writeAll(descriptor, Buffer.from(headerLine({ version: LEDGER_VERSION, identity, at }), 'utf8'));
  }
  if (!syncs) return;
  fdatasyncSync(descriptor);
  if (isNew) syncDirectory(dirname(file));
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
    readonly syncs: boolean;
    readonly states: RecordStates;
    readonly clock: () => Instant;
  }) {
    const { file, descriptor, syncs, states, clock } = parts;
    this.file = file;
    this.#states = states;
    this.#clock = clock;
    this.#writer = new GroupWriter(descriptor, file, {
      syncs,
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

  failed(key: RecordKey, attempt: number, outcome: 'known' | 'unknown', why: string): Promise<void> {
    this.#refuseSettled(key);
    return this.#append({ kind: 'failure', key, attempt, at: this.#clock(), outcome, why });
  }

  conclude(key: RecordKey, attempt: number, fate: Fate): Promise<void> {
    this.#refuseSettled(key);
    return this.#append({ kind: 'outcome', key, attempt, at: this.#clock(), fate });
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
