import type { ModifyDBInstanceCommandInput } from '@aws-sdk/client-rds';
import { rdsFailure } from '../service/ec2-rds-errors.ts';
import type { DbKeptSettings, DbSettings } from '../model/records.ts';
import type { RestoreInput } from './instance-settings.ts';

const combination = (message: string) => rdsFailure('InvalidParameterCombination', message);
const invalid = (message: string) => rdsFailure('InvalidParameterValue', message);

const ADVANCED_RETENTION_DAYS = 465;
const LOG_VOLUME_TYPES: ReadonlySet<string> = new Set(['io1', 'io2']);
const VOLUME_NAMES: ReadonlySet<string> = new Set(['rdsdbdata2', 'rdsdbdata3', 'rdsdbdata4']);

/**
 * Combinations that a restore refuses.
 *
 * @throws RDSServiceException InvalidParameterValue, InvalidParameterCombination
 */
export function checkRestored(
  input: RestoreInput,
  engine: string,
  restored: DbSettings,
  source: DbKeptSettings | undefined,
): void {
  // ? No source has the words of these three refusals; that they are refused is documented.
  if (input.MultiAZ === true && engine.startsWith('sqlserver'))
    throw combination('MultiAZ cannot be specified when a SQL Server DB instance is restored.');
  if (input.ManageMasterUserPassword !== undefined && !engine.startsWith('oracle'))
    throw combination(`ManageMasterUserPassword is not supported in a restore of ${engine}.`);
  if (input.DedicatedLogVolume === true && !LOG_VOLUME_TYPES.has(restored.storageType))
    throw combination('A dedicated log volume requires Provisioned IOPS storage.');
  if (input.Domain !== undefined && input.DomainAuthSecretArn !== undefined)
    throw combination('Specify either Domain or DomainFqdn, DomainOu, DomainAuthSecretArn and DomainDnsIps.');
  for (const { VolumeName = '', AllocatedStorage } of input.AdditionalStorageVolumes ?? []) {
    if (!/^(oracle|sqlserver)/.test(engine))
      throw combination(`Additional storage volumes are not supported for ${engine}.`);
    if (!VOLUME_NAMES.has(VolumeName.toLowerCase())) throw invalid(`Invalid volume name: ${VolumeName}`);
    const own = source?.additionalVolumes?.find(
      ({ name }) => name.toLowerCase() === VolumeName.toLowerCase(),
    );
    // ? Storage can only grow; the words for an additional volume are in no source.
    if (own !== undefined && (AllocatedStorage ?? own.storageGiB) < own.storageGiB)
      throw invalid(
        `${VolumeName}: ${AllocatedStorage} GiB is less than the ${own.storageGiB} GiB of the source.`,
      );
  }
  checkGrowth((input as { readonly MaxAllocatedStorage?: number }).MaxAllocatedStorage, restored.storageGiB);
  checkWindows(restored);
}

/**
 * Combinations that ModifyDBInstance refuses; `next` is what it would be afterwards.
 *
 * @throws RDSServiceException InvalidParameterValue, InvalidParameterCombination
 */
export function checkModified(input: ModifyDBInstanceCommandInput, now: DbSettings, next: DbSettings): void {
  // Equal to the storage, it switches autoscaling off.
  if (input.MaxAllocatedStorage !== next.storageGiB) checkGrowth(input.MaxAllocatedStorage, next.storageGiB);
  if (input.ManageMasterUserPassword === false && now.managedMasterSecret === true)
    // ? That it is refused is documented, its words are in no source.
    throw combination('You must specify MasterUserPassword to stop managing it with Secrets Manager.');
  const isAdvanced = input.DatabaseInsightsMode === 'advanced';
  const enables = input.EnablePerformanceInsights === true;
  const days = input.PerformanceInsightsRetentionPeriod ?? 0;
  // The request itself has to say both, whatever the instance has.
  if (isAdvanced && (!enables || days < ADVANCED_RETENTION_DAYS))
    throw combination(
      'To enable the Advanced mode of Database Insights, modify your instance to enable Performance Insights and set the retention period for Performance Insights to at least 465 days.',
    );
  if (days !== 0 && days !== 7 && days !== 731 && days % 31 !== 0)
    throw invalid(`Invalid Performance Insights retention period: ${days}.`);
  checkWindows(next);
}

function checkGrowth(most: number | undefined, storageGiB: number): void {
  if (most !== undefined && most <= storageGiB)
    throw combination('Max storage size must be greater than storage size');
}

const DAY_MINUTES = 1_440;
const LEAST_MINUTES = 30;
const WEEK_MINUTES = 7 * DAY_MINUTES;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const TIME = '([01]\\d|2[0-3]):([0-5]\\d)';
const BACKUP = new RegExp(`^${TIME}-${TIME}$`);
const MAINTENANCE = new RegExp(`^(${DAYS.join('|')}):${TIME}-(${DAYS.join('|')}):${TIME}$`);

function checkWindows({ backupWindow, maintenanceWindow }: DbSettings): void {
  const backup = backupWindow === undefined ? undefined : backupSpan(backupWindow);
  const upkeep = maintenanceWindow === undefined ? undefined : maintenanceSpan(maintenanceWindow);
  if (backup === undefined || upkeep === undefined) return;
  for (let day = -1; day <= 7; day += 1) {
    const start = day * DAY_MINUTES + backup.start;
    const overlaps = start < upkeep.start + upkeep.minutes && upkeep.start < start + backup.minutes;
    if (overlaps) throw invalid('The backup window and maintenance window must not overlap');
  }
}

interface Span {
  readonly start: number;
  readonly minutes: number;
}

function backupSpan(window: string): Span {
  const [, h1, m1, h2, m2] = BACKUP.exec(window) ?? [];
  const start = Number(h1) * 60 + Number(m1);
  const minutes = (Number(h2) * 60 + Number(m2) - start + DAY_MINUTES) % DAY_MINUTES;
  if (!(minutes >= LEAST_MINUTES)) throw invalid(`Invalid backup window format: ${window}.`);
  return { start, minutes };
}

function maintenanceSpan(window: string): Span {
  const [, d1 = '', h1, m1, d2 = '', h2, m2] = MAINTENANCE.exec(window) ?? [];
  const start = DAYS.indexOf(d1) * DAY_MINUTES + Number(h1) * 60 + Number(m1);
  const end = DAYS.indexOf(d2) * DAY_MINUTES + Number(h2) * 60 + Number(m2);
  const minutes = (end - start + WEEK_MINUTES) % WEEK_MINUTES;
  if (!(minutes >= LEAST_MINUTES)) throw invalid(`Invalid maintenance window format: ${window}.`);
  return { start, minutes };
}
