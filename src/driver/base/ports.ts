import type { Wait } from './tick.ts';
import type { TimelineEntry } from '../../workflow/base/decision.ts';
import type { Phase } from '../../workflow/recovery/phase.ts';
import type { Instant } from '../../time.ts';

/** The host's time: real, or virtual at any speed. */
export interface Clock {
  now(): Instant;
  /** Monotonic milliseconds since an arbitrary instant, including time the machine slept. Unlike `now` it cannot be set. */
  passed(): number;
  /** Resolves at `at` or earlier: when `wake` aborts, or so that the caller notices a clock jump. A caller that needs the time reads `now` again. */
  sleepUntil(at: Instant, wake?: AbortSignal): Promise<void>;
}

/** Receives every timeline entry once it is durable, in order. */
export type TimelineListener = (entries: readonly TimelineEntry[]) => void;

/** Why driving stopped. A run that is paused or waits can be resumed. */
export interface DriveEnd {
  readonly phase: Phase;
  /** An operator (or Ctrl-C) paused it. */
  readonly paused: boolean;
  /** What the run waits for; empty when it has ended. */
  readonly waitsFor: readonly Wait[];
}
