import { quantileAt } from '../../facts/distribution.ts';
import { PROVISIONED_INIT_FACTOR } from '../../facts/durations.ts';
import { provisionedInitSeconds } from '../../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import { withoutSlots } from '../base/pending.ts';
import type { MadeThing } from '../base/effects.ts';
import type { Reason } from '../base/reasons.ts';
import { strategyOf, type Make, type RateTail, type ResourceContext } from './resource-context.ts';
import { askDeletions, forgetWork } from './resource-requests.ts';

/** Why a strategy was given up where nothing else is known. */
export const GIVEN_UP: Reason = { code: 'given-up', data: {} };

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
  reason: Reason,
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
      leftovers: [...leftovers, { code: 'replaced' as const, data: { id, reason } }],
    }),
  };
}

/** One copy is to be made anew under a new identity; `change` says what becomes of what was there. */
function replaced(
  context: ResourceContext,
  make: Make,
  reason: Reason,
  change: Partial<ResourceContext>,
): ResourceContext {
  const tail = rateTailOf(context, make);
  const misses = context.misses + 1;
  return {
    ...context,
    makes: context.makes.map((other) =>
      other.copy === make.copy ? { copy: make.copy, generation: make.generation + 1 } : other,
    ),
    ...change,
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
    halt: undefined,
    misses,
    ...(misses > MAX_MISSES && { exhausted: reason }),
  };
}

/**
 * Gives one copy up that cannot be used: its deletion is asked for, and it will be made anew under a new identity. After the recovery it is left
 * where it is. `isGone`: it is not there any more. What can be used is superseded or halts the resource instead.
 */
export function discard(
  context: ResourceContext,
  make: Make,
  reason: Reason,
  isGone = false,
): ResourceContext {
  return askDeletions(replaced(context, make, reason, givenUp(context, make, reason, isGone)));
}

/** Makes a volume anew that can be used but is not what it should be. The old one is deleted only once the resource is ready without it. */
export function supersede(context: ResourceContext, make: Make, reason: Reason): ResourceContext {
  if (make.id === undefined || make.point !== undefined) return discard(context, make, reason);
  const superseded: readonly MadeThing[] = [...(context.superseded ?? []), { kind: 'volume', id: make.id }];
  return replaced(context, make, reason, { superseded });
}

/** What was superseded is not needed any more. The machine merges contexts: a field that is only left out would stay. */
export function dropSuperseded(context: ResourceContext): ResourceContext {
  const { superseded = [], discarded } = context;
  if (superseded.length === 0) return context;
  return askDeletions({ ...context, superseded: [], discarded: [...discarded, ...superseded] });
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

/** Gives up the present strategy. What it made is kept: what cannot be used is found out by looking at it, not by what other copies met. */
export function leaveStrategy(context: ResourceContext, at: Instant): ResourceContext {
  const reason = context.exhausted ?? GIVEN_UP;
  const fallbacks = [...context.fallbacks, { strategy: strategyOf(context).name, reason, at }];
  return { ...context, fallbacks, pending: forgetWork(context.pending) };
}

/** Goes on by another strategy. Provisioned initialization of what stays counts against its quota to its end. */
export function useStrategy(context: ResourceContext, strategy: number): ResourceContext {
  const tails = context.makes.flatMap((make) => rateTailOf(context, make) ?? []);
  return {
    ...context,
    strategy,
    rateTails: strategy === context.strategy ? context.rateTails : [...context.rateTails, ...tails],
    misses: 0,
    verified: false,
    exhausted: undefined,
    refusal: undefined,
  };
}
