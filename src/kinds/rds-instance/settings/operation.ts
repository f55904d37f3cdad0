import type { DBInstance } from '@aws-sdk/client-rds';
import * as z from 'zod';
import { count } from '../../../inventory/parts.ts';
import { namesOf, textOf, wholeOf } from '../../values.ts';
import { modify, setting } from './setting.ts';

/** How an instance is kept: protection, backups, windows, upgrades, logs. */
export const OPERATION = {
  deletionProtection: setting({
    label: 'deletion protection',
    schema: z.boolean().default(false),
    reads: ['DeletionProtection'],
    read: ({ DeletionProtection: isProtected }) => isProtected,
    otherwise: false,
    drill: { rule: 'deletionProtection', value: () => false },
    // A restore never enables it.
    assumed: false,
    // Protected only once it is available: a protected instance that is stuck in 'creating' could never be removed.
    request: () => ({ DeletionProtection: false }),
    later: modify((isProtected: boolean) => ({ DeletionProtection: isProtected })),
  }),
  backupRetentionDays: setting({
    label: 'backup retention in days',
    schema: count.default(0),
    reads: ['BackupRetentionPeriod', 'PendingModifiedValues.BackupRetentionPeriod'],
    read: ({ BackupRetentionPeriod: days }) => wholeOf(days),
    pending: ({ PendingModifiedValues: pending }) => pending?.BackupRetentionPeriod,
    otherwise: 0,
    request: (days) => ({ BackupRetentionPeriod: days }),
    later: modify((days: number) => ({ BackupRetentionPeriod: days })),
  }),
  iamAuth: setting({
    label: 'IAM authentication',
    schema: z.boolean().default(false),
    reads: ['IAMDatabaseAuthenticationEnabled', 'PendingModifiedValues.IAMDatabaseAuthenticationEnabled'],
    read: ({ IAMDatabaseAuthenticationEnabled: isOn }) => isOn,
    pending: ({ PendingModifiedValues: pending }) => pending?.IAMDatabaseAuthenticationEnabled,
    otherwise: false,
    // Disabled is the default; engines without the setting refuse the parameter.
    request: (isOn) => (isOn ? { EnableIAMDatabaseAuthentication: true } : {}),
    later: modify((isOn: boolean) => ({ EnableIAMDatabaseAuthentication: isOn })),
  }),
  logExports: setting({
    label: 'log exports',
    schema: z.array(z.string()).default([]),
    reads: [
      'EnabledCloudwatchLogsExports',
      'PendingModifiedValues.PendingCloudwatchLogsExports.LogTypesToEnable',
      'PendingModifiedValues.PendingCloudwatchLogsExports.LogTypesToDisable',
    ],
    read: ({ EnabledCloudwatchLogsExports: types }) => types && namesOf(types),
    otherwise: [],
    same: (wanted, _found, actual) => {
      const { missing, surplus } = logExportDifference(wanted, actual);
      return missing.length === 0 && surplus.length === 0;
    },
    request: (types) => (types.length > 0 ? { EnableCloudwatchLogsExports: [...types] } : {}),
    later: modify((types: readonly string[], _spec, actual) => {
      const { missing, surplus } = logExportDifference(types, actual);
      return {
        CloudwatchLogsExportConfiguration: {
          ...(missing.length > 0 && { EnableLogTypes: [...missing] }),
          ...(surplus.length > 0 && { DisableLogTypes: [...surplus] }),
        },
      };
    }),
  }),
  backupWindow: setting({
    label: 'backup window',
    schema: z.string().optional(),
    reads: ['PreferredBackupWindow'],
    read: ({ PreferredBackupWindow: window }) => textOf(window),
    request: (window) => ({ PreferredBackupWindow: window }),
    later: modify((window: string) => ({ PreferredBackupWindow: window })),
  }),
  maintenanceWindow: setting({
    label: 'maintenance window',
    schema: z.string().optional(),
    reads: ['PreferredMaintenanceWindow'],
    read: ({ PreferredMaintenanceWindow: window }) => textOf(window)?.toLowerCase(),
    written: (window) => window.toLowerCase(),
    later: modify((window: string) => ({ PreferredMaintenanceWindow: window })),
  }),
  autoMinorVersionUpgrade: setting({
    label: 'minor version upgrades',
    schema: z.boolean().optional(),
    reads: ['AutoMinorVersionUpgrade'],
    read: ({ AutoMinorVersionUpgrade: isOn }) => isOn,
    request: (isOn) => ({ AutoMinorVersionUpgrade: isOn }),
    later: modify((isOn: boolean) => ({ AutoMinorVersionUpgrade: isOn })),
  }),
  copyTagsToSnapshots: setting({
    label: 'tags copied to snapshots',
    schema: z.boolean().optional(),
    reads: ['CopyTagsToSnapshot'],
    read: ({ CopyTagsToSnapshot: isOn }) => isOn,
    request: (isOn) => ({ CopyTagsToSnapshot: isOn }),
    later: modify((isOn: boolean) => ({ CopyTagsToSnapshot: isOn })),
  }),
  lifecycleSupport: setting({
    label: 'extended support',
    schema: z.string().optional(),
    reads: ['EngineLifecycleSupport'],
    read: ({ EngineLifecycleSupport: type }) => textOf(type),
    request: (type) => ({ EngineLifecycleSupport: type }),
  }),
  licenseModel: setting({
    label: 'license model',
    schema: z.string().optional(),
    reads: ['LicenseModel', 'PendingModifiedValues.LicenseModel'],
    read: ({ LicenseModel: model }) => textOf(model),
    pending: ({ PendingModifiedValues: pending }) => pending?.LicenseModel,
    request: (model) => ({ LicenseModel: model }),
  }),
  characterSet: setting({
    label: 'character set',
    schema: z.string().optional(),
    reads: ['CharacterSetName'],
    read: ({ CharacterSetName: name }) => textOf(name),
    note: 'A part of the data; compared only.',
  }),
  nationalCharacterSet: setting({
    label: 'national character set',
    schema: z.string().optional(),
    reads: ['NcharCharacterSetName'],
    read: ({ NcharCharacterSetName: name }) => textOf(name),
    note: 'A part of the data; compared only.',
  }),
  timezone: setting({
    label: 'time zone',
    schema: z.string().optional(),
    reads: ['Timezone'],
    read: ({ Timezone: zone }) => textOf(zone),
    note: 'A part of the data; compared only.',
  }),
};

/** Log exports that are to be switched on and off. */
function logExportDifference(
  wanted: readonly string[],
  { EnabledCloudwatchLogsExports: exported = [], PendingModifiedValues: pending }: DBInstance,
): { readonly missing: readonly string[]; readonly surplus: readonly string[] } {
  const { LogTypesToEnable = [], LogTypesToDisable = [] } = pending?.PendingCloudwatchLogsExports ?? {};
  // ? The documentation says of each of the two lists what the other's name says: what is in either is on its way, and not judged.
  const changing = new Set([...LogTypesToEnable, ...LogTypesToDisable]);
  return {
    missing: wanted.filter((type) => !exported.includes(type) && !changing.has(type)),
    surplus: exported.filter((type) => !wanted.includes(type) && !changing.has(type)),
  };
}
