import { provisionedInitSeconds } from '../../facts/ebs.ts';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { STATUS_PUBLISHED_EVERY_MS } from './rates.ts';
import type { AttachmentRecord, VolumeRecord } from './records.ts';

export type VolumeState = 'creating' | 'available' | 'in-use' | 'deleting' | 'deleted' | 'error';

const reached = (at: Instant | undefined | null, now: Instant): boolean => at != null && now >= at;

/** The state of a volume at an instant. */
export function volumeStateAt(volume: VolumeRecord, now: Instant): VolumeState {
  if (reached(volume.goneAt, now)) return 'deleted';
  if (reached(volume.deletedAt, now)) return 'deleting';
  if (reached(volume.errorAt, now)) return 'error';
  if (!reached(volume.availableAt, now)) return 'creating';
  return volume.attachedUntold === true || attachmentsAt(volume, now).length > 0 ? 'in-use' : 'available';
}

export type AttachmentState = 'attaching' | 'attached' | 'detaching' | 'busy';

export type AttachmentAt = AttachmentRecord & { readonly state: AttachmentState };

/** The attachments of a volume at an instant. */
export function attachmentsAt({ attachments = [] }: VolumeRecord, now: Instant): readonly AttachmentAt[] {
  return attachments.flatMap((attachment) => {
    const state = attachmentStateAt(attachment, now);
    return state === undefined ? [] : [{ ...attachment, state }];
  });
}

function attachmentStateAt(attachment: AttachmentRecord, now: Instant): AttachmentState | undefined {
  const { at, attachedAt, detachingAt, detachedAt } = attachment;
  if (now < at || reached(detachedAt, now)) return undefined;
  if (reached(detachingAt, now)) return detachedAt === null ? 'busy' : 'detaching';
  return reached(attachedAt, now) ? 'attached' : 'attaching';
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

/** How much of the data has arrived, 0 to 100. A volume without a rate is loaded only by reads, and none are simulated: it stays at 0. */
export function hydrationAt(volume: VolumeRecord, now: Instant): number {
  const endsAt = loadedAt(volume);
  if (endsAt === undefined) return 0;
  const whole = endsAt - volume.createdAt;
  if (whole <= 0) return 100;
  const percent = Math.min(100, Math.max(0, ((now - volume.createdAt) / whole) * 100));
  return Math.min(percent, volume.stallsAtPercent ?? 100);
}

/** When all data would be there if nothing stalls; `undefined`: never. */
function loadedAt(volume: VolumeRecord): Instant | undefined {
  const { snapshotId, sourceVolumeId, createdAt, fullSizeGiB, rateMiBps } = volume;
  if ((snapshotId ?? sourceVolumeId) === undefined || volume.fastRestored || fullSizeGiB === 0)
    return createdAt;
  if (sourceVolumeId !== undefined) return volume.copyEndsAt;
  return rateMiBps === undefined ? undefined : initializationEndsAt({ ...volume, rateMiBps });
}

/** Whether this is a volume copy that is not all written: its source has no other one meanwhile. */
export function isCopying(volume: VolumeRecord, now: Instant): boolean {
  const state = volumeStateAt(volume, now);
  const exists = state !== 'deleting' && state !== 'deleted' && state !== 'error';
  return volume.sourceVolumeId !== undefined && exists && hydrationAt(volume, now) < 100;
}

/** The instant at which the status that describes show now was taken. `phase`, 0 to 1, is the volume's own place in the round. */
export function publishedAt(volume: VolumeRecord, now: Instant, phase: number): Instant {
  const offset = volume.createdAt - phase * STATUS_PUBLISHED_EVERY_MS;
  const rounds = Math.floor((now - offset) / STATUS_PUBLISHED_EVERY_MS);
  return Math.max(volume.createdAt, offset + rounds * STATUS_PUBLISHED_EVERY_MS);
}
