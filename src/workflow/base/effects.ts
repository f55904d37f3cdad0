import type { AggregateId } from './aggregate-id.ts';
import type { FailureClass } from '../../facts/retries.ts';
import type { Finding } from '../../kinds/findings.ts';
import type { KindName, Made, Thing } from '../../kinds/things.ts';
import type { MakeSpec, RunMode } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';

export type { FailureClass } from '../../facts/retries.ts';
export type { Finding, FindingCode, FindingData } from '../../kinds/findings.ts';

/** `<run>/<resource>/<step>#<attempt>`: an answer to attempt 1 never completes attempt 2. */
export type EffectId = string;

/** In a list of kept things. `mayBeGone`: the run does not delete it, and does not report a loss if another user deletes it. */
export interface KeptThing extends Made {
  readonly mayBeGone?: true;
}

/** A thing that was there before the run, with its status in the service's own word. */
export interface ThingState extends Thing<'existing'> {
  readonly status: string;
}

/** Why a run takes a snapshot: evidence of the damage, never deleted by Lifeboat; or a fresh recovery point of what was recovered. */
export type SnapshotPurpose = 'forensics' | 'protection';

/** The spec of an operation that takes a snapshot. */
export interface SnapshotRequest {
  readonly purpose: SnapshotPurpose;
}

/** The kind's own plain JSON: its adapter checks and narrows it. */
export type OperationSpec = object;

/** Strategy, round, copy and generation of a thing: enough to rebuild the resource's row from the account alone. */
export interface MakeMark {
  readonly mode: RunMode;
  readonly strategy: string;
  readonly round: number;
  readonly copy: number;
  readonly generation: number;
  /** The instant of the data in a DB instance; absent in what older versions made. */
  readonly pointAt?: Instant;
}

/** The run that now recovers a runbook; stored in the account, so that other machines see it. */
export interface Claim {
  readonly runId: string;
  readonly runbook: string;
  readonly mode: RunMode;
  /** The operator who started the run. */
  readonly by: string;
  /** Name of the machine that started it. */
  readonly host: string;
  readonly at: Instant;
  readonly incidentAt: Instant;
  readonly damagedAt: Instant;
}

/** Where the claim was written: an SSM parameter, a tag on a source, or nowhere (then two restores are not kept apart). */
export type ClaimPlace = 'parameter' | 'tag' | 'nowhere';

export interface EffectBase {
  readonly id: EffectId;
  readonly aggregate: AggregateId;
  /** 1 for the first send; the same effect asked again has the same identity but another attempt. */
  readonly attempt: number;
  /** An earlier driver may have sent it without receiving an answer: where AWS has no idempotency token, the executor first searches for its result. */
  readonly doubtful?: true;
  /** Not to be sent earlier: back-off. */
  readonly notBefore?: Instant;
  /** How often it has failed so far, by class. */
  readonly failures?: Readonly<Partial<Record<FailureClass, number>>>;
}

/** An operation of a kind's adapter: makes a thing, or changes the target. A retry of the same identity makes nothing twice. */
export interface Operate {
  readonly type: 'operate';
  readonly kind: KindName;
  readonly operation: string;
  /** Role of the part that it makes or acts on. */
  readonly role: string;
  /** Planned id of the resource: the value of the `lifeboat:resource` tag. */
  readonly resource: string;
  /** Idempotency key, derived from run, resource and step: a client token, or the identifier of what is made. */
  readonly identity: string;
  /** Value of the `Name` tag; absent: the identity. */
  readonly name?: string;
  readonly mark?: MakeMark;
  readonly target?: Thing;
  /** AWS has no token for it: the adapter looks for an earlier result before it asks again, and the retry waits until reads show it. */
  readonly tokenless?: true;
  readonly spec: OperationSpec;
}

/** The operation that reverses what made a thing, for things that are undone and not deleted. */
export interface Undo {
  readonly type: 'undo';
  readonly kind: KindName;
  readonly operation: string;
  readonly thing: Made;
  readonly spec: OperationSpec;
}

/** A request to the host. Plain JSON: journaled, replayed, answered with an {@link Answer}. */
export type Effect = EffectBase &
  (
    | Operate
    | Undo
    /** Deletes what this run made. The account's tags decide at last: what does not carry this run's is left alone. */
    | { readonly type: 'delete'; readonly thing: Made; readonly resource: string }
    | {
        /** Compares the things with the request. */
        readonly type: 'inspect';
        readonly kind: KindName;
        readonly things: readonly Thing[];
        readonly spec: MakeSpec;
      }
    /** Reads what the plan relies on: backups still usable, and what is switched on already. */
    | { readonly type: 'preflight'; readonly relies: readonly Thing<'existing'>[] }
    | {
        /**
         * Claims the runbook for this run. A restore takes the claim from a drill; nothing else takes a claim from another run.
         * Claiming again a runbook that this run holds succeeds.
         */
        readonly type: 'claim';
        readonly claim: Claim;
        /** Where to put the claim when the endpoint has no SSM: the first that can be tagged. */
        readonly sources: readonly Thing[];
      }
    /** Releases the claim if this run still holds it. */
    | { readonly type: 'release'; readonly runbook: string; readonly sources: readonly Thing[] }
    | {
        /** Finds by tag all that this run made, snapshots for protection included; removes what is not in `keep`. Forensic snapshots are neither found nor removed. */
        readonly type: 'sweep';
        readonly keep: readonly KeptThing[];
        /** Only find: an aborted run keeps all that it made. */
        readonly keepsAll?: true;
      }
  );

export type EffectType = Effect['type'];
export type EffectOf<K extends EffectType> = Extract<Effect, { type: K }>;

/** What entries and reasons call a request. */
export function requestOf(effect: Effect): string {
  return 'operation' in effect ? effect.operation : effect.type;
}

/** The result of a successful effect. */
export interface EffectResults {
  /** `id`: of what was made. `data`: the kind's own, e.g. `wasOn`: switched on already when it was requested, and not by an earlier attempt. */
  operate: { readonly id?: string; readonly data?: Readonly<Record<string, string | number | boolean>> };
  undo: Record<never, never>;
  /** `wasGone`: already gone, and no earlier attempt of this effect can have deleted it. */
  delete: { readonly wasGone?: boolean };
  inspect: { readonly findings: readonly Finding[] };
  /** `on`: of the things that can be switched on and off, those that are not off. */
  preflight: { readonly findings: readonly Finding[]; readonly on: readonly ThingState[] };
  claim:
    | {
        readonly granted: true;
        readonly place: ClaimPlace;
        readonly preempted?: Claim;
        /** Why there is no mark, with `nowhere`. */
        readonly why?: string;
      }
    | { readonly granted: false; readonly holder: Claim };
  release: Record<never, never>;
  sweep: { readonly found: readonly Made[]; readonly removed: readonly Made[] };
}

export interface Failure {
  readonly class: FailureClass;
  /** The service's own code, e.g. `InsufficientVolumeCapacity`. */
  readonly code: string;
  readonly message: string;
  /** What a sweep removed although a part of it failed. */
  readonly removed?: readonly Made[];
}

/** The outcome of one effect. */
export type Answer = {
  [K in EffectType]: { readonly effectId: EffectId; readonly type: K } & (
    | { readonly ok: true; readonly result: EffectResults[K] }
    | { readonly ok: false; readonly failure: Failure }
  );
}[EffectType];
