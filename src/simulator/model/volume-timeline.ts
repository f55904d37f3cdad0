import { provisionedInitSeconds } from '../../facts/ebs.ts';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { ATTACHING_MS, STATUS_PUBLISHED_EVERY_MS } from './rates.ts';
import type { VolumeRecord } from './records.ts';

export type VolumeState = 'creating' | 'available' | 'in-use' | 'deleting' | 'deleted' | 'error';

const reached = (at: Instant | undefined | null, now: Instant): boolean => at != null && now >= at;

/** The state of a volume at an instant. */
export function volumeStateAt(volume: VolumeRecord, now: Instant): VolumeState {
  if (reached(volume.goneAt, now)) return 'deleted';
  if (reached(volume.deletedAt, now)) return 'deleting';
  if (reached(volume.errorAt, now)) return 'error';
  if (!reached(volume.availableAt, now)) return 'creating';
  const isAttached = volume.attachedUntold === true || attachmentStateAt(volume, now) !== 'detached';
  return isAttached ? 'in-use' : 'available';
}

export function attachmentStateAt(
  volume: VolumeRecord,
  now: Instant,
): 'attaching' | 'attached' | 'detaching' | 'detached' {
  const attachment = volume.attachment;
  if (attachment === undefined || now < attachment.at) return 'detached';
  if (reached(attachment.detachedAt, now)) {
    return now < (attachment.detachedAt ?? now) + ATTACHING_MS ? 'detaching' : 'detached';
  }
  return now < attachment.at + ATTACHING_MS ? 'attaching' : 'attached';
}

/** When a provisioned initialisation has read everything, and gives its MiB/s back. */
export function initializationEndsAt(volume: {
  readonly createdAt: Instant;
  readonly fullSizeGiB: number;
  readonly rateMiBps: number;
  readonly initFactor?: number | undefined;
}): Instant {
  const seconds = provisionedInitSeconds(volume.fullSizeGiB, volume.rateMiBps) * (volume.initFactor ?? 1);
  return volume.createdAt + seconds * SECOND_MS;
}

/** How much of the snapshot's data has arrived, 0 to 100. A volume without a rate is loaded only by reads, and none are simulated: it stays at 0. */
export function hydrationAt(volume: VolumeRecord, now: Instant): number {
  if (volume.snapshotId === undefined || volume.fastRestored || volume.fullSizeGiB === 0) return 100;
  if (volume.rateMiBps === undefined) return 0;
  const whole = initializationEndsAt({ ...volume, rateMiBps: volume.rateMiBps }) - volume.createdAt;
  const percent = Math.min(100, Math.max(0, ((now - volume.createdAt) / whole) * 100));
  return Math.min(percent, volume.stallsAtPercent ?? 100);
}

/** The instant at which the status that describes show now was taken. `phase`, 0 to 1, is the volume's own place in the round. */
export function publishedAt(volume: VolumeRecord, now: Instant, phase: number): Instant {
  const offset = volume.createdAt - phase * STATUS_PUBLISHED_EVERY_MS;
  const rounds = Math.floor((now - offset) / STATUS_PUBLISHED_EVERY_MS);
  return Math.max(volume.createdAt, offset + rounds * STATUS_PUBLISHED_EVERY_MS);
}
