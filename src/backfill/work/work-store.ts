import type { Instant } from '../../time.ts';
import type { Counts } from '../base/counts.ts';
import type { RequestRecord } from '../base/record.ts';
import type { Room } from '../base/room.ts';
import type { ReplaySource } from '../base/replay-ports.ts';
import type { ClassCount } from '../base/verdict.ts';
import type { OutageWindow } from '../base/outage-window.ts';
import type { HostCount, Sample, SourceFacts } from '../base/survey.ts';

/** The result of a complete scan, written in the transaction that ends it. */
export interface ScanFacts {
  readonly scannedAt: Instant;
  /** Sources as they were stored then: whether they are still the same. */
  readonly stored: readonly { readonly name: string; readonly bytes: number }[];
  readonly sources: readonly SourceFacts[];
  readonly counts: Counts;
  readonly windows: readonly OutageWindow[];
  readonly byClass: readonly ClassCount[];
  readonly samples: readonly Sample[];
  /** Actions for the operator, e.g. to enable a webhook that has switched itself off. */
  readonly actions: readonly string[];
  /** Which hosts the requests to be replayed were made to. Absent: written by an earlier version. */
  readonly hosts?: readonly HostCount[];
  /** The oldest request that is lost. */
  readonly earliestLostAt?: Instant;
  /** Missed requests without a status, and answers 460 and 499 that were not counted as missed; absent: none. */
  readonly withoutStatus?: number;
  readonly clientAborts?: number;
  /** Failed outside the windows that the runbook limits it to: among the healthy. */
  readonly ordinaryErrors?: number;
}

/**
 * What a backfill is about, on the disk: everything that will be replayed is written here before anything is sent, so that a log which is rotated or deleted meanwhile changes nothing.
 * SQLite, in the folder of the backfill. A scan that did not end leaves nothing behind.
 */
export interface WorkStore {
  /** Undefined until a scan is complete. */
  readonly facts: ScanFacts | undefined;
  /**
   * Stands for what is to be replayed and in which order, so for what each ordinal means; a scan that finds the same again has the same one. The ledger keeps it.
   * Undefined until a scan is complete.
   */
  readonly identity: string | undefined;
  /** Begins a scan; drops what an unfinished one left. @param room what it may take of the disk; absent: all */
  beginScan(room?: Room): ScanWriter;
  /** Requests to replay, by time, from this ordinal on (default 0): all before it have a fate. */
  openSource(from?: number): ReplaySource;
  /** Moves everything that was written into {@link file}, so that the file alone is the store. */
  gather(): void;
  readonly file: string;
  close(): void;
}

/** Takes what a scan finds. Memory does not grow with it. */
export interface ScanWriter {
  /** One that is to be replayed. */
  add(source: number, offset: number, record: RequestRecord, orderKey: string | undefined): void;
  /** Takes one back that was added: its client turned out to have tried again. */
  remove(source: number, offset: number, at: Instant): void;
  complete(facts: ScanFacts): void;
}
