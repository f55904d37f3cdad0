import type { Wait } from './tick.ts';
import type { TimelineEntry } from '../../workflow/base/decision.ts';
import type { Phase } from '../../workflow/recovery/phase.ts';
import type { Instant } from '../../time.ts';

/** Time as a host lives it: real, or virtual at any speed. */
export interface Clock {
  now(): Instant;
  /** Milliseconds since some instant, the sleep of the machine included. Unlike `now` it cannot be set. */
  passed(): number;
  /** Resolves at `at`, or earlier: when `wake` aborts, or to let a clock that jumped be noticed. A caller that needs the instant reads `now` again. */
  sleepUntil(at: Instant, wake?: AbortSignal): Promise<void>;
}

/** Told of every timeline entry after it is durable, in order. */
export type TimelineListener = (entries: readonly TimelineEntry[]) => void;

/** Why driving stopped. A run that is paused or waits can be resumed. */
export interface DriveEnd {
  readonly phase: Phase;
  /** An operator (or Ctrl-C) paused it. */
  readonly paused: boolean;
  /** What it waits for; empty when it has ended. */
  readonly waitsFor: readonly Wait[];
}
