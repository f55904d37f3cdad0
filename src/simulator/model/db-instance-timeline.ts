import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { LATEST_RESTORABLE_EVERY_MS } from './rates.ts';
import type { DbInstanceRecord, DbSettings, DbVolumeRecord } from './records.ts';

/** Statuses in which a DB instance takes changes. */
const CHANGEABLE = new Set(['available', 'storage-optimization']);
/** Statuses in which its backups go on. */
const BACKED_UP = new Set([...CHANGEABLE, 'backing-up', 'modifying']);

/** `DBInstanceStatus` at an instant; `undefined` once it is gone. */
export function dbStatusAt(instance: DbInstanceRecord, now: Instant): string | undefined {
  if (instance.goneAt !== undefined && now >= instance.goneAt) return undefined;
  let status: string | undefined;
  for (const entry of instance.statuses) {
    if (now >= entry.from) status = entry.status;
  }
  return status;
}

/** Statuses in which it neither changes its data nor sends or receives changes. */
const DOWN =
  /^(failed|stopped|stopping|starting|storage-full|inaccessible-|incompatible-|insufficient-capacity|restore-error|deleting)/;

/** Since when it has been down; `undefined` while it is up. What the inventory has down has been so since its capture. */
export function dbDownSince(instance: DbInstanceRecord, now: Instant): Instant | undefined {
  let since: Instant | undefined;
  for (const { from, status } of instance.statuses) {
    if (from <= now) since = DOWN.test(status) ? (since ?? from) : undefined;
  }
  if (instance.goneAt !== undefined && now >= instance.goneAt) since ??= instance.goneAt;
  return since === undefined ? undefined : Math.max(since, instance.createdAt);
}

export function dbTakesChanges(instance: DbInstanceRecord, now: Instant): boolean {
  return CHANGEABLE.has(dbStatusAt(instance, now) ?? '');
}

/** How much of the restored data is on the first volume, 0 to 100; 100 where nothing is loaded lazily. */
export function dbLoadedAt({ loading }: DbInstanceRecord, now: Instant): number {
  return loading === undefined ? 100 : loadedAt(loading, now);
}

/** The same of an additional volume. ? Whether they share a rate is in no source: each has half of that of the first. */
export function dbVolumeLoadedAt(
  { loading }: DbInstanceRecord,
  { storageGiB: sizeGiB }: DbVolumeRecord,
  now: Instant,
): number {
  return loading === undefined
    ? 100
    : loadedAt({ ...loading, sizeGiB, rateMiBps: loading.rateMiBps / 2 }, now);
}

/** The least of all its volumes. */
export function dbAllLoadedAt(instance: DbInstanceRecord, now: Instant): number {
  const volumes = instance.settings.additionalVolumes ?? [];
  return Math.min(
    dbLoadedAt(instance, now),
    ...volumes.map((volume) => dbVolumeLoadedAt(instance, volume, now)),
  );
}

/** Its settings at an instant, with what was applied in the background until then. */
export function dbSettingsAt({ settings, late = [] }: DbInstanceRecord, now: Instant): DbSettings {
  return Object.assign({}, settings, ...late.filter(({ from }) => from <= now).map((one) => one.settings));
}

/** What is still to be applied in the background. */
export function lateAfter(
  { late = [] }: DbInstanceRecord,
  now: Instant,
): NonNullable<DbInstanceRecord['late']> {
  return late.filter(({ from }) => from > now);
}

function loadedAt(loading: NonNullable<DbInstanceRecord['loading']>, now: Instant): number {
  const wholeMs = ((loading.sizeGiB * 1024) / loading.rateMiBps) * SECOND_MS;
  const percent = Math.min(100, Math.max(0, ((now - loading.from) / wholeMs) * 100));
  return Math.min(percent, loading.stallsAtPercent ?? 100);
}

/**
 * The latest restorable time; it advances in steps while the instance is up, and is `undefined` without backups. Never
 * before that of the inventory, which may be later than the clock: captured after the rehearsed incident, or by another clock.
 */
export function latestRestorableAt(instance: DbInstanceRecord, now: Instant): Instant | undefined {
  const at = instance.latestRestorableTime;
  if (at === undefined || instance.settings.backupRetentionDays === 0) return undefined;
  const isOwnBackup = !instance.fromInventory || instance.promotion !== undefined;
  if (at > now && isOwnBackup) return undefined;
  if (!BACKED_UP.has(dbStatusAt(instance, now) ?? '')) return at;
  const steps = Math.floor(Math.max(0, now - Math.max(instance.createdAt, at)) / LATEST_RESTORABLE_EVERY_MS);
  return at + steps * LATEST_RESTORABLE_EVERY_MS;
}
