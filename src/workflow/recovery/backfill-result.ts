import type { Instant } from '../../time.ts';

/** A window of the outage, found in the data or given. */
export interface BackfillWindow {
  /** `errors`: an elevated error rate. `gap`: no traffic at all. `given`: by hand. */
  readonly kind: 'errors' | 'gap' | 'given';
  readonly start: Instant;
  /** The first instant after it. */
  readonly end: Instant;
  readonly requests: number;
  readonly errors: number;
}

/** The outcome of the missed requests of one class. */
export interface BackfillClass {
  /** The rule's name in the runbook, or `other clients`. */
  readonly class: string;
  readonly failed: number;
  /** Came back, was tried again, or could be replayed. */
  readonly recoverable: number;
  readonly reason: string;
  readonly verdicts: Readonly<Record<'returns' | 'retried' | 'replayable' | 'lost', number>>;
}

export interface BackfillSource {
  readonly name: string;
  readonly format: string;
  readonly lines: number;
  readonly remarks: readonly string[];
}

export interface BackfillSample {
  readonly source: string;
  readonly offset: number | string;
  readonly kind: 'malformed' | 'foreign';
  readonly why: string;
  readonly text: string;
}

/** The result or progress of a backfill: plain data, kept in the journal of a run. Rates are fractions from 0 to 1. */
export interface BackfillResult {
  readonly scanned: number;
  readonly malformed: number;
  readonly foreign: number;
  /** Everything that was not missed. */
  readonly healthy: number;
  /** Of those: failed outside the windows that the runbook limits the backfill to. Absent: none. */
  readonly ordinaryErrors?: number;
  /** Of the missed: how many rest on a missing status, which may also stand for an answer that was not logged. Absent: none. */
  readonly withoutStatus?: number;
  /** Answers 460 and 499, to clients that left, which `failed` of the runbook does not count as missed. Absent: none. */
  readonly clientAborts?: number;
  /** Missed: failed, never answered, or undone by a restore. */
  readonly failed: number;
  readonly clientRecovered: number;
  readonly unrecoverable: number;
  /** Pending replay. */
  readonly pending: number;
  readonly replayed: {
    readonly succeeded: number;
    readonly rejected: number;
    readonly abandoned: number;
    readonly ambiguous: number;
  };
  /** Requests sent, repeats among them; of those, how many were sent again although their outcome was unknown. */
  readonly sends: number;
  readonly resentUnknown: number;
  readonly windows: readonly BackfillWindow[];
  readonly errorRate: number;
  readonly lossRate: number;
  /** How the loss rate was reached. */
  readonly lossBasis: string;
  readonly byClass: readonly BackfillClass[];
  /** Whether every record of every source is in exactly one count. */
  readonly balanced: boolean;
  readonly sources: readonly BackfillSource[];
  readonly samples: readonly BackfillSample[];
  /** Which hosts the requests to be replayed were made to, the most frequent first; queues are not among them. `null`: the source does not say. Absent: not counted. */
  readonly hosts?: readonly { readonly host: string | null; readonly requests: number }[];
  /** Actions for operators. */
  readonly actions: readonly string[];
  /** About how many messages of queues never came: others hold them, or they are delayed. Absent: none. */
  readonly waiting?: number;
  /** The oldest request that is lost despite the backfill; absent: none. */
  readonly earliestLostAt?: Instant;
  /** Of what a restore has undone: whether the sources reach back to its beginning. */
  readonly undoneIsCovered?: boolean;
}

/** Missed requests that are lost: not held by the source, refused, given up, or of unknown outcome. */
export function lostTotal({
  unrecoverable,
  replayed,
}: Pick<BackfillResult, 'unrecoverable' | 'replayed'>): number {
  return unrecoverable + replayed.rejected + replayed.abandoned + replayed.ambiguous;
}
