import { courseOf } from '../../kinds/courses.ts';
import { isLost, type Lost } from '../../kinds/course.ts';
import type { Part } from '../../kinds/steps.ts';
import type { Instant } from '../../time.ts';
import { isThing, type Sighting } from '../base/sightings.ts';
import { discard, isCommitted, supersede } from './losses.ts';
import { changePart, idOf, isCurrent, POINT, reach, stepOfPart } from './parts.ts';
import { isDeparting } from './removals.ts';
import { strategyOf, type ResourceContext } from './resource-context.ts';
import { halt, isAmong, statusDifference } from './resource-halt.ts';
import { absorbPoint } from './resource-protect.ts';
import { STATES } from './resource-state.ts';

/** The current part of a thing. */
function partWith({ parts }: ResourceContext, type: string, id: string): Part | undefined {
  return parts.find((part) => isCurrent(part) && part.type === type && idOf(part) === id);
}

/** Once the resource is ready, users work with its copies and may change what is built on them, such as an attachment. */
function belongsToUsers({ stage }: ResourceContext, { builtOn = [], role }: Part): boolean {
  return role !== POINT && builtOn.length > 0 && STATES.ready.has(stage);
}

/** A part cannot be used any more: its step declares what follows. */
function lose(context: ResourceContext, part: Part, lost: Lost, at: Instant): ResourceContext {
  const step = stepOfPart(context, part);
  const { reason, left, others = [] } = lost;
  const open = others.reduce((next, other) => changePart(next, other, other), context);
  if (step?.onFailure === 'fallback' && !isCommitted(context)) return { ...open, exhausted: reason };
  // A promoted replica is never replaced by itself, even when it is lost: an operator decides.
  if (step?.irreversible === true) {
    const status = 'status' in reason.data ? reason.data.status : reason.code;
    const difference = statusDifference(open, part, status);
    return isAmong(open.halt?.differences ?? [], difference) ? context : halt(open, [difference], at);
  }
  if (left === 'usable') return supersede(open, part, reason);
  return discard(open, part, reason, left === 'gone');
}

/** Applies one sighting. */
export function absorbSighting(context: ResourceContext, seen: Sighting, at: Instant): ResourceContext {
  if (!isThing(seen)) return context;
  const part = partWith(context, seen.type, seen.id);
  if (part === undefined || belongsToUsers(context, part)) return context;
  if (part.role === POINT) return absorbPoint(context, part, seen, at);
  if (context.spec.strategies.length === 0) return context;
  const about = { parts: context.parts, strategy: strategyOf(context), at };
  const outcome = courseOf(context.spec.type).absorb(part, seen, about);
  if (outcome === undefined) return context;
  if (isLost(outcome)) return lose(context, part, outcome, at);
  const next = outcome.part === part ? context : changePart(context, part, outcome.part);
  if (outcome.ails === undefined) return next;
  const difference = statusDifference(context, part, outcome.ails);
  return isAmong(context.halt?.differences ?? [], difference) ? context : halt(next, [difference], at);
}

/** Applies that the thing with this id no longer exists. */
export function absorbGone(context: ResourceContext, id: string, at: Instant): ResourceContext {
  const departing = context.parts.find((part) => idOf(part) === id && isDeparting(context, part));
  if (departing !== undefined) return reach(context, departing, 'gone', at);
  const part = context.parts.find((candidate) => isCurrent(candidate) && idOf(candidate) === id);
  if (part === undefined || belongsToUsers(context, part)) return context;
  if (part.role === POINT) return absorbPoint(context, part, undefined, at);
  return lose(context, part, { reason: { code: 'vanished', data: { id } }, left: 'gone' }, at);
}
