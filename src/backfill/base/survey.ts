import type { FormatName } from '../../runbook/backfill-schema.ts';
import type { Instant } from '../../time.ts';
import type { Buckets } from './outage-window.ts';

/** A line that is no request, kept for people. */
export interface Sample {
  /** The source's name. */
  readonly source: string;
  readonly offset: number;
  readonly kind: 'malformed' | 'foreign';
  readonly why: string;
  /** The beginning of the line, printable. */
  readonly text: string;
}

/** What the survey of one source came to. */
export interface SourceFacts {
  readonly name: string;
  readonly format: FormatName;
  /** Of its decompressed text. */
  readonly bytes: number;
  readonly lines: number;
  readonly requests: number;
  readonly malformed: number;
  readonly foreign: number;
  readonly failed: number;
  /** Answers 460 and 499 that do not count as failed; absent: none. */
  readonly clientAborts?: number;
  /** Without a status, and by the runbook answered; absent: none. */
  readonly assumedAnswered?: number;
  readonly firstAt?: Instant;
  readonly lastAt?: Instant;
  /** Problems that did not end the scan: cut short, truncated while it was read. */
  readonly remarks: readonly string[];
}

export interface Survey {
  readonly sources: readonly SourceFacts[];
  readonly buckets: Buckets;
  readonly samples: readonly Sample[];
}

/** From (inclusive) to (exclusive). */
export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

/** Which lines `survey` hands out, besides counting all. */
export interface Selection {
  /** Requests that failed. */
  readonly failed: boolean;
  /** All requests, failed or not, whose time is in one of these. */
  readonly spans: readonly Span[];
}

/**
 * Selected lines of one source. Batches come in no particular order; within a batch lines are in the order of the source.
 * Line `i` is `bytes[starts[i], ends[i])`, at `offsets[i]` of the source's decompressed text.
 */
export interface LineBatch {
  readonly source: number;
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly offsets: Float64Array;
}

/** How many requests were made to one host. */
export interface HostCount {
  /** In lower case, without the port that the scheme has anyway; `null`: the source does not say. */
  readonly host: string | null;
  readonly requests: number;
}
