import { LIMITS } from '../../facts/retries.ts';
import type { Instant } from '../../time.ts';
import type { FreshPoint, ResourceContext } from './resource-context.ts';
import type { Reason } from '../base/reasons.ts';
import { changeMake } from './resource-discard.ts';
import type { ThingSighting } from '../base/sightings.ts';

export function changePoint(
  context: ResourceContext,
  copy: number,
  change: Partial<FreshPoint>,
): ResourceContext {
  const point = context.makes.find((make) => make.copy === copy)?.point;
  return point === undefined ? context : changeMake(context, copy, { point: { ...point, ...change } });
}

/** This copy has no fresh recovery point: reported, but the copy still counts as recovered. */
export function pointFailed(context: ResourceContext, copy: number, reason: Reason): ResourceContext {
  const id = context.makes.find((make) => make.copy === copy)?.id ?? context.spec.id;
  return {
    ...changePoint(context, copy, { problem: reason }),
    leftovers: [...context.leftovers, { code: 'no-recovery-point', data: { id, reason } }],
  };
}

/** EBS and RDS have different words for it. */
const POINT_DONE: ReadonlySet<string> = new Set(['completed', 'available']);
/** `recoverable` and `recovering`: it lies in the recycle bin, and is no recovery point there. Whatever else RDS may call it, these never become available. */
const POINT_LOST = /^(error|failed|recoverable|recovering|deleting|deleted|incompatible-.*|inaccessible-.*)$/;

/** Applies the sighting of a recovery point, or (without `seen`) that it is gone. */
export function absorbPoint(
  context: ResourceContext,
  id: string,
  seen: ThingSighting | undefined,
  at: Instant,
): ResourceContext {
  const make = context.makes.find(({ point }) => point?.id === id);
  const point = make?.point;
  if (
    make === undefined ||
    point === undefined ||
    point.completedAt !== undefined ||
    point.problem !== undefined
  )
    return context;
  if (seen !== undefined && POINT_DONE.has(seen.status))
    return changePoint(context, make.copy, { completedAt: at });
  if (seen !== undefined && !POINT_LOST.test(seen.status)) return context;
  const message = seen?.data?.['message'];
  const reason: Reason =
    seen === undefined
      ? { code: 'vanished', data: { id } }
      : {
          code: 'went-to',
          data: { id, status: seen.status, ...(typeof message === 'string' && { detail: message }) },
        };
  if (point.attempt >= LIMITS.freshPointAttempts) return pointFailed(context, make.copy, reason);
  return changeMake(context, make.copy, { point: { attempt: point.attempt + 1 } });
}

/** Stops waiting for incomplete recovery points. */
export function stopWaiting(context: ResourceContext, reason: Reason): ResourceContext {
  return context.makes
    .filter(({ point }) => point?.completedAt === undefined && point?.problem === undefined)
    .reduce(
      (next, { copy, point }) =>
        pointFailed(
          point === undefined ? changeMake(next, copy, { point: { attempt: 1 } }) : next,
          copy,
          reason,
        ),
      context,
    );
}
