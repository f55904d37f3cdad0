import { courseOf } from '../../kinds/courses.ts';
import type { Part, PartStage, StrategyStep } from '../../kinds/steps.ts';
import { isMade, type Made, type Thing } from '../../kinds/things.ts';
import type { PlannedStrategy } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import { strategyOf, type ResourceContext } from './resource-context.ts';

/** Role of a fresh recovery point of a copy. */
export const POINT = 'point';

/** Stages of the parts that the recovery goes on with. */
const CURRENT: ReadonlySet<PartStage> = new Set(['wanted', 'live']);

export function isCurrent({ stage }: Part): boolean {
  return CURRENT.has(stage);
}

/** The current part of a role; 0 is the copy of a part of the whole resource. */
export function partOf(context: ResourceContext, role: string, copy: number): Part | undefined {
  return context.parts.find((part) => part.role === role && part.copy === copy && isCurrent(part));
}

/** The current parts that the recovery is for. */
export function resultsOf({ parts }: ResourceContext): readonly Part[] {
  return parts.filter((part) => part.use === 'result' && isCurrent(part));
}

/** The result that a copy consists of, without what is built on it. One for each copy, in their order. */
export function copiesOf(context: ResourceContext): readonly Part[] {
  return resultsOf(context).filter(({ builtOn = [] }) => builtOn.length === 0);
}

export function idOf({ thing }: Part): string | undefined {
  return thing?.id;
}

/** The step that makes parts of this role; `undefined` for a role that the strategy does not have. */
export function makingStep(strategy: PlannedStrategy, role: string): StrategyStep | undefined {
  return strategy.steps.find(({ makes }) => makes?.role === role);
}

/** The step of the strategy that made a part, which may be another one than the present. */
export function stepOfPart({ spec }: ResourceContext, part: Part): StrategyStep | undefined {
  const strategy = spec.strategies[part.strategy];
  return strategy === undefined ? undefined : makingStep(strategy, part.role);
}

/** The copies that this run made, without what is built on them: a sweep finds copies alone. */
export function madeThings(context: ResourceContext): readonly Made[] {
  return copiesOf(context).flatMap(({ thing }) => (thing !== undefined && isMade(thing) ? [thing] : []));
}

/** What this run made and still has, by stage. */
export function thingsIn({ parts }: ResourceContext, stage: PartStage): readonly Made[] {
  return parts.flatMap(({ thing, stage: is }) =>
    is === stage && thing !== undefined && isMade(thing) ? [thing] : [],
  );
}

/** The fresh recovery point of a copy that is being taken or was taken. */
export function pointOf(context: ResourceContext, copy: number): Part | undefined {
  return partOf(context, POINT, copy);
}

/** Replaces parts; the context itself when nothing changes. */
export function withParts(context: ResourceContext, parts: readonly Part[]): ResourceContext {
  return parts === context.parts ? context : { ...context, parts };
}

export function changePart(context: ResourceContext, part: Part, change: Partial<Part>): ResourceContext {
  return withParts(
    context,
    context.parts.map((other) => (isSamePart(other, part) ? { ...other, ...change } : other)),
  );
}

/** Parts are told apart by role, copy and generation. */
export function isSamePart(one: Part, other: Part): boolean {
  return one.role === other.role && one.copy === other.copy && one.generation === other.generation;
}

/** The part of the same copy that another one stands on. */
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

/** What a thing is called, with its id: `volume vol-1`. */
export function named(context: ResourceContext, thing: Pick<Thing, 'type' | 'id'>): string {
  return `${courseOf(context.spec.type).nouns[thing.type] ?? thing.type} ${thing.id}`;
}

/** Generations go on through all rounds: a name of an earlier one would find a discarded part. */
function nextGeneration({ parts, generations = {} }: ResourceContext, role: string, copy: number): number {
  const known = parts.flatMap((part) => (part.role === role && part.copy === copy ? part.generation : []));
  return 1 + Math.max(generations[`${role}.${copy}`] ?? 0, ...known);
}

/** A new part that a step has yet to make. */
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

/** Numbers of the copies that a step is carried out for. */
export function copyNumbers({ spec }: ResourceContext, step: StrategyStep): readonly number[] {
  return step.scope === 'resource' ? [0] : Array.from({ length: spec.copies }, (_, copy) => copy);
}

/** Adds the results that the present strategy makes and that are missing. Means follow when they are granted. */
export function withWantedResults(context: ResourceContext): ResourceContext {
  return withWanted(context, ({ makes }) => makes?.use === 'result');
}

export function withWanted(
  context: ResourceContext,
  isWanted: (step: StrategyStep) => boolean,
): ResourceContext {
  let next = context;
  for (const step of strategyOf(context).steps.filter(isWanted)) {
    for (const copy of copyNumbers(context, step)) {
      const isThere = step.makes !== undefined && partOf(next, step.makes.role, copy) !== undefined;
      const part = isThere ? undefined : wantedPart(next, step, copy);
      if (part !== undefined) next = { ...next, parts: [...next.parts, part] };
    }
  }
  return next;
}
