import { whyNotInDrills } from '../../kinds/drill-rules.ts';
import { courseOf } from '../../kinds/courses.ts';
import { STEP_PHASES, type Part, type StepPhase, type StrategyStep } from '../../kinds/steps.ts';
import type { Instant } from '../../time.ts';
import { withEffect } from '../base/pending.ts';
import { changePart, copiesOf, copyNumbers, partOf, reach } from './parts.ts';
import { inspectionOf, operationOf } from './requests.ts';
import { strategyOf, type ResourceContext } from './resource-context.ts';
import type { ResourceState } from './resource-state.ts';

/** The milestone of the whole resource, not of a part, that its comparison with the spec completes. */
export const VERIFIED = 'verified';

/** States in which the resource carries out its steps. */
const WALKING: ReadonlySet<ResourceState> = new Set(['accelerating', 'restoring', 'warming', 'verifying']);

/** `restore.0`: the slot of a step's request for one copy. */
export function slotOfStep({ id }: StrategyStep, copy: number): string {
  return `${id}.${copy}`;
}

/** Whether the resource waits for a step: not for loading where the runbook says `readyWhen: available`. */
function isAwaited({ spec }: ResourceContext, step: StrategyStep): boolean {
  return step.phase !== 'warmup' || step.operation !== undefined || spec.readyWhen === 'hydrated';
}

/** The current part that a step makes or acts on. */
export function subjectOf(context: ResourceContext, step: StrategyStep, copy: number): Part | undefined {
  const role = step.makes?.role ?? step.on;
  return role === undefined ? undefined : partOf(context, role, copy);
}

/** Whether the part of a step is needed: means only while a copy is still to be made. */
export function isNeeded(context: ResourceContext, { makes }: StrategyStep): boolean {
  return makes?.use !== 'means' || copiesOf(context).some(({ stage }) => stage === 'wanted');
}

function isReached(context: ResourceContext, step: StrategyStep, copy: number): boolean {
  if (!isAwaited(context, step) || !isNeeded(context, step)) return true;
  if (step.until === VERIFIED) return context.verified;
  return subjectOf(context, step, copy)?.at[step.until] !== undefined;
}

/** The first step that is not completed for a copy. */
export interface Position {
  readonly step: StrategyStep;
  readonly copy: number;
}

/**
 * The position of each copy; none when all steps are completed. A step of scope `resource` waits for all copies, and the copies wait for it.
 * Derived from the milestones of the parts, so that no second record can disagree.
 */
export function positionsOf(context: ResourceContext): readonly Position[] {
  const positions: Position[] = [];
  const waiting = new Set<number>();
  for (const step of strategyOf(context).steps) {
    if (step.scope === 'resource' && waiting.size > 0) break;
    for (const copy of copyNumbers(context, step)) {
      if (waiting.has(copy) || isReached(context, step, copy)) continue;
      positions.push({ step, copy });
      waiting.add(copy);
    }
    if (step.scope === 'resource' && waiting.size > 0) break;
  }
  return positions;
}

/** Whether every step of this phase and of the earlier phases is completed. */
export function isPast(context: ResourceContext, phase: StepPhase): boolean {
  const last = STEP_PHASES.indexOf(phase);
  return positionsOf(context).every(({ step }) => STEP_PHASES.indexOf(step.phase) > last);
}

/** Whether a due step has to be granted its quotas: its part was lost, or it has `newGrant`. */
export function needsGrant(context: ResourceContext): boolean {
  return positionsOf(context).some(
    ({ step, copy }) =>
      step.makes !== undefined &&
      subjectOf(context, step, copy)?.at.granted === undefined &&
      !(slotOfStep(step, copy) in context.pending),
  );
}

/** When the milestone of a position counts as reached although no sighting shows it; `undefined` where the kind cannot compute that. */
export function assumedAt(context: ResourceContext, { step, copy }: Position): Instant | undefined {
  const part = subjectOf(context, step, copy);
  return part && courseOf(context.spec.type).assumedAt?.(step, part, strategyOf(context));
}

/** Records the milestones that count as reached by now although no sighting shows them. */
export function assume(context: ResourceContext, at: Instant): ResourceContext {
  return positionsOf(context).reduce((next, position) => {
    const part = subjectOf(next, position.step, position.copy);
    const from = assumedAt(next, position);
    if (part === undefined || from === undefined || at < from) return next;
    return reach(next, part, position.step.until, at);
  }, context);
}

/** Requests the operations that are due; none in states that carry out no steps. */
export function walk(context: ResourceContext, at: Instant): ResourceContext {
  if (!WALKING.has(context.stage) || context.exhausted !== undefined || context.halt !== undefined)
    return context;
  const { gate } = courseOf(context.spec.type);
  const open = new Map<string, number>();
  let next = context;
  for (const { step, copy } of positionsOf(context)) {
    if (step.until === VERIFIED) {
      next = askInspection(next);
      continue;
    }
    const part = subjectOf(next, step, copy);
    if (part === undefined || !isDue(next, step, part)) continue;
    // No plan of a drill contains such a step, but a journal can be altered.
    if (next.mode === 'drill' && whyNotInDrills(step) !== undefined)
      return { ...next, exhausted: { code: 'not-in-drill', data: { step: step.id } } };
    if (step.gate !== undefined && gate !== undefined) {
      const left = open.get(step.id) ?? gate(step, next.parts, strategyOf(next), at).open;
      if (left < 1) continue;
      open.set(step.id, left - 1);
    }
    next = ask(next, step, part, at);
  }
  return next;
}

/** The operation was not requested yet, and its part was granted its quotas. */
function isDue(context: ResourceContext, step: StrategyStep, part: Part): boolean {
  if (step.operation === undefined || slotOfStep(step, part.copy) in context.pending) return false;
  if (step.makes === undefined) return part.stage === 'live';
  return part.at.granted !== undefined && part.at.made === undefined;
}

function ask(context: ResourceContext, step: StrategyStep, part: Part, at: Instant): ResourceContext {
  const isMaking = step.makes !== undefined;
  const asked = isMaking ? { ...part, data: { ...part.data, asks: (part.data.asks ?? 0) + 1 } } : part;
  const counted = isMaking ? changePart(context, part, asked) : context;
  const effect = operationOf(counted, step, asked);
  const { asked: afterwards } = courseOf(context.spec.type);
  return {
    ...counted,
    pending: withEffect(counted.pending, slotOfStep(step, part.copy), effect),
    ...(afterwards !== undefined && {
      parts: afterwards(step, counted.parts, strategyOf(counted), at),
    }),
  };
}

function askInspection(context: ResourceContext): ResourceContext {
  if (context.verified || VERIFY_SLOT in context.pending) return context;
  return { ...context, pending: withEffect(context.pending, VERIFY_SLOT, inspectionOf(context)) };
}

/** The slot of the comparison with the spec. */
export const VERIFY_SLOT = 'verify';
