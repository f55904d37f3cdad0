import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { hasCode, unreadable } from '../../storage/storage-failures.ts';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { ledgerFile } from './file-ledger.ts';
import type { LedgerCounts, RejectedEntry } from './ledger.ts';
import { readAll, readBatches } from './reading.ts';
import { RecordStates } from './record-states.ts';

const RECENT_SECONDS = 60;

/** A ledger as read by a process that does not write it. */
export interface LedgerView {
  readonly identity: string;
  readonly counts: LedgerCounts;
  /** Records that were sent and have no fate: under way, or to be tried again. */
  readonly openCount: number;
  /** Of the first and the last entry; absent: there is none. */
  readonly firstAt?: Instant;
  readonly lastAt?: Instant;
  /** Sends in the last 60 seconds before the last entry, to the second. */
  readonly recentSends: number;
}

/**
 * Reads the ledger in `directory`, also while another process writes it; `undefined`: nothing was ever sent.
 * @throws LifeboatError `LEDGER_DAMAGED`, `JOURNAL_TOO_NEW`, `FILE_UNREADABLE`
 */
export async function readLedger(directory: string): Promise<LedgerView | undefined> {
  const file = ledgerFile(directory);
  const handle = await openToRead(file);
  if (handle === undefined) return undefined;
  try {
    const states = new RecordStates();
    const sends = new RecentCount(RECENT_SECONDS);
    let firstAt: Instant | undefined;
    let lastAt: Instant | undefined;
    const { header } = await readAll(handle, file, (entry) => {
      states.apply(entry);
      firstAt ??= entry.at;
      lastAt = entry.at;
      if (entry.kind === 'intent') sends.add(entry.at);
    });
    return {
      identity: header?.identity ?? '',
      counts: states.counts,
      openCount: states.openCount,
      ...(firstAt !== undefined && { firstAt }),
      ...(lastAt !== undefined && { lastAt }),
      recentSends: lastAt === undefined ? 0 : sends.until(lastAt),
    };
  } finally {
    await handle.close();
  }
}

/** Rejected requests in the order of their answers; memory does not grow with the ledger. Throws as {@link readLedger}. */
export async function* rejectedEntries(directory: string): AsyncGenerator<RejectedEntry, void> {
  const file = ledgerFile(directory);
  const handle = await openToRead(file);
  if (handle === undefined) return;
  try {
    for await (const batch of readBatches(handle, file)) {
      for (const entry of batch) {
        if (entry.kind !== 'outcome' || entry.fate.kind !== 'rejected') continue;
        const { status, answer } = entry.fate;
        yield { ...entry.key, at: entry.at, status, answer };
      }
    }
  } finally {
    await handle.close();
  }
}

async function openToRead(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw unreadable(file, error);
  }
}

/** Events of the last seconds: one counter a second, in a ring. */
class RecentCount {
  readonly #counts: Float64Array;
  #second = 0;

  constructor(seconds: number) {
    this.#counts = new Float64Array(seconds);
  }

  add(at: Instant): void {
    this.#advance(at);
    const index = this.#second % this.#counts.length;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  until(at: Instant): number {
    this.#advance(at);
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  #advance(at: Instant): void {
    const second = Math.floor(at / SECOND_MS);
    if (second - this.#second >= this.#counts.length) this.#counts.fill(0);
    else
      for (let next = this.#second + 1; next <= second; next += 1)
        this.#counts[next % this.#counts.length] = 0;
    this.#second = Math.max(this.#second, second);
  }
}
