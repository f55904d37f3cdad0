import type { DbSnapshot, Snapshot } from '../inventory/schema.ts';
import { oldestAgeSeconds, pointInTime, pointOf } from '../kinds/recovery-points.ts';
import type { DbInstanceSpec, Plan, PlannedResource, PlannedStrategy } from '../plan/types.ts';
import type { Instant } from '../time.ts';
import { thingsOf } from '../kinds/sources.ts';
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

/** Backups that the account still has. */
export interface Copies {
  readonly snapshots: readonly Pick<Snapshot, 'id' | 'startedAt' | 'fullSizeGiB' | 'sizeGiB'>[];
  readonly dbSnapshots: readonly Pick<DbSnapshot, 'id' | 'dbInstanceId' | 'at'>[];
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
  return thing.type === thingsOf(thing.kind).source;
}

/** The strategy of most things, the earlier one of equals: copies of one resource are made by one strategy. */
function matchOf(
  resource: PlannedResource,
  own: readonly FoundThing[],
  plan: Plan,
  copies: Copies,
): Match | undefined {
  const matches = resource.strategies.flatMap((strategy, index): Match[] => {
    const made = own.filter(({ mark }) => mark === undefined || mark.strategy === strategy.name);
    const origins = [...new Set(made.map(originOf))];
    return origins.flatMap((origin): Match[] => {
      const things = made.filter((one) => originOf(one) === origin);
      const known = fromPoint(resource.source, strategy, things[0], plan, copies);
      return known === undefined ? [] : [{ index, strategy: known, things }];
    });
  });
  return matches.toSorted((one, other) => other.things.length - one.things.length)[0];
}

/** The recovery point that a thing was made from; `undefined` if unknown. */
function originOf({ from, mark }: FoundThing): string | number | undefined {
  return from ?? mark?.pointAt;
}

/** The strategy as it was when it started from the recovery point of this thing; `undefined` when that is not known any more. */
function fromPoint(
  source: string,
  strategy: PlannedStrategy,
  made: FoundThing | undefined,
  plan: Plan,
  copies: Copies,
): PlannedStrategy | undefined {
  const { spec } = strategy;
  if (spec.kind === 'dbInstance')
    return fromInstant(source, strategy, spec, made?.mark?.pointAt, plan, copies);
  const from = made?.from;
  // Some endpoints do not report the source snapshot of a volume.
  if (from === undefined || from === spec.snapshotId) return strategy;
  const snapshot = copies.snapshots.find(({ id }) => id === from);
  if (snapshot === undefined) return undefined;
  const { id, startedAt, fullSizeGiB = snapshot.sizeGiB } = snapshot;
  return {
    ...strategy,
    recoveryPoint: pointOf(id, startedAt, plan),
    spec: { ...spec, snapshotId: id, fullSizeGiB },
  };
}

/** A DB instance holds the data of the instant in its mark, whatever could be restored to by now. */
function fromInstant(
  source: string,
  strategy: PlannedStrategy,
  spec: DbInstanceSpec,
  at: Instant | undefined,
  plan: Plan,
  copies: Copies,
): PlannedStrategy {
  if (at === undefined || at === strategy.recoveryPoint.at) return strategy;
  if ('restoreTime' in spec.from)
    return {
      ...strategy,
      recoveryPoint: pointInTime(source, at, plan),
      spec: { ...spec, from: { ...spec.from, restoreTime: at } },
    };
  const snapshot = copies.dbSnapshots.find((one) => one.dbInstanceId === source && one.at === at);
  // The snapshot itself may be gone: its data are not.
  if (snapshot === undefined) return { ...strategy, recoveryPoint: pointInTime(source, at, plan) };
  return {
    ...strategy,
    recoveryPoint: pointOf(snapshot.id, snapshot.at, plan),
    spec: { ...spec, from: { snapshotId: snapshot.id } },
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
