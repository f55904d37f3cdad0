import type { DbInstanceSpec } from '../specs.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import type { Absorbed, Account, Course, Lost, MadeFrom, ThingSighting } from '../course.ts';
import { IDENTIFIER_LENGTH, shortened } from '../identities.ts';
import { progressed } from '../progress.ts';
import { pointInTime, pointOf } from '../recovery-points.ts';
import { settingsText } from '../settings-text.ts';
import type { Part, StrategyStep } from '../steps.ts';
import type { PlannedStrategy } from '../strategy.ts';

const NO_SETTING: ReadonlySet<string> = new Set(['from', 'engine']);

/** States from which no instance recovers. */
const LOST: ReadonlySet<string> = new Set([
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
const LEAVING: ReadonlySet<string> = new Set(['deleting', 'deleted']);
/** States with data but without connections: more storage, another group, or the key and a start fix them. */
const CURABLE: ReadonlySet<string> = new Set([
  'storage-full',
  'incompatible-parameters',
  'incompatible-option-group',
  'inaccessible-encryption-credentials-recoverable',
]);
/** States in which settings can be changed. */
const MODIFIABLE: ReadonlySet<string> = new Set([
  'available',
  'storage-optimization',
  'storage-initialization',
]);
/** States of an instance that holds no data yet. */
const BEGINNING: ReadonlySet<string> = new Set(['creating', 'restoring', 'pending']);
/** States in which an instance with data takes no connections; it comes out of them by itself, or is started. */
const PASSING: ReadonlySet<string> = new Set(['starting', 'rebooting', 'maintenance', 'stopping', 'stopped']);

function ailing(part: Part, ailment: string): Part {
  return { ...part, data: { ...part.data, ailment, modifiable: false } };
}

/** `ailment` is removed, not set to undefined: the row of a journal has no such value. */
function cured(part: Part, isModifiable: boolean): Part {
  const { ailment, modifiable = false, ...data } = part.data;
  if (ailment === undefined && modifiable === isModifiable) return part;
  return { ...part, data: { ...data, modifiable: isModifiable } };
}

function absorbInstance(part: Part, seen: ThingSighting, at: Instant): Absorbed | Lost | undefined {
  const { id, status, progress } = seen;
  if (LOST.has(status))
    return {
      reason: { code: 'went-to', data: { id, status } },
      ...(LEAVING.has(status) && { left: 'gone' as const }),
    };
  if (CURABLE.has(status) && part.data.acceptedAilment !== status)
    return { part: part.data.ailment === status ? part : ailing(part, status), ails: status };
  const isBefore = part.at.available === undefined;
  if (isBefore && BEGINNING.has(status)) return undefined;
  if (isBefore && PASSING.has(status))
    return part.data.ailment === status ? undefined : { part: ailing(part, status) };
  const usable = cured(part, MODIFIABLE.has(status));
  // Loading that was reported before and no longer is has finished.
  const isHydrated = progress === undefined ? part.data.progress !== undefined : progress >= 100;
  const told = progressed(usable, { isAvailable: true, isHydrated, progress }, at);
  return told ?? (usable === part ? undefined : { part: usable });
}

/** States in which an instance takes connections. It may be `modifying` before the reboot that ends a promotion. */
const SERVING: ReadonlySet<string> = new Set([...MODIFIABLE, 'backing-up']);

/** A promotion has ended when it replicates no more and takes connections again: it reboots on the way, and may be backed up then. */
function absorbPromotion(part: Part, { data, status }: ThingSighting, at: Instant): Part {
  const isPromoted = part.thing?.origin === 'existing' && data?.isReplica === false && SERVING.has(status);
  return isPromoted && part.at.promoted === undefined ? { ...part, at: { ...part.at, promoted: at } } : part;
}

/** Where no endpoint tells, background loading takes the time that the plan expects. */
function assumedAt(step: StrategyStep, part: Part): Instant | undefined {
  const { available } = part.at;
  if (step.until !== 'hydrated' || step.takes === null) return undefined;
  if (part.data.progress !== undefined || available === undefined) return undefined;
  return available + step.takes.p50Seconds * SECOND_MS;
}

/** @throws Error for a spec of another kind: a row of the journal was altered */
function instanceSpecOf({ spec }: PlannedStrategy): DbInstanceSpec {
  if (spec.kind !== 'dbInstance')
    throw new Error(`a DB instance cannot be restored from a spec of a '${spec.kind}'`);
  return spec;
}

/** A DB instance holds the data of the instant in its mark, whatever could be restored to by now. */
function startedFrom(
  strategy: PlannedStrategy,
  { pointAt: at }: MadeFrom,
  { source, copies, ...times }: Account,
): PlannedStrategy {
  const spec = instanceSpecOf(strategy);
  if (at === undefined || at === strategy.recoveryPoint.at) return strategy;
  const recoveryPoint = pointInTime(source, at, times);
  if ('restoreTime' in spec.from)
    return { ...strategy, recoveryPoint, spec: { ...spec, from: { ...spec.from, restoreTime: at } } };
  const snapshot = copies.dbSnapshots.find((one) => one.dbInstanceId === source && one.at === at);
  // The snapshot itself may be gone: its data are not.
  if (snapshot === undefined) return { ...strategy, recoveryPoint };
  const { id } = snapshot;
  return {
    ...strategy,
    recoveryPoint: pointOf(id, at, times),
    spec: { ...spec, from: { snapshotId: id } },
  };
}

/** A DB instance that a promotion relies on: it has to be a replica, and needs no backups of its own. */
export const REPLICA = 'dbReplica';

/** How DB instances go through a recovery. */
export const rdsInstanceCourse: Course = {
  kind: 'rds-instance',
  nouns: { dbInstance: 'DB instance', dbSnapshot: 'DB snapshot' },
  services: ['rds'],
  source: 'dbInstance',
  point: 'dbSnapshot',
  pointStates: {
    complete: new Set(['available']),
    lost: /^(failed|error|deleting|deleted|incompatible-.*|inaccessible-.*)$/,
  },
  backupOf(strategy) {
    const { from } = instanceSpecOf(strategy);
    if ('snapshotId' in from) return { type: 'dbSnapshot', id: from.snapshotId };
    return 'replicaId' in from
      ? { type: REPLICA, id: from.replicaId }
      : { type: 'dbInstance', id: from.sourceId };
  },
  startedFrom,
  looksBeforeMismatch: 15,
  marksInstant: true,
  // The identifier of a DB instance is its idempotency key: a new one for each generation, in characters that RDS accepts.
  identify({ stem, again }) {
    const clean = `${stem}${again}`
      .toLowerCase()
      .replace(/[^a-z0-9-]/g, '-')
      .replace(/-{2,}/g, '-');
    return { identity: shortened(/^[a-z]/.test(clean) ? clean : `r-${clean}`, IDENTIFIER_LENGTH) };
  },
  requestParts({ spec }) {
    const { from } = spec as DbInstanceSpec;
    return {
      operation: Object.keys(from).sort().join(' '),
      source: JSON.stringify(from),
      rate: '',
      settings: settingsText(spec, NO_SETTING),
    };
  },
  absorb(part, seen, { at }) {
    // A promotion has begun only once it was accepted: until then the replica is none of the run's concern.
    if (part.thing?.origin === 'existing' && part.at.made === undefined) return undefined;
    const told = absorbPromotion(part, seen, at);
    return absorbInstance(told, seen, at) ?? (told === part ? undefined : { part: told });
  },
  // While it is backed up, an instance takes no changes.
  gate: (_step, parts) => ({
    open: parts.filter(({ role, data }) => role === 'instance' && data.modifiable === true).length,
  }),
  assumedAt,
};
