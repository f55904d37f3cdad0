import { provisionedInitSeconds } from '../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import { noCredits } from './credits.ts';
import type { Answer, Effect, MadeThing } from './effects.ts';
import { askedAgain, slotOf, withEffect, withoutSlots } from './pending.ts';
import { strategyOf, type Make, type RateTail, type ResourceContext } from './resource-context.ts';
import { askDeletions, forgetWork } from './resource-effects.ts';
import type { DbInstanceSighting, FsrSighting, Sighting, VolumeSighting } from './sightings.ts';

/** Things thrown away under one strategy before it is given up. */
const MAX_MISSES = 3;
/** Refusals for want of capacity or quota after which another strategy is tried, where there is one. */
const REFUSALS_BEFORE_FALLBACK = 4;

/** Times that what was made is compared before a difference counts. */
const LOOKS_BEFORE_MISMATCH = 5;
const STILL_CHANGING = (effectId: string): Extract<Answer, { ok: false }> => ({
  effectId,
  kind: 'verify',
  ok: false,
  failure: { class: 'busy', code: 'StillChanging', message: 'differs for now' },
});

/** RDS states from which nothing comes back. */
const DB_LOST = new Set([
  'failed',
  'incompatible-network',
  'incompatible-option-group',
  'incompatible-parameters',
  'incompatible-restore',
  'inaccessible-encryption-credentials',
  'insufficient-capacity',
  'restore-error',
  'storage-full',
  'deleting',
  'deleted',
]);
/** RDS states before the instance takes connections for the first time. */
const DB_NOT_YET = new Set(['creating', 'restoring', 'pending', 'starting', 'rebooting', 'maintenance']);

export function hasNextStrategy(context: ResourceContext): boolean {
  return context.strategy + 1 < context.spec.strategies.length;
}

/** Until when a make counts against the quota of provisioned initialisation: full size / rate after creation. */
export function rateTailOf(context: ResourceContext, make: Make): RateTail | undefined {
  const { spec } = strategyOf(context);
  if (spec.kind !== 'volume' || spec.rateMiBps === undefined || make.createdAt === undefined)
    return undefined;
  const until =
    make.createdAt +
    Math.ceil(provisionedInitSeconds(spec.fullSizeGiB, spec.rateMiBps) * SECOND_MS) +
    SECOND_MS;
  return { rateMiBps: spec.rateMiBps, until };
}

/** Throws one copy away: its deletion is asked for, and it will be made anew under a new identity. */
export function discard(context: ResourceContext, make: Make, reason: string): ResourceContext {
  const { id } = make;
  const tail = rateTailOf(context, make);
  const thing = { kind: context.spec.type === 'ebs-volume' ? 'volume' : 'dbInstance', id: id ?? '' } as const;
  const misses = context.misses + 1;
  return askDeletions({
    ...context,
    makes: context.makes.map((other) =>
      other.copy === make.copy ? { copy: make.copy, generation: make.generation + 1 } : other,
    ),
    discarded: id === undefined ? context.discarded : [...context.discarded, thing],
    rateTails: tail === undefined ? context.rateTails : [...context.rateTails, tail],
    pending: withoutSlots(
      context.pending,
      (slot) => slot === `make.${make.copy}` || slot === 'settings' || slot === 'verify',
    ),
    verified: false,
    misses,
    ...(misses > MAX_MISSES && { exhausted: reason }),
  });
}

function changeMake(context: ResourceContext, copy: number, change: Partial<Make>): ResourceContext {
  return {
    ...context,
    makes: context.makes.map((make) => (make.copy === copy ? { ...make, ...change } : make)),
  };
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
      const later =
        effect.attempt < LOOKS_BEFORE_MISMATCH
          ? askedAgain(effect, STILL_CHANGING(answer.effectId), at)
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
      return { ...open, discarded: withoutThing(open, slot), departing: [...open.departing, id] };
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
  const again = askedAgain(effect, answer, at);
  const tidying = slot.startsWith('delete.') || slot === 'fsr-off';
  if (
    again !== undefined &&
    (tidying || !(refused && effect.attempt >= REFUSALS_BEFORE_FALLBACK && hasNextStrategy(context)))
  ) {
    return { ...context, pending: withEffect(context.pending, slot, again) };
  }
  // A volume just made may not be visible yet: not finding it is no verdict on the first looks.
  if (slot === 'verify' && failure.class === 'gone' && effect.attempt < REFUSALS_BEFORE_FALLBACK) {
    const later = askedAgain(effect, { ...answer, failure: { ...failure, class: 'busy' } }, at);
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

function progressed(make: Make, progress: number | undefined, at: Instant): Partial<Make> {
  return progress === undefined || progress <= (make.progress ?? -1) ? {} : { progress, progressAt: at };
}

function absorbVolume(
  context: ResourceContext,
  make: Make,
  seen: VolumeSighting,
  at: Instant,
): ResourceContext {
  if (seen.state === 'error') return discard(context, make, `volume ${seen.id} went to error`);
  if (seen.state === 'deleting' || seen.state === 'deleted')
    return discard(context, make, `volume ${seen.id} was deleted by somebody else`);
  if (seen.state === 'creating') return context;
  const { name } = strategyOf(context);
  if (name === 'fsr' && make.hydratedAt === undefined && seen.fastRestored === false) {
    const lost = discard(
      context,
      make,
      `volume ${seen.id} was created without fast snapshot restore: no credit was left`,
    );
    return lost.fsr === undefined ? lost : { ...lost, fsr: noCredits(lost.fsr, at) };
  }
  const hydrated =
    name === 'fsr' ? seen.fastRestored === true || seen.progress === 100 : seen.progress === 100;
  const change: Partial<Make> = {
    ...(make.availableAt === undefined && { availableAt: at, progressAt: at }),
    ...progressed(make, seen.progress, at),
    ...(hydrated && make.hydratedAt === undefined && { hydratedAt: at, progress: 100 }),
  };
  return Object.keys(change).length === 0 ? context : changeMake(context, make.copy, change);
}

function absorbDbInstance(
  context: ResourceContext,
  make: Make,
  seen: DbInstanceSighting,
  at: Instant,
): ResourceContext {
  if (DB_LOST.has(seen.status))
    return discard(context, make, `DB instance ${seen.id} went to ${seen.status}`);
  if (make.availableAt === undefined && DB_NOT_YET.has(seen.status)) return context;
  // Loading that was seen and is no longer told of is over.
  const over = seen.progress === undefined ? make.progress !== undefined : seen.progress >= 100;
  const change: Partial<Make> = {
    ...(make.availableAt === undefined && { availableAt: at, progressAt: at }),
    ...progressed(make, seen.progress, at),
    ...(over && make.hydratedAt === undefined && { hydratedAt: at, progress: 100 }),
  };
  return Object.keys(change).length === 0 ? context : changeMake(context, make.copy, change);
}

function absorbFsr(context: ResourceContext, seen: FsrSighting, at: Instant): ResourceContext {
  const { fsr } = context;
  if (
    fsr === undefined ||
    fsr.released ||
    fsr.snapshotId !== seen.snapshotId ||
    fsr.zone !== seen.zone ||
    fsr.state === seen.state
  )
    return context;
  const enabled = seen.state === 'enabled' && {
    enabledAt: seen.enabledAt ?? at,
    creditsAsOf: seen.enabledAt ?? at,
  };
  return { ...context, fsr: { ...fsr, state: seen.state, ...enabled } };
}

/** Takes one thing as it was seen. */
export function absorbSighting(context: ResourceContext, seen: Sighting, at: Instant): ResourceContext {
  if (seen.kind === 'fsr') return absorbFsr(context, seen, at);
  const make = context.makes.find((candidate) => candidate.id === seen.id);
  if (make === undefined) return context;
  return seen.kind === 'volume'
    ? absorbVolume(context, make, seen, at)
    : absorbDbInstance(context, make, seen, at);
}

/** Something that was made is no longer there. */
export function absorbGone(context: ResourceContext, id: string): ResourceContext {
  if (context.departing.includes(id))
    return { ...context, departing: context.departing.filter((other) => other !== id) };
  const make = context.makes.find((candidate) => candidate.id === id);
  return make === undefined ? context : discard(context, make, `${id} vanished`);
}

/** Gives up the present strategy: what it made is thrown away, the next strategy starts afresh. */
export function leaveStrategy(context: ResourceContext, at: Instant): ResourceContext {
  const reason = context.exhausted ?? 'given up';
  const fallbacks = [...context.fallbacks, { strategy: strategyOf(context).name, reason, at }];
  const left: ResourceContext = { ...context, fallbacks, pending: forgetWork(context.pending) };
  return context.makes
    .filter((make) => make.id !== undefined)
    .reduce((next, make) => discard(next, make, reason), left);
}
