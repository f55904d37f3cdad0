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

/** The reason for giving up a strategy if no other is known. */
export const GIVEN_UP: Reason = { code: 'given-up', data: {} };

/** Number of discarded copies after which a strategy is given up. */
const MAX_MISSES = 3;

/** Parts that stand on this one, directly or through others: they go with it. */
export function builtOnPart({ parts }: ResourceContext, foundation: Part): readonly Part[] {
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

/** What becomes of a part that is given up, and what is reported about it. */
interface Fate {
  readonly stage: Part['stage'] | 'forgotten';
  readonly leftovers: readonly Leftover[];
}

/**
 * A part that is given up is removed, unless people may use it or it existed before the run. From the request of a fresh recovery point on, people may
 * use a copy, and its recovery point may be all that is left of it.
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
    if (point !== undefined && isSamePart(point, other))
      return isRemoving || other.thing === undefined ? [] : [{ ...other, stage: 'left' }];
    if (!going.some((one) => isSamePart(one, other))) return [other];
    const { stage, leftovers: told } = fate(other);
    leftovers.push(...told);
    if (stage === 'forgotten') return [];
    // There is nothing to reverse any more. A deletion is requested all the same: it tells who was first.
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

/** Remembers the generations of parts that the row no longer holds. */
export function generationsAfter(
  { parts: before, generations }: ResourceContext,
  parts: readonly Part[],
): Pick<ResourceContext, 'generations'> {
  const forgotten = before.filter((part) => !parts.some((other) => isSamePart(other, part)));
  if (forgotten.length === 0) return {};
  const next = { ...generations };
  for (const { role, copy, generation } of forgotten) {
    // The successor's is higher.
    if (parts.some((part) => part.role === role && part.copy === copy && part.generation > generation))
      continue;
    const key = `${role}.${copy}`;
    next[key] = Math.max(next[key] ?? 0, generation);
  }
  return Object.keys(next).length === 0 ? {} : { generations: next };
}

/** Adds what the present strategy makes in place of a part. */
function withSuccessor(context: ResourceContext, { role, copy }: Part): ResourceContext {
  const step = strategyOf(context).steps.find(({ makes }) => makes?.role === role);
  const part = step === undefined ? undefined : wantedPart(context, step, copy);
  return part === undefined || part.use !== 'result'
    ? context
    : { ...context, parts: [...context.parts, part] };
}

/**
 * Gives up one unusable part: requests its removal, and recreates it under a new identity. After the recovery it is left
 * in place. `isGone`: it no longer exists. A usable one is superseded or halts the resource instead.
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

/** Recreates a part that is usable but not as requested. The old one is deleted only once the resource is ready without it. */
export function supersede(context: ResourceContext, part: Part, reason: Loss): ResourceContext {
  const isOurs = part.thing !== undefined && isMade(part.thing);
  if (!isOurs || pointOf(context, part.copy) !== undefined) return discard(context, part, reason);
  const fate = (one: Part): Fate =>
    isSamePart(one, part) ? { stage: 'superseded', leftovers: [] } : fateOf(context, one, reason, false);
  return askRemovals(replaced(context, part, reason, fate, false));
}

/** Discards superseded parts. */
export function dropSuperseded(context: ResourceContext): ResourceContext {
  if (!context.parts.some(({ stage }) => stage === 'superseded')) return context;
  const parts = context.parts.map((part) =>
    part.stage === 'superseded' ? { ...part, stage: 'undoing' as const } : part,
  );
  return askRemovals({ ...context, parts });
}

/** Gives up the present strategy. Its copies are kept: only a look shows whether a copy is unusable, not the failure of another copy. */
export function leaveStrategy(context: ResourceContext, at: Instant): ResourceContext {
  const reason = context.exhausted ?? GIVEN_UP;
  const fallbacks = [...context.fallbacks, { strategy: strategyOf(context).name, reason, at }];
  return releaseMeans({ ...context, fallbacks, pending: forgetWork(context.pending) });
}

/** Continues with another strategy, which goes on with the parts that it makes too. Others of its results are superseded. */
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

/** A part that was not made yet, for another strategy. */
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

/** An operation that cannot be taken back was accepted, or may have been. */
export function isCommitted(context: ResourceContext): boolean {
  return context.parts.some(
    (part) =>
      isCurrent(part) && part.at.made !== undefined && stepOfPart(context, part)?.irreversible === true,
  );
}
