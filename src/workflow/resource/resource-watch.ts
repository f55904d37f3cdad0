import type { Thing } from '../../kinds/things.ts';
import type { Instant } from '../../time.ts';
import type { Watch } from '../base/sightings.ts';
import type { ResourceContext } from './resource-context.ts';
import { freshPoints, fsrThing, madeThing, madeThings } from './resource-requests.ts';
import { STATES, type ResourceState } from './resource-state.ts';

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

/** What to look for of a resource in this state. Reads are stale for a while: what was made at `at` may not show yet. */
export function watchedOf(
  { state, context }: { readonly state: ResourceState; readonly context: ResourceContext },
  at: Instant,
): readonly Watched[] {
  const { fsr, makes, departing, spec } = context;
  const watched: Watched[] = [];
  if (fsr !== undefined && !fsr.released && state === 'accelerating')
    watched.push({ thing: fsrThing(context, fsr), see: 'always' });
  if (state === 'protecting') {
    for (const thing of freshPoints(context))
      watched.push({ thing, see: 'changes', expectedSince: Number.NEGATIVE_INFINITY });
  }
  if (STATES.watched.has(state)) {
    const loads = (state === 'warming' || state === 'restoring') && spec.readyWhen === 'hydrated';
    for (const thing of madeThings(context)) {
      const make = makes.find(({ id }) => id === thing.id);
      const loading = loads && make?.hydratedAt === undefined;
      const expectedSince = make?.createdAt ?? at;
      watched.push({ thing, see: 'changes', expectedSince, needed: true, ...(loading && { loading }) });
    }
  }
  for (const { id } of departing)
    watched.push({
      thing: madeThing(context, id),
      see: 'never',
      expectedSince: Number.NEGATIVE_INFINITY,
    });
  return watched;
}

export function watchOf(watched: readonly Watched[]): Watch {
  return {
    things: watched.map(({ thing }) => thing),
    loading: watched.flatMap(({ thing, loading }) => (loading === true ? [thing] : [])),
  };
}
