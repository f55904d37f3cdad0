import type {
  CreateDBSnapshotCommandInput,
  CreateDBSnapshotCommandOutput,
  DeleteDBSnapshotCommandInput,
  DeleteDBSnapshotCommandOutput,
} from '@aws-sdk/client-rds';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { dbSnapshotShape } from './snapshot-reads.ts';
import { dbStatusAt, dbTakesChanges } from '../model/db-instance-timeline.ts';
import { rdsFailure, rdsFault } from '../service/ec2-rds-errors.ts';
import type { Call } from '../service/operation.ts';
import { DB_SNAPSHOT_STARTING_SECONDS, DB_SNAPSHOT_UPLOAD_MIBPS } from '../model/rates.ts';
import { existingDbInstance, existingDbSnapshot } from './arns.ts';
import type { DbInstanceRecord, DbSnapshotRecord, SnapshotCourse } from '../model/records.ts';
import { dbSnapshotStatusAt } from '../model/snapshot-timeline.ts';
import type { WorldState } from '../state/state.ts';
import { mergeTags, RDS_TAGS } from '../service/tags.ts';

/** Not idempotent: a repeat finds the identifier taken. The instance is `backing-up` until it is done. */
export function createDbSnapshot(
  state: WorldState,
  input: CreateDBSnapshotCommandInput,
  call: Call,
): Omit<CreateDBSnapshotCommandOutput, '$metadata'> {
  const id = newSnapshotIdentifier(state, input.DBSnapshotIdentifier, call.now);
  const instance = existingDbInstance(state, input.DBInstanceIdentifier, call.now);
  if (!dbTakesChanges(instance, call.now)) {
    throw rdsFault(
      'InvalidDBInstanceState',
      `Cannot create a snapshot because the database instance ${instance.id} is not in available state: ${dbStatusAt(instance, call.now)}.`,
    );
  }
  const tags = mergeTags({}, input.Tags, RDS_TAGS);
  const course = courseOf(state, instance, `dbSnapshot/${id}/${state.nth(`dbSnapshot/${id}`)}`, call.now);
  const snapshot: DbSnapshotRecord = {
    ...keptOf(instance),
    ...{ id, tags, course },
    dbInstanceId: instance.id,
    at: call.now,
    state: 'creating',
    source: 'manual',
  };
  state.dbSnapshots.put(snapshot, call.now);
  state.dbInstances.put({ ...instance, statuses: backingUp(instance, call.now, course.endsAt) }, call.now);
  return { DBSnapshot: dbSnapshotShape(state, snapshot, call.now) };
}

/** What a snapshot knows of its instance. */
export function keptOf({
  engine,
  engineVersion,
  encrypted,
  kmsKeyId,
  settings: { storageGiB, storageType, iops, throughputMiBps, port, optionGroup },
}: DbInstanceRecord) {
  return {
    ...{ engine, engineVersion, encrypted, kmsKeyId },
    ...{ storageGiB, storageType, iops, throughputMiBps, port, optionGroup },
  };
}

/** RDS stores identifiers in lower case, and compares them so. */
function newSnapshotIdentifier(state: WorldState, given: string | undefined, now: Instant): string {
  const id = (given ?? '').toLowerCase();
  if (!/^[a-z](?!.*--)[a-z0-9-]{0,254}$/.test(id) || id.endsWith('-')) {
    throw rdsFailure(
      'InvalidParameterValue',
      `The parameter DBSnapshotIdentifier is not a valid identifier: '${given ?? ''}'. 1 to 255 letters, digits and single hyphens, beginning with a letter.`,
    );
  }
  const present = state.dbSnapshots.get(id);
  if (present !== undefined && dbSnapshotStatusAt(present, now) !== undefined) {
    throw rdsFault(
      'DBSnapshotAlreadyExists',
      `Cannot create the snapshot because a snapshot with the identifier ${id} already exists.`,
    );
  }
  return id;
}

/** A failing one counts against the faults that its instance meets. */
function courseOf(state: WorldState, instance: DbInstanceRecord, key: string, now: Instant): SnapshotCourse {
  const startingSeconds = state.dice.from(DB_SNAPSHOT_STARTING_SECONDS, `starting/${key}`);
  const rateMiBps = state.dice.from(DB_SNAPSHOT_UPLOAD_MIBPS, `upload/${key}`);
  const endsAt = now + (startingSeconds + (instance.settings.storageGiB * 1024) / rateMiBps) * SECOND_MS;
  const fails = state.dice.makingFault(instance.id, key, ['failing']) !== undefined;
  return { endsAt, endsAs: fails ? 'failed' : 'available' };
}

/** What was still to come (a modification that has not begun) is over by the time it is available again. */
function backingUp(instance: DbInstanceRecord, now: Instant, endsAt: Instant): DbInstanceRecord['statuses'] {
  const planned = instance.statuses.filter(({ from }) => from > now).map(({ from }) => from);
  return [
    ...instance.statuses.filter(({ from }) => from <= now),
    { from: now, status: 'backing-up' },
    { from: Math.max(endsAt, ...planned), status: 'available' },
  ];
}

/** Only manual snapshots: automated ones are deleted with their instance. */
export function deleteDbSnapshot(
  state: WorldState,
  input: DeleteDBSnapshotCommandInput,
  call: Call,
): Omit<DeleteDBSnapshotCommandOutput, '$metadata'> {
  const snapshot = existingDbSnapshot(state, input.DBSnapshotIdentifier ?? '', call.now);
  const status = dbSnapshotStatusAt(snapshot, call.now);
  if (snapshot.source !== 'manual')
    throw rdsFault('InvalidDBSnapshotState', `DBSnapshot ${snapshot.id} is ${snapshot.source}, not manual.`);
  if (status !== 'available' && status !== 'failed')
    throw rdsFault('InvalidDBSnapshotState', `DBSnapshot ${snapshot.id} is not available: ${status}.`);
  const deleted = { ...snapshot, deletedAt: call.now };
  state.dbSnapshots.put(deleted, call.now);
  return { DBSnapshot: dbSnapshotShape(state, deleted, call.now) };
}
