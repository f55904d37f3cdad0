import { LIMITS } from '../../facts/retries.ts';
import { courseOf } from '../../kinds/courses.ts';
import { IDENTIFIER_LENGTH, shortened } from '../../kinds/identities.ts';
import type { SeenThing } from '../../kinds/course.ts';
import type { Part } from '../../kinds/steps.ts';
import { isMade, type Made } from '../../kinds/things.ts';
import type { Instant } from '../../time.ts';
import { withEffect } from '../base/pending.ts';
import type { Reason } from '../base/reasons.ts';
import { generationsAfter } from './losses.ts';
import { changePart, copiesOf, idOf, isCurrent, POINT, pointOf } from './parts.ts';
import { baseOf, kindOf } from './requests.ts';
import type { ResourceContext } from './resource-context.ts';

function newPoint(context: ResourceContext, { copy, role }: Part, attempt: number): Part {
  return {
    role: POINT,
    type: courseOf(context.spec.type).point,
    copy,
    generation: attempt,
    strategy: context.strategy,
    use: 'protection',
    builtOn: [role],
    at: {},
    data: {},
    stage: 'wanted',
  };
}

/** The fresh recovery points of the copies. */
export function freshPoints({ parts }: ResourceContext): readonly Made[] {
  return parts.flatMap((part) =>
    part.role === POINT && isCurrent(part) && part.thing !== undefined && isMade(part.thing)
      ? [part.thing]
      : [],
  );
}

/** Complete, or given up: reported, and not waited for. */
export function isSettledPoint({ at }: Part): boolean {
  return at.completed !== undefined || at.failed !== undefined;
}

/** Takes a fresh recovery point of every copy that has none yet. */
export function askPoints(context: ResourceContext): ResourceContext {
  return copiesOf(context).reduce((next, part) => {
    const { thing, copy } = part;
    const known = pointOf(next, copy);
    const slot = `${POINT}.${copy}`;
    const isAsked = known !== undefined && (known.thing !== undefined || isSettledPoint(known));
    if (thing === undefined || isAsked || slot in next.pending) return next;
    const point = known ?? newPoint(next, part, 1);
    const { pointIsTokenless: isTokenless } = courseOf(next.spec.type);
    // The id of the copy makes the name unique per run; RDS accepts lowercase letters, digits and single hyphens only.
    const name = `${thing.id}-safe${point.generation}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    return {
      ...next,
      parts: known === undefined ? [...next.parts, point] : next.parts,
      pending: withEffect(next.pending, slot, {
        ...baseOf(next, `protect.${copy}.${part.generation}.${point.generation}`),
        type: 'operate',
        kind: kindOf(next),
        operation: 'takeSnapshot',
        role: POINT,
        resource: next.spec.id,
        identity: shortened(name, IDENTIFIER_LENGTH),
        target: thing,
        ...(isTokenless === true && { tokenless: true as const }),
        spec: { purpose: 'protection' },
      }),
    };
  }, context);
}

/** Every copy has a complete fresh recovery point, or its recovery point was given up. */
export function isProtected(context: ResourceContext): boolean {
  return copiesOf(context).every(({ copy }) => {
    const point = pointOf(context, copy);
    return point !== undefined && isSettledPoint(point);
  });
}

/** This copy has no fresh recovery point: reported, but the copy still counts as recovered. */
export function pointFailed(
  context: ResourceContext,
  copy: number,
  reason: Reason,
  at: Instant,
): ResourceContext {
  const of = copiesOf(context).find((part) => part.copy === copy);
  const point = pointOf(context, copy);
  const id = (of === undefined ? undefined : idOf(of)) ?? context.spec.id;
  const failed =
    point === undefined ? context : changePart(context, point, { at: { ...point.at, failed: at } });
  return {
    ...failed,
    leftovers: [...context.leftovers, { code: 'no-recovery-point', data: { id, reason } }],
  };
}

/** Applies the sighting of a recovery point, or (without `seen`) that it is gone. */
export function absorbPoint(
  context: ResourceContext,
  point: Part,
  seen: SeenThing | undefined,
  at: Instant,
): ResourceContext {
  if (isSettledPoint(point)) return context;
  const { complete, lost } = courseOf(context.spec.type).pointStates;
  if (seen !== undefined && complete.has(seen.status))
    return changePart(context, point, { at: { ...point.at, completed: at } });
  if (seen !== undefined && !lost.test(seen.status)) return context;
  const id = idOf(point) ?? context.spec.id;
  const detail = seen?.data?.message;
  const reason: Reason =
    seen === undefined
      ? { code: 'vanished', data: { id } }
      : { code: 'went-to', data: { id, status: seen.status, ...(typeof detail === 'string' && { detail }) } };
  if (point.generation >= LIMITS.freshPointAttempts) return pointFailed(context, point.copy, reason, at);
  const of = copiesOf(context).find(({ copy }) => copy === point.copy);
  const others = context.parts.filter((part) => part !== point);
  const parts = of === undefined ? others : [...others, newPoint(context, of, point.generation + 1)];
  return { ...context, parts, ...generationsAfter(context, parts) };
}

/** Stops waiting for incomplete recovery points. */
export function stopWaiting(context: ResourceContext, reason: Reason, at: Instant): ResourceContext {
  return copiesOf(context).reduce((next, part) => {
    const point = pointOf(next, part.copy);
    if (point !== undefined && isSettledPoint(point)) return next;
    const known = point === undefined ? { ...next, parts: [...next.parts, newPoint(next, part, 1)] } : next;
    return pointFailed(known, part.copy, reason, at);
  }, context);
}
