import { fsrCreditBucket, fsrCreditsPerHour } from '../../facts/ebs.ts';
import { HOUR_MS, SECOND_MS, type Instant } from '../../time.ts';
import type { Part } from '../steps.ts';

/** One second of margin, because the clock of AWS differs from the local one. */
const MARGIN_MS = SECOND_MS;
/** Tolerance for rounding. */
const EPSILON = 1e-9;

function balanceOf({ data }: Part): number {
  return typeof data.credits === 'number' ? data.credits : 0;
}

/**
 * Volume-creation credits of fast snapshot restore by the published formula; EC2 itself does not tell. 0 until enabled. The part keeps the run's own
 * count at the instant `counted`: 0 when enabled, less one for each created volume, 0 again when a volume showed that there were none.
 */
export function creditsAt(fsr: Part, snapshotGiB: number, at: Instant): number {
  const { enabled, counted } = fsr.at;
  if (enabled === undefined || counted === undefined) return 0;
  const gained = (fsrCreditsPerHour(snapshotGiB) * Math.max(0, at - counted)) / HOUR_MS;
  return Math.min(fsrCreditBucket(snapshotGiB), balanceOf(fsr) + gained);
}

/** Whether a whole credit is certain: from {@link creditAt} on, however often it is read meanwhile. */
export function hasCreditAt(fsr: Part, snapshotGiB: number, at: Instant): boolean {
  return creditsAt(fsr, snapshotGiB, at - MARGIN_MS) >= 1 - EPSILON;
}

/** When there is a whole credit; `undefined` while fast snapshot restore is not enabled. */
export function creditAt(fsr: Part, snapshotGiB: number): Instant | undefined {
  const { enabled, counted } = fsr.at;
  if (enabled === undefined || counted === undefined) return undefined;
  const missing = 1 - balanceOf(fsr);
  return missing <= 0
    ? counted
    : counted + Math.ceil((missing / fsrCreditsPerHour(snapshotGiB)) * HOUR_MS) + MARGIN_MS;
}

/** One volume was made at `at`. */
export function spendCredit(fsr: Part, snapshotGiB: number, at: Instant): Part {
  return withCredits(fsr, creditsAt(fsr, snapshotGiB, at) - 1, at);
}

/** The run's own count of the credits at `at`. */
export function withCredits(fsr: Part, credits: number, at: Instant): Part {
  return { ...fsr, at: { ...fsr.at, counted: at }, data: { ...fsr.data, credits } };
}
