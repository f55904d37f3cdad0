import type { FsrState } from '../inventory/schema.ts';
import type { ObjectiveState } from '../objectives/live.ts';
import type { Objectives, RunMode } from '../plan/types.ts';
import type { Instant } from '../time.ts';
import type { Answer, Failure, Finding, FsrTarget, MadeThing } from './effects.ts';
import type { Pending } from './pending.ts';

/** The fleet in numbers, derived from the resources' rows. `restored`, `warmed` and `ready` count each resource that came at least so far. */
export interface FleetSummary {
  readonly total: number;
  readonly queued: number;
  readonly restored: number;
  readonly warmed: number;
  readonly ready: number;
  readonly failed: number;
  readonly removed: number;
  /** No resource has anything left to delete or to switch off. */
  readonly tidy: boolean;
}

export type GatedPhase = 'restore' | 'cutover' | 'backfill' | 'cleanup';
export type Outcome = 'completed' | 'failed' | 'aborted';

export interface Approval {
  readonly gate: GatedPhase;
  readonly by: string;
  readonly at: Instant;
  readonly reason?: string;
}

/** Why a phase waits for people: distinct approvals needed. */
export interface Gate {
  readonly before: GatedPhase;
  readonly approvals: number;
  readonly why: string;
}

export interface RecoveryContext {
  readonly runId: string;
  readonly mode: RunMode;
  readonly objectives: Objectives;
  readonly gates: readonly Gate[];
  readonly approvals: readonly Approval[];
  /** What preflight asks about; from the plan. */
  readonly preflight: {
    readonly snapshots: readonly string[];
    readonly dbSnapshots: readonly string[];
    readonly dbInstances: readonly string[];
    readonly fsr: readonly FsrTarget[];
  };
  /** Fast snapshot restore as it was before the run. */
  readonly fsrBefore: readonly (FsrTarget & { readonly state: FsrState })[];
  readonly findings: readonly Finding[];
  readonly fleet: FleetSummary;
  readonly round: number;
  readonly outcome: Outcome;
  readonly problem?: string | undefined;
  readonly pending: Pending;
  /** All sweeps ever asked for, and those before the present cleanup. */
  readonly sweeps: number;
  readonly sweepsBefore: number;
  /** How often the recovery went back because a sweep had not found what should be there. */
  readonly regressions: number;
  /** A sweep found nothing that should not be there, after the settle window. */
  readonly swept: boolean;
  readonly removedIds: readonly string[];
  /** What should have stayed and was not found by the last sweep. */
  readonly missing: readonly string[];
  /** Not found by two sweeps in a row: it is gone. */
  readonly lost: readonly string[];
  readonly leftovers: readonly string[];
  readonly objectiveStates: { readonly rto: ObjectiveState; readonly rpo: ObjectiveState };
  /** The RTO will probably be missed. `at-risk` alone may mean no more than one case in ten. */
  readonly expectsMiss: boolean;
  /** Since when AWS has not answered, and what it was that failed; absent while it answers. */
  readonly outOfContact?: { readonly since: Instant; readonly failure: Failure } | undefined;
  /** When each phase was entered; a phase ends when the next begins. */
  readonly enteredAt: Readonly<Record<string, Instant>>;
  /** When the recovery proper was over: RTA counts to here. */
  readonly recoveredAt?: Instant | undefined;
  readonly endedAt?: Instant;
}

interface Spoken {
  readonly at: Instant;
  readonly by: string;
  readonly reason?: string;
}

export type RecoveryEvent =
  | { readonly type: 'ANSWERED'; readonly at: Instant; readonly answer: Answer }
  | { readonly type: 'FLEET'; readonly at: Instant; readonly fleet: FleetSummary }
  /** Every resource was just seen in one read, alive. */
  | { readonly type: 'CONFIRMED'; readonly at: Instant }
  /** The fleet is tidy: what is to stay, and what is to go if it is found. */
  | { readonly type: 'TIDY'; readonly at: Instant; readonly keep: readonly MadeThing[] }
  /** AWS has not answered for a while; without `lost`: it answers again. */
  | {
      readonly type: 'CONTACT';
      readonly at: Instant;
      readonly lost?: { readonly since: Instant; readonly failure: Failure };
    }
  | {
      readonly type: 'OBJECTIVE';
      readonly at: Instant;
      readonly objective: 'rto' | 'rpo';
      readonly state: ObjectiveState;
      readonly expectsMiss: boolean;
      readonly message: string;
    }
  | ({ readonly type: 'approve'; readonly gate?: GatedPhase } & Spoken)
  | ({ readonly type: 'reject' } & Spoken)
  | ({ readonly type: 'pause' } & Spoken)
  | ({ readonly type: 'resume' } & Spoken)
  | ({ readonly type: 'abort' } & Spoken);

export interface RecoveryInput {
  readonly runId: string;
  readonly mode: RunMode;
  readonly objectives: Objectives;
  readonly gates: readonly Gate[];
  readonly preflight: RecoveryContext['preflight'];
  readonly total: number;
  readonly at: Instant;
}

export function initialRecovery(input: RecoveryInput): RecoveryContext {
  return {
    runId: input.runId,
    mode: input.mode,
    objectives: input.objectives,
    gates: input.gates,
    approvals: [],
    preflight: input.preflight,
    fsrBefore: [],
    findings: [],
    fleet: {
      total: input.total,
      queued: input.total,
      restored: 0,
      warmed: 0,
      ready: 0,
      failed: 0,
      removed: 0,
      tidy: true,
    },
    round: 0,
    outcome: 'completed',
    pending: {},
    sweeps: 0,
    sweepsBefore: 0,
    regressions: 0,
    swept: false,
    removedIds: [],
    missing: [],
    lost: [],
    leftovers: [],
    objectiveStates: { rto: 'on-track', rpo: 'on-track' },
    expectsMiss: false,
    enteredAt: { preflight: input.at },
  };
}

/** People who have agreed to the phase so far. */
export function approvers(context: RecoveryContext, phase: GatedPhase): ReadonlySet<string> {
  return new Set(
    context.approvals.filter((approval) => approval.gate === phase).map((approval) => approval.by),
  );
}

/** Distinct approvals still missing before the phase. Whoever gave the run up has been asked enough: nothing waits behind a gate then. */
export function missingApprovals(context: RecoveryContext, phase: GatedPhase): number {
  if (context.outcome === 'aborted') return 0;
  const needed = Math.max(
    0,
    ...context.gates.filter((gate) => gate.before === phase).map((gate) => gate.approvals),
  );
  return Math.max(0, needed - approvers(context, phase).size);
}

const GATED: readonly GatedPhase[] = ['restore', 'cutover', 'backfill', 'cleanup'];

/** The next gate that is not yet open, in the order of the phases. */
export function nextGate(context: RecoveryContext): GatedPhase | undefined {
  return GATED.find((phase) => missingApprovals(context, phase) > 0);
}
