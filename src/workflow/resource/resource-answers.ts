import type { Instant } from '../../time.ts';
import type { Made } from '../../kinds/things.ts';
import type { Answer, Effect, FailureClass, Finding, Operate } from '../base/effects.ts';
import { awsReason, type Leftover } from '../base/reasons.ts';
import { nextStrategy } from './next-strategy.ts';
import { askedAgain, failuresOf, slotOf, withEffect, withoutSlots } from '../base/pending.ts';
import { strategyOf, type ResourceContext } from './resource-context.ts';
import { changeMake } from './resource-discard.ts';
import { madeThings } from './resource-requests.ts';
import { halt, settingsDifference, unaccepted, unverified } from './resource-halt.ts';
import { changePoint, pointFailed } from './resource-protect.ts';

/** Refusals for lack of capacity or quota after which another strategy is tried, if there is one. */
const REFUSALS_BEFORE_FALLBACK = 4;

/** Number of comparisons before a difference counts. A DB instance takes a quarter of an hour to apply its settings. */
const LOOKS_BEFORE_MISMATCH = { volume: 5, dbInstance: 15 } as const;

/** `make.2`, `protect.2`: the copy that a slot belongs to. */
function copyOf(slot: string): number {
  return Number(slot.slice(slot.indexOf('.') + 1));
}

function created(context: ResourceContext, slot: string, id: string, at: Instant): ResourceContext {
  const copy = copyOf(slot);
  return {
    ...changeMake(context, copy, { id, createdAt: at, progressAt: at }),
    createdIds: [...context.createdIds, id],
  };
}

function withoutThing({ discarded }: ResourceContext, slot: string): readonly Made[] {
  return discarded.filter((thing) => slot !== `delete.${thing.id}`);
}

function vanished(
  { vanishedIds = [] }: ResourceContext,
  slot: string,
  { result }: { readonly result: { readonly wasGone?: boolean } },
): Pick<ResourceContext, 'vanishedIds'> {
  return result.wasGone === true ? { vanishedIds: [...vanishedIds, slot.slice('delete.'.length)] } : {};
}

/** The resources that this run made and removed itself. Those that it could not remove, or left, are leftovers. */
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

/** Restoring the settings is not permitted or not supported here. The database works and is kept. */
const REFUSED: ReadonlySet<FailureClass> = new Set(['denied', 'unsupported']);

function missingSettings(findings: readonly Finding[]): readonly Leftover[] {
  return findings.map((finding) => ({ code: 'setting-by-hand', data: { finding } }));
}

function operated(
  open: ResourceContext,
  slot: string,
  { operation, identity }: Operate,
  { id = identity, data }: Extract<Answer, { type: 'operate'; ok: true }>['result'],
  at: Instant,
): ResourceContext {
  switch (operation) {
    case 'createVolume':
    case 'restoreDbInstance':
      return created(open, slot, id, at);
    case 'configureDbInstance':
      return changeMake(open, 0, { settingsGiven: true });
    case 'takeSnapshot':
      return changePoint(open, copyOf(slot), { id });
    case 'enableFsr': {
      if (open.fsr === undefined) return open;
      // Already enabled when requested: another user of the account enabled it since the preflight, so it stays on.
      const wasOn = open.fsr.wasOn || data?.['wasOn'] === true;
      const state = open.fsr.state === 'enabled' ? open.fsr.state : 'enabling';
      return { ...open, fsr: { ...open.fsr, wasOn, state } };
    }
    default:
      return open;
  }
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
    case 'operate':
      return effect.type === 'operate' ? operated(open, slot, effect, answer.result, at) : open;
    case 'inspect': {
      const findings = unaccepted(open, answer.result.findings);
      if (findings.length === 0) return { ...open, verified: true };
      const refused = open.makes.find(({ settingsRefused }) => settingsRefused !== undefined);
      if (refused !== undefined)
        return { ...open, verified: true, leftovers: [...open.leftovers, ...missingSettings(findings)] };
      // Settings and tags take effect late: a difference counts only when it stays.
      const looks = failuresOf(effect, 'busy') + 1;
      const later =
        looks < LOOKS_BEFORE_MISMATCH[strategyOf(context).spec.kind]
          ? askedAgain(effect, 'busy', at)
          : undefined;
      if (later !== undefined) return { ...open, pending: withEffect(open.pending, slot, later) };
      return halt(open, findings, at);
    }
    case 'delete': {
      const id = slot.slice('delete.'.length);
      // A volume is gone at once; a DB instance takes minutes.
      const isSlow = effect.type === 'delete' && effect.thing.type === 'dbInstance';
      const departing = isSlow ? [...open.departing, { id, since: at }] : open.departing;
      return { ...open, ...vanished(open, slot, answer), discarded: withoutThing(open, slot), departing };
    }
    case 'undo':
      return open.fsr === undefined
        ? open
        : { ...open, fsr: { ...open.fsr, released: true, releasedAt: at, state: 'disabled' } };
    case 'claim':
    case 'release':
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
  const reason = awsReason(failure);
  const refused = failure.class === 'capacity' || failure.class === 'quota';
  const again = askedAgain(effect, failure.class, at);
  const isMaking = slot.startsWith('make.');
  const refusals = failuresOf(effect, failure.class) + 1;
  const tidying = slot.startsWith('delete.') || slot === 'fsr-off';
  if (
    again !== undefined &&
    (tidying ||
      !refused ||
      refusals < REFUSALS_BEFORE_FALLBACK ||
      nextStrategy(context, isMaking ? failure : undefined) === undefined)
  ) {
    return { ...context, pending: withEffect(context.pending, slot, again) };
  }
  // A new resource may not be visible yet: looks decide whether it is gone.
  const looksAtMade = slot === 'verify' || slot === 'settings';
  const later = looksAtMade && failure.class === 'gone' ? askedAgain(effect, 'busy', at) : undefined;
  if (later !== undefined) return { ...context, pending: withEffect(context.pending, slot, later) };
  const open = { ...context, pending: withoutSlots(context.pending, (other) => other === slot) };
  // Without a fresh recovery point the resource still counts as recovered.
  if (slot.startsWith('protect.')) return pointFailed(open, copyOf(slot), reason);
  if (slot === 'settings' && REFUSED.has(failure.class)) {
    const id = open.makes[0]?.id ?? open.spec.id;
    return {
      ...changeMake(open, 0, { settingsGiven: true, settingsRefused: true }),
      leftovers: [...open.leftovers, { code: 'settings-not-given', data: { id, reason } }],
    };
  }
  // The copy is usable although a request about it failed.
  const ids = madeThings(open).map(({ id }) => id);
  if (slot === 'settings')
    return halt(
      open,
      ids.map((id) => settingsDifference(id, `${failure.code}: ${failure.message}`, failure)),
      at,
    );
  if (slot === 'verify') return halt(open, unverified(ids, failure), at);
  if (!tidying) return { ...open, exhausted: reason, ...(isMaking && { refusal: failure }) };
  const { fsr } = context;
  const leftover: Leftover =
    slot === 'fsr-off' && fsr !== undefined
      ? { code: 'fsr-on', data: { snapshotId: fsr.snapshotId, zone: fsr.zone, reason } }
      : { code: 'not-removed', data: { id: slot.slice('delete.'.length), reason } };
  return {
    ...open,
    leftovers: [...context.leftovers, leftover],
    discarded: withoutThing(open, slot),
    ...(slot === 'fsr-off' && open.fsr && { fsr: { ...open.fsr, released: true } }),
  };
}

/** Applies the answer to one effect; an answer that no pending effect waits for changes nothing. */
export function absorbAnswer(context: ResourceContext, answer: Answer, at: Instant): ResourceContext {
  const slot = slotOf(context.pending, answer.effectId);
  const effect = slot === undefined ? undefined : context.pending[slot];
  if (slot === undefined || effect === undefined) return context;
  return answer.ok
    ? absorbSuccess(context, slot, effect, answer, at)
    : absorbFailure(context, slot, effect, answer, at);
}
