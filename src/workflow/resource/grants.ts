import type { Part, StrategyStep } from '../../kinds/steps.ts';
import type { PoolName } from '../../plan/types.ts';
import type { Instant } from '../../time.ts';
import { holdsStill, plannedHolds } from './holds.ts';
import { copyNumbers, isSamePart, partOf, thingOf, wantedPart } from './parts.ts';
import { strategyOf, type ResourceContext } from './resource-context.ts';
import { isNeeded, positionsOf, slotOfStep } from './walk.ts';

/** Groups of steps whose holds are granted together. A step with `newGrant` starts a group. Within a group no step waits for a quota while another step holds one. */
function segmentsOf(steps: readonly StrategyStep[]): readonly (readonly StrategyStep[])[] {
  const segments: StrategyStep[][] = [[]];
  for (const step of steps) {
    if (step.newGrant === true) segments.push([]);
    segments.at(-1)?.push(step);
  }
  return segments;
}

/** The parts that the next grant covers: those of the due steps, and of the steps in the same groups. */
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

/** Sets the thing of a part whose id is known before the request. `existing`: ids of means that existed before the run. */
function identified(
  context: ResourceContext,
  { makes }: StrategyStep,
  part: Part,
  existing: readonly string[],
): Part {
  if (makes?.id === undefined) return part;
  const isThere = existing.includes(makes.id) || makes.origin === 'existing';
  return { ...part, thing: thingOf(context, makes.type, makes.id, isThere ? 'existing' : 'made') };
}

/**
 * Records that the resource was granted its quotas: its parts may be requested. Means that existed before the run count as made.
 * `existing`: their ids.
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

/** The amounts that the next grant takes, by pool. `existing`: ids of means that existed before the run. */
export function needsOf(
  context: ResourceContext,
  existing: readonly string[],
  at: Instant,
): readonly { readonly pool: PoolName; readonly amount: number }[] {
  const needs = new Map<PoolName, number>();
  for (const { step, part } of dueParts(context)) {
    const holds = plannedHolds(context, identified(context, step, part, existing));
    for (const { pool, amount, once } of holds) {
      if (once !== true) needs.set(pool, (needs.get(pool) ?? 0) + amount);
      else if (!needs.has(pool) && !holdsStill(context, pool, at)) needs.set(pool, amount);
    }
  }
  return [...needs].map(([pool, amount]) => ({ pool, amount }));
}
