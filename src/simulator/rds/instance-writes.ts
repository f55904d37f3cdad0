import type {
  AddRoleToDBInstanceCommandInput,
  DeleteDBInstanceCommandInput,
  DeleteDBInstanceCommandOutput,
  ModifyDBInstanceCommandInput,
  ModifyDBInstanceCommandOutput,
  RebootDBInstanceCommandInput,
  RebootDBInstanceCommandOutput,
} from '@aws-sdk/client-rds';
import type { Instant } from '../../time.ts';
import { takesCure } from './ailments.ts';
import { existingDbInstance } from './arns.ts';
import { checkGroups, familiesOf } from './defaults.ts';
import { dbShape } from './instance-reads.ts';
import { keptOf } from './snapshot-writes.ts';
import { modificationOf } from './instance-settings.ts';
import { dbSettingsAt, dbStatusAt, dbTakesChanges, lateAfter } from '../model/db-instance-timeline.ts';
import { isReplica, promoteReplicasOf } from './replicas.ts';
import { rdsFailure, rdsFault } from '../service/ec2-rds-errors.ts';
import type { Call } from '../service/operation.ts';
import { DB_DELETING_MS, DB_MODIFYING_MS, DB_MODIFY_STARTS_MS, DB_REBOOTING_MS } from '../model/rates.ts';
import type { DbInstanceRecord } from '../model/records.ts';
import { dbSnapshotStatusAt } from '../model/snapshot-timeline.ts';
import type { WorldState } from '../state/state.ts';

type Answer<T> = Omit<T, '$metadata'>;

/** Accepted only while the instance is available. A request that changes nothing, or only the deletion protection, leaves the status as it is. */
export function modifyDbInstance(
  state: WorldState,
  input: ModifyDBInstanceCommandInput,
  call: Call,
): Answer<ModifyDBInstanceCommandOutput> {
  const instance = existingDbInstance(state, input.DBInstanceIdentifier, call.now);
  checkGroups(instance, input, familiesOf(state));
  const settings = dbSettingsAt(instance, call.now);
  const { atOnce, deferrable, late } = modificationOf(input, settings, instance.engine);
  const onlyProtection = Object.keys({ ...atOnce, ...deferrable, ...late }).every(
    (name) => name === 'deletionProtection',
  );
  const status = dbStatusAt(instance, call.now);
  const applied = input.ApplyImmediately === true ? { ...atOnce, ...deferrable } : atOnce;
  if (!dbTakesChanges(instance, call.now) && !takesCure(status, applied))
    throw rdsFault('InvalidDBInstanceState', `Database instance is not in available state: ${status}.`);
  const statuses =
    onlyProtection || Object.keys({ ...applied, ...late }).length === 0
      ? instance.statuses
      : modifying(state, instance, call);
  const changed: DbInstanceRecord = {
    ...instance,
    settings: { ...settings, ...applied },
    // In force when the instance is available again.
    late: [...lateAfter(instance, call.now), { from: statuses.at(-1)?.from ?? call.now, settings: late }],
    untold: instance.untold?.filter((name) => !(name in applied)),
    ...(atOnce.parameterGroup !== undefined && { isGroupWaiting: true }),
    pending: input.ApplyImmediately === true ? {} : { ...instance.pending, ...deferrable },
    statuses,
  };
  state.dbInstances.put(changed, call.now);
  return { DBInstance: dbShape(state, changed, call.now) };
}

/** Accepted only while the instance is available. A parameter group that was given to it is in force afterwards. */
export function rebootDbInstance(
  state: WorldState,
  input: RebootDBInstanceCommandInput,
  call: Call,
): Answer<RebootDBInstanceCommandOutput> {
  const instance = existingDbInstance(state, input.DBInstanceIdentifier, call.now);
  const status = dbStatusAt(instance, call.now);
  if (!dbTakesChanges(instance, call.now))
    throw rdsFault('InvalidDBInstanceState', `Database instance is not in available state: ${status}.`);
  const key = `${instance.id}/${call.now}`;
  const rebooted: DbInstanceRecord = {
    ...instance,
    isGroupWaiting: false,
    statuses: [
      ...instance.statuses.filter(({ from }) => from <= call.now),
      { from: call.now, status: 'rebooting' },
      { from: call.now + state.dice.between(DB_REBOOTING_MS, `rebooting/${key}`), status: 'available' },
    ],
  };
  state.dbInstances.put(rebooted, call.now);
  return { DBInstance: dbShape(state, rebooted, call.now) };
}

const ROLE_ASSOCIATING_MS = 60_000;

/** Accepted only while the instance is available. The role is PENDING for a while. ? How long no source tells; the status stays as it is. */
export function addRoleToDbInstance(
  state: WorldState,
  input: AddRoleToDBInstanceCommandInput,
  call: Call,
): object {
  const instance = existingDbInstance(state, input.DBInstanceIdentifier, call.now);
  const { RoleArn: role = '', FeatureName: feature = '' } = input;
  if (role === '') throw rdsFailure('MissingParameter', 'The request must contain the parameter RoleArn.');
  const status = dbStatusAt(instance, call.now);
  if (!dbTakesChanges(instance, call.now))
    throw rdsFault('InvalidDBInstanceState', `Database instance is not in available state: ${status}.`);
  const coming = lateAfter(instance, call.now);
  const settings = dbSettingsAt(instance, call.now);
  const roles = [settings, ...coming.map((one) => one.settings)].flatMap((one) => one.associatedRoles ?? []);
  if (roles.some((one) => one.role === role && (one.feature ?? '') === feature))
    throw rdsFault(
      'DBInstanceRoleAlreadyExists',
      `The role ${role} is already associated with ${instance.id}.`,
    );
  if (feature !== '' && roles.some((one) => one.feature === feature))
    throw rdsFailure('InvalidParameterValue', `The feature ${feature} already has a role on ${instance.id}.`);
  const all = [...roles, { role, ...(feature !== '' && { feature }) }];
  const next = { from: call.now + ROLE_ASSOCIATING_MS, settings: { associatedRoles: all } };
  state.dbInstances.put({ ...instance, settings, late: [...coming, next] }, call.now);
  return {};
}

/** The status turns a little later, and back when the last modification is done. */
function modifying(state: WorldState, instance: DbInstanceRecord, call: Call): DbInstanceRecord['statuses'] {
  const key = `${instance.id}/${call.now}/${state.nth(`modify/${instance.id}`)}`;
  const past = instance.statuses.filter(({ from }) => from <= call.now);
  const planned = instance.statuses.filter(({ from }) => from > call.now).map(({ from }) => from);
  const startsAt = call.now + state.dice.between(DB_MODIFY_STARTS_MS, `modifyStarts/${key}`);
  const endsAt = startsAt + state.dice.between(DB_MODIFYING_MS, `modifying/${key}`);
  return [
    ...past,
    { from: Math.min(startsAt, ...planned), status: 'modifying' },
    { from: Math.max(endsAt, ...planned), status: 'available' },
  ];
}

/** ? With SkipFinalSnapshot it is deleted in any status: otherwise one stuck in `creating` could never be removed. */
export function deleteDbInstance(
  state: WorldState,
  input: DeleteDBInstanceCommandInput,
  call: Call,
): Answer<DeleteDBInstanceCommandOutput> {
  const instance = existingDbInstance(state, input.DBInstanceIdentifier, call.now);
  const status = dbStatusAt(instance, call.now);
  if (status === 'deleting')
    throw rdsFault('InvalidDBInstanceState', `Instance ${instance.id} is already being deleted.`);
  if (instance.settings.deletionProtection) {
    throw rdsFailure(
      'InvalidParameterCombination',
      'Cannot delete protected DB Instance, please disable deletion protection and try again.',
    );
  }
  if (input.SkipFinalSnapshot !== true && isReplica(state, instance, call.now)) {
    throw rdsFailure(
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier can not be specified when deleting a replica instance',
    );
  }
  if (input.SkipFinalSnapshot !== true)
    takeFinalSnapshot(state, instance, input.FinalDBSnapshotIdentifier, call.now);
  const goneAt = call.now + state.dice.between(DB_DELETING_MS, `dbDeleting/${instance.id}/${call.now}`);
  const deleted: DbInstanceRecord = {
    ...instance,
    statuses: [
      ...instance.statuses.filter(({ from }) => from <= call.now),
      { from: call.now, status: 'deleting' },
    ],
    deletedAt: call.now,
    goneAt: Math.min(goneAt, instance.goneAt ?? goneAt),
  };
  state.dbInstances.put(deleted, call.now);
  promoteReplicasOf(state, deleted, call.now);
  return { DBInstance: dbShape(state, deleted, call.now) };
}

function takeFinalSnapshot(
  state: WorldState,
  instance: DbInstanceRecord,
  id: string | undefined,
  now: Instant,
): void {
  if (id === undefined) {
    throw rdsFailure(
      'InvalidParameterCombination',
      'FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
    );
  }
  if (!dbTakesChanges(instance, now)) {
    throw rdsFault(
      'InvalidDBInstanceState',
      `Instance ${instance.id} is ${dbStatusAt(instance, now)}: no final snapshot can be taken.`,
    );
  }
  const present = state.dbSnapshots.get(id);
  if (present !== undefined && dbSnapshotStatusAt(present, now) !== undefined)
    throw rdsFault('DBSnapshotAlreadyExists', `DBSnapshot ${id} already exists.`);
  const snapshot = { ...keptOf(instance), tags: instance.tags };
  state.dbSnapshots.put(
    {
      ...snapshot,
      ...{ id, dbInstanceId: instance.id, at: now, state: 'available', source: 'manual' },
      course: { endsAt: now, endsAs: 'available' },
    },
    now,
  );
}
