import type { Thing } from '../../kinds/things.ts';
import type { ObjectiveChange, ObjectiveState } from '../../objectives/live.ts';
import type { Objectives, RunMode } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import type { Answer, Claim, ClaimPlace, Failure, Finding, KeptThing, ThingState } from '../base/effects.ts';
import type { BackfillResult } from './backfill-result.ts';
import type { Pending } from '../base/pending.ts';
import type { Leftover, Reason } from '../base/reasons.ts';

/** The fleet in numbers, derived from the resources' rows. `restored`, `warmed` and `ready` count each resource that came at least so far. */
export interface FleetSummary {
  readonly total: number;
  readonly queued: number;
  readonly restored: number;
  readonly warmed: number;
  readonly ready: number;
  readonly failed: number;
  readonly removed: number;
  /** What they made is being removed. Absent for none. */
  readonly removing?: number;
  /** Halted: the copies are usable, and an operator must decide. Absent for none. */
  readonly halted?: number;
  /** Queued behind a halted resource. Absent for none. */
  readonly blocked?: number;
  /** No resource is taking a fresh recovery point of what it recovered, and no resource has anything left to delete or to switch off. */
  readonly tidy: boolean;
}

/** A resource that waits for a decision. */
export interface HaltedResource {
  readonly resource: string;
  /** Of the halt, within the resource. */
  readonly number: number;
  readonly differences: readonly Finding[];
}

/** The machine's clock advanced by more than the elapsed time, or than is plausible. */
export interface ClockJump {
  /** 1 for the first of the run. */
  readonly number: number;
  /** By the run's time. */
  readonly at: Instant;
  readonly ms: number;
  /** No process drove the run meanwhile, so elapsed time was not measured. */
  readonly isAway: boolean;
  /** The run's time includes it. */
  readonly isCounted: boolean;
}

export type GatedPhase = 'restore' | 'cutover' | 'backfill' | 'cleanup';
export type Outcome = 'completed' | 'failed' | 'aborted';

/**
 * How the author of a signal is known: from the account's identity service, from the machine's user name alone, or (an approval while the
 * identity service is down) from their own statement with a reason.
 */
export type Identity = 'verified' | 'local' | 'break-glass';

export interface Approval {
  readonly gate: GatedPhase;
  /** Id of the manual step that was confirmed, or of the difference that was accepted; absent: one of the approvals of the phase. */
  readonly step?: string;
  readonly by: string;
  readonly identity?: Identity;
  readonly at: Instant;
  readonly reason?: string;
}

/** What a phase waits for. */
export interface Gate {
  /** Unique within the run, e.g. `cutover/approvals` or `restore/manual/1`. */
  readonly id: string;
  readonly before: GatedPhase;
  /** `approvals` and `cost` count distinct people, each `manual` step wants one confirmation of its own; the others open by themselves. */
  readonly kind: 'approvals' | 'cost' | 'manual' | 'window' | 'freeze';
  /** Distinct people who must agree; 0 for a window or a freeze file. */
  readonly approvals: number;
  readonly why: string;
  /** Of a manual step. */
  readonly instructions?: string;
  /** Of a change window, as the runbook has it, e.g. `Mon-Fri 06:00-10:00 UTC`. */
  readonly window?: string;
  /** Of a freeze file: its absolute path. */
  readonly file?: string;
}

/** A gate that stands open because an incident was declared and the runbook says `unless: incident`. */
export interface Waiver {
  readonly gate: Gate;
  readonly why: string;
}

/** A damaged source, and the name of the snapshot to be taken of it. */
export interface ForensicTarget {
  readonly resource: string;
  readonly identifier: string;
  readonly of: Thing<'existing'>;
  /** AWS has no token for taking it. */
  readonly tokenless?: true;
}

/** The result of the snapshot of a damaged source. */
export interface Evidence {
  readonly resource: string;
  readonly of: string;
  readonly snapshotId?: string;
  /** Why the snapshot is missing. */
  readonly problem?: Reason;
}

/** A freeze file that exists, or cannot be looked at. */
export interface Frozen {
  readonly file: string;
  /** Why it cannot be looked at, e.g. `EACCES`; absent: it exists. */
  readonly errno?: string;
}

/** This run's claim on the runbook in the account. */
export interface Claimed {
  readonly place: ClaimPlace;
  readonly preempted?: Claim;
  readonly why?: string;
  /** The claim was not confirmed and counts as missing; but AWS may have carried out the request. */
  readonly isUncertain?: boolean;
}

/** A cleanup after the end of the run. It changes nothing of how the run ended. */
export interface Cleanup {
  /** 1 for the first of the run. */
  readonly number: number;
  readonly by: string;
  readonly at: Instant;
  /** Sweeps in a row that found nothing. */
  readonly emptySweeps: number;
  readonly removedIds: readonly string[];
  readonly leftovers: readonly Leftover[];
  /** Absent while it goes on. */
  readonly endedAt?: Instant;
}

export interface RecoveryContext {
  readonly runId: string;
  readonly mode: RunMode;
  /** Rejected signals. */
  readonly unheard?: number;
  /** The run's journal was lost: what it did before is known only from the account. */
  readonly isAdopted?: boolean;
  readonly objectives: Objectives;
  readonly gates: readonly Gate[];
  readonly waivers: readonly Waiver[];
  readonly approvals: readonly Approval[];
  /** The phase before which the run stands and asks its questions (`questions.ts`); null while it asks none, absent in what older versions wrote. */
  readonly asks?: GatedPhase | null;
  /** Freeze files as they were seen last. */
  readonly frozen: readonly Frozen[];
  /** The claim to set before anything is created, and what can carry it. */
  readonly claim: Claim;
  readonly claimSources: readonly Thing[];
  /** Absent until it is set. */
  readonly claimed?: Claimed;
  /** The claim was released. */
  readonly released?: boolean;
  readonly forensics: readonly ForensicTarget[];
  readonly evidence: readonly Evidence[];
  /** A fresh recovery point of all that was recovered is taken at the end. */
  readonly protects: boolean;
  /** Missed traffic is replayed in its own phase. Absent in what older versions wrote. */
  readonly backfills?: boolean;
  /** The result of the backfill; absent until it is over. */
  readonly backfilled?: { readonly at: Instant; readonly result: BackfillResult };
  /** An abort that keeps what was made. */
  readonly keepsMade: boolean;
  /** Kept by it, although they are untracked. */
  readonly keptIds: readonly string[];
  /** The resources that preflight checks, from the plan. */
  readonly preflight: {
    readonly relies: readonly Thing<'existing'>[];
    /** For each resource the backups that its strategies start from, one a strategy: a resource needs one of them. */
    readonly needs: readonly (readonly string[])[];
  };
  /** What was switched on before the run, such as fast snapshot restore: the run never switches it off. */
  readonly onBefore: readonly ThingState[];
  readonly findings: readonly Finding[];
  readonly fleet: FleetSummary;
  /** Absent: none. */
  readonly halts?: readonly HaltedResource[];
  readonly round: number;
  /** When the round began; absent for the first. No operator has decided on a later halt yet. */
  readonly roundAt?: Instant;
  readonly outcome: Outcome;
  readonly problem?: Reason | undefined;
  readonly pending: Pending;
  /** All sweeps ever asked for, and those before the present cleanup. */
  readonly sweeps: number;
  readonly sweepsBefore: number;
  /** How often the recovery went back because a sweep had not found what should be there. */
  readonly regressions: number;
  /** A sweep after the settle window found no untracked resource. */
  readonly swept: boolean;
  readonly removedIds: readonly string[];
  /** Resources to keep that the last sweep did not find. */
  readonly missing: readonly string[];
  /** Not found by two sweeps in a row: it is gone. */
  readonly lost: readonly string[];
  readonly leftovers: readonly Leftover[];
  /** The last cleanup after the end. Absent: none. */
  readonly cleanup?: Cleanup;
  readonly objectiveStates: { readonly rto: ObjectiveState; readonly rpo: ObjectiveState };
  /** The p50 misses the RTO. `at-risk` alone may mean that only the p90 misses it. */
  readonly expectsMiss: boolean;
  /** Since when AWS has not answered, and which operation failed; absent while AWS answers. */
  readonly outOfContact?: { readonly since: Instant; readonly failure: Failure } | undefined;
  /** Absent while the clock has agreed with the time that passed. `aheadMs`: how far it is ahead of the run's time. */
  readonly clock?: { readonly aheadMs: number; readonly jumps: readonly ClockJump[] };
  /** When each phase was entered; a phase ends when the next begins. */
  readonly enteredAt: Readonly<Record<string, Instant>>;
  /** When the recovery itself was over: the RTA ends here. */
  readonly recoveredAt?: Instant | undefined;
  readonly endedAt?: Instant;
}

interface Spoken {
  readonly at: Instant;
  readonly by: string;
  readonly reason?: string;
  readonly identity?: Identity;
}

export type RecoveryEvent =
  | { readonly type: 'ANSWERED'; readonly at: Instant; readonly answer: Answer }
  | {
      readonly type: 'FLEET';
      readonly at: Instant;
      readonly fleet: FleetSummary;
      readonly halts?: readonly HaltedResource[];
    }
  /** One look has just seen every resource alive. */
  | { readonly type: 'CONFIRMED'; readonly at: Instant }
  /** The fleet has finished: the things to keep, and the things to remove if found. */
  | {
      readonly type: 'TIDY';
      readonly at: Instant;
      readonly keep: readonly KeptThing[];
      /** In a cleanup after the end: what the resources have removed. */
      readonly removed?: readonly string[];
    }
  /** AWS has not answered for a while; without `lost`: AWS answers again. */
  | {
      readonly type: 'CONTACT';
      readonly at: Instant;
      readonly lost?: { readonly since: Instant; readonly failure: Failure };
    }
  | {
      readonly type: 'OBJECTIVE';
      readonly at: Instant;
      readonly objective: 'rto' | 'rpo';
      readonly expectsMiss: boolean;
      readonly change: ObjectiveChange;
    }
  /** The machine's clock has jumped forward (`jump`), or was put right again. */
  | {
      readonly type: 'CLOCK';
      readonly at: Instant;
      readonly aheadMs: number;
      readonly jump?: Omit<ClockJump, 'number' | 'at'>;
    }
  /** The time of a window has come, or freeze files have come or gone. */
  | { readonly type: 'GATES'; readonly at: Instant; readonly frozen: readonly Frozen[] }
  /** The backfill is over, or was stopped for good. */
  | { readonly type: 'BACKFILLED'; readonly at: Instant; readonly result: BackfillResult }
  /** A restore has taken the runbook from this drill. */
  | { readonly type: 'PREEMPTED'; readonly at: Instant; readonly holder: Claim }
  /** A rejected signal: it was altered, or its author is not proven. */
  | {
      readonly type: 'UNHEARD';
      readonly at: Instant;
      readonly kind: string;
      readonly giver: string;
      readonly why: Reason;
    }
  /** `meant`: the question that it answers (`questionKey`); without one, the first that is asked when it is heard. */
  | ({ readonly type: 'approve'; readonly meant?: string } & Spoken)
  | ({ readonly type: 'reject' } & Spoken)
  /** `because`: why the driver itself pauses the run. */
  | ({ readonly type: 'pause'; readonly because?: Reason } & Spoken)
  | ({ readonly type: 'resume' } & Spoken)
  /** Removes what an ended run made and left. */
  | ({ readonly type: 'cleanup' } & Spoken)
  /** `made`: whether to keep or remove the run's resources; default: remove. */
  | ({ readonly type: 'abort'; readonly made?: 'keep' | 'remove' } & Spoken);

export interface RecoveryInput {
  readonly runId: string;
  readonly mode: RunMode;
  readonly objectives: Objectives;
  readonly gates: readonly Gate[];
  readonly waivers: readonly Waiver[];
  readonly claim: Claim;
  readonly claimSources: readonly Thing[];
  readonly forensics: readonly ForensicTarget[];
  readonly protects: boolean;
  readonly backfills?: boolean;
  /** Of an adopted run: what it had kept of the damaged sources. */
  readonly evidence?: readonly Evidence[];
  readonly preflight: RecoveryContext['preflight'];
  readonly total: number;
  readonly at: Instant;
  /** The run's journal was lost: what it did before is known only from the account. */
  readonly isAdopted?: boolean;
}

export function initialRecovery(input: RecoveryInput): RecoveryContext {
  return {
    runId: input.runId,
    mode: input.mode,
    ...(input.isAdopted === true && { isAdopted: true }),
    objectives: input.objectives,
    gates: input.gates,
    waivers: input.waivers,
    approvals: [],
    asks: null,
    frozen: [],
    claim: input.claim,
    claimSources: input.claimSources,
    forensics: input.forensics,
    evidence: input.evidence ?? [],
    protects: input.protects,
    ...(input.backfills === true && { backfills: true }),
    keepsMade: false,
    keptIds: [],
    preflight: input.preflight,
    onBefore: [],
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
