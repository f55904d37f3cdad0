import { phasesOf } from '../../kinds/phases.ts';
import { PROVISIONED_INIT_FACTOR } from '../../facts/durations.ts';
import { provisionedInitSeconds } from '../../facts/ebs.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, type Instant } from '../../time.ts';
import { hasCreditAt, nextCreditMs } from './fsr-credits.ts';
import { isMissing, strategyOf, type Make, type ResourceContext } from './resource-context.ts';
import { discard, supersede } from './resource-discard.ts';
import { snapshotGiB } from './resource-requests.ts';
import { halt, settingsDifference, stallDifference, statusDifference } from './resource-halt.ts';

export function usesFsr(context: ResourceContext): boolean {
  return strategyOf(context).name === 'fsr';
}

export function hasCredit(context: ResourceContext, at: Instant): boolean {
  return context.fsr !== undefined && hasCreditAt(context.fsr, snapshotGiB(context), at);
}

export function allMade(context: ResourceContext): boolean {
  return !context.makes.some(isMissing);
}

/** Copies are missing and no request is in progress: a grant or a credit is needed first. */
export function needsMore(context: ResourceContext): boolean {
  return context.makes.some((make) => isMissing(make) && !(`make.${make.copy}` in context.pending));
}

/** Every copy is usable and has its settings. */
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

/** A snapshot of the largest volume takes many hours; one that takes longer than this is stuck. */
export const PROTECT_LIMIT_MS = 24 * HOUR_MS;

/** How long a restore may take before it counts as stuck. */
function restoreLimitMs(context: ResourceContext): number {
  return Math.max(15 * MINUTE_MS, 4 * phasesOf(strategyOf(context)).restore.p90Seconds * SECOND_MS);
}

/** A DB instance is backed up first, up to 3 h on large stores, and cannot be changed meanwhile. */
const SETTINGS_LIMIT_MS = 6 * HOUR_MS;

/** When a copy counts as stuck; `undefined` for one that is not created yet (requests have their own limits) or is restored. */
function stuckAt(context: ResourceContext, make: Make): Instant | undefined {
  if (make.id === undefined || make.createdAt === undefined) return undefined;
  if (make.availableAt === undefined) return make.createdAt + restoreLimitMs(context);
  const wantsSettings = context.spec.type !== 'ebs-volume' && make.settingsGiven !== true;
  return wantsSettings ? make.availableAt + SETTINGS_LIMIT_MS : undefined;
}

function isStuckMake(context: ResourceContext, make: Make, at: Instant): boolean {
  const limit = stuckAt(context, make);
  return limit !== undefined && limit <= at;
}

/** A copy has exceeded its time limit. */
export function isStuck(context: ResourceContext, at: Instant): boolean {
  return context.makes.some((make) => isStuckMake(context, make, at));
}

/** Until the first copy counts as stuck. */
export function restoreDelayMs(context: ResourceContext, at: Instant): number {
  const limits = context.makes.map((make) => stuckAt(context, make) ?? at + restoreLimitMs(context));
  return Math.max(SECOND_MS, Math.min(...limits) - at);
}

/** Until the next credit; while it is not enabled, how long that may take before it counts as stuck. */
export function accelerateDelayMs(context: ResourceContext, at: Instant): number {
  const credit = context.fsr === undefined ? undefined : nextCreditMs(context.fsr, snapshotGiB(context), at);
  return credit ?? accelerateLimitMs(context);
}

export function accelerateLimitMs(context: ResourceContext): number {
  return Math.max(30 * MINUTE_MS, 2 * phasesOf(strategyOf(context)).accelerate.p90Seconds * SECOND_MS);
}

/** How often warming is checked for a stall. */
export function warmCheckMs(context: ResourceContext): number {
  const warm = phasesOf(strategyOf(context)).warm;
  return Math.min(HOUR_MS / 2, Math.max(5 * MINUTE_MS, ((warm?.p50Seconds ?? 0) * SECOND_MS) / 10));
}

/** Without any progress for this long, warming has stalled. Statuses may be 5 minutes old. */
function stallLimitMs(context: ResourceContext): number {
  const warm = phasesOf(strategyOf(context)).warm;
  return Math.max(20 * MINUTE_MS, ((warm?.p90Seconds ?? 0) * SECOND_MS) / 10);
}

/** When warming counts as finished at an endpoint that reports no progress; `undefined` if that cannot be computed. */
function assumedHydratedAt(context: ResourceContext, make: Make): Instant | undefined {
  const strategy = strategyOf(context);
  const { spec } = strategy;
  const { warm } = phasesOf(strategy);
  if (make.progress !== undefined || make.createdAt === undefined || make.availableAt === undefined)
    return undefined;
  if (spec.kind === 'dbInstance')
    return warm === null ? undefined : make.availableAt + warm.p50Seconds * SECOND_MS;
  if (spec.rateMiBps === undefined) return undefined;
  return (
    make.createdAt +
    PROVISIONED_INIT_FACTOR.p90 * provisionedInitSeconds(spec.fullSizeGiB, spec.rateMiBps) * SECOND_MS
  );
}

/** Checks every warming copy: finished (if no progress is reported), or stalled. */
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
      next = stalled(next, make, at);
    }
  }
  return next;
}

/** A partly loaded copy is usable. A volume is replaced within minutes while it stays; a database takes hours, so an operator decides. */
function stalled(context: ResourceContext, make: Make, at: Instant): ResourceContext {
  const progress = make.progress ?? 0;
  if (context.spec.type === 'ebs-volume')
    return supersede(context, make, { code: 'stalled', data: { id: make.id ?? '?', percent: progress } });
  return halt(context, [stallDifference(make.id ?? '?', progress)], at);
}

/** Gives up every copy that never became available; one that is usable, or would be once started, waits for an operator. */
export function endStuck(context: ResourceContext, at: Instant): ResourceContext {
  return context.makes
    .filter((make) => isStuckMake(context, make, at))
    .reduce((next, make) => {
      const id = make.id ?? '?';
      const minutes = Math.round((at - (make.createdAt ?? at)) / MINUTE_MS);
      if (make.ailment !== undefined) return halt(next, [statusDifference(id, make.ailment)], at);
      if (make.availableAt !== undefined)
        return halt(next, [settingsDifference(id, `it took no changes for ${minutes} min`)], at);
      return discard(next, make, { code: 'not-available', data: { id, minutes } });
    }, context);
}
