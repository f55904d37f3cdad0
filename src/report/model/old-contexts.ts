import type { Leftover, Reason } from '../../workflow/base/reasons.ts';
import type { RecoveryContext } from '../../workflow/recovery/recovery-context.ts';
import type { ResourceContext } from '../../workflow/resource/resource-context.ts';

import { presentPlanned, withParts, type OldResource } from './old-parts.ts';

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

/** The context of a resource as this version knows it. Machines before version 6 kept one list for each fate of a copy. */
export function presentResource(context: ResourceContext | OldResource): ResourceContext {
  const present = 'parts' in context ? context : withParts(context);
  return {
    ...present,
    spec: presentPlanned(present.spec),
    exhausted: reasonOf(present.exhausted),
    fallbacks: present.fallbacks.map((fallback) => ({
      ...fallback,
      reason: reasonOf(fallback.reason) ?? fallback.reason,
    })),
    leftovers: present.leftovers.map((leftover) => leftoverOf(leftover, present.createdIds)),
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
