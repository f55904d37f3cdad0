import type {
  CreateDBInstanceCommandInput,
  CreateDBInstanceCommandOutput,
  RestoreDBInstanceFromDBSnapshotCommandInput,
  RestoreDBInstanceFromDBSnapshotCommandOutput,
  RestoreDBInstanceToPointInTimeCommandInput,
  RestoreDBInstanceToPointInTimeCommandOutput,
} from '@aws-sdk/client-rds';
import type { Quantiles } from '../../facts/distribution.ts';
import { backingUp, durationQuantiles, LOG_REPLAY_SPEEDUP, logSecondsBefore } from '../../facts/durations.ts';
import { MINUTE_MS, SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { restoredSettings } from './instance-settings.ts';
import type { RestoreInput, RestoreSource } from './instance-settings.ts';
import { ailmentBy, differing, inheritedAilment } from './ailments.ts';
import { defaultParameterGroup } from '../../facts/default-groups.ts';
import { DEFAULT_VERSIONS } from './defaults.ts';
import { dbShape } from './instance-reads.ts';
import { dbStatusAt, latestRestorableAt } from '../model/db-instance-timeline.ts';
import { rdsFailure, rdsFault } from '../service/ec2-rds-errors.ts';
import type { Call } from '../service/operation.ts';
import {
  DB_LOADING_MIBPS,
  DB_RESTORE_FROM_SNAPSHOT_SECONDS,
  DB_RESTORE_TO_POINT_IN_TIME_SECONDS,
} from '../model/rates.ts';
import { existingDbSnapshot } from './arns.ts';
import type { DbInstanceRecord, DbSnapshotRecord, DbOrigin } from '../model/records.ts';
import { dbSnapshotStatusAt } from '../model/snapshot-timeline.ts';
import type { WorldState } from '../state/state.ts';
import { mergeTags, RDS_TAGS, specifiedTags } from '../service/tags.ts';

type Answer<T> = Omit<T, '$metadata'>;

/** Not idempotent: a repeat finds the identifier taken. */
export function restoreFromSnapshot(
  state: WorldState,
  input: RestoreDBInstanceFromDBSnapshotCommandInput,
  call: Call,
): Answer<RestoreDBInstanceFromDBSnapshotCommandOutput> {
  const snapshotId = input.DBSnapshotIdentifier;
  if (snapshotId === undefined)
    throw rdsFailure('InvalidParameterCombination', 'DBSnapshotIdentifier must be given.');
  const id = newIdentifier(state, input.DBInstanceIdentifier, call.now);
  const snapshot = existingDbSnapshot(state, snapshotId, call.now);
  const status = dbSnapshotStatusAt(snapshot, call.now);
  if (status !== 'available')
    throw rdsFault('InvalidDBSnapshotState', `DBSnapshot ${snapshotId} is not available: ${status}.`);
  const source: RestoreSource = {
    ...snapshot,
    origin: { kind: 'snapshot', id: snapshotId, dataAt: snapshot.at },
    instance: state.dbInstances.get(snapshot.dbInstanceId.toLowerCase()),
  };
  return {
    DBInstance: dbShape(
      state,
      restore(state, id, input, source, DB_RESTORE_FROM_SNAPSHOT_SECONDS, call),
      call.now,
    ),
  };
}

/** From the automated backups of an instance that still exists. */
export function restoreToPointInTime(
  state: WorldState,
  input: RestoreDBInstanceToPointInTimeCommandInput,
  call: Call,
): Answer<RestoreDBInstanceToPointInTimeCommandOutput> {
  const id = newIdentifier(state, input.TargetDBInstanceIdentifier, call.now);
  const sourceId = input.SourceDBInstanceIdentifier?.toLowerCase() ?? '';
  const instance = state.dbInstances.get(sourceId);
  if (instance === undefined || dbStatusAt(instance, call.now) === undefined) {
    throw rdsFault('DBInstanceNotFound', `DBInstance ${sourceId} not found.`);
  }
  const dataAt = chosenTime(instance, input, call.now);
  const source: RestoreSource = {
    ...instance,
    instance,
    engineVersion: versionAt(state, instance, dataAt),
    storageGiB: instance.settings.storageGiB,
    origin: { kind: 'pointInTime', id: sourceId, dataAt },
  };
  return {
    DBInstance: dbShape(
      state,
      restore(state, id, input, source, DB_RESTORE_TO_POINT_IN_TIME_SECONDS, call),
      call.now,
    ),
  };
}

/** An empty instance: there is nothing to load. ? It takes as long as the restore of a snapshot. */
export function createDbInstance(
  state: WorldState,
  input: CreateDBInstanceCommandInput,
  call: Call,
): Answer<CreateDBInstanceCommandOutput> {
  const { Engine: engine = '', DBInstanceClass, AllocatedStorage: storageGiB = 0 } = input;
  for (const [name, value] of Object.entries({ Engine: engine, DBInstanceClass }))
    if (value === undefined || value === '')
      throw rdsFailure('MissingParameter', `The request must contain the parameter ${name}.`);
  const id = newIdentifier(state, input.DBInstanceIdentifier, call.now);
  const engineVersion = input.EngineVersion ?? DEFAULT_VERSIONS[engine];
  if (engineVersion === undefined)
    throw rdsFailure('InvalidParameterValue', `Invalid DB engine for a simulated instance: ${engine}`);
  const source: RestoreSource = {
    ...{ engine, engineVersion, storageGiB, instance: undefined },
    ...{ encrypted: input.StorageEncrypted ?? false, kmsKeyId: input.KmsKeyId, tags: {} },
    origin: { kind: 'new', id, dataAt: call.now },
  };
  const made = restore(state, id, input, source, DB_RESTORE_FROM_SNAPSHOT_SECONDS, call);
  return { DBInstance: dbShape(state, made, call.now) };
}

/** Of before an upgrade: that of the last snapshot until then. */
function versionAt(state: WorldState, { id, engineVersion }: DbInstanceRecord, at: Instant): string {
  const last = state.dbSnapshots
    .values()
    .filter((snapshot) => snapshot.dbInstanceId.toLowerCase() === id && snapshot.at <= at)
    .reduce<DbSnapshotRecord | undefined>(
      (newest, one) => (one.at > (newest?.at ?? -1) ? one : newest),
      undefined,
    );
  return last?.engineVersion ?? engineVersion;
}

function chosenTime(
  instance: DbInstanceRecord,
  input: RestoreDBInstanceToPointInTimeCommandInput,
  now: Instant,
): Instant {
  const latest = latestRestorableAt(instance, now);
  if (latest === undefined) {
    throw rdsFault(
      'PointInTimeRestoreNotEnabled',
      `Point in time restore is not enabled for ${instance.id}: it keeps no backups.`,
    );
  }
  const at = input.RestoreTime?.getTime();
  if ((at === undefined) === (input.UseLatestRestorableTime !== true)) {
    throw rdsFailure('InvalidParameterCombination', 'Give either RestoreTime or UseLatestRestorableTime.');
  }
  if (at === undefined) return latest;
  if (at > latest || at < (instance.earliestRestorableTime ?? at)) {
    throw rdsFault(
      'InvalidRestoreFault',
      `The specified time is outside the restorable window of ${instance.id}.`,
    );
  }
  return at;
}

/** RDS stores identifiers in lower case, and compares them so. */
function newIdentifier(state: WorldState, given: string | undefined, now: Instant): string {
  const id = (given ?? '').toLowerCase();
  if (!/^[a-z](?!.*--)[a-z0-9-]{0,62}$/.test(id) || id.endsWith('-')) {
    throw rdsFailure(
      'InvalidParameterValue',
      `The parameter DBInstanceIdentifier is not a valid identifier: '${given ?? ''}'. 1 to 63 letters, digits and single hyphens, beginning with a letter.`,
    );
  }
  const present = state.dbInstances.get(id);
  if (present !== undefined && dbStatusAt(present, now) !== undefined) {
    throw rdsFault('DBInstanceAlreadyExists', 'DB instance already exists');
  }
  return id;
}

function restore(
  state: WorldState,
  id: string,
  input: RestoreInput,
  source: RestoreSource,
  duration: Quantiles,
  call: Call,
): DbInstanceRecord {
  const asked = restoredSettings(state, id, input, source);
  const given = [...(input.Tags ?? []), ...specifiedTags(input.TagSpecifications, 'db-instance')];
  // A restore without tags of its own inherits those of its source; one with tags gets only these.
  const tags = given.length === 0 ? source.tags : mergeTags({}, given, RDS_TAGS);
  checkInstanceQuota(state, call.now);
  if (source.encrypted && !state.keyIsUsable(source.kmsKeyId)) {
    throw rdsFault(
      'KMSKeyNotAccessibleFault',
      `The KMS key ${source.kmsKeyId} is not accessible: check its state.`,
    );
  }
  if (call.strikes('capacity')) {
    throw rdsFault('InsufficientDBInstanceCapacity', `There is not enough capacity for ${asked.class} now.`);
  }
  const { engine, engineVersion, encrypted, kmsKeyId, origin } = source;
  const key = `${id}/${state.nth(`restore/${id}`)}`;
  const settings = state.dice.strikes('differing', `db/${key}`)
    ? differing(asked, defaultParameterGroup(engine, engineVersion))
    : asked;
  const ailment = state.dice.strikes('ailing', `db/${key}`)
    ? ailmentBy(state.dice.draw(`ailment/${key}`))
    : inheritedAilment(source.instance, settings, call.now);
  const course = courseOf(state, { settings, ailment, origin, duration, key }, call.now);
  const instance: DbInstanceRecord = {
    ...{ id, engine, engineVersion, encrypted, kmsKeyId, origin, settings, tags },
    ...course,
    pending: {},
    createdAt: call.now,
    fromInventory: false,
  };
  state.dbInstances.put(instance, call.now);
  state.ledger.noteUse('dbInstances', state.dbInstancesInUse(call.now));
  return instance;
}

function checkInstanceQuota(state: WorldState, now: Instant): void {
  const limit = state.account.quotas.dbInstances;
  if (limit === undefined || state.dbInstancesInUse(now) < limit) return;
  state.ledger.noteRefusal('dbInstances');
  throw rdsFault('InstanceQuotaExceeded', `This account may have ${limit} DB instances in this Region.`);
}

type Course = Pick<
  DbInstanceRecord,
  'statuses' | 'loading' | 'goneAt' | 'earliestRestorableTime' | 'latestRestorableTime'
>;

interface Making {
  readonly settings: DbInstanceRecord['settings'];
  /** Its status once it is made, where that is not `available`. */
  readonly ailment: string | undefined;
  readonly origin: DbOrigin;
  readonly duration: Quantiles;
  readonly key: string;
}

/** Its future: `creating`, perhaps `backing-up`, `available`; or one fault. Loading goes on in the background from the end of `creating`. */
function courseOf(
  state: WorldState,
  { settings, ailment, origin, duration, key }: Making,
  now: Instant,
): Course {
  const creating = { from: now, status: 'creating' };
  const replaySeconds = logSecondsOf(state, origin) / state.dice.from(LOG_REPLAY_SPEEDUP, `replaying/${key}`);
  const createdAt = now + (state.dice.from(duration, `restoring/${key}`) + replaySeconds) * SECOND_MS;
  const fault = state.dice.makingFault(origin.id, `db/${key}`);
  const later = state.dice.draw(`later/${key}`);
  if (fault === 'stuckCreating') return { statuses: [creating] };
  if (fault === 'failing') {
    return {
      statuses: [creating, { from: createdAt, status: later < 0.5 ? 'incompatible-restore' : 'failed' }],
    };
  }
  const keepsBackups = settings.backupRetentionDays > 0;
  const backupMs =
    state.dice.from(durationQuantiles(backingUp(settings.storageGiB)), `backup/${key}`) * SECOND_MS;
  const availableAt = keepsBackups ? createdAt + backupMs : createdAt;
  return {
    statuses: [
      creating,
      ...(keepsBackups ? [{ from: createdAt, status: 'backing-up' }] : []),
      { from: availableAt, status: ailment ?? 'available' },
    ],
    ...(origin.kind !== 'new' && {
      loading: {
        from: createdAt,
        sizeGiB: settings.storageGiB,
        rateMiBps: state.dice.from(DB_LOADING_MIBPS, `loading/${key}`),
        ...(fault === 'stalledHydration' ? { stallsAtPercent: Math.floor(later * 99) } : {}),
      },
    }),
    ...(fault === 'vanishing' ? { goneAt: now + 2 * MINUTE_MS + later * (availableAt - now) } : {}),
    ...(keepsBackups ? { earliestRestorableTime: availableAt, latestRestorableTime: availableAt } : {}),
  };
}

/** Logs that a restore to a point in time replays. */
function logSecondsOf(state: WorldState, { kind, id, dataAt }: DbOrigin): number {
  if (kind !== 'pointInTime') return 0;
  const backups = state.dbSnapshots
    .values()
    .filter(({ source, dbInstanceId }) => source === 'automated' && dbInstanceId.toLowerCase() === id);
  return logSecondsBefore(
    dataAt,
    backups.map(({ at }) => at),
    state.dbInstances.get(id)?.earliestRestorableTime,
  );
}
