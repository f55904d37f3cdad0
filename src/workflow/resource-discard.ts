import { quantileAt } from '../facts/distribution.ts';
import { PROVISIONED_INIT_FACTOR } from '../facts/durations.ts';
import { provisionedInitSeconds } from '../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import { withoutSlots } from './pending.ts';
import type { MadeThing } from './effects.ts';
import { strategyOf, type Make, type RateTail, type ResourceContext } from './resource-context.ts';
import { askDeletions, forgetWork } from './resource-effects.ts';

/** Things thrown away under one strategy before it is given up. */
const MAX_MISSES = 3;

/** A provisioned initialization takes at most this many times data / rate. */
const SLOWEST = quantileAt(PROVISIONED_INIT_FACTOR, 1);

/** Until when a make counts against the quota of provisioned initialization at the latest: it may take longer than data / rate. */
export function rateTailOf(context: ResourceContext, make: Make): RateTail | undefined {
  const { spec } = strategyOf(context);
  if (spec.kind !== 'volume' || spec.rateMiBps === undefined || make.createdAt === undefined)
    return undefined;
  const until =
    make.createdAt +
    Math.ceil(SLOWEST * provisionedInitSeconds(spec.fullSizeGiB, spec.rateMiBps) * SECOND_MS) +
    SECOND_MS;
  return { rateMiBps: spec.rateMiBps, until };
}

/** What becomes of a copy that is given up: it is deleted, unless people may use it; so is its recovery point then, which may be all that is left of it. */
function givenUp(
  { discarded, outlived = [], leftovers, stage, spec }: ResourceContext,
  { id, point }: Make,
  reason: string,
  isGone: boolean,
): Partial<ResourceContext> {
  if (id === undefined) return {};
  const isVolume = spec.type === 'ebs-volume';
  const thing: MadeThing = { kind: isVolume ? 'volume' : 'dbInstance', id };
  // A recovery point is asked for when the recovery is over: from then on people may use it.
  if (point === undefined || stage === 'removing') return { discarded: [...discarded, thing] };
  const points: MadeThing[] =
    point.id === undefined ? [] : [{ kind: isVolume ? 'snapshot' : 'dbSnapshot', id: point.id }];
  return {
    outlived: [...outlived, thing, ...points],
    ...(!isGone && {
      leftovers: [...leftovers, `${id}: replaced (${reason}), left because it may be in use`],
    }),
  };
}

/**
 * Gives one copy up: its deletion is asked for, and it will be made anew under a new identity. After the recovery it is left where it is.
 * `isGone`: it is not there any more.
 */
export function discard(
  context: ResourceContext,
  make: Make,
  reason: string,
  isGone = false,
): ResourceContext {
  const tail = rateTailOf(context, make);
  const misses = context.misses + 1;
  return askDeletions({
    ...context,
    makes: context.makes.map((other) =>
      other.copy === make.copy ? { copy: make.copy, generation: make.generation + 1 } : other,
    ),
    ...givenUp(context, make, reason, isGone),
    rateTails: tail === undefined ? context.rateTails : [...context.rateTails, tail],
    pending: withoutSlots(
      context.pending,
      (slot) =>
        slot === `make.${make.copy}` ||
        slot === `protect.${make.copy}` ||
        slot === 'settings' ||
        slot === 'verify',
    ),
    verified: false,
    misses,
    ...(misses > MAX_MISSES && { exhausted: reason }),
  });
}

/** One copy with a change. */
export function changeMake(context: ResourceContext, copy: number, change: Partial<Make>): ResourceContext {
  return {
    ...context,
    makes: context.makes.map((make) => (make.copy === copy ? { ...make, ...change } : make)),
  };
}

/** Forgets provisioned initialisation that is over: what is thrown away again and again must not pile up. */
export function withoutOldTails(context: ResourceContext, at: Instant): ResourceContext {
  const rateTails = context.rateTails.filter(({ until }) => until > at);
  return rateTails.length === context.rateTails.length ? context : { ...context, rateTails };
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
