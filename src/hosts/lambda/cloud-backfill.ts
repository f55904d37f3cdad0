import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackfillLog } from '../../backfill/base/tools.ts';
import type { Backfill } from '../../driver/fleet/backfiller.ts';
import { MINUTE_MS, SECOND_MS, type Instant } from '../../time.ts';
import { placeOf, type PlaceOptions } from '../backfill-place.ts';
import { backfillIn, type WorkingTime } from '../run-backfill.ts';

/**
 * Invocations of a function last at most fifteen minutes. A look sooner than the slice's shortest durable wait (`SHORT_REST_MS`) is slept in the process, so
 * a backfill that replays costs one step and one wait for each invocation; one that can only wait costs as much for each rest.
 */
export const IN_A_FUNCTION: WorkingTime = {
  lookMs: 3 * SECOND_MS,
  rest: { afterMs: MINUTE_MS, lengthMs: 5 * MINUTE_MS },
  longestScanMs: 10 * MINUTE_MS,
  longestStopMs: MINUTE_MS,
};

export interface CloudBackfillOptions extends PlaceOptions {
  readonly log: BackfillLog;
  now(): Instant;
  /** For tests. */
  readonly working?: WorkingTime;
}

/**
 * The backfill of a run that a function drives; the run's record names the bucket that keeps it. Undefined if the run has none.
 * A function has its temporary folder to itself: what killed invocations have left there is removed.
 */
export function cloudBackfill({
  log,
  now,
  working = IN_A_FUNCTION,
  ...options
}: CloudBackfillOptions): Backfill | undefined {
  const place = () => placeOf({ scratch: join(tmpdir(), 'lifeboat-backfills'), ...options });
  return backfillIn(options.journal.record, place, { log, now, working, env: {}, threads: 1 });
}
