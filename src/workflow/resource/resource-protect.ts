import { LIMITS } from '../../facts/retries.ts';
import { courseOf } from '../../kinds/courses.ts';
import { IDENTIFIER_LENGTH, shortened } from '../../kinds/identities.ts';
import type { ThingSighting } from '../../kinds/course.ts';
import type { Part } from '../../kinds/steps.ts';
import { isMade, type Made } from '../../kinds/things.ts';
import type { Instant } from '../../time.ts';
import { withEffect } from '../base/pending.ts';
import type { Reason } from '../base/reasons.ts';
import { generationsAfter } from './losses.ts';
import { copiesOf, idOf, isCurrent, kindOf, POINT, pointOf, reach } from './parts.ts';
import { baseOf } from './requests.ts';
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

/** The recovery point is complete, or was given up and reported: the run does not wait for it. */
export function isSettledPoint({ at }: Part): boolean {
  return at.completed !== undefined || at.failed !== undefined;
}

/** Requests a fresh recovery point of every copy that has none. */
export function askPoints(context: ResourceContext): ResourceContext {
  return copiesOf(context).reduce((next, part) => {
    const { thing, copy } = part;
    const known = pointOf(next, copy);
    const slot = `${POINT}.${copy}`;
    const isAsked = known !== undefined && (known.thing !== undefined || isSettledPoint(known));
    if (thing === undefined || isAsked || slot in next.pending) return next;
    const point = known ?? newPoint(next, part, 1);
    const { pointIsTokenless: isTokenless } = courseOf(next.spec.type);
    // The id of the copy makes the name unique per run. RDS accepts only lower-case letters, digits and single hyphens.
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

/** Whether the recovery point of every copy is settled: see {@link isSettledPoint}. */
export function isProtected(context: ResourceContext): boolean {
  return copiesOf(context).every(({ copy }) => {
    const point = pointOf(context, copy);
    return point !== undefined && isSettledPoint(point);
  });
}

/** Gives up the recovery point of a copy and reports it. The copy still counts as recovered. */
export function pointFailed(
  context: ResourceContext,
  copy: number,
  reason: Reason,
  at: Instant,
): ResourceContext {
  const of = copiesOf(context).find((part) => part.copy === copy);
  const point = pointOf(context, copy);
  const id = of?.thing?.id ?? context.spec.id;
  return {
    ...(point === undefined ? context : reach(context, point, 'failed', at)),
    leftovers: [...context.leftovers, { code: 'no-recovery-point', data: { id, reason } }],
  };
}

/** Applies the sighting of a recovery point. Without `seen` it is gone. A failed recovery point is taken again, up to the limit of attempts. */
export function absorbPoint(
  context: ResourceContext,
  point: Part,
  seen: ThingSighting | undefined,
  at: Instant,
): ResourceContext {
  if (isSettledPoint(point)) return context;
  const { complete, lost } = courseOf(context.spec.type).pointStates;
  if (seen !== undefined && complete.has(seen.status)) return reach(context, point, 'completed', at);
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

/** Gives up all recovery points that are not complete. */
export function stopWaiting(context: ResourceContext, reason: Reason, at: Instant): ResourceContext {
  return copiesOf(context).reduce((next, part) => {
    const point = pointOf(next, part.copy);
    if (point !== undefined && isSettledPoint(point)) return next;
    const known = point === undefined ? { ...next, parts: [...next.parts, newPoint(next, part, 1)] } : next;
    return pointFailed(known, part.copy, reason, at);
  }, context);
}
