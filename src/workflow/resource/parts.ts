import { courseOf } from '../../kinds/courses.ts';
import type { Part, PartStage, StrategyStep } from '../../kinds/steps.ts';
import { isMade, type KindName, type Made, type Origin, type Thing } from '../../kinds/things.ts';
import type { PlannedStrategy } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import type { ResourceContext } from './resource-context.ts';

/** Role of a fresh recovery point of a copy. */
export const POINT = 'point';

/** Stages of the parts that the recovery works with. */
const CURRENT: ReadonlySet<PartStage> = new Set(['wanted', 'live']);

export function isCurrent({ stage }: Part): boolean {
  return CURRENT.has(stage);
}

/** The current part of a role. `copy` is 0 for a part of the whole resource. */
export function partOf(context: ResourceContext, role: string, copy: number): Part | undefined {
  return context.parts.find((part) => part.role === role && part.copy === copy && isCurrent(part));
}

/** The current results: parts with `use: result`. */
export function resultsOf({ parts }: ResourceContext): readonly Part[] {
  return parts.filter((part) => part.use === 'result' && isCurrent(part));
}

/** The current results that are built on nothing, such as volumes without their attachments: one for each copy, in order. */
export function copiesOf(context: ResourceContext): readonly Part[] {
  return resultsOf(context).filter(({ builtOn = [] }) => builtOn.length === 0);
}

export function idOf({ thing }: Part): string | undefined {
  return thing?.id;
}

/** The step that makes parts of this role; `undefined` if the strategy has none. */
export function makingStep(strategy: PlannedStrategy, role: string): StrategyStep | undefined {
  return strategy.steps.find(({ makes }) => makes?.role === role);
}

/** The step that made a part, by the strategy that made it, which may not be the current one. */
export function stepOfPart({ spec }: ResourceContext, part: Part): StrategyStep | undefined {
  const strategy = spec.strategies[part.strategy];
  return strategy === undefined ? undefined : makingStep(strategy, part.role);
}

/** The things of the copies that this run made. Without attachments and the like: a sweep does not find those. */
export function madeThings(context: ResourceContext): readonly Made[] {
  return copiesOf(context).flatMap(({ thing }) => (thing !== undefined && isMade(thing) ? [thing] : []));
}

/** The things of one stage that this run made. */
export function thingsIn({ parts }: ResourceContext, stage: PartStage): readonly Made[] {
  return parts.flatMap(({ thing, stage: is }) =>
    is === stage && thing !== undefined && isMade(thing) ? [thing] : [],
  );
}

/** The fresh recovery point of a copy, complete or not; `undefined` before it is requested. */
export function pointOf(context: ResourceContext, copy: number): Part | undefined {
  return partOf(context, POINT, copy);
}

export function changePart(context: ResourceContext, part: Part, change: Partial<Part>): ResourceContext {
  return {
    ...context,
    parts: context.parts.map((other) => (isSamePart(other, part) ? { ...other, ...change } : other)),
  };
}

/** Role, copy and generation identify a part. */
export function isSamePart(one: Part, other: Part): boolean {
  return one.role === other.role && one.copy === other.copy && one.generation === other.generation;
}

/** The part of the same copy that this one is built on. */
export function foundationOf(context: ResourceContext, { builtOn = [], copy }: Part): Part | undefined {
  return builtOn.flatMap((role) => partOf(context, role, copy) ?? [])[0];
}

/** Records that a part reached a milestone. */
export function reach(
  context: ResourceContext,
  part: Part,
  milestone: string,
  at: Instant,
  data: Part['data'] = {},
): ResourceContext {
  return changePart(context, part, {
    at: { ...part.at, [milestone]: at },
    data: { ...part.data, ...data },
  });
}

export function kindOf({ spec }: ResourceContext): KindName {
  return courseOf(spec.type).kind;
}

/** A thing of the resource's kind, in the Region of the recovery. */
export function thingOf(context: ResourceContext, type: string, id: string, origin: Origin): Thing {
  return { kind: kindOf(context), type, id, region: context.region, origin };
}

/** The noun of a thing and its id: `volume vol-1`. */
export function named(context: ResourceContext, thing: Pick<Thing, 'type' | 'id'>): string {
  return `${courseOf(context.spec.type).nouns[thing.type] ?? thing.type} ${thing.id}`;
}

/** Generations are never used twice, in no round: an identity that was used before would find the discarded thing. */
function nextGeneration({ parts, generations = {} }: ResourceContext, role: string, copy: number): number {
  const known = parts.flatMap((part) => (part.role === role && part.copy === copy ? part.generation : []));
  return 1 + Math.max(generations[`${role}.${copy}`] ?? 0, ...known);
}

/** A new part for a step, before its request; `undefined` for a step that makes none. */
export function wantedPart(context: ResourceContext, step: StrategyStep, copy: number): Part | undefined {
  const { makes } = step;
  if (makes === undefined) return undefined;
  return {
    role: makes.role,
    type: makes.type,
    copy,
    generation: nextGeneration(context, makes.role, copy),
    strategy: context.strategy,
    use: makes.use,
    ...(makes.builtOn !== undefined && { builtOn: makes.builtOn }),
    at: {},
    data: {},
    stage: 'wanted',
  };
}

/** The copies that a step is carried out for: numbers from 0. */
export function copyNumbers({ spec }: ResourceContext, step: StrategyStep): readonly number[] {
  return step.scope === 'resource' ? [0] : Array.from({ length: spec.copies }, (_, copy) => copy);
}
