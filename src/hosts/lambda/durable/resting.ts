import type { Tick } from '../../../driver/base/tick.ts';
import type { Journal } from '../../../journal/journal.ts';
import type { Wakes } from '../../../journal/wakes.ts';
import { MINUTE_MS, type Instant } from '../../../time.ts';

/** Only longer waits are worth a registration that lets signals and events of AWS end them. */
const LONG_REST_MS = 5 * MINUTE_MS;
/** Registrations are best effort: a lost signal is found after this time at the latest. The proof of who gave an approval is valid for 15 minutes. */
const LONGEST_REST_MS = 10 * MINUTE_MS;
/** Nothing announces that a freeze file is gone. */
const FREEZE_REST_MS = 5 * MINUTE_MS;

/**
 * Milliseconds until the next tick of a run that is not driven by a process that stays.
 *
 * @param idleUntil while forecasts say that nothing will change, the looks until then are left out; absent: they are not
 */
export function restOf(
  { wakeAt, waitsFor }: Extract<Tick, { readonly ended?: never }>,
  idleUntil: Instant | undefined,
  now: Instant,
): number {
  const isFrozen = waitsFor.some((wait) => wait.for === 'freeze');
  const longest = isFrozen ? FREEZE_REST_MS : LONGEST_REST_MS;
  return wakeAt === undefined ? longest : Math.min(longest, Math.max(0, (idleUntil ?? wakeAt) - now));
}

export function isLongRest(restMs: number): boolean {
  return restMs > LONG_REST_MS;
}

/**
 * Registers the callback that ends the rest of a run. First the registration, then the inbox: a signal is heard now, or its sender finds whom to wake.
 *
 * @returns false when a signal has come meanwhile, so that the run cannot rest
 */
export async function register(
  wakes: Pick<Wakes, 'expectWake'>,
  journal: Pick<Journal, 'record' | 'pendingSignals'>,
  callbackId: string,
): Promise<boolean> {
  await wakes.expectWake(journal.record.runId, callbackId);
  return (await journal.pendingSignals()).length === 0;
}
