import { fsrKey } from '../../facts/ebs.ts';
import type { FsrState } from '../../inventory/schema.ts';
import { kindOf, thingsOf } from '../../kinds/sources.ts';
import type { Instant } from '../../time.ts';
import { noCredits } from './fsr-credits.ts';
import { strategyOf, type Make, type ResourceContext } from './resource-context.ts';
import { changeMake, discard, supersede } from './resource-discard.ts';
import { halt, isAmong, statusDifference } from './resource-halt.ts';
import { absorbPoint } from './resource-protect.ts';
import type { ThingSighting } from '../base/sightings.ts';

/** RDS states from which no instance recovers. */
const DB_LOST = new Set([
  'failed',
  'incompatible-network',
  'incompatible-restore',
  'inaccessible-encryption-credentials',
  'insufficient-capacity',
  'restore-error',
  'deleting',
  'deleted',
]);
/** Of these, the states that end in deletion. */
const DB_LEAVING = new Set(['deleting', 'deleted']);
/** RDS states with data but without connections: more storage, another group, or the key and a start fix them. */
const DB_CURABLE = new Set([
  'storage-full',
  'incompatible-parameters',
  'incompatible-option-group',
  'inaccessible-encryption-credentials-recoverable',
]);
/** RDS states in which settings can be changed. */
const DB_MODIFIABLE = new Set(['available', 'storage-optimization', 'storage-initialization']);
/** RDS states of an instance that holds no data yet. */
const DB_BEGINNING = new Set(['creating', 'restoring', 'pending']);
/** RDS states in which an instance with data takes no connections; it comes out of them by itself, or is started. */
const DB_PASSING = new Set(['starting', 'rebooting', 'maintenance', 'stopping', 'stopped']);

function progressed(make: Make, progress: number | undefined, at: Instant): Partial<Make> {
  return progress === undefined || progress <= (make.progress ?? -1) ? {} : { progress, progressAt: at };
}

function absorbVolume(
  context: ResourceContext,
  make: Make,
  seen: ThingSighting,
  at: Instant,
): ResourceContext {
  if (seen.status === 'error')
    return discard(context, make, { code: 'went-to', data: { id: seen.id, status: seen.status } });
  if (seen.status === 'deleting' || seen.status === 'deleted')
    return discard(context, make, { code: 'deleted-elsewhere', data: { id: seen.id } }, true);
  // An unknown state counts neither as usable nor as lost.
  if (seen.status !== 'available' && seen.status !== 'in-use') return context;
  const fastRestored = seen.data?.['fastRestored'];
  const { name } = strategyOf(context);
  if (name === 'fsr' && make.hydratedAt === undefined && fastRestored === false) {
    const lost = supersede(context, make, { code: 'fsr-without-credit', data: { id: seen.id } });
    return lost.fsr === undefined ? lost : { ...lost, fsr: noCredits(lost.fsr, at) };
  }
  const hydrated = name === 'fsr' ? fastRestored === true || seen.progress === 100 : seen.progress === 100;
  const change: Partial<Make> = {
    ...(make.availableAt === undefined && { availableAt: at, progressAt: at }),
    ...progressed(make, seen.progress, at),
    ...(hydrated && make.hydratedAt === undefined && { hydratedAt: at, progress: 100 }),
  };
  return Object.keys(change).length === 0 ? context : changeMake(context, make.copy, change);
}

function ailing(context: ResourceContext, make: Make, ailment: string): ResourceContext {
  return changeMake(context, make.copy, { ailment, ...(make.modifiable === true && { modifiable: false }) });
}

function absorbDbInstance(
  context: ResourceContext,
  make: Make,
  seen: ThingSighting,
  at: Instant,
): ResourceContext {
  if (DB_LOST.has(seen.status))
    return discard(
      context,
      make,
      { code: 'went-to', data: { id: seen.id, status: seen.status } },
      DB_LEAVING.has(seen.status),
    );
  if (DB_CURABLE.has(seen.status) && make.acceptedAilment !== seen.status) {
    const difference = statusDifference(seen.id, seen.status);
    return isAmong(context.halt?.differences ?? [], difference)
      ? context
      : halt(ailing(context, make, seen.status), [difference], at);
  }
  if (make.availableAt === undefined && DB_BEGINNING.has(seen.status)) return context;
  if (make.availableAt === undefined && DB_PASSING.has(seen.status))
    return make.ailment === seen.status ? context : ailing(context, make, seen.status);
  const modifiable = DB_MODIFIABLE.has(seen.status);
  // Loading that was reported before and no longer is has finished.
  const over = seen.progress === undefined ? make.progress !== undefined : seen.progress >= 100;
  const change: Partial<Make> = {
    ...(make.availableAt === undefined && { availableAt: at, progressAt: at }),
    ...(modifiable !== (make.modifiable ?? false) && { modifiable }),
    ...(make.ailment !== undefined && { ailment: undefined }),
    ...progressed(make, seen.progress, at),
    ...(over && make.hydratedAt === undefined && { hydratedAt: at, progress: 100 }),
  };
  return Object.keys(change).length === 0 ? context : changeMake(context, make.copy, change);
}

function absorbFsr(context: ResourceContext, seen: ThingSighting, at: Instant): ResourceContext {
  const { fsr } = context;
  if (
    fsr === undefined ||
    fsr.released ||
    fsrKey({ snapshotId: fsr.snapshotId, zone: fsr.zone }) !== seen.id ||
    fsr.state === seen.status
  )
    return context;
  const state = seen.status as FsrState;
  const told = seen.data?.['enabledAt'];
  const since = typeof told === 'number' ? told : at;
  const enabled = state === 'enabled' && { enabledAt: since, creditsAsOf: since };
  const isOff = state === 'disabled' || state === 'disabling';
  // Fast snapshot restore enabled by other users is theirs to switch: the run does not enable it again, and no longer relies on it.
  const lost = fsr.wasOn && isOff && { exhausted: { code: 'fsr-switched-off' as const, data: {} } };
  return { ...context, fsr: { ...fsr, state, ...enabled }, ...lost };
}

/** Applies one sighting. */
export function absorbSighting(context: ResourceContext, seen: ThingSighting, at: Instant): ResourceContext {
  if (seen.type === 'fsr') return absorbFsr(context, seen, at);
  if (seen.type === thingsOf(kindOf(context.spec)).point) return absorbPoint(context, seen.id, seen, at);
  const make = context.makes.find((candidate) => candidate.id === seen.id);
  if (make === undefined) return context;
  return seen.type === 'volume'
    ? absorbVolume(context, make, seen, at)
    : absorbDbInstance(context, make, seen, at);
}

/** A thing that was made no longer exists. */
export function absorbGone(context: ResourceContext, id: string, at: Instant): ResourceContext {
  if (context.departing.some((thing) => thing.id === id))
    return { ...context, departing: context.departing.filter((thing) => thing.id !== id) };
  const make = context.makes.find((candidate) => candidate.id === id);
  return make === undefined
    ? absorbPoint(context, id, undefined, at)
    : discard(context, make, { code: 'vanished', data: { id } }, true);
}
