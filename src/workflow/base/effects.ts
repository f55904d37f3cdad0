import type { AggregateId } from './aggregate-id.ts';
import type { FailureClass } from '../../facts/retries.ts';
import type { DbInstanceSpec, MakeSpec, RunMode, VolumeSpec } from '../../plan/types.ts';
import type { FsrState } from '../../inventory/schema.ts';
import type { Instant } from '../../time.ts';

export type { FailureClass } from '../../facts/retries.ts';

/** `<run>/<resource>/<step>#<attempt>`: an answer to attempt 1 never completes attempt 2. */
export type EffectId = string;

export interface FsrTarget {
  readonly snapshotId: string;
  readonly zone: string;
}

/** A thing that this run made or requested. */
export interface MadeThing {
  readonly kind: 'volume' | 'dbInstance' | 'snapshot' | 'dbSnapshot';
  readonly id: string;
  /** In a list of kept things: the run does not delete it, and does not report a loss if another user deletes it. */
  readonly mayBeGone?: true;
}

/** A thing of which a snapshot can be taken. */
export interface SnapshotSource {
  readonly kind: 'volume' | 'dbInstance';
  readonly id: string;
}

/** Why a run takes a snapshot: evidence of the damage, never deleted by Lifeboat; or a fresh recovery point of what was recovered. */
export type SnapshotPurpose = 'forensics' | 'protection';

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

interface EffectBase {
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

/**
 * A request to the host. Plain JSON: journaled, replayed, answered with an {@link Answer}.
 * Every create carries an idempotency key (`token`, `identifier`) derived from run, resource and step, so a retry makes nothing twice.
 */
export type Effect = EffectBase &
  (
    | {
        /** Reads what the plan relies on: recovery points still usable, fast snapshot restore as it is now. */
        readonly kind: 'preflight';
        readonly snapshots: readonly string[];
        readonly dbSnapshots: readonly string[];
        readonly dbInstances: readonly string[];
        readonly fsr: readonly FsrTarget[];
      }
    | {
        /**
         * Claims the runbook for this run. A restore takes the claim from a drill; nothing else takes a claim from another run.
         * Claiming again a runbook that this run holds succeeds.
         */
        readonly kind: 'claim';
        readonly claim: Claim;
        /** Where to put the claim when the endpoint has no SSM: the first that can be tagged. */
        readonly sources: readonly MadeThing[];
      }
    /** Releases the claim if this run still holds it. */
    | { readonly kind: 'release'; readonly runbook: string; readonly sources: readonly MadeThing[] }
    | {
        /** A snapshot of a volume or DB instance. EC2 has no token for it: it is found again by its tags. */
        readonly kind: 'takeSnapshot';
        readonly purpose: SnapshotPurpose;
        readonly resource: string;
        /** Unique within the account; a DB snapshot's identifier (at most 63 characters), a volume snapshot's identity tag and Name. */
        readonly identifier: string;
        readonly of: SnapshotSource;
      }
    | ({ readonly kind: 'enableFsr' } & FsrTarget)
    | ({ readonly kind: 'disableFsr' } & FsrTarget)
    | {
        readonly kind: 'createVolume';
        /** Client token, at most 64 ASCII characters. */
        readonly token: string;
        /** Value of the `Name` tag. */
        readonly name: string;
        /** Value of the `lifeboat:resource` tag. */
        readonly resource: string;
        readonly mark: MakeMark;
        readonly spec: VolumeSpec;
      }
    | { readonly kind: 'deleteVolume'; readonly volumeId: string }
    | {
        readonly kind: 'restoreDbInstance';
        /** DBInstanceIdentifier of what is made, at most 63 characters. */
        readonly identifier: string;
        readonly resource: string;
        readonly mark: MakeMark;
        readonly spec: DbInstanceSpec;
      }
    | {
        /** Restores the settings that the restore call does not accept (monitoring, performance insights ...). */
        readonly kind: 'applyDbSettings';
        readonly identifier: string;
        readonly spec: DbInstanceSpec;
      }
    | { readonly kind: 'deleteDbInstance'; readonly identifier: string }
    | {
        /** Compares the created resources with the request. */
        readonly kind: 'verify';
        readonly made: readonly MadeThing[];
        readonly spec: MakeSpec;
      }
    | {
        /** Finds by tag all that this run made, snapshots for protection included; removes what is not in `keep`. Forensic snapshots are neither found nor removed. */
        readonly kind: 'sweep';
        readonly keep: readonly MadeThing[];
        /** Only find: an aborted run keeps all that it made. */
        readonly keepsAll?: true;
      }
  );

export type EffectKind = Effect['kind'];
export type EffectOf<K extends EffectKind> = Extract<Effect, { kind: K }>;

/** One thing a check found wrong; empty lists mean all is well. */
export interface Finding {
  /** e.g. `volume vol-1: iops` or `snapshot snap-1`. */
  readonly subject: string;
  readonly message: string;
  /** For programs: the same for each finding of this kind, e.g. `configuration-differs`. */
  readonly code?: FindingCode;
  readonly data?: FindingData;
}

/**
 * Why a usable copy is not as requested: a property differs; the DB instance has a status that a modification or a start can
 * fix; its settings could not be restored; loading from the snapshot has stopped; it could not be compared. Before a restore: a backup cannot be
 * used.
 */
export type FindingCode =
  | 'configuration-differs'
  | 'status-not-available'
  | 'settings-not-given'
  | 'hydration-stalled'
  | 'not-verified'
  | 'backup-unusable';

export interface FindingData {
  /** Id of the volume or snapshot, or identifier of the DB instance or DB snapshot. */
  readonly thing: string;
  readonly property?: string;
  readonly wanted?: string;
  readonly actual?: string;
  /** AWS's code, where a refusal is the reason. */
  readonly awsCode?: string;
}

/** The result of a successful effect. */
export interface EffectResults {
  preflight: {
    readonly findings: readonly Finding[];
    readonly fsr: readonly (FsrTarget & { readonly state: FsrState })[];
  };
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
  takeSnapshot: { readonly snapshotId: string };
  /** `wasOn`: already enabled when requested, and not by an earlier attempt of this effect. */
  enableFsr: { readonly wasOn?: boolean };
  disableFsr: Record<never, never>;
  createVolume: { readonly volumeId: string };
  /** `wasGone`: already gone, and no earlier attempt of this effect can have deleted it. */
  deleteVolume: { readonly wasGone?: boolean };
  restoreDbInstance: Record<never, never>;
  applyDbSettings: Record<never, never>;
  deleteDbInstance: { readonly wasGone?: boolean };
  verify: { readonly findings: readonly Finding[] };
  sweep: { readonly found: readonly MadeThing[]; readonly removed: readonly MadeThing[] };
}

export interface Failure {
  readonly class: FailureClass;
  /** The service's own code, e.g. `InsufficientVolumeCapacity`. */
  readonly code: string;
  readonly message: string;
  /** What a sweep removed although a part of it failed. */
  readonly removed?: readonly MadeThing[];
}

/** The outcome of one effect. */
export type Answer = {
  [K in EffectKind]: { readonly effectId: EffectId; readonly kind: K } & (
    | { readonly ok: true; readonly result: EffectResults[K] }
    | { readonly ok: false; readonly failure: Failure }
  );
}[EffectKind];
