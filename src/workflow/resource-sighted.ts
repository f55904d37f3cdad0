import type { Instant } from '../time.ts';
import { noCredits } from './credits.ts';
import { strategyOf, type Make, type ResourceContext } from './resource-context.ts';
import { changeMake, discard } from './resource-discard.ts';
import { absorbPoint } from './resource-protect.ts';
import type { DbInstanceSighting, FsrSighting, Sighting, VolumeSighting } from './sightings.ts';

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
/** Of these, the ones in which there will be nothing left. */
const DB_LEAVING = new Set(['deleting', 'deleted']);
/** RDS states in which settings can be changed. */
const DB_MODIFIABLE = new Set(['available', 'storage-optimization', 'storage-initialization']);
/** RDS states in which the instance takes no connections; it may come out of them. */
const DB_NOT_YET = new Set([
  'creating',
  'restoring',
  'pending',
  'starting',
  'rebooting',
  'maintenance',
  'stopping',
  'stopped',
  'inaccessible-encryption-credentials-recoverable',
]);

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
    return discard(context, make, `volume ${seen.id} was deleted by somebody else`, true);
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
    return discard(
      context,
      make,
      `DB instance ${seen.id} went to ${seen.status}`,
      DB_LEAVING.has(seen.status),
    );
  if (make.availableAt === undefined && DB_NOT_YET.has(seen.status)) return context;
  const modifiable = DB_MODIFIABLE.has(seen.status);
  // Loading that was seen and is no longer told of is over.
  const over = seen.progress === undefined ? make.progress !== undefined : seen.progress >= 100;
  const change: Partial<Make> = {
    ...(make.availableAt === undefined && { availableAt: at, progressAt: at }),
    ...(modifiable !== (make.modifiable ?? false) && { modifiable }),
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
  const isOff = seen.state === 'disabled' || seen.state === 'disabling';
  // What others had on is theirs to switch: it is not switched on again, only no longer counted on.
  const lost = fsr.wasOn && isOff && { exhausted: 'somebody else switched fast snapshot restore off' };
  return { ...context, fsr: { ...fsr, state: seen.state, ...enabled }, ...lost };
}

/** Takes one thing as it was seen. */
export function absorbSighting(context: ResourceContext, seen: Sighting, at: Instant): ResourceContext {
  if (seen.kind === 'claim') return context;
  if (seen.kind === 'fsr') return absorbFsr(context, seen, at);
  if (seen.kind === 'recoveryPoint') return absorbPoint(context, seen.id, seen, at);
  const make = context.makes.find((candidate) => candidate.id === seen.id);
  if (make === undefined) return context;
  return seen.kind === 'volume'
    ? absorbVolume(context, make, seen, at)
    : absorbDbInstance(context, make, seen, at);
}

/** Something that was made is no longer there. */
export function absorbGone(context: ResourceContext, id: string, at: Instant): ResourceContext {
  if (context.departing.some((thing) => thing.id === id))
    return { ...context, departing: context.departing.filter((thing) => thing.id !== id) };
  const make = context.makes.find((candidate) => candidate.id === id);
  return make === undefined
    ? absorbPoint(context, id, undefined, at)
    : discard(context, make, `${id} vanished`, true);
}
