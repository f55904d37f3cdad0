import type { Part } from '../../kinds/steps.ts';
import { isMade } from '../../kinds/things.ts';
import { withEffect, withoutSlots, type Pending } from '../base/pending.ts';
import type { Leftover } from '../base/reasons.ts';
import { isCurrent, stepOfPart } from './parts.ts';
import { removalOf } from './requests.ts';
import type { ResourceContext } from './resource-context.ts';
import { slotOfStep } from './walk.ts';

/** The removal of the part is due or requested, and AWS has not accepted it yet. */
export function isGoing({ stage, at }: Part): boolean {
  return stage === 'undoing' && at.undone === undefined;
}

/** The removal of the part was accepted and is not complete: until then it counts against a quota. */
export function isDeparting(context: ResourceContext, part: Part): boolean {
  const holds = stepOfPart(context, part)?.holds ?? [];
  return (
    part.stage === 'undoing' &&
    part.at.undone !== undefined &&
    part.at.gone === undefined &&
    holds.some(({ until }) => until.milestone === 'gone')
  );
}

/** Requests the removals that are due. Parts that are built on another are removed before it: AWS refuses the other order. */
export function askRemovals(context: ResourceContext): ResourceContext {
  let { pending } = context;
  const going = context.parts.filter(isGoing);
  for (const part of going) {
    const isFoundation = going.some(
      (other) => other.copy === part.copy && (other.builtOn ?? []).includes(part.role),
    );
    const removal = isFoundation ? undefined : removalOf(context, part);
    if (removal !== undefined && !(removal.slot in pending))
      pending = withEffect(pending, removal.slot, removal.effect);
  }
  return pending === context.pending ? context : { ...context, pending };
}

/**
 * Removes the means, or switches them off again. Means that existed before the run stay as they are. Means that were requested and not answered
 * are removed too: they may exist.
 */
export function releaseMeans(context: ResourceContext): ResourceContext {
  const isMeans = (part: Part): boolean => part.use === 'means' && isCurrent(part);
  if (!context.parts.some(isMeans)) return context;
  const slots: string[] = [];
  const parts = context.parts.flatMap((part): Part[] => {
    if (!isMeans(part)) return [part];
    const step = stepOfPart(context, part);
    if (step !== undefined) slots.push(slotOfStep(step, part.copy));
    const mayExist = part.at.made !== undefined || (part.data.asks ?? 0) > 0;
    if (part.thing === undefined || !mayExist) return [];
    return [{ ...part, stage: isMade(part.thing) ? 'undoing' : 'left' }];
  });
  const pending = withoutSlots(context.pending, (slot) => slots.includes(slot));
  return askRemovals({ ...context, parts, pending });
}

/** Whether a slot is that of a removal. */
export function isRemoval(slot: string): boolean {
  return slot.startsWith('delete.') || slot.startsWith('undo.');
}

/** Cancels all requests but removals. */
export function forgetWork(pending: Pending): Pending {
  return withoutSlots(pending, (slot) => !isRemoval(slot));
}

/** Nothing is left to remove, and no request is pending. */
export function isTidy({ parts, pending }: ResourceContext): boolean {
  const isOpen = (part: Part): boolean =>
    isGoing(part) || (part.use === 'means' && isCurrent(part) && part.thing !== undefined);
  return Object.keys(pending).length === 0 && !parts.some(isOpen);
}

/** Leftovers of means that the run switched on and could not switch off. They cost money until they are off. */
export function meansLeftOn({ leftovers }: ResourceContext): readonly Leftover[] {
  return leftovers.filter(({ code }) => code === 'fsr-on');
}

/** Begins cleanup number `cleanup`, after the end of the run: it retries the means that the run could not switch off. */
export function reachedByCleanup(context: ResourceContext, cleanup: number): ResourceContext {
  const { parts, removedParts, leftovers } = context;
  const retried = meansLeftOn(context);
  const hasMade = parts.some(
    ({ use, thing, stage }) => use === 'result' && stage === 'live' && thing !== undefined,
  );
  return {
    ...context,
    cleanup,
    ...(hasMade && { removedParts: [...(removedParts ?? []), ...parts] }),
    leftovers: leftovers.filter((leftover) => !retried.includes(leftover)),
    parts:
      retried.length === 0
        ? parts
        : parts.map((part) =>
            part.use === 'means' && part.stage === 'left' && part.thing?.origin === 'made'
              ? { ...part, stage: 'undoing' }
              : part,
          ),
  };
}
