import type { DriveEnd } from '../driver/base/ports.ts';
import type { Instant } from '../time.ts';

/** A run with everything that drives it: its journal, executors and clock. */
export interface Host {
  /** The time of the run, for a view of it: the machine's clock on a real account, at simulated speed in a simulation. */
  now(): Instant;
  /**
   * Drives the run until it ends, is paused, or waits for an operator.
   * @param pause when aborted, the run is paused safely: nothing in flight is lost.
   * @throws LifeboatError RUN_IS_DRIVEN when another process drives it; JOURNAL_* when the journal cannot be written.
   */
  drive(pause: AbortSignal): Promise<DriveEnd>;
  close(): Promise<void>;
}
