import { thingsIn } from '../../../src/workflow/resource/parts.ts';
import type { Outcome } from '../outcome.ts';
import { keepsMade, recoveredBy } from './made.ts';

/**
 * However often something was asked for, at most one of it survives; after a completed restore exactly one. An abort that keeps also keeps what was being
 * replaced, because it can be used.
 */
export function checkAtMostOne(outcome: Outcome): readonly string[] {
  const made = recoveredBy(outcome);
  const alive = made.filter(({ isAlive }) => isAlive);
  const unseen = made.filter(({ isJustGone }) => isJustGone);
  return outcome.plan.resources.flatMap((resource) => {
    const count = alive.filter((thing) => thing.resource === resource.id).length;
    const isComplete = outcome.scenario.mode === 'restore' && outcome.end.phase === 'completed';
    const replacedLater = keepsMade(outcome)
      ? outcome.view.resources
          .filter(({ context }) => context.spec.id === resource.id)
          .flatMap(({ context }) => thingsIn(context, 'superseded')).length
      : 0;
    if (count > resource.copies + replacedLater)
      return [`${resource.id}: ${count} survive, ${resource.copies} wanted`];
    const perhaps = count + unseen.filter((thing) => thing.resource === resource.id).length;
    return isComplete && perhaps < resource.copies
      ? [`${resource.id}: only ${count} of ${resource.copies} survive a completed restore`]
      : [];
  });
}
