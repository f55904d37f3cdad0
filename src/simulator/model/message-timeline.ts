import type { Instant } from '../../time.ts';
import type { MessageRecord } from './records.ts';

/** Received, and hidden from others until its visibility timeout ends. */
export function isInFlight({ receives, visibleAt }: MessageRecord, now: Instant): boolean {
  return receives > 0 && visibleAt > now;
}
