import type { Leftover, Reason } from '../../workflow/base/reasons.ts';
import type { RecoveryContext } from '../../workflow/recovery/recovery-context.ts';
import type { ResourceContext } from '../../workflow/resource/resource-context.ts';

// Machines before version 5 kept sentences where this version keeps data.

/** The context of the recovery as this version knows it. */
export function presentRecovery(context: RecoveryContext): RecoveryContext {
  return {
    ...context,
    problem: reasonOf(context.problem),
    evidence: context.evidence.map(withReason),
    leftovers: context.leftovers.map((leftover) => leftoverOf(leftover, [])),
  };
}

/** The context of a resource as this version knows it. */
export function presentResource(context: ResourceContext): ResourceContext {
  return {
    ...context,
    exhausted: reasonOf(context.exhausted),
    fallbacks: context.fallbacks.map((fallback) => ({
      ...fallback,
      reason: reasonOf(fallback.reason) ?? fallback.reason,
    })),
    makes: context.makes.map((make) =>
      make.point === undefined ? make : { ...make, point: withReason(make.point) },
    ),
    leftovers: context.leftovers.map((leftover) => leftoverOf(leftover, context.createdIds)),
  };
}

function reasonOf(stored: Reason | string | undefined): Reason | undefined {
  return typeof stored === 'string' ? { code: 'stated', data: { message: stored } } : stored;
}

function withReason<T extends { readonly problem?: Reason }>(holder: T): T {
  const problem = reasonOf(holder.problem);
  return problem === undefined ? holder : { ...holder, problem };
}

/** `vol-1: <why>` said that `vol-1` was not removed: only with that is it known which resources were. */
function leftoverOf(stored: Leftover | string, createdIds: readonly string[]): Leftover {
  if (typeof stored !== 'string') return stored;
  const id = createdIds.find((made) => stored.startsWith(`${made}: `));
  if (id === undefined) return { code: 'stated', data: { message: stored } };
  const reason: Reason = { code: 'stated', data: { message: stored.slice(id.length + 2) } };
  return { code: 'not-removed', data: { id, reason } };
}
