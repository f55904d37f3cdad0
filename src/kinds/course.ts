import type { RequestPart } from '../facts/refusals.ts';
import type { PlannedStrategy } from './strategy.ts';
import type { Instant } from '../time.ts';
import type { Loss } from './losses.ts';
import type { Part, StrategyStep } from './steps.ts';
import type { KindName, Thing, ThingType } from './things.ts';
import type { DbSnapshot, Snapshot } from '../inventory/schema.ts';

export type ThingId = Pick<Thing, 'type' | 'id'>;

/** What the account tells of the recovery point that a thing was made from. */
export interface MadeFrom {
  /** Id of the backup, where AWS tells it. */
  readonly from?: string;
  /** The instant of the data, by the thing's mark. */
  readonly pointAt?: Instant;
  /** When it was made; of several, the first. */
  readonly madeAt?: Instant;
}

/** Backups that the account still has. */
export interface Copies {
  readonly snapshots: readonly Pick<Snapshot, 'id' | 'startedAt' | 'fullSizeGiB' | 'sizeGiB'>[];
  readonly dbSnapshots: readonly Pick<DbSnapshot, 'id' | 'dbInstanceId' | 'at'>[];
}

/** The source of a resource, its backups, and the incident. */
export interface Account {
  readonly source: string;
  readonly copies: Copies;
  readonly incidentAt: Instant;
}

/** One observed thing. */
export interface ThingSighting {
  readonly type: ThingType;
  readonly id: string;
  /** In the service's own words. */
  readonly status: string;
  /** Loading or completion in percent, 0 to 100, up to minutes old; absent where the endpoint does not report it. */
  readonly progress?: number;
  /** Specific to the kind: `fastRestored`, `enabledAt`, `message`. */
  readonly data?: Readonly<Record<string, string | number | boolean>>;
}

/** What a sighting makes of a part. `ails`: it is usable once a modification or a start has fixed this status; an operator decides. */
export interface Absorbed {
  readonly part: Part;
  readonly ails?: string;
}

/** A sighting shows that a part cannot be used. */
export interface Lost {
  readonly reason: Loss;
  /** `gone`: it no longer exists. `usable`: it works, but not as requested; it stays until its successor is ready. Absent: it is useless. */
  readonly left?: 'gone' | 'usable';
  /** Other parts of the resource that the sighting changes. */
  readonly others?: readonly Part[];
}

/** How many requests a gate lets pass now, and when it lets the next pass; no `nextAt` where only a sighting can tell. */
export interface Gate {
  readonly open: number;
  readonly nextAt?: Instant;
}

/** Where something that a run made is attached, for people who look for it there. */
export interface AttachmentPlace {
  /** Id of what is attached. */
  readonly of: string;
  readonly instance: string;
  /** The device name of the request. */
  readonly device: string;
  /** Its path in a Nitro instance, whose devices have other names than those of the requests. */
  readonly nvmePath: string;
}

/** Names from which a kind makes the identity of a request. */
export interface Naming {
  /** Unique for the request: `<run>/<resource>/<step>.<round>.<strategy>.<copy>.<generation>`. */
  readonly key: string;
  /** `<source>-<run>` or `restoreAs`, with the number of the copy where there are several. */
  readonly stem: string;
  /** Distinguishes later requests for the same copy; empty for the first. */
  readonly again: string;
}

/** The identity of a request: the same request always has the same one, and no two things share one. */
export interface Identity {
  readonly identity: string;
  /** Value of the `Name` tag, where it is not the identity. */
  readonly name?: string;
}

/** What the machine of a resource has to know of its kind. Pure: the same arguments give the same result. */
export interface Course {
  readonly kind: KindName;
  /** What a thing is called in sentences, by type: `volume`, `DB instance`. */
  readonly nouns: Readonly<Record<ThingType, string>>;
  /** The services that have its things, by the names of their clients. */
  readonly services: readonly string[];
  /** What a runbook names as a source, and what is made of it. */
  readonly source: ThingType;
  /** A recovery point of it. */
  readonly point: ThingType;
  /** The words of the service for a recovery point that is complete, and for one that never will be. */
  readonly pointStates: { readonly complete: ReadonlySet<string>; readonly lost: RegExp };
  /** AWS has no token for taking one. */
  readonly pointIsTokenless?: true;
  /** The backup that a strategy starts from; where backups are replayed, the source that has them. */
  backupOf(strategy: PlannedStrategy): ThingId;
  /**
   * The strategy as it was when it started from the recovery point of what a lost run had made; `undefined` when that point is not known any
   * more.
   */
  startedFrom(strategy: PlannedStrategy, made: MadeFrom, account: Account): PlannedStrategy | undefined;
  /** Looks before a difference counts: settings and tags take effect late. */
  readonly looksBeforeMismatch: number;
  /** The marks of its things hold the instant of the data: AWS does not tell from which recovery point they were made. */
  readonly marksInstant?: true;
  identify(naming: Naming): Identity;
  /** The parts of the request that makes its results, as text to compare: a strategy that sends a refused part unchanged is refused again. */
  requestParts(strategy: PlannedStrategy): Readonly<Record<RequestPart, string>>;
  /** `undefined`: the sighting changes nothing. */
  absorb(
    part: Part,
    seen: ThingSighting,
    about: { readonly parts: readonly Part[]; readonly strategy: PlannedStrategy; readonly at: Instant },
  ): Absorbed | Lost | undefined;
  gate?(step: StrategyStep, parts: readonly Part[], strategy: PlannedStrategy, at: Instant): Gate;
  /** The parts after a request of a step, which may spend a credit. */
  asked?(step: StrategyStep, parts: readonly Part[], strategy: PlannedStrategy, at: Instant): readonly Part[];
  /** When the step's milestone counts as reached although no sighting tells; `undefined` where that cannot be computed. */
  assumedAt?(step: StrategyStep, part: Part, strategy: PlannedStrategy): Instant | undefined;
  /** `undefined`: the part is no attachment, or not attached. */
  attachedAt?(part: Part, strategy: PlannedStrategy): AttachmentPlace | undefined;
  /** Why the part of a step that took too long is given up. */
  late?(step: StrategyStep): Loss;
}

export function isLost(outcome: Absorbed | Lost): outcome is Lost {
  return 'reason' in outcome;
}
