import type { Part } from '../../kinds/steps.ts';
import type { Thing } from '../../kinds/things.ts';
import type { Instant } from '../../time.ts';
import type { Watch } from '../base/sightings.ts';
import { isCurrent, POINT } from './parts.ts';
import { isDeparting } from './removals.ts';
import type { ResourceContext } from './resource-context.ts';
import { isSettledPoint } from './resource-protect.ts';
import { STATES, type ResourceState } from './resource-state.ts';
import { isPast, positionsOf } from './walk.ts';

/** One thing to look for, and what its absence means. */
export interface Watched {
  readonly thing: Thing;
  /** Its loading matters now. */
  readonly loading?: true;
  /** Sightings of it are applied, even if the same was seen before: what follows depends on the time too. */
  readonly see: 'always' | 'changes' | 'never';
  /** A thing that stays missing is gone, but not right after it was made. Absent: its absence tells nothing. */
  readonly expectedSince?: Instant;
  /** Without it the look is incomplete. */
  readonly needed?: true;
}

const LONG_AGO = Number.NEGATIVE_INFINITY;

/** States in which the loading of what was made is waited for. */
const LOADING: ReadonlySet<ResourceState> = new Set(['restoring', 'warming']);

interface Standing {
  readonly state: ResourceState;
  readonly context: ResourceContext;
}

/** What to look for of a resource in this state. Reads are stale for a while: what was made at `at` may not show yet. */
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
    // Once the resource is ready, what is built on a copy is theirs who use it.
    if ((part.builtOn ?? []).length > 0 && STATES.ready.has(state)) return [];
    return STATES.watched.has(state) && part.stage === 'live'
      ? [resultWatch(context, state, part, thing, at)]
      : [];
  });
}

/** Means matter until the last result is requested that needs them. */
function needsToSeeMeans(context: ResourceContext, state: ResourceState): boolean {
  if (state === 'accelerating') return true;
  if (state !== 'restoring' || context.spec.strategies.length === 0) return false;
  return positionsOf(context).some(
    ({ step, copy }) =>
      step.phase === 'prepare' ||
      (step.gate !== undefined && step.makes !== undefined && !(`${step.id}.${copy}` in context.pending)),
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
