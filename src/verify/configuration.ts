import type { Volume } from '@aws-sdk/client-ec2';
import type { DBInstance } from '@aws-sdk/client-rds';
import { ownGroup } from '../facts/default-groups.ts';
import type { DbInstanceSpec, VolumeSpec } from '../plan/types.ts';
import type { Finding } from '../workflow/base/effects.ts';

type Value = string | number | boolean | readonly string[];
/** A setting: its name, what was asked for and what is there. `undefined` on either side: nothing to compare. */
type Row = readonly [name: string, wanted: Value | undefined, actual: Value | undefined];

/** Types whose IOPS are chosen; those of the others follow from the size. */
const TYPES_WITH_IOPS: ReadonlySet<string> = new Set(['gp3', 'io1', 'io2']);

/**
 * What of a volume is not as it was asked for; empty when all is well. A field that the endpoint does not return is not different.
 *
 * @example compareVolume(spec, volume) // [{ subject: 'volume vol-1: iops', message: 'is 3000, not 6000', ... }]
 */
export function compareVolume(spec: VolumeSpec, actual: Volume): Finding[] {
  const id = actual.VolumeId ?? '?';
  return differences(`volume ${id}`, id, [
    ['type', spec.volumeType, actual.VolumeType],
    ['size in GiB', spec.sizeGiB, actual.Size],
    ['iops', TYPES_WITH_IOPS.has(spec.volumeType) ? spec.iops : undefined, actual.Iops],
    ['throughput in MiB/s', spec.volumeType === 'gp3' ? spec.throughputMiBps : undefined, actual.Throughput],
    ['zone', spec.zone, actual.AvailabilityZone],
    ['snapshot', spec.snapshotId, actual.SnapshotId || undefined],
    // An account may encrypt by default: encryption that was not asked for is no difference.
    ['encryption', spec.encrypted ? true : undefined, actual.Encrypted],
    keyRow(spec, actual.KmsKeyId),
    ['initialisation rate in MiB/s', spec.rateMiBps, actual.VolumeInitializationRate],
  ]);
}

/**
 * What of a DB instance is not as it was asked for, what it is about to become taken for what it is; empty when all is well. A field
 * that the endpoint does not return is not different.
 *
 * @example compareDbInstance(spec, instance) // [{ subject: 'DB instance orders-1: parameter group', message: 'is default.postgres16, not orders-pg16', ... }]
 */
export function compareDbInstance(spec: DbInstanceSpec, actual: DBInstance): Finding[] {
  const id = actual.DBInstanceIdentifier ?? '?';
  const subject = `DB instance ${id}`;
  return [
    ...differences(subject, id, [
      ...instanceRows(spec, actual),
      ...storageRows(spec, actual),
      ...settingRows(spec, actual),
    ]),
    ...groupFindings(subject, id, spec, actual),
  ];
}

function instanceRows(spec: DbInstanceSpec, actual: DBInstance): Row[] {
  const pending = actual.PendingModifiedValues;
  const securityGroups = actual.VpcSecurityGroups?.flatMap(({ VpcSecurityGroupId: id }) =>
    id === undefined ? [] : [id],
  );
  return [
    ['class', spec.class, pending?.DBInstanceClass ?? actual.DBInstanceClass],
    // Without a record of the source the engine is that of the backup, whatever it is.
    ['engine', spec.engine === 'unknown' ? undefined : spec.engine, actual.Engine],
    ['Multi-AZ', spec.multiAz, pending?.MultiAZ ?? actual.MultiAZ],
    ['zone', spec.multiAz ? undefined : spec.zone, actual.AvailabilityZone],
    ['subnet group', spec.subnetGroup?.toLowerCase(), actual.DBSubnetGroup?.DBSubnetGroupName?.toLowerCase()],
    ['security groups', spec.securityGroups.length > 0 ? spec.securityGroups : undefined, securityGroups],
    ['public access', spec.publiclyAccessible, actual.PubliclyAccessible],
    ['port', spec.port, pending?.Port ?? actual.Endpoint?.Port],
  ];
}

function storageRows(spec: DbInstanceSpec, actual: DBInstance): Row[] {
  const pending = actual.PendingModifiedValues;
  const size = actual.AllocatedStorage;
  return [
    ['storage type', spec.storageType, pending?.StorageType ?? actual.StorageType],
    // Storage autoscaling may have grown the source after the backup: more storage is no difference.
    ['storage in GiB', size !== undefined && size >= spec.storageGiB ? size : spec.storageGiB, size],
    ['iops', spec.iops, pending?.Iops ?? actual.Iops],
    ['throughput in MiB/s', spec.throughputMiBps, pending?.StorageThroughput ?? actual.StorageThroughput],
    ['encryption', spec.encrypted ? true : undefined, actual.StorageEncrypted],
    keyRow(spec, actual.KmsKeyId),
  ];
}

function settingRows(spec: DbInstanceSpec, actual: DBInstance): Row[] {
  const pending = actual.PendingModifiedValues;
  return [
    ['deletion protection', spec.deletionProtection, actual.DeletionProtection],
    [
      'backup retention in days',
      spec.backupRetentionDays,
      pending?.BackupRetentionPeriod ?? actual.BackupRetentionPeriod,
    ],
    [
      'IAM authentication',
      spec.iamAuth,
      pending?.IAMDatabaseAuthenticationEnabled ?? actual.IAMDatabaseAuthenticationEnabled,
    ],
    logExportRow(spec, actual),
    ['monitoring interval in seconds', spec.monitoringIntervalSeconds, actual.MonitoringInterval],
    [
      'monitoring role',
      spec.monitoringIntervalSeconds === 0 ? undefined : spec.monitoringRole,
      actual.MonitoringRoleArn,
    ],
    ['performance insights', spec.performanceInsights, actual.PerformanceInsightsEnabled],
  ];
}

/** Log exports that are to be switched on and off; `undefined` when the endpoint does not tell what is exported. */
export function logExportDifference(
  { logExports }: DbInstanceSpec,
  actual: DBInstance,
): { readonly missing: readonly string[]; readonly surplus: readonly string[] } | undefined {
  const exported = actual.EnabledCloudwatchLogsExports;
  if (exported === undefined) return undefined;
  const pending = actual.PendingModifiedValues?.PendingCloudwatchLogsExports;
  // ? The documentation says of each of the two lists what the other's name says: what is in either is on its way, and not judged.
  const changing = new Set([...(pending?.LogTypesToEnable ?? []), ...(pending?.LogTypesToDisable ?? [])]);
  return {
    missing: logExports.filter((type) => !exported.includes(type) && !changing.has(type)),
    surplus: exported.filter((type) => !logExports.includes(type) && !changing.has(type)),
  };
}

function logExportRow(spec: DbInstanceSpec, actual: DBInstance): Row {
  const difference = logExportDifference(spec, actual);
  const isSame = difference?.missing.length === 0 && difference.surplus.length === 0;
  return ['log exports', spec.logExports, isSame ? undefined : actual.EnabledCloudwatchLogsExports];
}

/** Groups come as lists of memberships; RDS writes their names in lower case. A parameter group that waits for a reboot is not in force. */
function groupFindings(subject: string, id: string, spec: DbInstanceSpec, actual: DBInstance): Finding[] {
  const parameterGroups = actual.DBParameterGroups;
  const optionGroups = actual.OptionGroupMemberships;
  const findings = differences(subject, id, [
    membershipRow(
      'parameter group',
      ownGroup(spec.parameterGroup),
      parameterGroups?.map(({ DBParameterGroupName: name }) => name),
    ),
    membershipRow(
      'option group',
      ownGroup(spec.optionGroup),
      optionGroups?.map(({ OptionGroupName: name }) => name),
    ),
  ]);
  const waiting = parameterGroups?.find(
    ({ ParameterApplyStatus }) => ParameterApplyStatus === 'pending-reboot',
  );
  if (waiting === undefined) return findings;
  const group = waiting.DBParameterGroupName ?? 'it';
  const property = 'parameter group';
  return [
    ...findings,
    {
      subject: `${subject}: ${property}`,
      message: `${group} is not in force before a reboot`,
      code: 'configuration-differs',
      data: { thing: id, property, wanted: group, actual: 'pending-reboot' },
    },
  ];
}

function membershipRow(
  name: string,
  wanted: string | undefined,
  actual: readonly (string | undefined)[] | undefined,
): Row {
  const names = actual?.flatMap((member) => (member === undefined ? [] : [member.toLowerCase()]));
  const isMember = wanted !== undefined && names?.includes(wanted.toLowerCase()) === true;
  return [name, wanted, isMember ? wanted : names?.join(', ')];
}

/** A key is named by its ARN, its id or an alias: only an id can be compared with an id. */
function keyRow(
  spec: { readonly encrypted: boolean; readonly kmsKeyId?: string },
  actual: string | undefined,
): Row {
  const wanted = spec.encrypted ? spec.kmsKeyId : undefined;
  const isAlias = [wanted, actual].some((key) => key !== undefined && /(^|:)alias\//.test(key));
  return isAlias ? ['key', undefined, undefined] : ['key', keyId(wanted), keyId(actual)];
}

function keyId(key: string | undefined): string | undefined {
  return key?.slice(key.lastIndexOf('/') + 1);
}

function differences(subject: string, id: string, rows: readonly Row[]): Finding[] {
  return rows.flatMap(([property, asked, found]): Finding[] => {
    if (asked === undefined || found === undefined || written(asked) === written(found)) return [];
    const [wanted, actual] = [written(asked), written(found)];
    return [
      {
        subject: `${subject}: ${property}`,
        message: `is ${actual}, not ${wanted}`,
        code: 'configuration-differs',
        data: { thing: id, property, wanted, actual },
      },
    ];
  });
}

/** Lists are sets here. */
function written(value: Value): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value !== 'object') return String(value);
  return value.length === 0 ? 'none' : [...value].sort().join(', ');
}
