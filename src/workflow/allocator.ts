import type { PoolName, PoolUse } from '../plan/types.ts';
import { FSR_DISABLING_SECONDS } from '../facts/ebs.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import { rateTailOf } from './resource-absorb.ts';
import { isMissing, strategyOf, type ResourceContext } from './resource-context.ts';
import type { ResourceState } from './resource-machine.ts';

/** What a resource holds of a pool now. */
export interface Hold {
  readonly pool: PoolName;
  readonly amount: number;
  /** Held until then; absent: until its row says otherwise. */
  readonly until?: Instant;
}

/** Fast snapshot restore belongs to a snapshot in a zone, not to a resource: only one may use it at a time. */
export function fsrKey(target: { readonly snapshotId: string; readonly zone: string }): string {
  return `${target.snapshotId}@${target.zone}`;
}

const RATE: PoolName = 'provisionedInitMiBps';
const FSR: PoolName = 'fsrSnapshots';

/** Provisioned initialisation in use: full size / rate from creation, also for what was thrown away since. Not read off a status that may be minutes old. */
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
    else if (isGranted && isMissing(make)) holds.push({ pool: RATE, amount: rateMiBps });
  }
  return holds;
}

/** Things that exist or may exist, against quotas that count things (instances, storage). */
function existenceHolds(context: ResourceContext, isGranted: boolean): Hold[] {
  const copies =
    context.makes.filter((make) => !isMissing(make) || isGranted).length +
    context.discarded.length +
    context.departing.length;
  return strategyOf(context)
    .uses.filter((use) => use.until === 'never')
    .map((use) => ({ pool: use.pool, amount: (use.amount * copies) / context.spec.copies }));
}

/** All that a resource holds, derived from its row alone: nothing else has to be kept, or can disagree. */
export function holdsOf(context: ResourceContext, state: ResourceState): readonly Hold[] {
  if (context.spec.strategies.length === 0) return [];
  const isGranted =
    state === 'accelerating' ||
    state === 'restoring' ||
    state === 'warming' ||
    state === 'verifying' ||
    state === 'ready';
  return [...rateHolds(context, isGranted), ...existenceHolds(context, isGranted), ...fsrHolds(context)];
}

/** The slot is free again only some time after it was switched off. */
function fsrHolds({ fsr }: ResourceContext): Hold[] {
  if (fsr === undefined || fsr.wasOn) return [];
  if (!fsr.released) return [{ pool: FSR, amount: 1 }];
  return fsr.releasedAt === undefined
    ? []
    : [{ pool: FSR, amount: 1, until: fsr.releasedAt + FSR_DISABLING_SECONDS * SECOND_MS }];
}

/** What a queued resource needs for the copies that are missing. */
export function needsOf(
  context: ResourceContext,
  fsrWasOn: boolean,
): readonly { readonly pool: PoolName; readonly amount: number }[] {
  const strategy = strategyOf(context);
  const missing = context.makes.filter(isMissing).length / context.spec.copies;
  return strategy.uses
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
 * Who may start now: in the given order of priority, as far as the pools have room. A resource that does not fit closes
 * its pools to those after it, so that a large one is not overtaken for ever.
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
