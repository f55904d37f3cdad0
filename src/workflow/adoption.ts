import type { Copies, MadeFrom } from '../kinds/course.ts';
import { courseOf } from '../kinds/courses.ts';
import { oldestAgeSeconds } from '../kinds/recovery-points.ts';
import type { Plan, PlannedResource, PlannedStrategy } from '../plan/types.ts';
import type { Instant } from '../time.ts';
import type { Made } from '../kinds/things.ts';
import type { MakeMark } from './base/effects.ts';
import type { Adopted } from './resource/resource-context.ts';

/** One thing in the account that carries the run's tags. */
export interface FoundThing {
  readonly thing: Made;
  /** Planned id, as its tag tells. */
  readonly resource: string;
  readonly mark: MakeMark | undefined;
  readonly createdAt?: Instant;
  /** The snapshot that a volume was made from. */
  readonly from?: string;
}

export interface Adoption {
  /** The plan, with the recovery points that things were really made from. */
  readonly plan: Plan;
  /** By planned resource. */
  readonly adopted: Readonly<Record<string, Adopted>>;
  /** Things that go on in the run. */
  readonly taken: readonly Made[];
  /** Untracked resources: they carry the run's tag and belong to no copy. The end of the run removes and reports them. */
  readonly strangers: readonly Made[];
}

/** A strategy with what its copies are. */
interface Match {
  readonly index: number;
  readonly strategy: PlannedStrategy;
  readonly things: readonly FoundThing[];
}

/**
 * Rebuilds from tags what a run had made: for each copy the one of the latest generation, the oldest of several. What was made by a strategy or
 * from a snapshot that the plan does not know cannot go on. Snapshots are no copies: evidence stays, and fresh recovery points are taken again.
 */
export function adoptRun(plan: Plan, found: readonly FoundThing[], copies: Copies): Adoption {
  const adopted: Record<string, Adopted> = {};
  const taken: Made[] = [];
  const resources = plan.resources.map((resource) => {
    const own = found.filter((one) => one.resource === resource.id && isCopy(one));
    const match = matchOf(resource, own, plan, copies);
    if (match === undefined) return resource;
    const makes = copiesOf(resource, match.things);
    taken.push(...makes.map(({ thing }) => thing));
    adopted[resource.id] = {
      strategy: match.index,
      makes: makes.map(({ thing, mark, createdAt }) => ({
        copy: mark?.copy ?? 0,
        id: thing.id,
        generation: mark?.generation ?? 1,
        ...(createdAt !== undefined && { createdAt }),
      })),
      generation: Math.max(...own.map(({ mark }) => mark?.generation ?? 1)),
    };
    return { ...resource, strategies: resource.strategies.with(match.index, match.strategy) };
  });
  const known = new Set(taken.map(({ id }) => id));
  const strangers = found.filter((one) => isCopy(one) && !known.has(one.thing.id)).map(({ thing }) => thing);
  return { plan: withAges({ ...plan, resources }, adopted), adopted, taken, strangers };
}

/** The plan with the RPA of the points that are really used. */
function withAges(plan: Plan, adopted: Adoption['adopted']): Plan {
  const points = plan.resources.map(
    ({ id, strategies }) => strategies[adopted[id]?.strategy ?? 0]?.recoveryPoint,
  );
  const rpaSeconds = plan.forecast.rpaSeconds === null ? null : oldestAgeSeconds(points);
  const rpo = rpaSeconds !== null && rpaSeconds <= plan.objectives.rpoSeconds;
  return { ...plan, forecast: { ...plan.forecast, rpaSeconds }, meets: { ...plan.meets, rpo } };
}

function isCopy({ thing }: FoundThing): boolean {
  return thing.type === courseOf(thing.kind).source;
}

/** The strategy of most things, the earlier one of equals: copies of one resource are made by one strategy. */
function matchOf(
  resource: PlannedResource,
  own: readonly FoundThing[],
  plan: Plan,
  copies: Copies,
): Match | undefined {
  const account = { source: resource.source, copies, incidentAt: plan.incidentAt };
  const matches = resource.strategies.flatMap((strategy, index): Match[] => {
    const made = own.filter(({ mark }) => mark === undefined || mark.strategy === strategy.name);
    const origins = [...new Set(made.map(originOf))];
    return origins.flatMap((origin): Match[] => {
      const things = made.filter((one) => originOf(one) === origin);
      const known = courseOf(resource.type).startedFrom(strategy, pointOfThings(things), account);
      return known === undefined ? [] : [{ index, strategy: known, things }];
    });
  });
  return matches.toSorted((one, other) => other.things.length - one.things.length)[0];
}

/** The recovery point that a thing was made from; `undefined` if unknown. */
function originOf({ from, mark }: FoundThing): string | number | undefined {
  return from ?? mark?.pointAt;
}

function pointOfThings(found: readonly FoundThing[]): MadeFrom {
  const { from, mark } = found[0] ?? {};
  const made = found.flatMap(({ createdAt }) => createdAt ?? []);
  return {
    ...(made.length > 0 && { madeAt: Math.min(...made) }),
    ...(from !== undefined && { from }),
    ...(mark?.pointAt !== undefined && { pointAt: mark.pointAt }),
  };
}

/** One thing a copy: of the latest generation, the oldest of several. */
function copiesOf({ copies }: PlannedResource, things: readonly FoundThing[]): readonly FoundThing[] {
  return Array.from(
    { length: copies },
    (_, copy) => things.filter(({ mark }) => (mark?.copy ?? 0) === copy).toSorted(laterMake)[0],
  ).filter((thing) => thing !== undefined);
}

function laterMake(one: FoundThing, other: FoundThing): number {
  const byRound = (other.mark?.round ?? 0) - (one.mark?.round ?? 0);
  const byGeneration = (other.mark?.generation ?? 0) - (one.mark?.generation ?? 0);
  const byAge = (one.createdAt ?? Infinity) - (other.createdAt ?? Infinity);
  const byId = one.thing.id < other.thing.id ? -1 : 1;
  // Generations go on through all rounds, and through adoptions, which begin with the first round again.
  return byGeneration || byRound || byAge || byId;
}
