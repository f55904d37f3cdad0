import { resourceCostUsd, roundUsd } from '../../kinds/cost.ts';
import type { PlannedStrategy } from '../../plan/types.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import { copiesOf, idOf, thingsIn } from '../../workflow/resource/parts.ts';
import type { ResourceContext } from '../../workflow/resource/resource-context.ts';
import { accountAt, outcomeOf, strategyUsed } from './outcome.ts';
import type { ResourceView, RunView } from './run-view.ts';

/** One strategy while it was tried. */
interface Attempt {
  readonly strategy: PlannedStrategy;
  readonly from: Instant;
  readonly to: Instant;
}

/**
 * USD that the run cost by what really happened, at list prices, until completion or cleanup. When each copy was deleted is not
 * kept; but one that was thrown away made room for the next, so a strategy is charged for its copies as long as it was tried, and
 * for every initialisation that it began.
 */
export function spentUsd(view: RunView, now?: Instant): number {
  const at = accountAt(view, now);
  return roundUsd(view.resources.reduce((sum, resource) => sum + resourceUsd(resource, at), 0));
}

function resourceUsd(resource: ResourceView, at: Instant): number {
  const { context, state } = resource;
  const last = strategyUsed(resource);
  if (context.startedAt === undefined || last === undefined) return 0;
  const gaveUp = outcomeOf(resource) === 'failed';
  const copies = lastCopies(resource);
  let thrownAway = context.createdIds.length - copies;
  let usd = 0;
  for (const attempt of earlierAttempts(context, gaveUp)) {
    const made = Math.min(thrownAway, context.spec.copies);
    thrownAway -= made;
    usd += attemptUsd(context, attempt, made, attempt.to);
  }
  const removedAt = state === 'removed' ? Math.min(context.since, at) : at;
  const to = gaveUp ? (context.fallbacks.at(-1)?.at ?? context.since) : removedAt;
  const from = lastBegan(context, gaveUp);
  const fsrUntil = context.warmedAt !== undefined && context.warmedAt > from ? context.warmedAt : to;
  usd += attemptUsd(context, { strategy: last, from, to }, copies, Math.min(fsrUntil, to));
  return usd + resourceCostUsd({ ...last, steps: [] }, thrownAway, { storageSeconds: 0, fsrSeconds: 0 });
}

/** How many copies the last attempt held: those that are there, or as many as there can have been. */
function lastCopies({ context, state }: ResourceView): number {
  const isGone = state === 'failed' || state === 'removing' || state === 'removed';
  return isGone ? Math.min(context.createdIds.length, context.spec.copies) : presentIds(context).length;
}

/** Ids of what a resource consists of now. */
export function presentIds(context: ResourceContext): readonly string[] {
  const present = copiesOf(context).filter(({ stage }) => stage === 'live');
  return [
    ...present.flatMap((part) => idOf(part) ?? []),
    ...thingsIn(context, 'superseded').map(({ id }) => id),
  ];
}

/** Giving up the last strategy is a fallback to nothing: it ends the last attempt and begins none. */
function earlierFallbacks(context: ResourceContext, gaveUp: boolean): ResourceContext['fallbacks'] {
  return gaveUp ? context.fallbacks.slice(0, -1) : context.fallbacks;
}

function earlierAttempts(context: ResourceContext, gaveUp: boolean): readonly Attempt[] {
  let from = context.startedAt ?? context.since;
  return earlierFallbacks(context, gaveUp).flatMap((fallback) => {
    const strategy = context.spec.strategies.find((candidate) => candidate.name === fallback.strategy);
    const began = from;
    from = Math.max(from, fallback.at);
    return strategy === undefined ? [] : [{ strategy, from: began, to: from }];
  });
}

/** When the last attempt began to hold anything. */
function lastBegan(context: ResourceContext, gaveUp: boolean): Instant {
  const previous = earlierFallbacks(context, gaveUp).at(-1)?.at;
  return Math.max(previous ?? 0, context.startedAt ?? context.since);
}

function attemptUsd(context: ResourceContext, attempt: Attempt, copies: number, fsrUntil: Instant): number {
  const { strategy, from, to } = attempt;
  const acceleratedAt = context.acceleratedAt;
  const madeFrom =
    acceleratedAt !== undefined && acceleratedAt > from && acceleratedAt < to ? acceleratedAt : from;
  const steps = usesTheirs(context) ? [] : strategy.steps;
  return resourceCostUsd({ name: strategy.name, spec: strategy.spec, steps }, copies, {
    storageSeconds: Math.max(0, to - madeFrom) / SECOND_MS,
    fsrSeconds: Math.max(0, fsrUntil - from) / SECOND_MS,
  });
}

/** The means were there before the run: it does not pay for them. */
function usesTheirs({ parts }: ResourceContext): boolean {
  return parts.some(({ use, thing }) => use === 'means' && thing?.origin === 'existing');
}
