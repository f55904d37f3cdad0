import { SETTLE_SECONDS } from '../../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import type { Effect, EffectId, FailureClass } from './effects.ts';
import { retryPolicy } from '../../facts/retries.ts';
import { backoffMs } from '../../retry.ts';

/**
 * The unanswered effects of an aggregate, by slot (`create.0`, `verify` ...), as a part of its context. The outbox is the union of all of them, so
 * the two cannot disagree: an effect that is added is sent, an effect that is removed (answered, or canceled) is not sent again.
 */
export type Pending = Readonly<Record<string, Effect>>;

/** The slot that an answer belongs to; `undefined` for an answer to an earlier attempt or to a canceled effect. */
export function slotOf(pending: Pending, effectId: EffectId): string | undefined {
  for (const [slot, effect] of Object.entries(pending)) {
    if (effect.id === effectId) return slot;
  }
  return undefined;
}

export function withEffect(pending: Pending, slot: string, effect: Effect): Pending {
  return { ...pending, [slot]: effect };
}

export function withoutSlots(pending: Pending, isRemoved: (slot: string) => boolean): Pending {
  return Object.fromEntries(Object.entries(pending).filter(([slot]) => !isRemoved(slot)));
}

/** `…/create.0` of `…/create.0#3`: the part of the id that all attempts share. */
export function identityOf(effectId: EffectId): string {
  return effectId.slice(0, effectId.lastIndexOf('#'));
}

export function effectId(owner: string, step: string, attempt = 1): EffectId {
  return `${owner}/${step}#${attempt}`;
}

/** Number of failures of an effect of one class; each class has a limit of its own. */
export function failuresOf(effect: Effect, name: FailureClass): number {
  return effect.failures?.[name] ?? 0;
}

/** Whether AWS may have carried out a request that failed like this. */
export function isDoubtful(failure: FailureClass): boolean {
  return failure === 'transient' || failure === 'unreachable';
}

/** Whether AWS has no idempotency token for the request. */
export function isTokenless(effect: Effect): boolean {
  return effect.type === 'operate' && effect.tokenless === true;
}

/** Milliseconds until reads show the result of an earlier attempt: without a token, the retry has to look for it first. */
function settleMs(effect: Effect, failure: FailureClass): number {
  return isTokenless(effect) && isDoubtful(failure) ? SETTLE_SECONDS * SECOND_MS : 0;
}

/**
 * The retry of an effect after a failure; `undefined` when its retry budget is used up, or a retry cannot succeed.
 * Each class of failure has a budget of its own: an hour without network uses up no attempts against a lack of capacity.
 */
export function askedAgain(effect: Effect, failure: FailureClass, at: Instant): Effect | undefined {
  const policy = retryPolicy(failure);
  const count = failuresOf(effect, failure) + 1;
  if (policy === undefined || count >= policy.attempts) return undefined;
  const attempt = effect.attempt + 1;
  return {
    ...effect,
    id: `${identityOf(effect.id)}#${attempt}`,
    attempt,
    ...(isDoubtful(failure) && { doubtful: true }),
    failures: { ...effect.failures, [failure]: count },
    notBefore: at + Math.max(backoffMs(policy, effect.id, count), settleMs(effect, failure)),
  };
}
