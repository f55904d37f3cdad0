import type { AggregateId } from '../workflow/base/aggregate-id.ts';
import type { Plan, RunMode } from '../plan/types.ts';
import type { Instant } from '../time.ts';
import type { Decision, Json, TimelineEntry, Timer } from '../workflow/base/decision.ts';
import type { BackfillSpec } from '../runbook/backfill-schema.ts';
import type { KeptTarget } from './kept-target.ts';
import type { Effect } from '../workflow/base/effects.ts';
import type { Adopted } from '../workflow/resource/resource-context.ts';
import type {
  Evidence,
  ForensicTarget,
  Gate,
  Identity,
  Waiver,
} from '../workflow/recovery/recovery-context.ts';

/** What a run is; written once, at its start. */
export interface RunRecord {
  readonly runId: string;
  readonly runbook: string;
  readonly mode: RunMode;
  /** Version of the machines it began with. */
  readonly machineVersion: number;
  readonly createdAt: Instant;
  readonly plan: Plan;
  /** What waits for people; from the runbook and its limits: `gatesOf` of workflow/recovery/gates.ts. */
  readonly gates: readonly Gate[];
  /** Gates that a declared incident waived, because the runbook says so. */
  readonly waivers: readonly Waiver[];
  /** Damaged sources to take a snapshot of before anything is restored. */
  readonly forensics: readonly ForensicTarget[];
  /** A fresh recovery point of all that was recovered is taken at the end. */
  readonly protects: boolean;
  /** What is replayed once the recovery is over; paths are absolute. Absent: nothing. */
  readonly backfill?: BackfillSpec;
  /** Whom to tell of the course of the run. */
  readonly notify: readonly KeptTarget[];
  /** Who started it: the identity in the account, or the user of the machine in a simulation. */
  readonly startedBy: string;
  /** Where the whole account is behind one AWS-compatible endpoint: its origin, which also says who signs. Absent: AWS, whose own STS is asked. */
  readonly identityEndpoint?: string;
  /** Twelve digits; absent where the account is not known, and in what older versions wrote. */
  readonly account?: string;
  /** Name of the machine it was started on. */
  readonly startedOn: string;
  /** Snapshots of damaged sources that a run whose journal was lost had taken. */
  readonly evidence?: readonly Evidence[];
  /** What was found of a run whose journal was lost, by planned resource: `lifeboat adopt`. */
  readonly adopted?: Readonly<Record<string, Adopted>>;
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
    readonly faults: 'none' | 'flaky' | 'storm' | 'drift';
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
  /** What the driver wrote last of its own; absent before the first, and in what older versions wrote. */
  readonly memo?: Json;
}

/** What one transaction writes: all of it or nothing. */
export interface Commit {
  readonly decisions: readonly Decision[];
  /**
   * What a later driver must know beside the decisions, in parts: each takes the place of the part of that name, one that is not named stays as it
   * is. Only the driver reads them.
   */
  readonly memo?: { readonly [part: string]: Json };
  /** The last signal that the decisions follow from. It and all before it are consumed. */
  readonly heard?: SignalId;
  /** It need not be on the disk yet when `commit` resolves: it survives the death of the process, and only a loss of power undoes it. */
  readonly mayBeLost?: true;
}

/** Ids follow the order in which the journal took the signals: one that comes later has a greater id. */
export type SignalId = number;

export type SignalKind = 'approve' | 'reject' | 'pause' | 'resume' | 'abort' | 'cleanup';

/** What an operator asked for; appended by any process, consumed by the driver only. */
export interface Signal {
  readonly id: SignalId;
  readonly at: Instant;
  readonly kind: SignalKind;
  readonly by: string;
  readonly reason?: string;
  /** Absent in what older versions wrote. */
  readonly identity?: Identity;
  /** Of an approval: the question that it answers, `questionKey` of workflow/recovery/questions.ts. */
  readonly meant?: string;
  /** Of an abort: what is to become of what was made. */
  readonly made?: 'keep' | 'remove';
  /** Who gave it, for the driver to verify: the query of a presigned GetCallerIdentity (aws/identity-proof.ts). */
  readonly proof?: string;
  /** Its row is not as `lifeboat` wrote it: it does not count. */
  readonly isAltered?: boolean;
}

export interface ApiCallCount {
  readonly operation: string;
  readonly total: number;
  readonly throttled: number;
}

/**
 * The durable memory of one run. Every implementation passes `test/contract/journal.ts`.
 * - `commit` is atomic, and durable when it resolves; a sequence or epoch that does not fit is a
 *   `JOURNAL_CONFLICT` and nothing of the commit is written.
 * - Only the holder of the run's lease may call `commit`, `countCall`, `countThrottle` and `putValue`. Once another process has taken the run over,
 *   each of them is a `JOURNAL_CONFLICT` that names the new driver.
 * - Failures of the disk are `JOURNAL_UNWRITABLE`, never a half-written decision.
 */
export interface Journal {
  readonly record: RunRecord;
  /** Whether this journal was opened with the run's lease, and still has it. Asks the store itself. */
  isOurs(): Promise<boolean>;
  /** @throws LifeboatError `JOURNAL_CONFLICT`, naming the new driver, unless {@link isOurs} */
  assertOurs(): Promise<void>;
  load(): Promise<JournalState>;
  /** One with nothing in it writes nothing. */
  commit(commit: Commit): Promise<void>;
  /** Counts a request to AWS before it is sent. */
  countCall(operation: string): Promise<void>;
  countThrottle(operation: string): Promise<void>;
  apiCalls(): Promise<readonly ApiCallCount[]>;
  /**
   * Keeps a small value beside the decisions, in the place of an earlier one of that name; durable when it resolves. Consumes no signals.
   * @throws LifeboatError `JOURNAL_CONFLICT` when another process drives
   */
  putValue(name: string, value: Json): Promise<void>;
  /** What was kept last under this name. */
  value(name: string): Promise<Json | undefined>;
  /** Another number once another process has written something: cheap enough to ask for several times a second. */
  changes(): Promise<number>;
  signal(signal: Omit<Signal, 'id'>): Promise<void>;
  /** Signals that no commit has consumed yet, oldest first. For any process. */
  pendingSignals(): Promise<readonly Signal[]>;
  /** Entries after the `from`-th, oldest first. */
  timeline(from?: number): Promise<readonly TimelineEntry[]>;
  /** The events of all decisions in order: the golden history. */
  history(): Promise<
    readonly { readonly at: Instant; readonly aggregate: AggregateId; readonly event: Json }[]
  >;
  close(): Promise<void>;
}
