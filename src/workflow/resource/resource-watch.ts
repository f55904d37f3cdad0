import type { Part } from '../../kinds/steps.ts';
import type { Thing } from '../../kinds/things.ts';
import type { Instant } from '../../time.ts';
import type { Watch } from '../base/sightings.ts';
import { isCurrent, POINT } from './parts.ts';
import { isDeparting } from './removals.ts';
import type { ResourceContext } from './resource-context.ts';
import { isSettledPoint } from './resource-protect.ts';
import { STATES, type ResourceState } from './resource-state.ts';
import { isPast, positionsOf, slotOfStep } from './walk.ts';

/** One thing to observe, and what its absence means. */
export interface Watched {
  readonly thing: Thing;
  /** Its loading progress is needed now. */
  readonly loading?: true;
  /** Which sightings are applied. `always`: also unchanged ones, because their effect depends on the time too. `never`: only its absence counts. */
  readonly see: 'always' | 'changes' | 'never';
  /** Since when reads should show it: from then on, a thing that stays missing counts as gone. Undefined: its absence means nothing. */
  readonly expectedSince?: Instant;
  /** An observation without it is incomplete. */
  readonly needed?: true;
}

const LONG_AGO = Number.NEGATIVE_INFINITY;

/** States that wait for the loading of copies. */
const LOADING: ReadonlySet<ResourceState> = new Set(['restoring', 'warming']);

interface Standing {
  readonly state: ResourceState;
  readonly context: ResourceContext;
}

/** The things of a resource to observe in this state. `at`: now, the default of `expectedSince`. */
export function watchedOf({ state, context }: Standing, at: Instant): readonly Watched[] {
  const needsMeans = needsToSeeMeans(context, state);
  return context.parts.flatMap((part): Watched[] => {
    const { thing, role, use } = part;
    if (thing === undefined) return [];
    if (isDeparting(context, part)) return [{ thing, see: 'never', expectedSince: LONG_AGO }];
    if (!isCurrent(part)) return [];
    if (role === POINT)
      return state === 'protecting' && !isSettledPoint(part)
        ? [{ thing, see: 'changes', expectedSince: LONG_AGO }]
        : [];
    if (use === 'means') return needsMeans ? [{ thing, see: 'always' }] : [];
    // Once the resource is ready, users may change what is built on its copies.
    if ((part.builtOn ?? []).length > 0 && STATES.ready.has(state)) return [];
    return STATES.watched.has(state) && part.stage === 'live'
      ? [resultWatch(context, state, part, thing, at)]
      : [];
  });
}

/** Whether a result is still to be requested that needs the means. */
function needsToSeeMeans(context: ResourceContext, state: ResourceState): boolean {
  if (state === 'accelerating') return true;
  if (state !== 'restoring' || context.spec.strategies.length === 0) return false;
  return positionsOf(context).some(
    ({ step, copy }) =>
      step.phase === 'prepare' ||
      (step.gate !== undefined && step.makes !== undefined && !(slotOfStep(step, copy) in context.pending)),
  );
}

function resultWatch(
  context: ResourceContext,
  state: ResourceState,
  part: Part,
  thing: Thing,
  at: Instant,
): Watched {
  const isLoading = LOADING.has(state) && part.at.hydrated === undefined && !isPast(context, 'warmup');
  return {
    thing,
    see: 'changes',
    expectedSince: part.at.made ?? at,
    needed: true,
    ...(isLoading && { loading: true }),
  };
}

export function watchOf(watched: readonly Watched[]): Watch {
  return {
    things: watched.map(({ thing }) => thing),
    loading: watched.flatMap(({ thing, loading }) => (loading === true ? [thing] : [])),
  };
}
