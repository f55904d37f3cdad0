import type { TimelineEntry } from '../workflow/decision.ts';
import type { Phase } from '../workflow/phase.ts';
import type { Instant } from '../time.ts';

/** Time as a host lives it: real, or virtual at any speed. */
export interface Clock {
  now(): Instant;
  /** Milliseconds since some instant, the sleep of the machine included. Unlike `now` it cannot be set. */
  passed(): number;
  /** Resolves at `at`, or earlier: when `wake` aborts, or to let a clock that jumped be noticed. Whoever needs the instant looks again. */
  sleepUntil(at: Instant, wake?: AbortSignal): Promise<void>;
}

/** Why driving stopped. `paused` and `waiting` leave the run resumable. */
export interface DriveEnd {
  readonly phase: Phase;
  /** An operator (or Ctrl-C) paused it. */
  readonly paused: boolean;
  /** Nothing can go on without a person: what is waited for. */
  readonly waitingFor: readonly string[];
}

/** A run with everything it needs to go on: its journal, executors and clock. */
export interface Host {
  /** The time of the run, for a view of it: the machine's clock on a real account, at simulated speed in a simulation. */
  now(): Instant;
  /**
   * Drives the run until it ends, is paused, or waits for a person.
   * @param pause when aborted, the run is paused safely: nothing in flight is lost.
   * @throws LifeboatError RUN_IS_DRIVEN when another process drives it; JOURNAL_* when the journal cannot be written.
   */
  drive(pause: AbortSignal): Promise<DriveEnd>;
  /** Removes all that an ended run made and left. */
  cleanUp(): Promise<{ readonly removed: readonly string[] }>;
  close(): Promise<void>;
}

/** Told of every timeline entry after it is durable, in order. */
export type TimelineListener = (entries: readonly TimelineEntry[]) => void;
