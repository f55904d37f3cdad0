import type { Instant } from '../time.ts';
import type { Answer, Effect, MadeThing } from './effects.ts';
import { askedAgain, failuresOf, slotOf, withEffect, withoutSlots } from './pending.ts';
import { strategyOf, type ResourceContext } from './resource-context.ts';
import { changeMake } from './resource-discard.ts';

/** Refusals for want of capacity or quota after which another strategy is tried, where there is one. */
const REFUSALS_BEFORE_FALLBACK = 4;

/** Times that what was made is compared before a difference counts. A DB instance takes a quarter of an hour to heed its settings. */
const LOOKS_BEFORE_MISMATCH = { volume: 5, dbInstance: 15 } as const;
/** Reads lag behind: times that what was just made is not found before that counts. */
const LOOKS_BEFORE_GONE = 4;

export function hasNextStrategy(context: ResourceContext): boolean {
  return context.strategy + 1 < context.spec.strategies.length;
}

function created(context: ResourceContext, slot: string, id: string, at: Instant): ResourceContext {
  const copy = Number(slot.slice('make.'.length));
  return {
    ...changeMake(context, copy, { id, createdAt: at, progressAt: at }),
    createdIds: [...context.createdIds, id],
  };
}

function withoutThing({ discarded }: ResourceContext, slot: string): readonly MadeThing[] {
  return discarded.filter((thing) => slot !== `delete.${thing.id}`);
}

function absorbSuccess(
  context: ResourceContext,
  slot: string,
  effect: Effect,
  answer: Extract<Answer, { ok: true }>,
  at: Instant,
): ResourceContext {
  const open = { ...context, pending: withoutSlots(context.pending, (other) => other === slot) };
  switch (answer.kind) {
    case 'createVolume':
      return created(open, slot, answer.result.volumeId, at);
    case 'restoreDbInstance':
      return effect.kind === 'restoreDbInstance' ? created(open, slot, effect.identifier, at) : open;
    case 'applyDbSettings':
      return changeMake(open, 0, { settingsGiven: true });
    case 'verify': {
      const [finding] = answer.result.findings;
      if (finding === undefined) return { ...open, verified: true };
      // Settings and tags take effect late: a difference counts only when it stays.
      const looks = failuresOf(effect, 'busy') + 1;
      const later =
        looks < LOOKS_BEFORE_MISMATCH[strategyOf(context).spec.kind]
          ? askedAgain(effect, 'busy', at)
          : undefined;
      if (later !== undefined) return { ...open, pending: withEffect(open.pending, slot, later) };
      return {
        ...open,
        exhausted: `what was made is not what was asked for: ${finding.subject}: ${finding.message}`,
      };
    }
    case 'deleteVolume':
      return { ...open, discarded: withoutThing(open, slot) };
    case 'deleteDbInstance': {
      const id = slot.slice('delete.'.length);
      const departing = [...open.departing, { id, since: at }];
      return { ...open, discarded: withoutThing(open, slot), departing };
    }
    case 'enableFsr':
      return open.fsr === undefined || open.fsr.state === 'enabled'
        ? open
        : { ...open, fsr: { ...open.fsr, state: 'enabling' } };
    case 'disableFsr':
      return open.fsr === undefined
        ? open
        : { ...open, fsr: { ...open.fsr, released: true, releasedAt: at, state: 'disabled' } };
    case 'preflight':
    case 'sweep':
      return open;
  }
}

function absorbFailure(
  context: ResourceContext,
  slot: string,
  effect: Effect,
  answer: Extract<Answer, { ok: false }>,
  at: Instant,
): ResourceContext {
  const { failure } = answer;
  const reason = `${failure.code}: ${failure.message}`;
  const refused = failure.class === 'capacity' || failure.class === 'quota';
  const again = askedAgain(effect, failure.class, at);
  const refusals = failuresOf(effect, failure.class) + 1;
  const tidying = slot.startsWith('delete.') || slot === 'fsr-off';
  if (
    again !== undefined &&
    (tidying || !(refused && refusals >= REFUSALS_BEFORE_FALLBACK && hasNextStrategy(context)))
  ) {
    return { ...context, pending: withEffect(context.pending, slot, again) };
  }
  // What was just made may not be visible yet: not finding it is no verdict on the first looks.
  const looksAtMade = slot === 'verify' || slot === 'settings';
  if (looksAtMade && failure.class === 'gone' && failuresOf(effect, 'busy') + 1 < LOOKS_BEFORE_GONE) {
    const later = askedAgain(effect, 'busy', at);
    if (later !== undefined) return { ...context, pending: withEffect(context.pending, slot, later) };
  }
  const open = { ...context, pending: withoutSlots(context.pending, (other) => other === slot) };
  if (!tidying) return { ...open, exhausted: reason };
  const target =
    slot === 'fsr-off'
      ? `fast snapshot restore of ${context.fsr?.snapshotId} in ${context.fsr?.zone}`
      : slot.slice('delete.'.length);
  return {
    ...open,
    leftovers: [...context.leftovers, `${target}: ${reason}`],
    discarded: withoutThing(open, slot),
    ...(slot === 'fsr-off' && open.fsr && { fsr: { ...open.fsr, released: true } }),
  };
}

/** Takes the answer to one effect; an answer that nothing waits for changes nothing. */
export function absorbAnswer(context: ResourceContext, answer: Answer, at: Instant): ResourceContext {
  const slot = slotOf(context.pending, answer.effectId);
  const effect = slot === undefined ? undefined : context.pending[slot];
  if (slot === undefined || effect === undefined) return context;
  return answer.ok
    ? absorbSuccess(context, slot, effect, answer, at)
    : absorbFailure(context, slot, effect, answer, at);
}
