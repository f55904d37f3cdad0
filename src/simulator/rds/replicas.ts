import type { PromoteReadReplicaCommandInput, PromoteReadReplicaCommandOutput } from '@aws-sdk/client-rds';
import { backingUp, durationQuantiles } from '../../facts/durations.ts';
import { DB_RETENTION_MOST_DAYS } from '../../facts/rds.ts';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { ailmentBy } from './ailments.ts';
import { existingDbInstance } from './arns.ts';
import { dbShape } from './instance-reads.ts';
import { dbDownSince, dbStatusAt } from '../model/db-instance-timeline.ts';
import { DB_PROMOTION_SECONDS, DB_PROMOTION_STUCK_FACTOR, DB_REBOOTING_MS } from '../model/rates.ts';
import type { DbInstanceRecord } from '../model/records.ts';
import { replicationAt } from '../model/replication.ts';
import { rdsFailure, rdsFault } from '../service/ec2-rds-errors.ts';
import type { Call } from '../service/operation.ts';
import type { WorldState } from '../state/state.ts';

const RETENTION_DAYS_DEFAULT = 1;

export function isReplica(state: WorldState, instance: DbInstanceRecord, now: Instant): boolean {
  return replicationAt(instance, state.dbInstances.get(instance.replicaOf ?? ''), now) !== undefined;
}

/** Not idempotent: a repeat finds the instance `modifying`, and later no replica. Nothing undoes it. */
export function promoteReadReplica(
  state: WorldState,
  input: PromoteReadReplicaCommandInput,
  call: Call,
): Omit<PromoteReadReplicaCommandOutput, '$metadata'> {
  const instance = existingDbInstance(state, input.DBInstanceIdentifier, call.now);
  const retentionDays = input.BackupRetentionPeriod ?? RETENTION_DAYS_DEFAULT;
  checkBackups(retentionDays, input.PreferredBackupWindow);
  if (!isReplica(state, instance, call.now))
    throw rdsFault('InvalidDBInstanceState', 'DB Instance is not a read replica.');
  if (dbStatusAt(instance, call.now) !== 'available')
    throw rdsFault('InvalidDBInstanceState', 'DB Instance is not in available state.');
  if (retentionDays === 0 && replicasOf(state, instance.id, call.now).length > 0) {
    throw rdsFailure(
      'InvalidParameterCombination',
      `BackupRetentionPeriod cannot be 0: ${instance.id} is the source of read replicas.`,
    );
  }
  const promoted = promotion(state, instance, {
    ...{ acceptedAt: call.now, startsAt: call.now, retentionDays, mayFail: true },
    backupWindow: input.PreferredBackupWindow,
  });
  state.dbInstances.put(promoted, call.now);
  return { DBInstance: dbShape(state, promoted, call.now) };
}

/** Replicas outlive their source: RDS promotes those in the same Region. ? Each keeps its own backup retention. */
export function promoteReplicasOf(state: WorldState, source: DbInstanceRecord, now: Instant): void {
  for (const replica of replicasOf(state, source.id, now)) {
    if (replica.deletedAt !== undefined || replica.promotion !== undefined) continue;
    const planned = replica.statuses.map(({ from }) => from);
    const promoted = promotion(state, replica, {
      ...{ acceptedAt: now, startsAt: Math.max(now, ...planned), mayFail: false },
      retentionDays: replica.settings.backupRetentionDays,
      backupWindow: replica.backupWindow,
    });
    state.dbInstances.put(promoted, now);
  }
}

/** Replicas that RDS counts to this instance, which may itself be a replica. */
function replicasOf(state: WorldState, id: string, now: Instant): DbInstanceRecord[] {
  return state.dbInstances
    .values()
    .filter(
      (other) =>
        other.replicaOf === id && dbStatusAt(other, now) !== undefined && isReplica(state, other, now),
    );
}

interface Promoting {
  readonly acceptedAt: Instant;
  /** When what was planned before is over. */
  readonly startsAt: Instant;
  readonly retentionDays: number;
  readonly backupWindow: string | undefined;
  readonly mayFail: boolean;
}

/** `modifying`, `rebooting`, perhaps `backing-up`, `available`. ? It stops being a replica when it reboots. */
function promotion(
  state: WorldState,
  instance: DbInstanceRecord,
  { acceptedAt, startsAt, retentionDays, backupWindow, mayFail }: Promoting,
): DbInstanceRecord {
  const source = state.dbInstances.get(instance.replicaOf ?? '');
  const dataAt = replicationAt(instance, source, acceptedAt)?.dataAt ?? acceptedAt;
  // One that is down is left as it is.
  if (dbDownSince(instance, acceptedAt) !== undefined)
    return { ...instance, promotion: { acceptedAt, detachesAt: acceptedAt, dataAt } };
  const key = `promotion/${instance.id}/${state.nth(`promotion/${instance.id}`)}`;
  const fails = mayFail && state.dice.makingFault(instance.id, key, ['failing']) !== undefined;
  const hangs = mayFail && !fails && state.dice.sticks('hanging', instance.id, key);
  const slowness = hangs ? DB_PROMOTION_STUCK_FACTOR : 1;
  const endsAt = startsAt + state.dice.from(DB_PROMOTION_SECONDS, key) * slowness * SECOND_MS;
  const rebootsAt = endsAt - state.dice.between(DB_REBOOTING_MS, `rebooting/${key}`);
  const before = [
    ...instance.statuses.filter(({ from }) => from < startsAt),
    { from: startsAt, status: 'modifying' },
  ];
  if (fails) return { ...instance, statuses: [...before, { from: rebootsAt, status: 'available' }] };
  const keepsBackups = retentionDays > 0;
  const backup = durationQuantiles(backingUp(instance.settings.storageGiB));
  const availableAt = keepsBackups ? endsAt + state.dice.from(backup, `backup/${key}`) * SECOND_MS : endsAt;
  const status = state.dice.strikes('ailing', `db/${key}`)
    ? ailmentBy(state.dice.draw(`ailment/${key}`))
    : 'available';
  return {
    ...instance,
    isGroupWaiting: false,
    settings: { ...instance.settings, backupRetentionDays: retentionDays },
    backupWindow,
    promotion: { acceptedAt, detachesAt: rebootsAt, dataAt },
    statuses: [
      ...before,
      { from: rebootsAt, status: 'rebooting' },
      ...(keepsBackups ? [{ from: endsAt, status: 'backing-up' }] : []),
      { from: availableAt, status },
    ],
    earliestRestorableTime: keepsBackups ? availableAt : undefined,
    latestRestorableTime: keepsBackups ? availableAt : undefined,
  };
}

const WINDOW = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/;
const WINDOW_LEAST_MINUTES = 30;
const DAY_MINUTES = 1_440;

function checkBackups(retentionDays: number, window: string | undefined): void {
  if (!Number.isInteger(retentionDays) || retentionDays < 0 || retentionDays > DB_RETENTION_MOST_DAYS) {
    throw rdsFailure(
      'InvalidParameterValue',
      `Invalid backup retention period: ${retentionDays}. 0 to ${DB_RETENTION_MOST_DAYS} days.`,
    );
  }
  if (window === undefined) return;
  const [, fromHour, fromMinute, toHour, toMinute] = WINDOW.exec(window) ?? [];
  const minutes = Number(toHour) * 60 + Number(toMinute) - Number(fromHour) * 60 - Number(fromMinute);
  const isLongEnough = (minutes + DAY_MINUTES) % DAY_MINUTES >= WINDOW_LEAST_MINUTES;
  if (!isLongEnough)
    throw rdsFailure(
      'InvalidParameterValue',
      `Invalid backup window: ${window}. Must be hh24:mi-hh24:mi, at least ${WINDOW_LEAST_MINUTES} minutes.`,
    );
}
