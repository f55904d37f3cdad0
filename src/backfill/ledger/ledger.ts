import type { Instant } from '../../time.ts';
import type { ReplayCounts } from '../base/counts.ts';
import type { RecordKey } from '../base/record.ts';
import type { Fate } from '../base/replay-ports.ts';

/** The attempts at a record that has no fate. */
export interface Attempts {
  readonly attempts: number;
  /** Of those: certainly never left. Absent: none. */
  readonly unsent?: number;
  /** When the next one may begin. Absent: now. */
  readonly dueAt?: Instant;
}

/** What the ledger knows of a record when a backfill continues. */
export type RecordState =
  /** Nothing was ever sent. */
  | { readonly kind: 'new' }
  /** Tried so often; the last attempt is known to have failed. */
  | ({ readonly kind: 'tried' } & Attempts)
  /** An attempt began and its outcome is unknown. */
  | ({ readonly kind: 'unknown' } & Attempts)
  | { readonly kind: 'fate'; readonly fate: Fate['kind'] };

/** A count of what the ledger holds; kept while it is written, read back when it is opened. */
export interface LedgerCounts extends ReplayCounts {
  readonly sends: number;
  /** Sends of requests whose earlier outcome is unknown: an upper bound of the effects that happened twice. */
  readonly resentUnknown: number;
  /** When the oldest request was made that came to another fate than success. Absent: there is none. */
  readonly earliestLostAt?: Instant;
}

/** What follows a failed attempt. */
export interface Repetition {
  /** The next attempt begins so many milliseconds later at the earliest, also in another process. */
  readonly pauseMs: number;
  /** How many of the attempts so far certainly never left. */
  readonly unsent: number;
}

/** One line of evidence for people. */
export interface RejectedEntry extends RecordKey {
  readonly at: Instant;
  readonly status: number;
  readonly answer: string;
}

/**
 * The durable memory of what was sent: append-only, every entry with a checksum, written in groups. An entry that its promise has resolved for survives the death of the process and of the machine.
 * After a failed write nothing more is accepted: a request whose intent cannot be written is not sent. All answers are about entries on the disk; one that is being written does not count.
 * A key carries the ordinal of its record wherever its source gave one: without it a fate is not found, and the ledger throws.
 */
export interface Ledger {
  /** Memory: a few bytes for a record without a fate, one bit for a fate. */
  stateOf(key: RecordKey): RecordState;
  /** Resolves when the intent is on the disk: then, and only then, it may be sent. */
  intend(key: RecordKey, attempt: number): Promise<void>;
  /** An attempt has failed and another will follow. */
  failed(
    key: RecordKey,
    attempt: number,
    outcome: 'known' | 'unknown',
    why: string,
    next?: Repetition,
  ): Promise<void>;
  /** Final. Resolves when it is on the disk. `at`: when the request was made. */
  conclude(key: RecordKey & { readonly at?: Instant }, attempt: number, fate: Fate): Promise<void>;
  /** Its queue has deleted it: it need not be kept in mind much longer. Only for what has no ordinal. */
  forget?(key: RecordKey): Promise<void>;
  /** Counts of entries on the disk. */
  readonly counts: LedgerCounts;
  /** Waits for what is under way. */
  close(): Promise<void>;
}
