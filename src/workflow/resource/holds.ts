import type { Hold as PlannedHold, Part } from '../../kinds/steps.ts';
import { isMade } from '../../kinds/things.ts';
import type { PoolName } from '../../plan/types.ts';
import { HOUR_MS, SECOND_MS, type Instant } from '../../time.ts';
import { stepOfPart } from './parts.ts';
import type { ResourceContext } from './resource-context.ts';
import { STATES, type ResourceState } from './resource-state.ts';
import { slotOfStep } from './walk.ts';

/** The amount of a pool that a resource holds now. */
export interface Hold {
  readonly pool: PoolName;
  readonly amount: number;
  /** When the hold ends; absent: until the resource's row changes. */
  readonly until?: Instant;
}

/** Deleting takes minutes. After this time a deletion counts as stuck and no longer holds quota here; AWS then accepts or refuses the next request. */
const DEPARTURE_LIMIT_MS = HOUR_MS;

/** When one hold of a part ends; `Infinity` until then. */
function endOf(hold: PlannedHold, part: Part): Instant {
  const undone = hold.until.orUndone === true ? part.at.undone : undefined;
  return Math.min(undone ?? Infinity, reachedAt(hold, part));
}

function reachedAt({ until: { milestone, plusSeconds = 0 } }: PlannedHold, { at }: Part): Instant {
  const reached = at[milestone];
  if (reached !== undefined) return reached + Math.ceil(plusSeconds * SECOND_MS);
  return milestone === 'gone' && at.undone !== undefined ? at.undone + DEPARTURE_LIMIT_MS : Infinity;
}

/** The holds of a part, from the strategy that made it. A thing that existed before the run takes no quota, except for holds with `evenIfExisting`. */
export function plannedHolds(context: ResourceContext, part: Part): readonly PlannedHold[] {
  const holds = stepOfPart(context, part)?.holds ?? [];
  const isExisting = part.thing !== undefined && !isMade(part.thing);
  return isExisting ? holds.filter(({ evenIfExisting }) => evenIfExisting === true) : holds;
}

/** When the last hold of a part ends. */
export function holdEndsAt(context: ResourceContext, part: Part): Instant {
  return Math.max(-Infinity, ...plannedHolds(context, part).map((hold) => endOf(hold, part)));
}

/** Whether the thing of a part exists, may exist, or is about to be requested. */
function counts(context: ResourceContext, part: Part, state: ResourceState): boolean {
  // A thing that existed before the run and is no longer used: other resources may use it now.
  if (part.stage === 'left' && part.thing !== undefined && !isMade(part.thing)) return false;
  if (part.stage !== 'wanted') return true;
  const step = stepOfPart(context, part);
  const isAsked = step !== undefined && slotOfStep(step, part.copy) in context.pending;
  return isAsked || (part.at.granted !== undefined && (state === 'queued' || STATES.granted.has(state)));
}

/** All holds of a resource. Derived from its row alone, so that no second record can disagree. */
export function holdsOf(context: ResourceContext, state: ResourceState): readonly Hold[] {
  const holds: Hold[] = [];
  const once = new Map<PoolName, Hold>();
  for (const part of context.parts) {
    if (!counts(context, part, state)) continue;
    for (const planned of plannedHolds(context, part)) {
      const { pool, amount } = planned;
      const until = endOf(planned, part);
      const hold = { pool, amount, ...(until !== Infinity && { until }) };
      if (planned.once !== true) holds.push(hold);
      else once.set(pool, laterOf(once.get(pool) ?? hold, hold));
    }
  }
  return once.size === 0 ? holds : [...holds, ...once.values()];
}

function laterOf(one: Hold, other: Hold): Hold {
  return (other.until ?? Infinity) > (one.until ?? Infinity) ? other : one;
}

/** Whether a resource that is queued for some of its copies holds what it holds once for all of them. */
export function holdsStill(context: ResourceContext, pool: PoolName, at: Instant): boolean {
  return holdsOf(context, 'queued').some((hold) => hold.pool === pool && (hold.until ?? Infinity) > at);
}
