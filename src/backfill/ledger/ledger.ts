import type { Instant } from '../../time.ts';
import type { ReplayCounts } from '../base/counts.ts';
import type { RecordKey } from '../base/record.ts';
import type { Fate } from '../base/replay-ports.ts';

/** What the ledger knows of a record when a backfill continues. */
export type RecordState =
  /** Nothing was ever sent. */
  | { readonly kind: 'new' }
  /** Tried so often; the last attempt is known to have failed. */
  | { readonly kind: 'tried'; readonly attempts: number }
  /** An attempt began and its outcome is unknown. */
  | { readonly kind: 'unknown'; readonly attempts: number }
  | { readonly kind: 'fate'; readonly fate: Fate['kind'] };

/** A count of what the ledger holds; kept while it is written, read back when it is opened. */
export interface LedgerCounts extends ReplayCounts {
  readonly sends: number;
  /** Sends of requests whose earlier outcome is unknown: an upper bound of the effects that happened twice. */
  readonly resentUnknown: number;
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
  failed(key: RecordKey, attempt: number, outcome: 'known' | 'unknown', why: string): Promise<void>;
  /** Final. Resolves when it is on the disk. */
  conclude(key: RecordKey, attempt: number, fate: Fate): Promise<void>;
  /** Its queue has deleted it: it need not be kept in mind much longer. Only for what has no ordinal. */
  forget?(key: RecordKey): Promise<void>;
  /** Counts of entries on the disk. */
  readonly counts: LedgerCounts;
  /** Waits for what is under way. */
  close(): Promise<void>;
}
