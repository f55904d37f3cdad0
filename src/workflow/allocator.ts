import { type ResourceState, STATES } from './resource/resource-state.ts';
import { usesOf } from '../kinds/phases.ts';
import type { PoolName, PoolUse } from '../plan/types.ts';
import { FSR_DISABLING_SECONDS } from '../facts/ebs.ts';
import { HOUR_MS, SECOND_MS, type Instant } from '../time.ts';
import { strategyOf, type Make, type ResourceContext } from './resource/resource-context.ts';
import { rateTailOf } from './resource/resource-discard.ts';

/** The amount of a pool that a resource holds now. */
export interface Hold {
  readonly pool: PoolName;
  readonly amount: number;
  /** When the hold ends; absent: until the resource's row changes. */
  readonly until?: Instant;
}

const RATE: PoolName = 'provisionedInitMiBps';
const FSR: PoolName = 'fsrSnapshots';
/** Deleting a DB instance takes minutes; one that takes so long is stuck. */
const DEPARTURE_LIMIT_MS = HOUR_MS;

/** Provisioned initialization in use: full size / rate from creation, also for discarded volumes. Not derived from the volume status, which may be minutes old. */
function rateHolds(context: ResourceContext, isGranted: boolean): Hold[] {
  const holds: Hold[] = context.rateTails.map((tail) => ({
    pool: RATE,
    amount: tail.rateMiBps,
    until: tail.until,
  }));
  const { spec } = strategyOf(context);
  const rateMiBps = spec.kind === 'volume' ? spec.rateMiBps : undefined;
  if (rateMiBps === undefined) return holds;
  for (const make of context.makes) {
    const tail = rateTailOf(context, make);
    if (tail !== undefined) holds.push({ pool: RATE, amount: rateMiBps, until: tail.until });
    else if (isExpected(context, make, isGranted)) holds.push({ pool: RATE, amount: rateMiBps });
  }
  return holds;
}

/** Being made: granted, or requested before another copy's failure sent the resource back to the queue. */
function isExpected(context: ResourceContext, make: Make, isGranted: boolean): boolean {
  return make.id === undefined && (isGranted || isAskedFor(context, make));
}

function isAskedFor(context: ResourceContext, make: Make): boolean {
  return `make.${make.copy}` in context.pending;
}

/** Things that exist or may exist, against quotas that count things (instances, storage). */
function existenceHolds(context: ResourceContext, isGranted: boolean): Hold[] {
  const copies =
    context.makes.filter((make) => make.id !== undefined || isExpected(context, make, isGranted)).length +
    context.discarded.length +
    (context.superseded?.length ?? 0);
  const uses = usesOf(strategyOf(context), context.spec.copies).filter((use) => use.until === 'never');
  const each = (use: PoolUse): number => use.amount / context.spec.copies;
  return [
    ...uses.map((use) => ({ pool: use.pool, amount: each(use) * copies })),
    // A DB instance that is not deleted must not block the others forever: after this time, AWS decides whether the quota allows another.
    ...context.departing.flatMap(({ since }) =>
      uses.map((use) => ({ pool: use.pool, amount: each(use), until: since + DEPARTURE_LIMIT_MS })),
    ),
  ];
}

/** Everything that a resource holds, derived from its row alone, so that no second record can disagree. */
export function holdsOf(context: ResourceContext, state: ResourceState): readonly Hold[] {
  if (context.spec.strategies.length === 0) return [];
  const isGranted = STATES.granted.has(state);
  return [...rateHolds(context, isGranted), ...existenceHolds(context, isGranted), ...fsrHolds(context)];
}

/** The quota of fast snapshot restore is released only some time after disabling. */
function fsrHolds({ fsr }: ResourceContext): Hold[] {
  if (fsr === undefined || fsr.wasOn) return [];
  // Without an instant it could not be disabled: it is still enabled.
  return fsr.releasedAt === undefined
    ? [{ pool: FSR, amount: 1 }]
    : [{ pool: FSR, amount: 1, until: fsr.releasedAt + FSR_DISABLING_SECONDS * SECOND_MS }];
}

/** What a queued resource needs for the copies that are missing. */
export function needsOf(
  context: ResourceContext,
  fsrWasOn: boolean,
): readonly { readonly pool: PoolName; readonly amount: number }[] {
  const strategy = strategyOf(context);
  const missing =
    context.makes.filter((make) => make.id === undefined && !isAskedFor(context, make)).length /
    context.spec.copies;
  // Adopted copies already exist and need no quota.
  if (missing === 0) return [];
  return usesOf(strategy, context.spec.copies)
    .filter((use: PoolUse) => !(use.pool === FSR && (fsrWasOn || context.fsr?.released === false)))
    .map((use) => ({ pool: use.pool, amount: use.pool === FSR ? 1 : use.amount * missing }));
}

export interface AllocationRequest {
  readonly id: string;
  readonly needs: readonly { readonly pool: PoolName; readonly amount: number }[];
  /** Fast snapshot restore it wants for itself. */
  readonly fsr?: string;
}

/**
 * Resources that may start now: in the given order of priority, as far as the pools have room. A resource that does not fit closes
 * its pools to later ones, so that a large resource is not starved.
 */
export function grant(
  requests: readonly AllocationRequest[],
  capacities: Readonly<Partial<Record<PoolName, number>>>,
  holds: Iterable<Hold>,
  fsrInUse: ReadonlySet<string>,
  at: Instant,
): readonly string[] {
  const used = new Map<PoolName, number>();
  for (const hold of holds) {
    if (hold.until === undefined || hold.until > at)
      used.set(hold.pool, (used.get(hold.pool) ?? 0) + hold.amount);
  }
  const closed = new Set<PoolName>();
  const taken = new Set(fsrInUse);
  const granted: string[] = [];
  for (const request of requests) {
    const fits = request.needs.every(
      ({ pool, amount }) =>
        !closed.has(pool) && (used.get(pool) ?? 0) + amount <= (capacities[pool] ?? Number.POSITIVE_INFINITY),
    );
    if (!fits || (request.fsr !== undefined && taken.has(request.fsr))) {
      for (const { pool } of request.needs) if (capacities[pool] !== undefined) closed.add(pool);
      continue;
    }
    for (const { pool, amount } of request.needs) used.set(pool, (used.get(pool) ?? 0) + amount);
    if (request.fsr !== undefined) taken.add(request.fsr);
    granted.push(request.id);
  }
  return granted;
}
