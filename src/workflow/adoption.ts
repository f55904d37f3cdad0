import type { Snapshot } from '../inventory/schema.ts';
import type { Plan, PlannedResource, PlannedStrategy } from '../plan/types.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import type { MadeThing, MakeMark } from './effects.ts';
import type { Adopted } from './resource-context.ts';

/** One thing in the account that carries the run's tags. */
export interface FoundThing {
  readonly thing: MadeThing;
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
  readonly taken: readonly MadeThing[];
  /** Things that carry the run's tag and belong to no copy: the run's end removes them, and says so. */
  readonly strangers: readonly MadeThing[];
}

/** A strategy with what its copies are. */
interface Match {
  readonly index: number;
  readonly strategy: PlannedStrategy;
  readonly things: readonly FoundThing[];
}

/**
 * Rebuilds from tags what a run had made: for each copy the one of the latest generation, the oldest of several. What was made by a strategy or
 * from a snapshot that the plan does not know cannot go on. Snapshots are nobody's copy: evidence stays, fresh recovery points are taken again.
 */
export function adoptRun(
  plan: Plan,
  found: readonly FoundThing[],
  snapshots: readonly Pick<Snapshot, 'id' | 'startedAt' | 'fullSizeGiB' | 'sizeGiB'>[],
): Adoption {
  const adopted: Record<string, Adopted> = {};
  const taken: MadeThing[] = [];
  const resources = plan.resources.map((resource) => {
    const own = found.filter((one) => one.resource === resource.id && isCopy(one));
    const match = matchOf(resource, own, plan, snapshots);
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
  return { plan: { ...plan, resources }, adopted, taken, strangers };
}

function isCopy({ thing }: FoundThing): boolean {
  return thing.kind === 'volume' || thing.kind === 'dbInstance';
}

/** The strategy of most things, the earlier one of equals: copies of one resource are made by one strategy. */
function matchOf(
  resource: PlannedResource,
  own: readonly FoundThing[],
  plan: Plan,
  snapshots: Parameters<typeof adoptRun>[2],
): Match | undefined {
  const matches = resource.strategies.flatMap((strategy, index): Match[] => {
    const made = own.filter(({ mark }) => mark === undefined || mark.strategy === strategy.name);
    const points = [...new Set(made.map(({ from }) => from))];
    return points.flatMap((from): Match[] => {
      const known = fromPoint(strategy, from, plan, snapshots);
      return known === undefined
        ? []
        : [{ index, strategy: known, things: made.filter((one) => one.from === from) }];
    });
  });
  return matches.toSorted((one, other) => other.things.length - one.things.length)[0];
}

/** The strategy as it was when it started from this snapshot; `undefined` when that is not known any more. */
function fromPoint(
  strategy: PlannedStrategy,
  from: string | undefined,
  plan: Plan,
  snapshots: Parameters<typeof adoptRun>[2],
): PlannedStrategy | undefined {
  const { spec } = strategy;
  // RDS does not tell what an instance was restored from, and some endpoints do not tell it of a volume.
  if (spec.kind !== 'volume' || from === undefined || from === spec.snapshotId) return strategy;
  const snapshot = snapshots.find(({ id }) => id === from);
  if (snapshot === undefined) return undefined;
  const { id, startedAt: at, fullSizeGiB = snapshot.sizeGiB } = snapshot;
  const ageSeconds = Math.max(0, plan.damagedAt - at) / SECOND_MS;
  return {
    ...strategy,
    recoveryPoint: { ...strategy.recoveryPoint, id, at, ageSeconds },
    spec: { ...spec, snapshotId: id, fullSizeGiB },
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
