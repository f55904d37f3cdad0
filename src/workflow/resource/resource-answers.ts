import type { FailureClass } from '../../facts/retries.ts';
import { courseOf } from '../../kinds/courses.ts';
import type { Finding } from '../../kinds/findings.ts';
import type { Part, StrategyStep } from '../../kinds/steps.ts';
import type { Instant } from '../../time.ts';
import type { Answer, Effect, EffectOf, Failure } from '../base/effects.ts';
import { askedAgain, failuresOf, isDoubtful, slotOf, withEffect, withoutSlots } from '../base/pending.ts';
import { awsReason, type Leftover, type Reason } from '../base/reasons.ts';
import { holdEndsAt } from './holds.ts';
import { isCommitted, withoutOldParts } from './losses.ts';
import { nextStrategy } from './next-strategy.ts';
import { changePart, copiesOf, idOf, POINT, pointOf, reach, resultsOf, thingOf } from './parts.ts';
import { askRemovals, isRemoval } from './removals.ts';
import { strategyOf, type ResourceContext } from './resource-context.ts';
import { halt, settingsDifference, stepDifference, unaccepted, unverified } from './resource-halt.ts';
import { pointFailed } from './resource-protect.ts';
import { slotOfStep, subjectOf, VERIFY_SLOT, walk } from './walk.ts';

/** Refusals for lack of capacity or quota after which another strategy is tried, if there is one. */
const REFUSALS_BEFORE_FALLBACK = 4;

/** Classes of refusals that a step with `onDenied: note` only reports. */
const NOTED: ReadonlySet<FailureClass> = new Set(['denied', 'unsupported']);

interface Asked {
  readonly step: StrategyStep;
  readonly part: Part;
}

/** The step and the part that a slot belongs to; `undefined` for slots of other requests. */
function askedIn(context: ResourceContext, slot: string): Asked | undefined {
  const copy = Number(slot.slice(slot.lastIndexOf('.') + 1));
  const step = strategyOf(context).steps.find((candidate) => slotOfStep(candidate, copy) === slot);
  const part = step === undefined ? undefined : subjectOf(context, step, copy);
  return step === undefined || part === undefined ? undefined : { step, part };
}

/** The part whose removal a slot requests. */
function removedIn({ parts }: ResourceContext, slot: string): Part | undefined {
  const id = slot.slice(slot.indexOf('.') + 1);
  return parts.find((part) => part.stage === 'undoing' && idOf(part) === id && part.at.undone === undefined);
}

/** Ids of the copies that this run made and removed itself: without leftovers, and without those that were gone already. */
export function removedByRun({
  createdIds,
  leftovers,
  vanishedIds = [],
}: ResourceContext): readonly string[] {
  const left = new Set(
    leftovers.flatMap(({ code, data }) => (code === 'not-removed' || code === 'replaced' ? data.id : [])),
  );
  return createdIds.filter((id) => !vanishedIds.includes(id) && !left.has(id));
}

/** A step's operation was accepted. */
function operated(
  context: ResourceContext,
  { step, part }: Asked,
  effect: EffectOf<'operate'>,
  { id, data }: { readonly id?: string; readonly data?: Readonly<Record<string, unknown>> },
  at: Instant,
): ResourceContext {
  if (step.makes === undefined) return reach(context, part, step.until, at);
  const isExisting = step.makes.origin === 'existing' || data?.wasOn === true;
  const thing = thingOf(
    context,
    part.type,
    idOf(part) ?? id ?? effect.identity,
    isExisting ? 'existing' : 'made',
  );
  const isCopy = part.use === 'result' && (part.builtOn ?? []).length === 0 && !isExisting;
  return {
    ...changePart(context, part, {
      thing,
      stage: 'live',
      at: { ...part.at, made: at },
      data: { ...part.data, progressAt: at },
    }),
    ...(isCopy && { createdIds: [...context.createdIds, thing.id] }),
  };
}

/** The removal of a part was accepted. */
function removed(context: ResourceContext, part: Part, wasGone: boolean, at: Instant): ResourceContext {
  const id = idOf(part);
  const undone = reach(context, part, 'undone', at);
  return {
    ...askRemovals(withoutOldParts(undone, (one) => holdEndsAt(undone, one), at)),
    ...(wasGone && id !== undefined && { vanishedIds: [...(context.vanishedIds ?? []), id] }),
  };
}

function missingSettings(findings: readonly Finding[]): readonly Leftover[] {
  return findings.map((finding) => ({ code: 'setting-by-hand', data: { finding } }));
}

function inspected(
  context: ResourceContext,
  effect: Effect,
  found: readonly Finding[],
  at: Instant,
): ResourceContext {
  const findings = unaccepted(context, found);
  if (findings.length === 0) return { ...context, verified: true };
  if (resultsOf(context).some(({ data }) => data.refused === true))
    return { ...context, verified: true, leftovers: [...context.leftovers, ...missingSettings(findings)] };
  // Settings and tags take effect late: a difference counts only once several reads have shown it.
  const looks = failuresOf(effect, 'busy') + 1;
  const { looksBeforeMismatch } = courseOf(context.spec.type);
  const later = looks < looksBeforeMismatch ? askedAgain(effect, 'busy', at) : undefined;
  return later === undefined
    ? halt(context, findings, at)
    : { ...context, pending: withEffect(context.pending, VERIFY_SLOT, later) };
}

function absorbSuccess(
  context: ResourceContext,
  slot: string,
  effect: Effect,
  answer: Extract<Answer, { ok: true }>,
  at: Instant,
): ResourceContext {
  const open = { ...context, pending: withoutSlots(context.pending, (other) => other === slot) };
  switch (answer.type) {
    case 'operate': {
      if (effect.type !== 'operate') return open;
      if (slot.startsWith(`${POINT}.`)) return pointTaken(open, slot, effect, answer.result.id, at);
      const asked = askedIn(open, slot);
      return asked === undefined ? open : operated(open, asked, effect, answer.result, at);
    }
    case 'inspect':
      return inspected(open, effect, answer.result.findings, at);
    case 'undo':
    case 'delete': {
      const part = removedIn(open, slot);
      const wasGone = answer.type === 'delete' && answer.result.wasGone === true;
      return part === undefined ? open : removed(open, part, wasGone, at);
    }
    default:
      return open;
  }
}

function pointTaken(
  context: ResourceContext,
  slot: string,
  effect: EffectOf<'operate'>,
  id: string | undefined,
  at: Instant,
): ResourceContext {
  const copy = Number(slot.slice(slot.indexOf('.') + 1));
  const point = pointOf(context, copy);
  if (point === undefined) return context;
  const thing = thingOf(context, point.type, id ?? effect.identity, 'made');
  return changePart(context, point, { thing, stage: 'live', at: { ...point.at, made: at } });
}

/** The strategy cannot continue. After an irreversible operation, or one that may have been carried out, the resource halts instead: an operator decides. */
function exhausted(
  context: ResourceContext,
  { step, part }: Asked,
  effect: Effect,
  failure: Failure,
  at: Instant,
): ResourceContext {
  const reason = awsReason(failure);
  const mayBeDone =
    step.irreversible === true &&
    (isDoubtful(failure.class) ||
      Object.keys(effect.failures ?? {}).some((name) => isDoubtful(name as FailureClass)));
  if (isCommitted(context) || mayBeDone) {
    const id = idOf(part) ?? context.spec.id;
    return halt(
      context,
      [settingsDifference(context, id, `${failure.code}: ${failure.message}`, failure)],
      at,
    );
  }
  return { ...context, exhausted: reason, ...(step.makes?.use === 'result' && { refusal: failure }) };
}

/** A step's operation failed, and is not sent again. */
function stepFailed(
  context: ResourceContext,
  asked: Asked,
  effect: Effect,
  failure: Failure,
  at: Instant,
): ResourceContext {
  const { step, part } = asked;
  const reason = awsReason(failure);
  const id = idOf(part) ?? context.spec.id;
  const isNoted = step.onFailure === 'note' || (step.onDenied === 'note' && NOTED.has(failure.class));
  if (isNoted) {
    const leftover: Leftover =
      step.makes === undefined
        ? { code: 'settings-not-given', data: { id, reason } }
        : { code: 'step-not-done', data: { id: context.spec.id, step: step.id, reason } };
    return {
      ...reach(context, part, step.until, at, { refused: true }),
      leftovers: [...context.leftovers, leftover],
    };
  }
  // Only a request for something that is built on the copy failed: the copy is usable.
  if (step.onFailure === 'halt' && (step.makes?.builtOn ?? []).length > 0)
    return halt(
      context,
      [stepDifference(context, part, step, `was refused: ${failure.code}: ${failure.message}`)],
      at,
    );
  if (step.onFailure === 'halt' && step.makes === undefined)
    return halt(
      context,
      [settingsDifference(context, id, `${failure.code}: ${failure.message}`, failure)],
      at,
    );
  return exhausted(context, asked, effect, failure, at);
}

function removalFailed(context: ResourceContext, slot: string, reason: Reason): ResourceContext {
  const part = removedIn(context, slot);
  const thing = part?.thing;
  if (part === undefined || thing === undefined) return context;
  const [snapshotId = thing.id, zone = ''] = thing.id.split('@');
  const leftover: Leftover =
    thing.type === 'fsr'
      ? { code: 'fsr-on', data: { snapshotId, zone, reason } }
      : { code: 'not-removed', data: { id: thing.id, reason } };
  return {
    ...changePart(context, part, { stage: 'left' }),
    leftovers: [...context.leftovers, leftover],
  };
}

/** Whether a failed request is sent again, instead of trying another strategy. */
function isPatient(
  context: ResourceContext,
  slot: string,
  effect: Effect,
  failure: Failure,
  asked: Asked | undefined,
): boolean {
  const isRefusal = failure.class === 'capacity' || failure.class === 'quota';
  if (isRemoval(slot) || !isRefusal) return true;
  if (failuresOf(effect, failure.class) + 1 < REFUSALS_BEFORE_FALLBACK) return true;
  const isMaking = asked?.step.makes?.use === 'result';
  return nextStrategy(context, isMaking ? failure : undefined) === undefined;
}

function absorbFailure(
  context: ResourceContext,
  slot: string,
  effect: Effect,
  { failure }: Extract<Answer, { ok: false }>,
  at: Instant,
): ResourceContext {
  const asked = askedIn(context, slot);
  const again = askedAgain(effect, failure.class, at);
  if (again !== undefined && isPatient(context, slot, effect, failure, asked))
    return { ...context, pending: withEffect(context.pending, slot, again) };
  // A new resource may not be visible yet: observation decides whether it is gone.
  const looksAtMade = slot === VERIFY_SLOT || (asked !== undefined && asked.step.makes === undefined);
  const later = looksAtMade && failure.class === 'gone' ? askedAgain(effect, 'busy', at) : undefined;
  if (later !== undefined) return { ...context, pending: withEffect(context.pending, slot, later) };
  const open = { ...context, pending: withoutSlots(context.pending, (other) => other === slot) };
  const reason = awsReason(failure);
  // Without a fresh recovery point the resource still counts as recovered.
  if (slot.startsWith(`${POINT}.`))
    return pointFailed(open, Number(slot.slice(POINT.length + 1)), reason, at);
  if (slot === VERIFY_SLOT)
    return halt(
      open,
      unverified(
        copiesOf(open).flatMap((part) => idOf(part) ?? []),
        failure,
      ),
      at,
    );
  if (isRemoval(slot)) return removalFailed(open, slot, reason);
  return asked === undefined ? open : stepFailed(open, asked, effect, failure, at);
}

/** Applies the answer to one effect, and requests the operations that are due then. An answer to an effect that is not pending changes nothing. */
export function absorbAnswer(context: ResourceContext, answer: Answer, at: Instant): ResourceContext {
  const slot = slotOf(context.pending, answer.effectId);
  const effect = slot === undefined ? undefined : context.pending[slot];
  if (slot === undefined || effect === undefined) return context;
  return answer.ok
    ? walk(absorbSuccess(context, slot, effect, answer, at), at)
    : absorbFailure(context, slot, effect, answer, at);
}
