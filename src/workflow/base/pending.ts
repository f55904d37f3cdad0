import { SETTLE_SECONDS } from '../../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import type { Effect, EffectId, FailureClass } from './effects.ts';
import { retryPolicy } from '../../facts/retries.ts';
import { backoffMs } from '../../retry.ts';

/**
 * The effects that an aggregate has requested and that are unanswered, by slot (`create.0`, `verify` ...). It is part of the aggregate's
 * context, so the outbox is the union of all of these, and the two can never disagree: an effect that enters is sent,
 * one that leaves (answered, or canceled) is not sent again.
 */
export type Pending = Readonly<Record<string, Effect>>;

/** The slot that an answer belongs to; `undefined` for an answer to an earlier attempt or to something no longer wanted. */
export function slotOf(pending: Pending, effectId: EffectId): string | undefined {
  for (const [slot, effect] of Object.entries(pending)) {
    if (effect.id === effectId) return slot;
  }
  return undefined;
}

export function withEffect(pending: Pending, slot: string, effect: Effect): Pending {
  return { ...pending, [slot]: effect };
}

export function withoutSlots(pending: Pending, isOver: (slot: string) => boolean): Pending {
  return Object.fromEntries(Object.entries(pending).filter(([slot]) => !isOver(slot)));
}

/** `…/create.0` of `…/create.0#3`: what stays the same when the effect is asked again. */
export function identityOf(effectId: EffectId): string {
  return effectId.slice(0, effectId.lastIndexOf('#'));
}

export function effectId(owner: string, step: string, attempt = 1): EffectId {
  return `${owner}/${step}#${attempt}`;
}

/** How often an effect has failed with one class; each class has a limit of its own. */
export function failuresOf(effect: Effect, name: FailureClass): number {
  return effect.failures?.[name] ?? 0;
}

/** Failures after which AWS may still have carried out the request. */
const DOUBTFUL: ReadonlySet<FailureClass> = new Set(['transient', 'unreachable']);

/** Whether AWS may have carried out a request that failed like this. */
export function isDoubtful(failure: FailureClass): boolean {
  return DOUBTFUL.has(failure);
}

/** AWS has no idempotency token for it. */
export function isTokenless(effect: Effect): boolean {
  return effect.type === 'operate' && effect.tokenless === true;
}

/** Without a token, what an earlier attempt may have made must show before it is looked for. */
function settleMs(effect: Effect, failure: FailureClass): number {
  return isTokenless(effect) && isDoubtful(failure) ? SETTLE_SECONDS * SECOND_MS : 0;
}

/**
 * The same effect once more after a failure, or `undefined` when its attempts are used up or asking again cannot help.
 * Each class of failure is counted by itself: an hour without network leaves all of the attempts against a lack of capacity.
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
