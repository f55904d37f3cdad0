import { courseOf } from '../../kinds/courses.ts';
import type { Part, StrategyStep } from '../../kinds/steps.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, type Instant } from '../../time.ts';
import { discard, GIVEN_UP, supersede } from './losses.ts';
import { idOf, reach } from './parts.ts';
import { strategyOf, type ResourceContext } from './resource-context.ts';
import {
  halt,
  settingsDifference,
  stallDifference,
  statusDifference,
  stepDifference,
} from './resource-halt.ts';
import { assume, assumedAt, positionsOf, slotOfStep, subjectOf, type Position } from './walk.ts';

/** A snapshot of the largest volume takes many hours. After this time it counts as stuck. */
export const PROTECT_LIMIT_MS = 24 * HOUR_MS;

/** By phase: `times` the p90 of the plan, but at least `leastMs`. */
const LIMITS_BY_PHASE = {
  prepare: { leastMs: 30 * MINUTE_MS, times: 2 },
  restore: { leastMs: 15 * MINUTE_MS, times: 4 },
  warmup: { leastMs: 15 * MINUTE_MS, times: 4 },
  verify: { leastMs: 15 * MINUTE_MS, times: 4 },
} as const;

/** How long a step may take before its part counts as stuck. */
function limitMs({ phase, takes, limitSeconds }: StrategyStep): number {
  if (limitSeconds !== undefined) return limitSeconds * SECOND_MS;
  const { leastMs, times } = LIMITS_BY_PHASE[phase];
  return Math.max(leastMs, times * (takes?.p90Seconds ?? 0) * SECOND_MS);
}

/** When the part reached its latest milestone: the step that acts on it began then. */
function latest({ at }: Part): Instant | undefined {
  const instants = Object.entries(at).flatMap(([milestone, reached]) =>
    milestone === 'granted' ? [] : reached,
  );
  return instants.length === 0 ? undefined : Math.max(...instants);
}

/**
 * When the part of a step counts as stuck. `undefined` for a part that is not requested yet (requests have their own limits), and for a step that only
 * waits (it stalls instead).
 */
function stuckAt(step: StrategyStep, part: Part | undefined): Instant | undefined {
  if (part === undefined || part.stage !== 'live' || step.operation === undefined) return undefined;
  const since = step.makes === undefined ? latest(part) : part.at.made;
  return since === undefined ? undefined : since + limitMs(step);
}

/** When the gate of a position lets its request pass; `undefined` without a gate, or where only a sighting can tell. */
function gateOpensAt(context: ResourceContext, { step, copy }: Position, at: Instant): Instant | undefined {
  const { gate } = courseOf(context.spec.type);
  const part = subjectOf(context, step, copy);
  if (step.gate === undefined || gate === undefined || part?.stage !== 'wanted') return undefined;
  if (slotOfStep(step, copy) in context.pending) return undefined;
  return gate(step, context.parts, strategyOf(context), at).nextAt;
}

/** Milliseconds until the first part counts as stuck, or a gate opens. */
export function restoreDelayMs(context: ResourceContext, at: Instant): number {
  const positions = positionsOf(context);
  const limits = positions.flatMap((position) => {
    const { step, copy } = position;
    return (
      gateOpensAt(context, position, at) ??
      stuckAt(step, subjectOf(context, step, copy)) ??
      at + limitMs(step)
    );
  });
  const least = limits.length === 0 ? at + LIMITS_BY_PHASE.restore.leastMs : Math.min(...limits);
  return Math.max(SECOND_MS, least - at);
}

/** Milliseconds until a milestone of the preparation counts as reached; while that cannot be computed, the time limit of the preparation. */
export function prepareDelayMs(context: ResourceContext, at: Instant): number {
  const known = positionsOf(context).flatMap((position) => assumedAt(context, position) ?? []);
  return known.length === 0 ? prepareLimitMs(context) : Math.max(0, Math.min(...known) - at);
}

function prepareLimitMs(context: ResourceContext): number {
  const steps = strategyOf(context).steps.filter(({ phase }) => phase === 'prepare');
  return Math.max(LIMITS_BY_PHASE.prepare.leastMs, ...steps.map(limitMs));
}

/** The preparation has exceeded its time limit, and its end cannot be computed. */
export function isPreparationStuck(context: ResourceContext, at: Instant): boolean {
  const isOpen = positionsOf(context).some(
    (position) => position.step.phase === 'prepare' && assumedAt(context, position) === undefined,
  );
  return isOpen && at - context.since >= prepareLimitMs(context);
}

/** Gives the strategy up: its preparation took too long. */
export function endPreparation(context: ResourceContext): ResourceContext {
  const step = positionsOf(context).find(({ step: { phase } }) => phase === 'prepare')?.step;
  const reason = step === undefined ? undefined : courseOf(context.spec.type).late?.(step);
  return { ...context, exhausted: reason ?? GIVEN_UP };
}

function stuckPositions(
  context: ResourceContext,
  at: Instant,
): readonly (Position & { readonly part: Part })[] {
  return positionsOf(context).flatMap((position) => {
    const part = subjectOf(context, position.step, position.copy);
    const limit = stuckAt(position.step, part);
    return part === undefined || limit === undefined || limit > at ? [] : [{ ...position, part }];
  });
}

/** Gives up every part that is stuck. A copy that is usable, or would be after a start, halts the resource instead: an operator decides. */
export function endStuck(context: ResourceContext, at: Instant): ResourceContext {
  return stuckPositions(context, at).reduce((next, { step, part }) => {
    const id = idOf(part) ?? '?';
    const minutes = Math.round((at - (part.at.made ?? at)) / MINUTE_MS);
    if (step.onFailure === 'note') return reach(next, part, step.until, at, { refused: true });
    if (part.data.ailment !== undefined)
      return halt(next, [statusDifference(next, part, part.data.ailment)], at);
    if (step.makes === undefined)
      return halt(next, [settingsDifference(next, id, `it took no changes for ${minutes} min`)], at);
    if (step.onFailure === 'halt')
      return halt(next, [stepDifference(next, part, step, tooLong(minutes))], at);
    return discard(next, part, { code: 'not-available', data: { id, minutes } });
  }, context);
}

function tooLong(minutes: number): string {
  return `was accepted ${minutes} min ago and is not completed`;
}

/** Milliseconds between two checks of warming for a stall. */
export function warmCheckMs(context: ResourceContext): number {
  return Math.min(
    HOUR_MS / 2,
    Math.max(5 * MINUTE_MS, (warmSeconds(context, 'p50Seconds') * SECOND_MS) / 10),
  );
}

/** Milliseconds without progress after which loading counts as stalled. Statuses may be 5 minutes old. */
function stallLimitMs(context: ResourceContext): number {
  return Math.max(20 * MINUTE_MS, (warmSeconds(context, 'p90Seconds') * SECOND_MS) / 10);
}

function warmSeconds(context: ResourceContext, quantile: 'p50Seconds' | 'p90Seconds'): number {
  const waits = strategyOf(context).steps.filter(({ phase }) => phase === 'warmup');
  return waits.reduce((sum, { takes }) => sum + (takes?.[quantile] ?? 0), 0);
}

/** Checks every part in its warm-up: whether it counts as hydrated without reported progress, has stalled, or is stuck. */
export function checkWarming(context: ResourceContext, at: Instant): ResourceContext {
  const assumed = assume(context, at);
  const stalled = positionsOf(assumed).reduce((next, position) => {
    const { step, copy } = position;
    const part = subjectOf(next, step, copy);
    if (step.phase !== 'warmup' || step.operation !== undefined || part?.stage !== 'live') return next;
    const isKnown = assumedAt(next, position) !== undefined;
    const isStalled = !isKnown && at - (part.data.progressAt ?? at) > stallLimitMs(next);
    return isStalled ? stall(next, step, part, at) : next;
  }, assumed);
  return endStuck(stalled, at);
}

/** A partly loaded copy is usable. With `onFailure: remake` it is kept until its replacement is ready; else an operator decides. */
function stall(context: ResourceContext, step: StrategyStep, part: Part, at: Instant): ResourceContext {
  const progress = part.data.progress ?? 0;
  const id = idOf(part) ?? '?';
  return step.onFailure === 'remake'
    ? supersede(context, part, { code: 'stalled', data: { id, percent: progress } })
    : halt(context, [stallDifference(context, part, progress)], at);
}
