import { SETTLE_SECONDS } from '../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import type { Answer, Effect, FailureClass, MadeThing } from './effects.ts';
import { askedAgain, effectId, failuresOf, slotOf, withEffect, withoutSlots } from './pending.ts';
import {
  approvers,
  nextGate,
  type GatedPhase,
  type RecoveryContext,
  type RecoveryEvent,
} from './recovery-context.ts';

/** Reads lag behind: what was just made or removed shows for certain only after this. */
const SETTLE_MS = SETTLE_SECONDS * SECOND_MS;
/** A sweep that keeps finding something is given up, and said so. */
const MAX_SWEEPS = 20;
/** What is alive and yet not found by its tag (somebody took the tag away) is looked for so often, then only reported. */
const MAX_REGRESSIONS = 3;
/** Nothing has been made yet: whoever is not let in or not reached is told within minutes. */
const PREFLIGHT_ATTEMPTS_OUT_OF_REACH = 12;
const OUT_OF_REACH: ReadonlySet<FailureClass> = new Set(['unreachable', 'credentials']);

export function askPreflight(context: RecoveryContext): RecoveryContext {
  const effect: Effect = {
    id: effectId(`${context.runId}/recovery`, 'preflight'),
    aggregate: 'recovery',
    attempt: 1,
    kind: 'preflight',
    ...context.preflight,
  };
  return { ...context, pending: withEffect(context.pending, 'preflight', effect) };
}

export function askSweep(
  context: RecoveryContext,
  keep: readonly MadeThing[],
  notBefore: Instant,
): RecoveryContext {
  const sweeps = context.sweeps + 1;
  const effect: Effect = {
    id: effectId(`${context.runId}/recovery`, `sweep.${sweeps}`),
    aggregate: 'recovery',
    attempt: 1,
    notBefore,
    kind: 'sweep',
    keep,
  };
  return { ...context, sweeps, pending: withEffect(context.pending, 'sweep', effect) };
}

function absorbSweep(
  context: RecoveryContext,
  effect: Effect,
  answer: Extract<Answer, { kind: 'sweep'; ok: true }>,
  at: Instant,
): RecoveryContext {
  const kept = effect.kind === 'sweep' ? effect.keep : [];
  const strangers = answer.result.found.filter((thing) => !kept.some((other) => other.id === thing.id));
  const removedIds = [...context.removedIds, ...answer.result.removed.map((thing) => thing.id)];
  const missing = kept
    .map((thing) => thing.id)
    .filter((id) => !answer.result.found.some((thing) => thing.id === id));
  const isBelieved = context.regressions < MAX_REGRESSIONS;
  const lost = isBelieved ? missing.filter((id) => context.missing.includes(id)) : [];
  const next = { ...context, removedIds, missing, lost };
  if (lost.length > 0) return next;
  if (strangers.length === 0 && (missing.length === 0 || !isBelieved)) return { ...next, swept: true };
  if (context.sweeps - context.sweepsBefore >= MAX_SWEEPS) {
    return { ...next, swept: true, leftovers: [...context.leftovers, ...strangers.map((thing) => thing.id)] };
  }
  return askSweep(next, kept, at + SETTLE_MS);
}

function mayAskAgain(effect: Effect, failure: FailureClass): boolean {
  if (effect.kind !== 'preflight' || !OUT_OF_REACH.has(failure)) return true;
  return failuresOf(effect, failure) + 1 < PREFLIGHT_ATTEMPTS_OUT_OF_REACH;
}

export function absorbAnswer(context: RecoveryContext, answer: Answer, at: Instant): RecoveryContext {
  const slot = slotOf(context.pending, answer.effectId);
  const effect = slot === undefined ? undefined : context.pending[slot];
  if (slot === undefined || effect === undefined) return context;
  const open = { ...context, pending: withoutSlots(context.pending, (other) => other === slot) };
  if (!answer.ok) {
    const again = mayAskAgain(effect, answer.failure.class)
      ? askedAgain(effect, answer.failure.class, at)
      : undefined;
    if (again !== undefined) return { ...context, pending: withEffect(context.pending, slot, again) };
    const problem = `${effect.kind}: ${answer.failure.code}: ${answer.failure.message}`;
    return slot === 'sweep'
      ? { ...open, swept: true, leftovers: [...context.leftovers, `not swept: ${problem}`] }
      : { ...open, problem };
  }
  if (answer.kind === 'sweep') return absorbSweep(open, effect, answer, at);
  if (answer.kind !== 'preflight') return open;
  const { findings, fsr } = answer.result;
  const [first] = findings;
  return {
    ...open,
    findings,
    // Asked once: neither what it asked nor what was off anyway is carried through every later decision.
    preflight: { snapshots: [], dbSnapshots: [], dbInstances: [], fsr: [] },
    fsrBefore: fsr.filter(({ state }) => state !== 'disabled'),
    ...(first && { problem: `${first.subject}: ${first.message}` }),
  };
}

/** The recovery is not over after all: nothing of its end counts. */
export function unswept(context: RecoveryContext): RecoveryContext {
  const pending = withoutSlots(context.pending, (slot) => slot === 'sweep');
  const nothing = { recoveredAt: undefined, swept: false, missing: [], lost: [] };
  return { ...context, ...nothing, pending, sweepsBefore: context.sweeps };
}

export function approve(
  context: RecoveryContext,
  event: Extract<RecoveryEvent, { type: 'approve' }>,
): RecoveryContext {
  const gate: GatedPhase | undefined = event.gate ?? nextGate(context);
  if (gate === undefined || approvers(context, gate).has(event.by)) return context;
  const approval = {
    gate,
    by: event.by,
    at: event.at,
    ...(event.reason !== undefined && { reason: event.reason }),
  };
  return { ...context, approvals: [...context.approvals, approval] };
}
