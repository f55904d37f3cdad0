import { LIMITS } from '../../facts/retries.ts';
import { fsrTargetOf, SETTLE_SECONDS } from '../../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import { isMade, type Made } from '../../kinds/things.ts';
import {
  requestOf,
  type Answer,
  type Effect,
  type EffectType,
  type FailureClass,
  type KeptThing,
  type SnapshotRequest,
} from '../base/effects.ts';
import { approvers } from './obstacles.ts';
import {
  askedAgain,
  effectId,
  failuresOf,
  isDoubtful,
  slotOf,
  withEffect,
  withoutSlots,
} from '../base/pending.ts';
import { emptySweepsWanted, heldBy } from './recovery-rules.ts';
import { askedNow, openQuestions, questionKey } from './questions.ts';
import { awsReason, requestReason, type Leftover } from '../base/reasons.ts';
import type { Evidence, RecoveryContext, RecoveryEvent } from './recovery-context.ts';

/** Reads may be stale: a create or delete is certain to be visible only after this time. */
const SETTLE_MS = SETTLE_SECONDS * SECOND_MS;
const OUT_OF_REACH: ReadonlySet<FailureClass> = new Set(['unreachable', 'credentials']);

/** Slots of evidence: `secure.<index>`. */
const SECURE = 'secure.';

type Succeeded<K extends EffectType> = Extract<Answer, { type: K; ok: true }>;

function base(context: RecoveryContext, step: string): { id: string; aggregate: string; attempt: number } {
  return { id: effectId(`${context.runId}/recovery`, step), aggregate: 'recovery', attempt: 1 };
}

export function askPreflight(context: RecoveryContext): RecoveryContext {
  const { relies } = context.preflight;
  const effect: Effect = { ...base(context, 'preflight'), type: 'preflight', relies };
  return { ...context, pending: withEffect(context.pending, 'preflight', effect) };
}

function askClaim(context: RecoveryContext): RecoveryContext {
  const { claim, claimSources: sources } = context;
  const effect: Effect = { ...base(context, 'claim'), type: 'claim', claim, sources };
  return { ...context, pending: withEffect(context.pending, 'claim', effect) };
}

/** Requests a snapshot of every damaged source that still exists, before any other change. */
export function askForensics(context: RecoveryContext): RecoveryContext {
  return context.forensics.reduce((next, { resource, identifier, of, tokenless }, index) => {
    const step = `${SECURE}${index}`;
    const spec: SnapshotRequest = { purpose: 'forensics' };
    const effect: Effect = {
      ...base(context, step),
      ...{ type: 'operate', kind: of.kind, operation: 'takeSnapshot', role: 'evidence' },
      ...{ resource, identity: identifier, target: of, spec },
      ...(tokenless === true && { tokenless }),
    };
    return { ...next, pending: withEffect(next.pending, step, effect) };
  }, context);
}

export function isSecured({ pending }: RecoveryContext): boolean {
  return !Object.keys(pending).some((slot) => slot.startsWith(SECURE));
}

/** What existed before the run carries no tag of it: a sweep never finds it, and would count it as lost. */
export function askSweep(
  context: RecoveryContext,
  keep: readonly KeptThing[],
  notBefore: Instant,
): RecoveryContext {
  const sweeps = context.sweeps + 1;
  const effect: Effect = {
    ...base(context, `sweep.${sweeps}`),
    notBefore,
    type: 'sweep',
    keep: keep.filter(isMade),
    ...(context.keepsMade && { keepsAll: true }),
  };
  return { ...context, sweeps, pending: withEffect(context.pending, 'sweep', effect) };
}

/** The claim of this run may be in the account. */
export function mayBeMarked({ claimed, released }: RecoveryContext): boolean {
  if (claimed === undefined || released === true) return false;
  return claimed.place !== 'nowhere' || claimed.isUncertain === true;
}

/** Adds leftovers to the current cleanup, or to the run. */
function leaving(context: RecoveryContext, ...left: readonly Leftover[]): RecoveryContext {
  const { cleanup } = context;
  return cleanup === undefined || cleanup.endedAt !== undefined
    ? { ...context, leftovers: [...context.leftovers, ...left] }
    : { ...context, cleanup: { ...cleanup, leftovers: [...cleanup.leftovers, ...left] } };
}

/** Begins to remove the leftovers of an ended run. */
export function beginCleanup(
  context: RecoveryContext,
  { by, at }: Extract<RecoveryEvent, { type: 'cleanup' }>,
): RecoveryContext {
  // A run whose journal was lost may have claimed its runbook before.
  const isUnknown = context.isAdopted === true && context.claimed === undefined;
  return {
    ...context,
    ...(isUnknown && { claimed: { place: 'parameter' as const } }),
    keepsMade: false,
    keptIds: [],
    swept: false,
    missing: [],
    lost: [],
    sweepsBefore: context.sweeps,
    cleanup: {
      number: (context.cleanup?.number ?? 0) + 1,
      by,
      at,
      emptySweeps: 0,
      removedIds: [],
      leftovers: [],
    },
  };
}

/** Nothing is left to remove: the claim in the account is released. */
function swept(context: RecoveryContext): RecoveryContext {
  const done = { ...context, swept: true };
  if (!mayBeMarked(context)) return done;
  const { runbook } = context.claim;
  const effect: Effect = {
    ...base(context, `release.${context.sweeps}`),
    type: 'release',
    runbook,
    sources: context.claimSources,
  };
  return { ...done, pending: withEffect(context.pending, 'release', effect) };
}

/** Records the resources removed in a cleanup after the end. */
export function withCleaned(context: RecoveryContext, removed: readonly string[] = []): RecoveryContext {
  const { cleanup } = context;
  if (cleanup === undefined || removed.length === 0) return context;
  return {
    ...context,
    cleanup: { ...cleanup, removedIds: [...new Set([...cleanup.removedIds, ...removed])] },
  };
}

/** Records what a sweep removed; a cleanup also counts consecutive empty sweeps. */
function withRemoved(context: RecoveryContext, removed: readonly Made[], isEmpty: boolean): RecoveryContext {
  const { cleanup } = context;
  const ids = removed.map(({ id }) => id);
  if (cleanup === undefined) return { ...context, removedIds: [...context.removedIds, ...ids] };
  const emptySweeps = isEmpty ? cleanup.emptySweeps + 1 : 0;
  return withCleaned({ ...context, cleanup: { ...cleanup, emptySweeps } }, ids);
}

function idsOf(things: readonly { readonly id: string }[]): ReadonlySet<string> {
  return new Set(things.map(({ id }) => id));
}

function absorbSweep(
  context: RecoveryContext,
  effect: Effect,
  { result }: Succeeded<'sweep'>,
  at: Instant,
): RecoveryContext {
  const kept = effect.type === 'sweep' ? effect.keep : [];
  const [keptIds, foundIds] = [idsOf(kept), idsOf(result.found)];
  const strangers = result.found.filter(({ id }) => !keptIds.has(id));
  if (context.keepsMade) return swept({ ...context, keptIds: strangers.map(({ id }) => id) });
  const missing = kept
    .flatMap(({ id, mayBeGone }) => (mayBeGone === true ? [] : [id]))
    .filter((id) => !foundIds.has(id));
  const isBelieved = context.regressions < LIMITS.regressions;
  const known = new Set(context.missing);
  const lost = isBelieved ? missing.filter((id) => known.has(id)) : [];
  const isEmpty = strangers.length === 0 && (missing.length === 0 || !isBelieved);
  const next = withRemoved({ ...context, missing, lost }, result.removed, isEmpty);
  if (lost.length > 0) return next;
  if (isEmpty && (next.cleanup?.emptySweeps ?? 1) >= emptySweepsWanted(next)) return swept(next);
  if (context.sweeps - context.sweepsBefore >= LIMITS.sweeps)
    return swept(leaving(next, ...strangers.map(untracked)));
  return askSweep(next, kept, at + SETTLE_MS);
}

/** Releasing the claim is none: all is recovered by then, and a claim that stays keeps the next run out. */
function isCourtesy(slot: string): boolean {
  return slot === 'claim' || slot.startsWith(SECURE);
}

function mayAskAgain(slot: string, effect: Effect, failure: FailureClass): boolean {
  if (isCourtesy(slot)) return effect.attempt < LIMITS.courtesyAttempts;
  if (effect.type !== 'preflight' || !OUT_OF_REACH.has(failure)) return true;
  return failuresOf(effect, failure) + 1 < LIMITS.preflightOutOfReach;
}

function evidenceOf(effect: Effect, found: Pick<Evidence, 'snapshotId' | 'problem'>): Evidence[] {
  if (effect.type !== 'operate' || effect.target === undefined) return [];
  return [{ resource: effect.resource, of: effect.target.id, ...found }];
}

function absorbFailure(
  was: RecoveryContext,
  slot: string,
  effect: Effect,
  { failure }: Extract<Answer, { ok: false }>,
  at: Instant,
): RecoveryContext {
  const context = failure.removed === undefined ? was : withRemoved(was, failure.removed, false);
  const again = mayAskAgain(slot, effect, failure.class) ? askedAgain(effect, failure.class, at) : undefined;
  if (again !== undefined) return { ...context, pending: withEffect(context.pending, slot, again) };
  const open = { ...context, pending: withoutSlots(context.pending, (other) => other === slot) };
  const reason = requestReason(requestOf(effect), failure);
  if (slot === 'claim') {
    const isUncertain = effect.doubtful === true || isDoubtful(failure.class);
    const why = `${failure.code}: ${failure.message}`;
    return { ...open, claimed: { place: 'nowhere', why, ...(isUncertain && { isUncertain }) } };
  }
  if (slot === 'release')
    return leaving(open, { code: 'claim', data: { runbook: context.claim.runbook, reason } });
  if (slot.startsWith(SECURE)) {
    const problem = awsReason(failure);
    return { ...open, evidence: [...context.evidence, ...evidenceOf(effect, { problem })] };
  }
  if (slot === 'sweep') return swept(leaving(open, { code: 'not-swept', data: { reason } }));
  return { ...open, problem: reason };
}

function untracked({ id }: Made): Leftover {
  return { code: 'untracked', data: { id } };
}

/** Fast snapshot restore has no tags: whether the lost run or another user enabled it is unknown. It is left enabled, and costs money. */
function fsrOfUnknownOrigin(on: RecoveryContext['onBefore']): readonly Leftover[] {
  return on.flatMap(({ id, status }) =>
    status === 'disabling' ? [] : [{ code: 'fsr-of-unknown-origin', data: fsrTargetOf(id) }],
  );
}

/** A resource that has lost every backup its strategies start from cannot be recovered; a fallback's alone is no reason to give up. */
function absorbPreflight(context: RecoveryContext, { result }: Succeeded<'preflight'>): RecoveryContext {
  const { findings, on } = result;
  const lostIds = new Set(findings.map(({ data }) => data?.thing));
  const need = context.preflight.needs.find((ids) => ids.length > 0 && ids.every((id) => lostIds.has(id)));
  const known = context.preflight.needs.flat();
  const first = findings.find(
    ({ data: { thing = '' } = {} }) => need?.includes(thing) ?? !known.includes(thing),
  );
  const next: RecoveryContext = {
    ...context,
    findings,
    // Preflight runs once: dropping its input keeps every later decision small.
    preflight: { relies: [], needs: [] },
    onBefore: on,
    leftovers: [...context.leftovers, ...(context.isAdopted === true ? fsrOfUnknownOrigin(on) : [])],
  };
  return first === undefined
    ? askClaim(next)
    : { ...next, problem: { code: 'backup-unusable', data: { finding: first } } };
}

function absorbClaim(context: RecoveryContext, { result }: Succeeded<'claim'>, at: Instant): RecoveryContext {
  if (!result.granted) return { ...context, problem: { code: 'claimed', data: heldBy(result.holder, at) } };
  const { place, preempted, why } = result;
  return {
    ...context,
    claimed: { place, ...(preempted !== undefined && { preempted }), ...(why !== undefined && { why }) },
  };
}

export function absorbAnswer(context: RecoveryContext, answer: Answer, at: Instant): RecoveryContext {
  const slot = slotOf(context.pending, answer.effectId);
  const effect = slot === undefined ? undefined : context.pending[slot];
  if (slot === undefined || effect === undefined) return context;
  if (!answer.ok) return absorbFailure(context, slot, effect, answer, at);
  const open = { ...context, pending: withoutSlots(context.pending, (other) => other === slot) };
  switch (answer.type) {
    case 'preflight':
      return absorbPreflight(open, answer);
    case 'claim':
      return absorbClaim(open, answer, at);
    case 'operate': {
      const { id } = answer.result;
      const found = id === undefined ? {} : { snapshotId: id };
      return { ...open, evidence: [...open.evidence, ...evidenceOf(effect, found)] };
    }
    case 'sweep':
      return absorbSweep(open, effect, answer, at);
    case 'release':
      return { ...open, released: true };
    default:
      return open;
  }
}

/** The recovery resumes after its end had begun: resets everything recorded about the end. */
export function unswept(context: RecoveryContext): RecoveryContext {
  const pending = withoutSlots(context.pending, (slot) => slot === 'sweep' || slot === 'release');
  const nothing = { recoveredAt: undefined, swept: false, missing: [], lost: [] };
  return { ...context, ...nothing, pending, sweepsBefore: context.sweeps };
}

/** Answers the intended question. If two operators approve at the same instant, the second approval must not answer a question that was not open yet. */
export function approve(
  context: RecoveryContext,
  event: Extract<RecoveryEvent, { type: 'approve' }>,
): RecoveryContext {
  const { by, at, reason, identity, meant } = event;
  const question =
    meant === undefined
      ? askedNow(context)[0]
      : openQuestions(context).find((open) => questionKey(open) === meant);
  if (question === undefined) return context;
  const { phase } = question;
  if (question.kind === 'approvals' && approvers(context.approvals, phase).has(by)) return context;
  const approval = {
    gate: phase,
    ...(question.kind !== 'approvals' && { step: questionKey(question) }),
    by,
    at,
    ...(reason !== undefined && { reason }),
    ...(identity !== undefined && { identity }),
  };
  return { ...context, approvals: [...context.approvals, approval] };
}
