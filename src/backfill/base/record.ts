import type { Instant } from '../../time.ts';

/** Where a record stands: the byte offset of its line in the decompressed text of its source, or the id of a queue's message. */
export type Position = number | string;

/** What every count, the work store and the ledger go by. Sources are numbered by the work store, from 1. */
export interface RecordKey {
  readonly source: number;
  readonly position: Position;
  /**
   * Its place in the order of the work store, from 0, without gaps, the same in every process: the ledger keeps the fate of each as one bit. Keys and tickets
   * made from a record must carry it. Absent: the source has no order, such as a queue.
   */
  readonly ordinal?: number;
}

/** A name and a value, as the source has them; names in lower case. */
export type Header = readonly [name: string, value: string];

/** One request as a source tells of it. */
export interface RequestRecord {
  /** When it was made; where the source only knows when it was answered, that. */
  readonly at: Instant;
  /** Absent: it was never answered, or the source only holds what was not. */
  readonly status?: number;
  readonly method: string;
  /** With or without scheme and host, as the source has it. */
  readonly url: string;
  readonly host?: string;
  /** An address, without its port. */
  readonly client?: string;
  readonly userAgent?: string;
  /** Empty from an access log, but for what identifies a request. */
  readonly headers: readonly Header[];
  readonly body?: Uint8Array;
  /** `whole`: the source contains the whole request. `url-only`: headers and body are not in it. */
  readonly payload: 'whole' | 'url-only';
  readonly latencySeconds?: number;
  /** Why it cannot be sent again, where that is more than a body that is not in the source: one of a few texts, without anything of the line. */
  readonly lacks?: string;
  /** What could not be established of it: each one of a few texts, which become notes of its source. */
  readonly doubts?: readonly string[];
}

/** What one line of a source turned out to be. */
export type ParsedLine =
  /** `isCut`: fields that a line of this format has are missing; what is needed of it is there. */
  | { readonly kind: 'request'; readonly record: RequestRecord; readonly isCut?: true }
  /** Of this format, but not to be read. `why` names what is wrong, without the line's own text. */
  | {
      readonly kind: 'malformed';
      readonly why: string;
      /** Present for the two faults that other code tells apart. */
      readonly fault?: 'no-object' | 'no-status';
    }
  /** A line of another kind, such as one of TLS or of a network load balancer. */
  | { readonly kind: 'foreign'; readonly why: string }
  /** Says something of the lines that follow; no request, and counted as foreign. */
  | { readonly kind: 'directive' };
