import { FSR_CREDITS_ACCRUE_WHILE_OPTIMISING, fsrCreditBucket, fsrCreditsPerHour } from '../../facts/ebs.ts';
import type { FsrState } from '../../inventory/schema.ts';
import { HOUR_MS, MINUTE_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import type { FsrRecord } from './records.ts';

/** How long a snapshot of this size optimizes, when a TiB takes so many minutes. */
export function optimizingMs(snapshotGiB: number, minutesPerTiB: number): number {
  return (snapshotGiB / 1024) * minutesPerTiB * MINUTE_MS;
}

/** The state of fast snapshot restore at an instant. */
export function fsrStateAt(fsr: FsrRecord, now: Instant): FsrState {
  if (fsr.disabledAt !== undefined && now >= fsr.disabledAt) return 'disabled';
  if (fsr.disablingAt !== undefined && now >= fsr.disablingAt) return 'disabling';
  if (now >= fsr.enabledAt) return 'enabled';
  return now >= fsr.optimizingAt ? 'optimizing' : 'enabling';
}

/** Volume-creation credits at an instant: they fill from when it is enabled, up to the bucket. */
export function fsrCreditsAt(fsr: FsrRecord, now: Instant): number {
  const fillsFrom = FSR_CREDITS_ACCRUE_WHILE_OPTIMISING ? fsr.optimizingAt : fsr.enabledAt;
  const hours = Math.max(0, now - Math.max(fsr.credits.at, fillsFrom)) / HOUR_MS;
  const filled = fsr.credits.amount + hours * fsrCreditsPerHour(fsr.snapshotGiB);
  return Math.min(fsrCreditBucket(fsr.snapshotGiB), filled);
}

/** The key of fast snapshot restore of a snapshot in a zone. */
export function fsrId(snapshotId: string, zone: string): string {
  return `${snapshotId}@${zone}`;
}
