import type { DBInstance, ModifyDBInstanceCommandInput, PendingModifiedValues } from '@aws-sdk/client-rds';
import type { DbInstance } from '../../inventory/schema.ts';
import type { DbKeptSettings } from '../model/records.ts';
import type { RestoreInput } from './instance-settings.ts';

/** What the default of a restored instance follows from. */
export interface Restoring {
  readonly engine: string;
  readonly operation: 'snapshot' | 'pointInTime' | 'new';
  readonly source: DbKeptSettings | undefined;
  /** From 0 to 1, for what AWS chooses. */
  readonly draw: number;
}

/** One setting: what a restore makes of it, who changes it, and how it is told. Absent in an inventory, it is not told. */
interface KeptSetting<V> {
  /** Without a value in the request: lost, unless it comes with the backup. */
  restored(input: RestoreInput, restoring: Restoring): V | undefined;
  modified?(input: ModifyDBInstanceCommandInput): V | undefined;
  /** Applied in the background, minutes after the request. */
  readonly late?: true;
  shape(value: V): DBInstance;
  /** While it waits. Absent: not told. */
  pending?(value: V): PendingModifiedValues;
}

type Table = { readonly [K in keyof Required<DbKeptSettings>]: KeptSetting<NonNullable<DbKeptSettings[K]>> };

const isOpenSource = (engine: string): boolean => engine === 'mysql' || engine === 'postgres';

const LICENSES: Readonly<Record<string, string>> = {
  postgres: 'postgresql-license',
  mysql: 'general-public-license',
  mariadb: 'general-public-license',
  sqlserver: 'license-included',
  oracle: 'bring-your-own-license',
  db2: 'bring-your-own-license',
};
const licenseOf = (engine: string): string | undefined => LICENSES[engine.split('-')[0] ?? ''];

/** ? Which windows RDS chooses is random within eight hours of each Region; these never overlap. */
const twoDigits = (n: number): string => String(n).padStart(2, '0');
const backupWindowBy = (draw: number): string =>
  `${twoDigits(3 + Math.floor(draw * 4))}:00-${twoDigits(3 + Math.floor(draw * 4))}:30`;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const maintenanceWindowBy = (draw: number): string => {
  const day = DAYS[Math.floor(draw * DAYS.length)] ?? 'sun';
  return `${day}:${twoDigits(8 + Math.floor(draw * 3))}:00-${day}:${twoDigits(8 + Math.floor(draw * 3))}:30`;
};

export const KEPT_SETTINGS: Table = {
  maxStorageGiB: {
    // ? Whether a restore to a point in time inherits it without the parameter is in no source; taken as lost.
    restored: (input) => (input as { readonly MaxAllocatedStorage?: number }).MaxAllocatedStorage,
    modified: ({ MaxAllocatedStorage: most }) => most,
    shape: (most) => ({ MaxAllocatedStorage: most }),
  },
  dedicatedLogVolume: {
    restored: ({ DedicatedLogVolume: isOn }) => isOn ?? false,
    modified: ({ DedicatedLogVolume: isOn }) => isOn,
    late: true,
    shape: (isOn) => ({ DedicatedLogVolume: isOn }),
    pending: (isOn) => ({ DedicatedLogVolume: isOn }),
  },
  additionalVolumes: {
    // They come with the backup; the request can only change and add.
    restored: ({ AdditionalStorageVolumes: asked = [] }, { source }) => {
      const volumes = new Map(
        source?.additionalVolumes?.map((volume) => [volume.name.toLowerCase(), volume]),
      );
      for (const volume of asked) {
        const name = volume.VolumeName?.toLowerCase() ?? '';
        const { storageGiB = 20, storageType = 'gp3', ...figures } = volumes.get(name) ?? {};
        volumes.set(name, {
          ...{ name, ...figures },
          storageGiB: volume.AllocatedStorage ?? storageGiB,
          storageType: volume.StorageType ?? storageType,
          ...(volume.IOPS !== undefined && { iops: volume.IOPS }),
          ...(volume.StorageThroughput !== undefined && { throughputMiBps: volume.StorageThroughput }),
          ...(volume.MaxAllocatedStorage !== undefined && { maxStorageGiB: volume.MaxAllocatedStorage }),
        });
      }
      return volumes.size === 0 ? undefined : [...volumes.values()];
    },
    // How far each is loaded is told with the instance (instance-reads.ts).
    shape: () => ({}),
  },
  backupTarget: {
    restored: ({ BackupTarget: target }) => target ?? 'region',
    shape: (target) => ({ BackupTarget: target }),
  },
  networkType: {
    restored: ({ NetworkType: type }) => type ?? 'IPV4',
    modified: ({ NetworkType: type }) => type,
    shape: (type) => ({ NetworkType: type }),
  },
  customerOwnedIp: {
    restored: ({ EnableCustomerOwnedIp: isOn }) => isOn,
    modified: ({ EnableCustomerOwnedIp: isOn }) => isOn,
    shape: (isOn) => ({ CustomerOwnedIpEnabled: isOn }),
  },
  processorFeatures: {
    restored: ({ ProcessorFeatures: features }) =>
      features && Object.fromEntries(features.map(({ Name = '', Value = '' }) => [Name, Value])),
    modified: ({ ProcessorFeatures: features }) =>
      features && Object.fromEntries(features.map(({ Name = '', Value = '' }) => [Name, Value])),
    shape: (features) => ({
      ProcessorFeatures: Object.entries(features).map(([Name, Value]) => ({ Name, Value })),
    }),
  },
  customIamInstanceProfile: {
    restored: ({ CustomIamInstanceProfile: profile }) => profile,
    shape: (profile) => ({ CustomIamInstanceProfile: profile }),
  },
  backupWindow: {
    restored: ({ PreferredBackupWindow: window }, { draw }) => window ?? backupWindowBy(draw),
    modified: ({ PreferredBackupWindow: window }) => window,
    shape: (window) => ({ PreferredBackupWindow: window }),
  },
  maintenanceWindow: {
    restored: (_input, { draw }) => maintenanceWindowBy(draw),
    modified: ({ PreferredMaintenanceWindow: window }) => window?.toLowerCase(),
    shape: (window) => ({ PreferredMaintenanceWindow: window }),
  },
  autoMinorVersionUpgrade: {
    restored: ({ AutoMinorVersionUpgrade: isOn }) => isOn ?? true,
    modified: ({ AutoMinorVersionUpgrade: isOn }) => isOn,
    shape: (isOn) => ({ AutoMinorVersionUpgrade: isOn }),
  },
  copyTagsToSnapshots: {
    restored: ({ CopyTagsToSnapshot: isOn }) => isOn ?? false,
    modified: ({ CopyTagsToSnapshot: isOn }) => isOn,
    shape: (isOn) => ({ CopyTagsToSnapshot: isOn }),
  },
  lifecycleSupport: {
    restored: ({ EngineLifecycleSupport: type }, { engine }) =>
      isOpenSource(engine) ? (type ?? 'open-source-rds-extended-support') : undefined,
    modified: ({ EngineLifecycleSupport: type }) => type,
    shape: (type) => ({ EngineLifecycleSupport: type }),
  },
  licenseModel: {
    restored: ({ LicenseModel: model }, { source, engine }) =>
      model ?? source?.licenseModel ?? licenseOf(engine),
    modified: ({ LicenseModel: model }) => model,
    shape: (model) => ({ LicenseModel: model }),
  },
  characterSet: {
    restored: (_input, { source }) => source?.characterSet,
    shape: (name) => ({ CharacterSetName: name }),
  },
  nationalCharacterSet: {
    restored: (_input, { source }) => source?.nationalCharacterSet,
    shape: (name) => ({ NcharCharacterSetName: name }),
  },
  timezone: {
    restored: (_input, { source }) => source?.timezone,
    shape: (zone) => ({ Timezone: zone }),
  },
  performanceInsightsKeyId: {
    restored: () => undefined,
    modified: ({ PerformanceInsightsKMSKeyId: key }) => key,
    late: true,
    shape: (key) => ({ PerformanceInsightsKMSKeyId: key }),
  },
  performanceInsightsRetentionDays: {
    restored: () => undefined,
    modified: ({ EnablePerformanceInsights: isOn, PerformanceInsightsRetentionPeriod: days }) =>
      days ?? (isOn === true ? 7 : undefined),
    late: true,
    shape: (days) => ({ PerformanceInsightsRetentionPeriod: days }),
  },
  databaseInsights: {
    restored: () => 'standard',
    modified: ({ DatabaseInsightsMode: mode }) => mode,
    late: true,
    shape: (mode) => ({ DatabaseInsightsMode: mode as NonNullable<DBInstance['DatabaseInsightsMode']> }),
  },
  managedMasterSecret: {
    restored: ({ ManageMasterUserPassword: isOn }) => isOn,
    modified: ({ ManageMasterUserPassword: isOn }) => isOn,
    late: true,
    // Its ARN is told with its key.
    shape: () => ({}),
  },
  masterSecretKeyId: {
    restored: ({ ManageMasterUserPassword: isOn, MasterUserSecretKmsKeyId: key }) =>
      isOn === true ? (key ?? 'alias/aws/secretsmanager') : undefined,
    modified: ({ ManageMasterUserPassword: isOn, MasterUserSecretKmsKeyId: key }) =>
      isOn === true ? (key ?? 'alias/aws/secretsmanager') : undefined,
    late: true,
    shape: (key) => ({
      MasterUserSecret: {
        SecretArn: 'arn:aws:secretsmanager:simulated:000000000000:secret:rds!db',
        SecretStatus: 'active',
        KmsKeyId: key,
      },
    }),
  },
  caCertificate: {
    restored: ({ CACertificateIdentifier: id }) => id ?? 'rds-ca-rsa2048-g1',
    modified: ({ CACertificateIdentifier: id }) => id,
    late: true,
    shape: (id) => ({ CACertificateIdentifier: id }),
    pending: (id) => ({ CACertificateIdentifier: id }),
  },
  domain: {
    restored: (input) => {
      const { Domain: id, DomainIAMRoleName: iamRole, DomainFqdn: fqdn, DomainOu: unit } = input;
      const { DomainAuthSecretArn: secret, DomainDnsIps: dnsAddresses } = input;
      if (id === undefined && fqdn === undefined) return undefined;
      return defined({ id, iamRole, fqdn, unit, secret, dnsAddresses });
    },
    shape: ({ id, iamRole, fqdn, unit, secret, dnsAddresses }) => ({
      DomainMemberships: [
        {
          ...{ Domain: id, IAMRoleName: iamRole, FQDN: fqdn, OU: unit, AuthSecretArn: secret },
          ...(dnsAddresses !== undefined && { DnsIps: [...dnsAddresses] }),
          Status: 'joined',
        },
      ],
    }),
  },
  associatedRoles: {
    restored: () => undefined,
    shape: (roles) => ({
      AssociatedRoles: roles.map(({ role, feature }) => ({
        ...{ RoleArn: role, FeatureName: feature ?? '', Status: 'ACTIVE' },
      })),
    }),
  },
  lost: {
    // Nothing brings these back.
    restored: () => undefined,
    shape: (names) => Object.assign({}, ...names.map((name) => LOST_SHAPES[name] ?? {})) as DBInstance,
  },
};

/** What AWS tells of an instance that has what no restore brings back. */
const LOST_SHAPES: Readonly<Record<string, DBInstance>> = {
  activityStream: { ActivityStreamStatus: 'started', ActivityStreamMode: 'async' },
  backupReplication: {
    DBInstanceAutomatedBackupsReplications: [
      { DBInstanceAutomatedBackupsArn: 'arn:aws:rds:simulated:auto-backup:ab-1' },
    ],
  },
  capacityReservation: { DBCapacityReservationIdentifier: 'dbcr-simulated' },
  transparentEncryption: { TdeCredentialArn: 'arn:aws:cloudhsm:simulated:credential' },
};

type Values = Readonly<Record<string, unknown>>;
const ROWS = Object.entries(KEPT_SETTINGS) as readonly (readonly [string, KeptSetting<unknown>])[];

/** Those that the inventory holds. */
export function seededSettings(instance: DbInstance): DbKeptSettings {
  const masterSecretKeyId =
    instance.masterSecretKeyId ??
    (instance.managedMasterSecret === true ? 'alias/aws/secretsmanager' : undefined);
  const held = { ...instance, masterSecretKeyId } as Values;
  return defined(Object.fromEntries(ROWS.map(([name]) => [name, held[name]]))) as DbKeptSettings;
}

export function restoredKeptSettings(input: RestoreInput, restoring: Restoring): DbKeptSettings {
  return defined(
    Object.fromEntries(ROWS.map(([name, row]) => [name, row.restored(input, restoring)])),
  ) as DbKeptSettings;
}

/** What a modification changes at once, and what takes minutes. */
export function modifiedKeptSettings(
  input: ModifyDBInstanceCommandInput,
  now: DbKeptSettings,
): { readonly atOnce: DbKeptSettings; readonly late: DbKeptSettings } {
  const changed = ROWS.flatMap(([name, row]) => {
    const value = row.modified?.(input);
    const isSame = value === undefined || JSON.stringify(value) === JSON.stringify((now as Values)[name]);
    return isSame ? [] : [[name, value, row.late === true] as const];
  });
  const those = (isLate: boolean): DbKeptSettings =>
    Object.fromEntries(changed.filter(([, , late]) => late === isLate)) as DbKeptSettings;
  return { atOnce: those(false), late: those(true) };
}

export function keptShape(settings: DbKeptSettings): DBInstance {
  return merged(settings, (row, value) => row.shape(value));
}

export function keptPendingShape(late: DbKeptSettings): PendingModifiedValues {
  return merged(late, (row, value) => row.pending?.(value) ?? {});
}

function merged(
  settings: DbKeptSettings,
  partOf: (row: KeptSetting<unknown>, value: unknown) => object,
): object {
  let shape = {};
  for (const [name, row] of ROWS) {
    const value = (settings as Values)[name];
    if (value !== undefined) shape = { ...shape, ...partOf(row, value) };
  }
  return shape;
}

function defined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
