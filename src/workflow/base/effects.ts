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

/** A thing that a sweep keeps. `mayBeGone`: its absence is no loss, because another user may delete it. */
export interface KeptThing extends Made {
  readonly mayBeGone?: true;
}

/** A thing that existed before the run, with its status in the service's own words. */
export interface ThingState extends Thing<'existing'> {
  readonly status: string;
}

/** Why a run takes a snapshot. `forensics`: evidence of the damage, which Lifeboat never deletes. `protection`: a fresh recovery point of a recovered resource. */
export type SnapshotPurpose = 'forensics' | 'protection';

/** The spec of an operation that takes a snapshot. */
export interface SnapshotRequest {
  readonly purpose: SnapshotPurpose;
}

/** Plain JSON, specific to the kind: its adapter checks and narrows it. */
export type OperationSpec = object;

/** The mark of a thing, in a tag: enough to rebuild the resource's row from the account alone. */
export interface MakeMark {
  readonly mode: RunMode;
  readonly strategy: string;
  readonly round: number;
  readonly copy: number;
  readonly generation: number;
  /** The instant of the data in a DB instance; absent in marks of older versions. */
  readonly pointAt?: Instant;
}

/** The run that currently recovers a runbook; stored in the account, so that other machines see it. */
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

/** Where the claim was written: an SSM parameter, a tag on a source, or nowhere (then two restores of one runbook do not exclude each other). */
export type ClaimPlace = 'parameter' | 'tag' | 'nowhere';

export interface EffectBase {
  readonly id: EffectId;
  readonly aggregate: AggregateId;
  /** Counts the requests of the effect from 1: a repeated request has the same identity and the next attempt. */
  readonly attempt: number;
  /** An earlier request may have been carried out without an answer: where AWS has no idempotency token, the executor first looks for its result. */
  readonly doubtful?: true;
  /** Earliest instant to send it: back-off. */
  readonly notBefore?: Instant;
  /** Number of failures so far, by class. */
  readonly failures?: Readonly<Partial<Record<FailureClass, number>>>;
}

/** An operation of a kind's adapter: creates a thing, or changes the target. A retry with the same identity creates nothing twice. */
export interface Operate {
  readonly type: 'operate';
  readonly kind: KindName;
  readonly operation: string;
  /** Role of the part that the operation makes or acts on. */
  readonly role: string;
  /** Planned id of the resource: the value of the `lifeboat:resource` tag. */
  readonly resource: string;
  /** Idempotency key, derived from run, resource and step: a client token, or the identifier of the new thing. */
  readonly identity: string;
  /** Value of the `Name` tag; absent: the identity. */
  readonly name?: string;
  readonly mark?: MakeMark;
  readonly target?: Thing;
  /** AWS has no idempotency token for it: before a retry the adapter looks for an earlier result, and the retry waits until reads would show that. */
  readonly tokenless?: true;
  readonly spec: OperationSpec;
}

/** The operation that removes a thing which is not deleted but switched off or detached. */
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
    /** Deletes a thing that this run made. The adapter reads its tags first: a thing without the tags of this run is not deleted. */
    | { readonly type: 'delete'; readonly thing: Made; readonly resource: string }
    | {
        /** Compares the things with the spec. */
        readonly type: 'inspect';
        readonly kind: KindName;
        readonly things: readonly Thing[];
        readonly spec: MakeSpec;
      }
    /** Reads the things that the plan relies on: whether the backups are usable, and which means are already switched on. */
    | { readonly type: 'preflight'; readonly relies: readonly Thing<'existing'>[] }
    | {
        /**
         * Claims the runbook for this run. A restore takes the claim from a drill; no other run takes the claim of another one.
         * Claiming a runbook again that this run holds succeeds.
         */
        readonly type: 'claim';
        readonly claim: Claim;
        /** Where the endpoint has no SSM, the claim is a tag on the first of these that can be tagged. */
        readonly sources: readonly Thing[];
      }
    /** Releases the claim if this run still holds it. */
    | { readonly type: 'release'; readonly runbook: string; readonly sources: readonly Thing[] }
    | {
        /** Finds by tag all things that this run made, fresh recovery points included, and removes those that are not in `keep`. Forensic snapshots are neither found nor removed. */
        readonly type: 'sweep';
        readonly keep: readonly KeptThing[];
        /** Set: remove nothing. An aborted run may keep all that it made. */
        readonly keepsAll?: true;
      }
  );

export type EffectType = Effect['type'];
export type EffectOf<K extends EffectType> = Extract<Effect, { type: K }>;

/** The name of a request in timeline entries and reasons. */
export function requestOf(effect: Effect): string {
  return 'operation' in effect ? effect.operation : effect.type;
}

/** The result of a successful effect. */
export interface EffectResults {
  /** `id`: of the new thing. `data`: specific to the kind, e.g. `wasOn`: already enabled when requested, and not by an earlier attempt. */
  operate: { readonly id?: string; readonly data?: Readonly<Record<string, string | number | boolean>> };
  undo: Record<never, never>;
  /** `wasGone`: the thing no longer existed, and no earlier attempt of this effect can have deleted it. */
  delete: { readonly wasGone?: boolean };
  inspect: { readonly findings: readonly Finding[] };
  /** `on`: those of the things that can be switched on and are not off. */
  preflight: { readonly findings: readonly Finding[]; readonly on: readonly ThingState[] };
  claim:
    | {
        readonly granted: true;
        readonly place: ClaimPlace;
        readonly preempted?: Claim;
        /** With `nowhere`: why the claim could not be written. */
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
  /** The things that a sweep removed before or after the failure. */
  readonly removed?: readonly Made[];
}

/** The outcome of one effect. */
export type Answer = {
  [K in EffectType]: { readonly effectId: EffectId; readonly type: K } & (
    | { readonly ok: true; readonly result: EffectResults[K] }
    | { readonly ok: false; readonly failure: Failure }
  );
}[EffectType];
