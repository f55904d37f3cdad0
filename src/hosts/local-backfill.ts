import { availableParallelism } from 'node:os';
import type { BackfillLog } from '../backfill/base/tools.ts';
import type { Backfill } from '../driver/fleet/backfiller.ts';
import type { Instant } from '../time.ts';
import { placeOf, type PlaceOptions } from './backfill-place.ts';
import { backfillIn, STAYING } from './run-backfill.ts';

export interface LocalBackfillOptions extends PlaceOptions {
  /** Folder of the run. */
  readonly directory: string;
  readonly log: BackfillLog;
  now(): Instant;
}

/** The backfill of a run that a process on an operator's machine drives. Undefined if the run has none. */
export function localBackfill({
  directory,
  log,
  now,
  ...options
}: LocalBackfillOptions): Backfill | undefined {
  return backfillIn(options.journal.record, () => placeOf(options, directory), {
    ...{ log, now, working: STAYING, env: process.env },
    threads: Math.min(2, availableParallelism()),
  });
}
