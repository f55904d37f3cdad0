import type {
  ModifyDBInstanceCommandInput,
  RestoreDBInstanceFromDBSnapshotCommandInput,
  RestoreDBInstanceToPointInTimeCommandInput,
} from '@aws-sdk/client-rds';
import { defaultOptionGroup, defaultParameterGroup } from '../../facts/default-groups.ts';
import {
  checkGroups,
  familiesOf,
  DEFAULT_SECURITY_GROUP,
  DEFAULT_SUBNET_GROUP,
  defaultPort,
  defaultPublicAccess,
} from './defaults.ts';
import { DB_MONITORING_INTERVALS_SECONDS, DB_PORTS, DB_RETENTION_MOST_DAYS } from '../../facts/rds.ts';
import { dbStorageFault } from '../../facts/storage-rules.ts';
import type { DbStorageShape } from '../../facts/storage-rules.ts';
import { rdsFailure } from '../service/ec2-rds-errors.ts';
import type { DbInstanceRecord, DbKeptSettings, DbOrigin, DbSettings, Tags } from '../model/records.ts';
import { checkModified, checkRestored } from './kept-rules.ts';
import { modifiedKeptSettings, restoredKeptSettings } from './kept-settings.ts';
import type { WorldState } from '../state/state.ts';

/** What both restores take. */
export type RestoreInput = Pick<
  RestoreDBInstanceFromDBSnapshotCommandInput & RestoreDBInstanceToPointInTimeCommandInput,
  keyof RestoreDBInstanceFromDBSnapshotCommandInput & keyof RestoreDBInstanceToPointInTimeCommandInput
>;

/** What is restored: a snapshot, or an instance at a point in time. */
export interface RestoreSource {
  readonly engine: string;
  readonly engineVersion: string;
  readonly storageGiB: number;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string | undefined;
  readonly origin: DbOrigin;
  readonly tags: Tags;
  /** The instance it came from, if that still exists. */
  readonly instance: DbInstanceRecord | undefined;
}

const RETENTION_DAYS_DEFAULT = 1;
const CLASS_DEFAULT = 'db.m6g.large';

/**
 * The settings of a restored instance. Class, port, storage and backup retention come from the source; whatever else the request leaves out is
 * lost: it gets the default of RDS, not the value of the source.
 *
 * @throws RDSServiceException InvalidParameterValue, InvalidParameterCombination
 */
export function restoredSettings(
  state: WorldState,
  id: string,
  input: RestoreInput,
  source: RestoreSource,
): DbSettings {
  const { engine, engineVersion } = source;
  checkGroups(source, input, familiesOf(state));
  if (input.MultiAZ === true && input.AvailabilityZone !== undefined) {
    throw rdsFailure(
      'InvalidParameterCombination',
      'Requesting a specific availability zone is not valid for Multi-AZ instances.',
    );
  }
  const storageGiB = input.AllocatedStorage ?? source.storageGiB;
  if (storageGiB < source.storageGiB) {
    throw rdsFailure(
      'InvalidParameterValue',
      `AllocatedStorage ${storageGiB} GiB is less than the ${source.storageGiB} GiB of the source.`,
    );
  }
  const storageType = input.StorageType ?? (input.Iops === undefined ? 'gp3' : 'io1');
  const subnetGroup = input.DBSubnetGroupName ?? DEFAULT_SUBNET_GROUP;
  const keepsStorageType = storageType === source.instance?.settings.storageType;
  checkPort(input.Port);
  const { Iops: iops, StorageThroughput: throughputMiBps } = input;
  checkStorage({ engine, type: storageType, sizeGiB: storageGiB, iops, throughputMiBps });
  const settings = {
    class: input.DBInstanceClass ?? source.instance?.settings.class ?? CLASS_DEFAULT,
    storageGiB,
    storageType,
    iops: input.Iops ?? (keepsStorageType ? source.instance?.settings.iops : undefined),
    throughputMiBps:
      input.StorageThroughput ?? (keepsStorageType ? source.instance?.settings.throughputMiBps : undefined),
    zone: zoneOf(state, id, input.AvailabilityZone),
    multiAz: input.MultiAZ ?? false,
    subnetGroup,
    publiclyAccessible: input.PubliclyAccessible ?? defaultPublicAccess(subnetGroup),
    securityGroups: orDefault(input.VpcSecurityGroupIds, DEFAULT_SECURITY_GROUP),
    parameterGroup: input.DBParameterGroupName ?? defaultParameterGroup(engine, engineVersion),
    optionGroup: input.OptionGroupName ?? defaultOptionGroup(engine, engineVersion),
    deletionProtection: input.DeletionProtection ?? false,
    backupRetentionDays: retentionOf(
      input.BackupRetentionPeriod ?? source.instance?.settings.backupRetentionDays ?? RETENTION_DAYS_DEFAULT,
    ),
    iamAuth: input.EnableIAMDatabaseAuthentication ?? false,
    logExports: input.EnableCloudwatchLogsExports ?? [],
    monitoringIntervalSeconds: 0,
    performanceInsights: false,
    port: input.Port ?? source.instance?.settings.port ?? defaultPort(engine),
    ...restoredKeptSettings(input, {
      ...{ engine, operation: source.origin.kind, draw: state.dice.draw(`windows/${id}`) },
      source: source.instance?.settings,
    }),
  };
  checkRestored(input, engine, settings, source.instance?.settings);
  return settings;
}

function checkStorage(shape: DbStorageShape): void {
  const fault = dbStorageFault(shape);
  if (fault === undefined) return;
  throw rdsFailure(
    fault.code === 'MissingParameter' ? 'InvalidParameterCombination' : fault.code,
    fault.message,
  );
}

function checkPort(given: number | undefined): void {
  if (given !== undefined && (given < DB_PORTS.least || given > DB_PORTS.most))
    throw rdsFailure(
      'InvalidParameterValue',
      `Invalid port ${given}: ${DB_PORTS.least} to ${DB_PORTS.most}.`,
    );
}

function zoneOf(state: WorldState, id: string, asked: string | undefined): string {
  const { zones } = state.account;
  if (asked !== undefined && !zones.includes(asked)) {
    throw rdsFailure('InvalidParameterValue', `Invalid availability zone: ${asked}`);
  }
  return (
    asked ?? zones[Math.floor(state.dice.draw(`zone/${id}`) * zones.length)] ?? `${state.account.region}a`
  );
}

function orDefault(given: readonly string[] | undefined, fallback: string): readonly string[] {
  return given === undefined || given.length === 0 ? [fallback] : given;
}

function retentionOf(days: number): number {
  if (days < 0 || days > DB_RETENTION_MOST_DAYS)
    throw rdsFailure(
      'InvalidParameterValue',
      `Invalid backup retention period: ${days}. 0 to ${DB_RETENTION_MOST_DAYS} days.`,
    );
  return days;
}

/** What a modification changes: at once, and what waits for the maintenance window unless ApplyImmediately is set. */
export interface Modification {
  readonly atOnce: Partial<DbSettings>;
  readonly deferrable: Partial<DbSettings>;
  /** Whether it waits or not: applied in the background. */
  readonly late: DbKeptSettings;
}

/** @throws RDSServiceException InvalidParameterValue, InvalidParameterCombination */
export function modificationOf(
  input: ModifyDBInstanceCommandInput,
  now: DbSettings,
  engine: string,
): Modification {
  for (const name of ['NewDBInstanceIdentifier', 'EngineVersion', 'Engine'] as const) {
    if (input[name] !== undefined)
      throw rdsFailure('InvalidParameterCombination', `The simulator does not change ${name}.`);
  }
  checkPort(input.DBPortNumber);
  checkModifiedStorage(input, now, engine);
  const interval = input.MonitoringInterval ?? now.monitoringIntervalSeconds;
  if (interval > 0 && (input.MonitoringRoleArn ?? now.monitoringRole) === undefined) {
    throw rdsFailure(
      'InvalidParameterCombination',
      'A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.',
    );
  }
  if (!DB_MONITORING_INTERVALS_SECONDS.includes(interval))
    throw rdsFailure('InvalidParameterValue', `Invalid monitoring interval: ${interval}.`);
  const kept = modifiedKeptSettings(input, now);
  checkModified(input, now, {
    ...now,
    ...kept.atOnce,
    ...kept.late,
    storageGiB: input.AllocatedStorage ?? now.storageGiB,
  });
  const atOnce = {
    ...kept.atOnce,
    ...changesOnly(now, {
      securityGroups: input.VpcSecurityGroupIds,
      publiclyAccessible: input.PubliclyAccessible,
      parameterGroup: input.DBParameterGroupName,
      deletionProtection: input.DeletionProtection,
      backupRetentionDays:
        input.BackupRetentionPeriod === undefined ? undefined : retentionOf(input.BackupRetentionPeriod),
      iamAuth: input.EnableIAMDatabaseAuthentication,
      logExports: logExportsOf(input, now),
      monitoringIntervalSeconds: input.MonitoringInterval,
      monitoringRole: input.MonitoringRoleArn,
      performanceInsights: input.EnablePerformanceInsights,
      port: input.DBPortNumber,
    }),
  };
  return {
    atOnce,
    late: kept.late,
    deferrable: changesOnly(now, {
      class: input.DBInstanceClass,
      storageGiB: input.AllocatedStorage,
      storageType: input.StorageType,
      iops: input.Iops,
      throughputMiBps: input.StorageThroughput,
      multiAz: input.MultiAZ,
      optionGroup: input.OptionGroupName,
      subnetGroup: input.DBSubnetGroupName,
    }),
  };
}

/** What is not given stays as it is, or, with another type, is what that type has. */
function checkModifiedStorage(input: ModifyDBInstanceCommandInput, now: DbSettings, engine: string): void {
  const { AllocatedStorage, StorageType, Iops, StorageThroughput } = input;
  if (
    AllocatedStorage === undefined &&
    StorageType === undefined &&
    Iops === undefined &&
    StorageThroughput === undefined
  )
    return;
  const type = StorageType ?? now.storageType;
  const keeps = type === now.storageType;
  checkStorage({
    engine,
    type,
    sizeGiB: AllocatedStorage ?? now.storageGiB,
    iops: Iops ?? (keeps ? now.iops : undefined),
    throughputMiBps: StorageThroughput ?? (keeps ? now.throughputMiBps : undefined),
  });
}

function logExportsOf(input: ModifyDBInstanceCommandInput, now: DbSettings): readonly string[] | undefined {
  const change = input.CloudwatchLogsExportConfiguration;
  if (change === undefined) return undefined;
  const disabled = new Set(change.DisableLogTypes ?? []);
  return [...new Set([...now.logExports, ...(change.EnableLogTypes ?? [])])].filter(
    (name) => !disabled.has(name),
  );
}

type Wanted = { readonly [K in keyof DbSettings]?: DbSettings[K] | undefined };

function changesOnly(now: DbSettings, wanted: Wanted): Partial<DbSettings> {
  const changes = Object.entries(wanted).filter(
    ([name, value]) =>
      value !== undefined && JSON.stringify(value) !== JSON.stringify(now[name as keyof DbSettings]),
  );
  return Object.fromEntries(changes);
}
