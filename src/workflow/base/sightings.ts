import type { ThingSighting } from '../../kinds/course.ts';
import type { Thing } from '../../kinds/things.ts';
import type { Claim } from './effects.ts';

/** What the host should observe, in pages. */
export interface Watch {
  readonly things: readonly Thing[];
  /** Those of `things` whose loading progress is needed now: each may cost a call of its own. */
  readonly loading: readonly Thing[];
  /** Set: read the claim on the runbook too. A drill watches it, because a restore takes precedence. */
  readonly claim?: {
    readonly runbook: string;
    readonly sources: readonly Thing[];
    /** False: if the claim's parameter can be read, tags are not read. */
    readonly withTags?: boolean;
  };
}

/** The claim on the runbook, as read. */
export interface ClaimSighting {
  readonly type: 'claim';
  /** Absent: no run holds it. */
  readonly holder?: Claim;
}

/** The recovery receives sightings of the claim, resources those of things. Absence is not a sighting: the host decides when an absent thing is gone. */
export type Sighting = ThingSighting | ClaimSighting;

/** `ThingType` is any string, so the compiler cannot narrow the union by it. */
export function isThing(sighting: Sighting): sighting is ThingSighting {
  return sighting.type !== 'claim';
}
