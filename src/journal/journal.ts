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

/** The definition of a run; written once, at its start. */
export interface RunRecord {
  readonly runId: string;
  readonly runbook: string;
  readonly mode: RunMode;
  /** Version of the machines it began with. */
  readonly machineVersion: number;
  /**
   * The durable function that began it: its ARN, qualified by a version. Once the machines have changed, only that version drives the run. Absent: begun on
   * a machine of an operator.
   */
  readonly function?: string;
  readonly createdAt: Instant;
  readonly plan: Plan;
  /** Gates from the runbook and its limits: `gatesOf` of workflow/recovery/gates.ts. */
  readonly gates: readonly Gate[];
  /** Gates that a declared incident waived, because the runbook says so. */
  readonly waivers: readonly Waiver[];
  /** Damaged sources to take a snapshot of before anything is restored. */
  readonly forensics: readonly ForensicTarget[];
  /** A fresh recovery point of all that was recovered is taken at the end. */
  readonly protects: boolean;
  /** The backfill after the recovery; paths are absolute. Absent: no backfill. */
  readonly backfill?: BackfillSpec;
  /** Name of the bucket that keeps the working data of the backfill, so that it outlives each process. Absent: the folder of the run keeps it. */
  readonly backfillBucket?: string;
  /** Targets of notices. */
  readonly notify: readonly KeptTarget[];
  /** The operator who started the run: the identity in the account, or the user of the machine in a simulation. */
  readonly startedBy: string;
  /** Where the whole account is behind one AWS-compatible endpoint: its origin, which also says who signs. Absent: AWS, whose own STS is asked. */
  readonly identityEndpoint?: string;
  /** Twelve digits; absent where the account is not known, and in what older versions wrote. */
  readonly account?: string;
  /** Name of the machine it was started on. */
  readonly startedOn: string;
  /** Snapshots of damaged sources that a run whose journal was lost had taken. */
  readonly evidence?: readonly Evidence[];
  /** Resources found of a run whose journal was lost, by planned resource: `lifeboat adopt`. */
  readonly adopted?: Readonly<Record<string, Adopted>>;
  /** The runbook's text, for evidence. */
  readonly runbookText: string;
  /** Options of its start: needed to resume the run. */
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

/** Everything that a driver needs to continue. */
export interface JournalState {
  readonly aggregates: readonly StoredAggregate[];
  /** Effects without an answer, oldest first. */
  readonly outbox: readonly Effect[];
  readonly timers: readonly Timer[];
  /** The latest instant any decision was made at; 0 before the first. */
  readonly lastAt: Instant;
  /** The driver's last memo; absent before the first, and in journals of older versions. */
  readonly memo?: Json;
}

/** Written in one transaction, atomically. */
export interface Commit {
  readonly decisions: readonly Decision[];
  /**
   * What a later driver must know in addition to the decisions, in parts: each replaces the part of that name; others stay as they
   * are. Only the driver reads them.
   */
  readonly memo?: { readonly [part: string]: Json };
  /** The last signal that the decisions follow from. It and all before it are consumed. */
  readonly heard?: SignalId;
  /**
   * The commit need not be durable when `commit` resolves. A store on a disk loses it with a power failure only; one that pays for each write may keep it in
   * memory for a minute, so that the death of the process loses it.
   */
  readonly mayBeLost?: true;
}

/** Ids increase in the order in which the journal accepted the signals. */
export type SignalId = number;

export type SignalKind = 'approve' | 'reject' | 'pause' | 'resume' | 'abort' | 'cleanup';

/** A request of an operator; appended by any process, consumed by the driver only. */
export interface Signal {
  readonly id: SignalId;
  readonly at: Instant;
  readonly kind: SignalKind;
  readonly by: string;
  readonly reason?: string;
  /** Absent in signals of older versions. */
  readonly identity?: Identity;
  /** For an approval: the question that it answers, `questionKey` of workflow/recovery/questions.ts. */
  readonly meant?: string;
  /** For an abort: whether to keep or remove the resources of the run. */
  readonly made?: 'keep' | 'remove';
  /** Proof of identity for the driver to verify: the query of a presigned GetCallerIdentity (aws/identity-proof.ts). */
  readonly proof?: string;
  /** The row was changed after `lifeboat` wrote it, so the signal is rejected. */
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
 *   `commit` and `putValue` are a `JOURNAL_CONFLICT` that names the new driver. Counts may still be added then: a request was one, whoever sent it.
 * - Failures of the disk or the table are `JOURNAL_UNWRITABLE`, never a half-written decision. Whether a commit that failed so has happened is
 *   unknown where the table did not answer; `load` tells.
 */
export interface Journal {
  readonly record: RunRecord;
  /** Whether this journal was opened with the run's lease and still holds it. Queries the store. */
  isOurs(): Promise<boolean>;
  /** @throws LifeboatError `JOURNAL_CONFLICT`, naming the new driver, unless {@link isOurs} */
  assertOurs(): Promise<void>;
  load(): Promise<JournalState>;
  /** One with nothing in it writes nothing. */
  commit(commit: Commit): Promise<void>;
  /** Counts a request to AWS before it is sent. One that only reads may be counted with the next commit, so that the death of the process loses its count. */
  countCall(operation: string): Promise<void>;
  countThrottle(operation: string): Promise<void>;
  apiCalls(): Promise<readonly ApiCallCount[]>;
  /**
   * Stores a small value in addition to the decisions, replacing an earlier one of that name; durable when it resolves. Consumes no signals.
   * @throws LifeboatError `JOURNAL_CONFLICT` when another process drives
   */
  putValue(name: string, value: Json): Promise<void>;
  /** The last value stored under this name. */
  value(name: string): Promise<Json | undefined>;
  /** A number that changes when another process writes; cheap enough to read several times a second. */
  changes(): Promise<number>;
  signal(signal: Omit<Signal, 'id'>): Promise<void>;
  /** Signals that no commit has consumed yet, oldest first. Any process may call this. */
  pendingSignals(): Promise<readonly Signal[]>;
  /** Entries after the `from`-th, oldest first. */
  timeline(from?: number): Promise<readonly TimelineEntry[]>;
  /** The events of all decisions, in order. */
  history(): Promise<
    readonly { readonly at: Instant; readonly aggregate: AggregateId; readonly event: Json }[]
  >;
  close(): Promise<void>;
}
