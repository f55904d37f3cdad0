import type { Plan, RunMode } from '../plan/types.ts';
import type { Instant } from '../time.ts';
import type { Decision, Json, TimelineEntry, Timer } from '../workflow/decision.ts';
import type { AggregateId, Effect } from '../workflow/effects.ts';
import type { Gate } from '../workflow/recovery-context.ts';

/** What a run is; written once, at its start. */
export interface RunRecord {
  readonly runId: string;
  readonly runbook: string;
  readonly mode: RunMode;
  /** Version of the machines it began with. */
  readonly machineVersion: number;
  readonly createdAt: Instant;
  readonly plan: Plan;
  /** What waits for people; from the runbook and its limits: `gatesOf` of workflow/gates.ts. */
  readonly gates: readonly Gate[];
  /** The runbook's text, for evidence. */
  readonly runbookText: string;
  /** How it was started: needed to resume it. */
  readonly options: RunOptions;
}

export interface RunOptions {
  /** `--yes`: questions are answered, also simulated approvals. */
  readonly yes: boolean;
  /** Present for a simulated run. */
  readonly simulation?: {
    readonly seed: number;
    readonly faults: 'none' | 'flaky' | 'storm';
    readonly account: string;
  };
  /** Whether an incident was declared with --incident-at. */
  readonly incidentDeclared: boolean;
}

export interface StoredAggregate {
  readonly id: AggregateId;
  readonly sequence: number;
  readonly snapshot: Json;
}

/** All that a driver needs to go on. */
export interface JournalState {
  readonly aggregates: readonly StoredAggregate[];
  /** Effects without an answer, oldest first. */
  readonly outbox: readonly Effect[];
  readonly timers: readonly Timer[];
  /** The latest instant any decision was made at; 0 before the first. */
  readonly lastAt: Instant;
}

export type SignalKind = 'approve' | 'reject' | 'pause' | 'resume' | 'abort';

/** What an operator asked for; appended by any process, consumed by the driver only. */
export interface Signal {
  readonly id: number;
  readonly at: Instant;
  readonly kind: SignalKind;
  readonly by: string;
  readonly reason?: string;
}

export interface ApiCallCount {
  readonly operation: string;
  readonly total: number;
  readonly throttled: number;
}

/**
 * The durable memory of one run. Every implementation passes `test/contract/journal.ts`.
 * - `commit` is atomic per decision and durable when it resolves; a sequence or epoch that does not fit is a
 *   `JOURNAL_CONFLICT` and nothing of that decision is written.
 * - `acquire` makes this process the only driver: it takes the OS lock and raises the epoch, or throws `RUN_IS_DRIVEN`.
 *   Only after it may `commit`, `countCall` and `takeSignals` be called. The lock dies with the process.
 * - Failures of the disk are `JOURNAL_UNWRITABLE`, never a half-written decision.
 */
export interface Journal {
  readonly record: RunRecord;
  acquire(): Promise<{ readonly epoch: number }>;
  load(): Promise<JournalState>;
  commit(decisions: readonly Decision[]): Promise<void>;
  /** Counts a request to AWS before it is sent. */
  countCall(operation: string): Promise<void>;
  countThrottle(operation: string): Promise<void>;
  apiCalls(): Promise<readonly ApiCallCount[]>;
  signal(signal: Omit<Signal, 'id'>): Promise<void>;
  /** Signals that no driver has consumed yet, oldest first. For anyone; nothing is consumed by it. */
  pendingSignals(): Promise<readonly Signal[]>;
  /** Signals not yet consumed, oldest first. They count as consumed once the next `commit` has succeeded. */
  takeSignals(): Promise<readonly Signal[]>;
  /** Entries after the `from`-th, oldest first. */
  timeline(from?: number): Promise<readonly TimelineEntry[]>;
  /** The events of all decisions in order: the golden history. */
  history(): Promise<
    readonly { readonly at: Instant; readonly aggregate: AggregateId; readonly event: Json }[]
  >;
  close(): Promise<void>;
}
