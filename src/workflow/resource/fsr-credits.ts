import { fsrCreditBucket, fsrCreditsPerHour } from '../../facts/ebs.ts';
import { HOUR_MS, SECOND_MS, type Instant } from '../../time.ts';
import type { FsrUse } from './resource-context.ts';

/** One second of margin, because the clock of AWS differs from the local one. */
const MARGIN_MS = SECOND_MS;
/** Tolerance for rounding. */
const EPSILON = 1e-9;

/** Volume-creation credits by the published formula; EC2 itself does not tell. 0 until enabled. */
export function creditsAt(fsr: FsrUse, snapshotGiB: number, at: Instant): number {
  if (fsr.state !== 'enabled' || fsr.creditsAsOf === undefined) return 0;
  const gained = (fsrCreditsPerHour(snapshotGiB) * Math.max(0, at - fsr.creditsAsOf)) / HOUR_MS;
  return Math.min(fsrCreditBucket(snapshotGiB), fsr.creditBalance + gained);
}

/** Whether a whole credit is certain: from the end of the wait of {@link nextCreditMs}, however often it is read meanwhile. */
export function hasCreditAt(fsr: FsrUse, snapshotGiB: number, at: Instant): boolean {
  return creditsAt(fsr, snapshotGiB, at - MARGIN_MS) >= 1 - EPSILON;
}

/** Milliseconds until there is a whole credit; `undefined` while it is not enabled. */
export function nextCreditMs(fsr: FsrUse, snapshotGiB: number, at: Instant): number | undefined {
  if (fsr.state !== 'enabled' || fsr.creditsAsOf === undefined) return undefined;
  const missing = 1 - creditsAt(fsr, snapshotGiB, at);
  return missing <= 0 ? 0 : Math.ceil((missing / fsrCreditsPerHour(snapshotGiB)) * HOUR_MS) + MARGIN_MS;
}

/** One volume was made at `at`. */
export function spendCredit(fsr: FsrUse, snapshotGiB: number, at: Instant): FsrUse {
  return { ...fsr, creditBalance: creditsAt(fsr, snapshotGiB, at) - 1, creditsAsOf: at };
}

/** A volume was created without fast snapshot restore: another user of the account had used the credit. */
export function noCredits(fsr: FsrUse, at: Instant): FsrUse {
  return { ...fsr, creditBalance: 0, creditsAsOf: at };
}
