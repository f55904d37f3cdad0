import { courseOf } from '../../kinds/courses.ts';
import { isLost, type Lost } from '../../kinds/course.ts';
import type { Part } from '../../kinds/steps.ts';
import type { Instant } from '../../time.ts';
import { isThing, type Sighting } from '../base/sightings.ts';
import { discard, isCommitted, supersede } from './losses.ts';
import { idOf, isCurrent, isSamePart, POINT, stepOfPart, withParts } from './parts.ts';
import { isDeparting } from './removals.ts';
import { strategyOf, type ResourceContext } from './resource-context.ts';
import { halt, isAmong, lostDifference, statusDifference } from './resource-halt.ts';
import { absorbPoint } from './resource-protect.ts';
import { STATES } from './resource-state.ts';

/** The current part that a thing belongs to. */
function partWith({ parts }: ResourceContext, type: string, id: string): Part | undefined {
  return parts.find((part) => isCurrent(part) && part.type === type && idOf(part) === id);
}

function withOthers(context: ResourceContext, { others = [] }: Lost): ResourceContext {
  if (others.length === 0) return context;
  return withParts(
    context,
    context.parts.map((part) => others.find((other) => isSamePart(other, part)) ?? part),
  );
}

/** From then on people may use the copies: what is built on one, such as an attachment, is theirs to change. */
function isTheirs({ stage }: ResourceContext, { builtOn = [], role }: Part): boolean {
  return role !== POINT && builtOn.length > 0 && STATES.ready.has(stage);
}

/** A part cannot be used any more. What its step declares says what follows. */
function lose(context: ResourceContext, part: Part, lost: Lost, at: Instant): ResourceContext {
  const step = stepOfPart(context, part);
  const open = withOthers(context, lost);
  if (step?.onFailure === 'fallback' && !isCommitted(context)) return { ...open, exhausted: lost.reason };
  // What was promoted is kept whatever becomes of it, and nothing takes its place by itself.
  if (step?.irreversible === true) {
    const difference = lostDifference(open, part, lost.reason);
    return isAmong(open.halt?.differences ?? [], difference) ? context : halt(open, [difference], at);
  }
  if (lost.left === 'usable') return supersede(open, part, lost.reason);
  return discard(open, part, lost.reason, lost.left === 'gone');
}

/** Applies one sighting. */
export function absorbSighting(context: ResourceContext, seen: Sighting, at: Instant): ResourceContext {
  if (!isThing(seen)) return context;
  const part = partWith(context, seen.type, seen.id);
  if (part === undefined || isTheirs(context, part)) return context;
  if (part.role === POINT) return absorbPoint(context, part, seen, at);
  if (context.spec.strategies.length === 0) return context;
  const about = { parts: context.parts, strategy: strategyOf(context), at };
  const outcome = courseOf(context.spec.type).absorb(part, seen, about);
  if (outcome === undefined) return context;
  if (isLost(outcome)) return lose(context, part, outcome, at);
  const next =
    outcome.part === part
      ? context
      : withParts(
          context,
          context.parts.map((other) => (other === part ? outcome.part : other)),
        );
  if (outcome.ails === undefined) return next;
  const difference = statusDifference(context, part, outcome.ails);
  return isAmong(context.halt?.differences ?? [], difference) ? context : halt(next, [difference], at);
}

/** A thing no longer exists. */
export function absorbGone(context: ResourceContext, id: string, at: Instant): ResourceContext {
  const departing = context.parts.find((part) => idOf(part) === id && isDeparting(context, part));
  if (departing !== undefined)
    return withParts(
      context,
      context.parts.map((part) => (part === departing ? { ...part, at: { ...part.at, gone: at } } : part)),
    );
  const part = context.parts.find((candidate) => isCurrent(candidate) && idOf(candidate) === id);
  if (part === undefined || isTheirs(context, part)) return context;
  if (part.role === POINT) return absorbPoint(context, part, undefined, at);
  return lose(context, part, { reason: { code: 'vanished', data: { id } }, left: 'gone' }, at);
}
