import { quantileAt } from '../../facts/distribution.ts';
import { PROVISIONED_INIT_FACTOR } from '../../facts/durations.ts';
import { provisionedInitSeconds } from '../../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import { withoutSlots } from '../base/pending.ts';
import type { Made } from '../../kinds/things.ts';
import type { Reason } from '../base/reasons.ts';
import { strategyOf, type Make, type RateTail, type ResourceContext } from './resource-context.ts';
import { askDeletions, forgetWork, madeThing, pointThing } from './resource-requests.ts';

/** The reason for giving up a strategy if no other is known. */
export const GIVEN_UP: Reason = { code: 'given-up', data: {} };

/** Number of discarded copies after which a strategy is given up. */
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

/** A copy that is given up is deleted, unless people may use it. Its recovery point is then kept too, because it may be all that is left. */
function givenUp(
  context: ResourceContext,
  { id, point }: Make,
  reason: Reason,
  isGone: boolean,
): Partial<ResourceContext> {
  if (id === undefined) return {};
  const { discarded, outlived = [], leftovers, stage } = context;
  const thing = madeThing(context, id);
  // A recovery point is requested when the recovery is over: from then on people may use the copy.
  if (point === undefined || stage === 'removing') return { discarded: [...discarded, thing] };
  const points = point.id === undefined ? [] : [pointThing(context, point.id)];
  return {
    outlived: [...outlived, thing, ...points],
    ...(!isGone && {
      leftovers: [...leftovers, { code: 'replaced' as const, data: { id, reason } }],
    }),
  };
}

/** Recreates one copy under a new identity; `change`: what happens to the old one. */
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
 * Gives up one unusable copy: requests its deletion, and recreates it under a new identity. After the recovery it is left
 * in place. `isGone`: it no longer exists. A usable copy is superseded or halts the resource instead.
 */
export function discard(
  context: ResourceContext,
  make: Make,
  reason: Reason,
  isGone = false,
): ResourceContext {
  return askDeletions(replaced(context, make, reason, givenUp(context, make, reason, isGone)));
}

/** Recreates a volume that is usable but not as requested. The old one is deleted only once the resource is ready without it. */
export function supersede(context: ResourceContext, make: Make, reason: Reason): ResourceContext {
  if (make.id === undefined || make.point !== undefined) return discard(context, make, reason);
  const superseded: readonly Made[] = [...(context.superseded ?? []), madeThing(context, make.id)];
  return replaced(context, make, reason, { superseded });
}

/** Discards superseded volumes. The machine merges contexts, so a field that is only omitted would stay. */
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

/** Forgets completed provisioned initialization, so that repeated discards do not accumulate. */
export function withoutOldTails(context: ResourceContext, at: Instant): ResourceContext {
  const rateTails = context.rateTails.filter(({ until }) => until > at);
  return rateTails.length === context.rateTails.length ? context : { ...context, rateTails };
}

/** Gives up the present strategy. Its copies are kept: only a look shows whether a copy is unusable, not the failure of another copy. */
export function leaveStrategy(context: ResourceContext, at: Instant): ResourceContext {
  const reason = context.exhausted ?? GIVEN_UP;
  const fallbacks = [...context.fallbacks, { strategy: strategyOf(context).name, reason, at }];
  return { ...context, fallbacks, pending: forgetWork(context.pending) };
}

/** Continues with another strategy. Provisioned initialization of kept copies counts against its quota to its end. */
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
