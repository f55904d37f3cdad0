import type { LifeboatError } from '../errors.ts';
import type { Instant } from '../time.ts';
import type { Journal, RunRecord } from './journal.ts';
import type { Held } from './lease.ts';

/** A run that is to begin. */
export interface RunDraft {
  readonly runbook: string;
  readonly at: Instant;
  /** The id of a run whose journal was lost. Absent: the store chooses an id. */
  readonly runId?: string;
  /** Other machines choose ids too, without this store: resources in the account carry them. */
  readonly isShared: boolean;
  readonly record: (runId: string) => RunRecord;
}

/** A run that cannot be read is listed with the reason, never omitted. */
export type RunHead = {
  readonly runId: string;
  /** When the run was begun, by the machine's clock: a simulated run has its own time. */
  readonly begunAt: Instant;
} & (
  | { readonly record: RunRecord; readonly problem?: never }
  | { readonly problem: LifeboatError; readonly record?: never }
);

/** What was checked. A rehearsal on an inventory proves nothing about the account, so the two have separate baselines. */
export type CheckedWorld = 'account' | 'simulation';

/**
 * All runs, and the baselines of runbooks. Every implementation passes `test/contract/run-store.ts`.
 * - `create` is atomic, also when the process dies in the middle of it.
 */
export interface RunStore {
  /** @throws LifeboatError `JOURNAL_CONFLICT` when a run with the draft's own id exists */
  create(draft: RunDraft): Promise<RunRecord>;
  /**
   * The run with this id, or the latest one. If that cannot be read, an older run is never returned instead.
   * @throws LifeboatError `RUN_NOT_FOUND`, naming similar ids; or the reason why the run cannot be read
   */
  find(runId?: string): Promise<RunRecord>;
  /** Latest first: of all runbooks, or of one. */
  list(runbook?: string): AsyncIterable<RunHead>;
  /** Only with a lease may decisions, counts and facts be written. Closing the journal releases the lease. */
  open(runId: string, held?: Held): Promise<Journal>;
  /** The inventory of the last successful check. `place`: where it is kept, as text. */
  baseline(runbook: string, world: CheckedWorld): Promise<Baseline | undefined>;
  /** Replaces the previous baseline atomically. Returns the place where it is kept. */
  keepBaseline(runbook: string, world: CheckedWorld, text: string): Promise<string>;
}

export interface Baseline {
  readonly text: string;
  readonly place: string;
}
