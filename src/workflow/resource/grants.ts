import type { Part, StrategyStep } from '../../kinds/steps.ts';
import type { KindName, Origin } from '../../kinds/things.ts';
import type { PoolName } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import { plannedHolds } from './holds.ts';
import { copyNumbers, isSamePart, partOf, wantedPart } from './parts.ts';
import { strategyOf, type ResourceContext } from './resource-context.ts';
import { isNeeded, positionsOf, slotOfStep } from './walk.ts';

/**
 * Steps that are granted together: the first ones up to a step that asks for a grant of its own, and so on. Nothing waits for a quota while it holds
 * another one of the same grant.
 */
function segmentsOf(steps: readonly StrategyStep[]): readonly (readonly StrategyStep[])[] {
  const segments: StrategyStep[][] = [[]];
  for (const step of steps) {
    if (step.newGrant === true) segments.push([]);
    segments.at(-1)?.push(step);
  }
  return segments;
}

/** The parts that the next grant is for: those of the steps that are due, and of the steps granted with them. */
function dueParts(context: ResourceContext): readonly { readonly step: StrategyStep; readonly part: Part }[] {
  const positions = new Set(positionsOf(context).map(({ step }) => step));
  const segments = segmentsOf(strategyOf(context).steps);
  return segments
    .filter((steps) => steps.some((step) => positions.has(step)))
    .flat()
    .filter((step) => step.makes !== undefined && isNeeded(context, step))
    .flatMap((step) =>
      copyNumbers(context, step).flatMap((copy) => {
        const part = partOf(context, step.makes?.role ?? '', copy) ?? wantedPart(context, step, copy);
        const isOpen =
          part !== undefined && part.at.granted === undefined && !(slotOfStep(step, copy) in context.pending);
        return isOpen ? [{ step, part }] : [];
      }),
    );
}

/** Where the id is known before the request, the thing is known too: it may be there already. */
function identified(
  context: ResourceContext,
  { makes }: StrategyStep,
  part: Part,
  existing: readonly string[],
): Part {
  if (makes?.id === undefined) return part;
  const isThere = existing.includes(makes.id);
  const origin: Origin = isThere || makes.origin === 'existing' ? 'existing' : 'made';
  const { region } = context;
  const kind = context.spec.type as KindName;
  return { ...part, thing: { kind, type: makes.type, id: makes.id, region, origin } };
}

/**
 * The resource has its share of the quotas: its parts may be requested. Means that are there already are used as they are.
 * `existing`: ids of the means that were there before the run.
 */
export function granted(context: ResourceContext, existing: readonly string[], at: Instant): ResourceContext {
  const parts = dueParts(context).map(({ step, part }): Part => {
    const known = identified(context, step, part, existing);
    const isThere = known.use === 'means' && known.thing?.origin === 'existing';
    return {
      ...known,
      ...(isThere && { stage: 'live' as const }),
      at: { ...known.at, granted: at, ...(isThere && { made: at }) },
    };
  });
  const others = context.parts.filter((part) => !parts.some((one) => isSamePart(one, part)));
  return { ...context, parts: [...others, ...parts] };
}

/** What a queued resource needs, by pool. */
export function needsOf(
  context: ResourceContext,
  existing: readonly string[],
): readonly { readonly pool: PoolName; readonly amount: number }[] {
  const needs = new Map<PoolName, number>();
  for (const { step, part } of dueParts(context)) {
    const holds = plannedHolds(context, identified(context, step, part, existing));
    for (const { pool, amount } of holds) needs.set(pool, (needs.get(pool) ?? 0) + amount);
  }
  return [...needs].map(([pool, amount]) => ({ pool, amount }));
}
