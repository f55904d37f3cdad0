import type { Loss } from '../../kinds/losses.ts';
import type { Part } from '../../kinds/steps.ts';
import { isMade } from '../../kinds/things.ts';
import type { Instant } from '../../time.ts';
import { withoutSlots } from '../base/pending.ts';
import type { Leftover, Reason } from '../base/reasons.ts';
import { isCurrent, isSamePart, pointOf, stepOfPart, wantedPart, POINT } from './parts.ts';
import { askRemovals, forgetWork, releaseMeans } from './removals.ts';
import { strategyOf, type ResourceContext } from './resource-context.ts';
import { slotOfStep, VERIFY_SLOT } from './walk.ts';

/** The reason for giving up a strategy when no other is known. */
export const GIVEN_UP: Reason = { code: 'given-up', data: {} };

/** Number of discarded copies after which a strategy is given up. */
const MAX_MISSES = 3;

/** Parts that are built on this one, directly or through others: they are given up with it. */
function builtOnPart({ parts }: ResourceContext, foundation: Part): readonly Part[] {
  const found: Part[] = [];
  const roles = new Set([foundation.role]);
  for (let size = -1; size !== found.length;) {
    size = found.length;
    for (const part of parts) {
      const isOfCopy = part.copy === foundation.copy || foundation.copy === 0;
      const stands =
        isOfCopy &&
        isCurrent(part) &&
        part.role !== POINT &&
        (part.builtOn ?? []).some((role) => roles.has(role));
      if (!stands || found.includes(part)) continue;
      found.push(part);
      roles.add(part.role);
    }
  }
  return found;
}

/** The next stage of a part that is given up, and the leftovers to report. */
interface Fate {
  readonly stage: Part['stage'] | 'forgotten';
  readonly leftovers: readonly Leftover[];
}

/**
 * A part that is given up is removed, unless users may work with it or it existed before the run. Users may work with a copy from the request of its
 * fresh recovery point on.
 */
function fateOf(context: ResourceContext, part: Part, reason: Reason, isGone: boolean): Fate {
  const { thing } = part;
  if (thing === undefined) return { stage: 'forgotten', leftovers: [] };
  if (!isMade(thing)) {
    const wasChanged = part.at.made !== undefined || (part.data.asks ?? 0) > 0;
    return wasChanged
      ? { stage: 'left', leftovers: [{ code: 'existing-kept', data: { id: thing.id } }] }
      : { stage: 'forgotten', leftovers: [] };
  }
  const mayBeInUse = pointOf(context, part.copy) !== undefined && context.stage !== 'removing';
  if (!mayBeInUse) return { stage: 'undoing', leftovers: [] };
  return {
    stage: 'left',
    leftovers: isGone ? [] : [{ code: 'replaced', data: { id: thing.id, reason } }],
  };
}

/** Recreates one part, and what is built on it, under a new identity. */
function replaced(
  context: ResourceContext,
  part: Part,
  reason: Reason,
  fate: (part: Part) => Fate,
  isGone: boolean,
): ResourceContext {
  const dependents = builtOnPart(context, part);
  const going = [part, ...dependents];
  const point = pointOf(context, part.copy);
  const isRemoving = context.stage === 'removing';
  const leftovers: Leftover[] = [];
  const parts = context.parts.flatMap((other): Part[] => {
    // The recovery point of a lost copy may be all that is left of its data.
    if (point !== undefined && isSamePart(point, other))
      return isRemoving || other.thing === undefined ? [] : [{ ...other, stage: 'left' }];
    if (!going.some((one) => isSamePart(one, other))) return [other];
    const { stage, leftovers: told } = fate(other);
    leftovers.push(...told);
    if (stage === 'forgotten') return [];
    // A thing that is gone needs no undo. The lost part itself is still deleted where it has no undo: the answer shows whether another user deleted it first.
    const isOver = isGone && (other !== part || stepOfPart(context, other)?.undo !== undefined);
    const at = isOver ? { ...other.at, undone: other.at.made ?? 0 } : other.at;
    return [{ ...other, at, stage }];
  });
  const misses = context.misses + 1;
  const slots = new Set([...going.flatMap((each) => slotsOf(context, each)), VERIFY_SLOT]);
  const without: ResourceContext = {
    ...context,
    parts,
    ...generationsAfter(context, parts),
    pending: withoutSlots(context.pending, (slot) => slots.has(slot)),
    verified: false,
    halt: undefined,
    misses,
    leftovers: leftovers.length === 0 ? context.leftovers : [...context.leftovers, ...leftovers],
    ...(misses > MAX_MISSES && { exhausted: reason }),
  };
  return going.reduce(withSuccessor, without);
}

/** Slots of requests about one part. */
function slotsOf(context: ResourceContext, part: Part): readonly string[] {
  const steps = strategyOf(context).steps.filter(
    ({ makes, on }) => makes?.role === part.role || on === part.role,
  );
  return [...steps.map((step) => slotOfStep(step, part.copy)), `${POINT}.${part.copy}`];
}

/** `generations` after parts were removed from the row: a forgotten generation is never used again. */
export function generationsAfter(
  { parts: before, generations }: ResourceContext,
  parts: readonly Part[],
): Pick<ResourceContext, 'generations'> {
  const forgotten = before.filter((part) => !parts.some((other) => isSamePart(other, part)));
  if (forgotten.length === 0) return {};
  const next = { ...generations };
  for (const { role, copy, generation } of forgotten) {
    // Its successor is in the row, with a higher generation.
    if (parts.some((part) => part.role === role && part.copy === copy && part.generation > generation))
      continue;
    const key = `${role}.${copy}`;
    next[key] = Math.max(next[key] ?? 0, generation);
  }
  return Object.keys(next).length === 0 ? {} : { generations: next };
}

/** Adds the successor of a part, if the current strategy makes such a result. */
function withSuccessor(context: ResourceContext, { role, copy }: Part): ResourceContext {
  const step = strategyOf(context).steps.find(({ makes }) => makes?.role === role);
  const part = step === undefined ? undefined : wantedPart(context, step, copy);
  return part === undefined || part.use !== 'result'
    ? context
    : { ...context, parts: [...context.parts, part] };
}

/**
 * Gives up one unusable part: requests its removal, and recreates it under a new identity. Once users may work with it, it is kept and reported.
 * `isGone`: the thing no longer exists. Usable parts are superseded, or halt the resource, instead.
 */
export function discard(
  context: ResourceContext,
  part: Part,
  reason: Reason,
  isGone = false,
): ResourceContext {
  const fate = (one: Part): Fate => fateOf(context, one, reason, isGone);
  return askRemovals(replaced(context, part, reason, fate, isGone));
}

/** Recreates a part that is usable but not as requested. The old part is deleted only once the resource is ready without it. */
export function supersede(context: ResourceContext, part: Part, reason: Loss): ResourceContext {
  const isOurs = part.thing !== undefined && isMade(part.thing);
  if (!isOurs || pointOf(context, part.copy) !== undefined) return discard(context, part, reason);
  const fate = (one: Part): Fate =>
    isSamePart(one, part) ? { stage: 'superseded', leftovers: [] } : fateOf(context, one, reason, false);
  return askRemovals(replaced(context, part, reason, fate, false));
}

/** Requests the removal of superseded parts. */
export function dropSuperseded(context: ResourceContext): ResourceContext {
  if (!context.parts.some(({ stage }) => stage === 'superseded')) return context;
  const parts = context.parts.map((part) =>
    part.stage === 'superseded' ? { ...part, stage: 'undoing' as const } : part,
  );
  return askRemovals({ ...context, parts });
}

/** Gives up the current strategy. Its copies are kept: the failure of one copy does not show that the others are unusable. */
export function leaveStrategy(context: ResourceContext, at: Instant): ResourceContext {
  const reason = context.exhausted ?? GIVEN_UP;
  const fallbacks = [...context.fallbacks, { strategy: strategyOf(context).name, reason, at }];
  return releaseMeans({ ...context, fallbacks, pending: forgetWork(context.pending) });
}

/** Continues with another strategy. It takes over the results whose roles it makes too; the others are superseded. */
export function useStrategy(context: ResourceContext, strategy: number): ResourceContext {
  const next: ResourceContext = {
    ...context,
    strategy,
    misses: 0,
    verified: false,
    exhausted: undefined,
    refusal: undefined,
  };
  const { steps } = strategyOf(next);
  const roles = new Set(steps.flatMap(({ makes }) => makes?.role ?? []));
  const parts = next.parts.flatMap((part): Part[] => {
    if (part.stage === 'wanted' && part.use === 'result')
      return roles.has(part.role) ? [wantedAgain(part, strategy)] : [];
    const isForeign = part.stage === 'live' && part.use === 'result' && !roles.has(part.role);
    return [isForeign ? { ...part, stage: 'superseded' } : part];
  });
  return { ...next, parts, ...generationsAfter(next, parts) };
}

/** A part that was not requested yet, for another strategy. */
function wantedAgain(part: Part, strategy: number): Part {
  const { role, type, copy, generation, use, builtOn } = part;
  const again = { role, type, copy, generation, use, strategy, at: {}, data: {}, stage: 'wanted' } as const;
  return builtOn === undefined ? again : { ...again, builtOn };
}

/** Forgets removed parts whose last hold on a quota has ended, so that repeated discards do not accumulate. */
export function withoutOldParts(
  context: ResourceContext,
  holdEndsAt: (part: Part) => Instant,
  at: Instant,
): ResourceContext {
  const parts = context.parts.filter(
    (part) => part.stage !== 'undoing' || part.at.undone === undefined || holdEndsAt(part) > at,
  );
  if (parts.length === context.parts.length) return context;
  return { ...context, parts, ...generationsAfter(context, parts) };
}

/** Whether an irreversible operation was accepted. */
export function isCommitted(context: ResourceContext): boolean {
  return context.parts.some(
    (part) =>
      isCurrent(part) && part.at.made !== undefined && stepOfPart(context, part)?.irreversible === true,
  );
}
