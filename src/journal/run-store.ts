import type { LifeboatError } from '../errors.ts';
import type { Instant } from '../time.ts';
import type { Journal, RunRecord } from './journal.ts';
import type { Held } from './lease.ts';

/** A run that is to begin. */
export interface RunDraft {
  readonly runbook: string;
  readonly at: Instant;
  /** Of a run whose journal was lost. Absent: the store chooses an id. */
  readonly runId?: string;
  /** Other machines choose ids too, without asking this store: things in the account carry them. */
  readonly isShared: boolean;
  readonly record: (runId: string) => RunRecord;
}

/** One that cannot be read is listed with the reason, never left out. */
export type RunHead = {
  readonly runId: string;
  /** When it was begun, by the clock of the machine: a simulated run has a time of its own. */
  readonly begunAt: Instant;
} & (
  | { readonly record: RunRecord; readonly problem?: never }
  | { readonly problem: LifeboatError; readonly record?: never }
);

/** What was checked. A rehearsal on an inventory says nothing of the account, so each keeps baselines of its own. */
export type CheckedWorld = 'account' | 'simulation';

/**
 * All runs, and the baselines of runbooks. Every implementation passes `test/contract/run-store.ts`.
 * - `create` has happened completely or not at all, also when the process dies in the middle of it.
 */
export interface RunStore {
  /** @throws LifeboatError `JOURNAL_CONFLICT` when there is a run of the draft's own id */
  create(draft: RunDraft): Promise<RunRecord>;
  /**
   * The run with this id, or the one begun last. An older run is never taken in the place of one that cannot be read.
   * @throws LifeboatError `RUN_NOT_FOUND`, naming ids that are close; or what keeps the run from being read
   */
  find(runId?: string): Promise<RunRecord>;
  /** Latest first. */
  list(): AsyncIterable<RunHead>;
  /** With a lease its holder drives: only then may decisions, counts and facts be written. Closing the journal releases the lease. */
  open(runId: string, held?: Held): Promise<Journal>;
  /** The inventory of the last successful check. `place` tells people where it is kept. */
  baseline(runbook: string, world: CheckedWorld): Promise<Baseline | undefined>;
  /** Takes the place of the one before, whole. Returns the place where it is kept. */
  keepBaseline(runbook: string, world: CheckedWorld, text: string): Promise<string>;
}

export interface Baseline {
  readonly text: string;
  readonly place: string;
}
