import type { Thing, ThingType } from '../../kinds/things.ts';
import type { Claim } from './effects.ts';

/** What the host should look at, by page. */
export interface Watch {
  readonly things: readonly Thing[];
  /** Of those, the ones whose loading matters now: each may cost a call for its status. */
  readonly loading: readonly Thing[];
  /** Read the claim on the runbook: a drill watches it, because a restore takes precedence. */
  readonly claim?: {
    readonly runbook: string;
    readonly sources: readonly Thing[];
    /** False: where there is a parameter, the tags are not read. */
    readonly withTags?: boolean;
  };
}

/** One thing as a look shows it. */
export interface ThingSighting {
  readonly type: ThingType;
  readonly id: string;
  /** The service's own word. */
  readonly status: string;
  /** Loading or progress, 0 to 100, where the endpoint tells. */
  readonly progress?: number;
  /** The kind's own: `fastRestored`, `enabledAt`, `message`. */
  readonly data?: Readonly<Record<string, string | number | boolean>>;
}

/** The claim on the runbook as it is now. */
export interface ClaimSighting {
  readonly type: 'claim';
  /** Absent: no run holds it. */
  readonly holder?: Claim;
}

/** Absence is not a sighting: the host decides when absence means gone. A claim is for the recovery, all else for resources. */
export type Sighting = ThingSighting | ClaimSighting;

/** `ThingType` is any text, so the compiler cannot tell the two apart by it. */
export function isThing(sighting: Sighting): sighting is ThingSighting {
  return sighting.type !== 'claim';
}
