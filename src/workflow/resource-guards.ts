import { provisionedInitSeconds } from '../facts/ebs.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, type Instant } from '../time.ts';
import { creditsAt, nextCreditMs } from './credits.ts';
import { discard } from './resource-absorb.ts';
import { isMissing, strategyOf, type Make, type ResourceContext } from './resource-context.ts';
import { snapshotGiB } from './resource-effects.ts';

export function usesFsr(context: ResourceContext): boolean {
  return strategyOf(context).name === 'fsr';
}

export function hasCredit(context: ResourceContext, at: Instant): boolean {
  return context.fsr !== undefined && creditsAt(context.fsr, snapshotGiB(context), at) >= 1;
}

export function allMade(context: ResourceContext): boolean {
  return !context.makes.some(isMissing);
}

/** Copies are missing and nothing is on its way: a grant or a credit is needed first. */
export function needsMore(context: ResourceContext): boolean {
  return context.makes.some((make) => isMissing(make) && !(`make.${make.copy}` in context.pending));
}

/** Every copy can be used, and has the settings it should have. */
export function allRestored(context: ResourceContext): boolean {
  const database = context.spec.type !== 'ebs-volume';
  return context.makes.every(
    (make) => make.availableAt !== undefined && (!database || make.settingsGiven === true),
  );
}

/** Dependents and the RTO wait for hydration unless the runbook says `readyWhen: available`. */
export function isWarmEnough(context: ResourceContext): boolean {
  return (
    context.spec.readyWhen === 'available' || context.makes.every((make) => make.hydratedAt !== undefined)
  );
}

/** How long a restore may take before it counts as stuck. */
export function restoreLimitMs(context: ResourceContext): number {
  return Math.max(15 * MINUTE_MS, 4 * strategyOf(context).steps.restore.p90Seconds * SECOND_MS);
}

/** Until the next credit; while it is not enabled, how long that may take before it counts as stuck. */
export function accelerateDelayMs(context: ResourceContext, at: Instant): number {
  const credit = context.fsr === undefined ? undefined : nextCreditMs(context.fsr, snapshotGiB(context), at);
  return credit ?? accelerateLimitMs(context);
}

export function accelerateLimitMs(context: ResourceContext): number {
  return Math.max(30 * MINUTE_MS, 2 * strategyOf(context).steps.accelerate.p90Seconds * SECOND_MS);
}

/** How often warming is looked at for a stall. */
export function warmCheckMs(context: ResourceContext): number {
  const warm = strategyOf(context).steps.warm;
  return Math.min(HOUR_MS / 2, Math.max(5 * MINUTE_MS, ((warm?.p50Seconds ?? 0) * SECOND_MS) / 10));
}

/** Without any progress for this long, warming has stalled. Statuses may be 5 minutes old. */
function stallLimitMs(context: ResourceContext): number {
  const warm = strategyOf(context).steps.warm;
  return Math.max(20 * MINUTE_MS, ((warm?.p90Seconds ?? 0) * SECOND_MS) / 10);
}

/** When an endpoint that tells no progress is taken to have finished; `undefined` when nothing can be said. */
function assumedHydratedAt(context: ResourceContext, make: Make): Instant | undefined {
  const { spec, steps } = strategyOf(context);
  if (make.progress !== undefined || make.createdAt === undefined || make.availableAt === undefined)
    return undefined;
  if (spec.kind === 'dbInstance')
    return steps.warm === null ? undefined : make.availableAt + steps.warm.p50Seconds * SECOND_MS;
  if (spec.rateMiBps === undefined) return undefined;
  return make.createdAt + 1.1 * provisionedInitSeconds(spec.fullSizeGiB, spec.rateMiBps) * SECOND_MS;
}

/** Looks at every copy that is warming: finished without telling, or stalled. */
export function checkWarming(context: ResourceContext, at: Instant): ResourceContext {
  let next = context;
  for (const make of context.makes) {
    if (make.hydratedAt !== undefined || make.id === undefined) continue;
    const assumed = assumedHydratedAt(context, make);
    if (assumed !== undefined && at >= assumed) {
      next = {
        ...next,
        makes: next.makes.map((other) => (other.copy === make.copy ? { ...other, hydratedAt: at } : other)),
      };
    } else if (assumed === undefined && at - (make.progressAt ?? at) > stallLimitMs(context)) {
      next = discard(next, make, `hydration of ${make.id} stalled at ${make.progress ?? 0} %`);
    }
  }
  return next;
}

/** Throws away every copy that has not become available in time. */
export function discardStuck(context: ResourceContext, at: Instant): ResourceContext {
  const minutes = Math.round((at - context.since) / MINUTE_MS);
  return context.makes
    .filter(
      (make) =>
        make.availableAt === undefined || (context.spec.type !== 'ebs-volume' && make.settingsGiven !== true),
    )
    .reduce(
      (next, make) =>
        discard(next, make, `${make.id ?? 'the request'} was not available after ${minutes} min`),
      context,
    );
}
