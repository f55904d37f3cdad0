import { provisionedInitSeconds } from '../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import { withoutSlots } from './pending.ts';
import { strategyOf, type Make, type RateTail, type ResourceContext } from './resource-context.ts';
import { askDeletions, forgetWork } from './resource-effects.ts';

/** Things thrown away under one strategy before it is given up. */
const MAX_MISSES = 3;

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
