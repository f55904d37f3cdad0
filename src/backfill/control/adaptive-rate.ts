import type { Governor } from '../base/replay-ports.ts';
import type { OwnHealth } from './held-back.ts';
import type { LiveSample } from './traffic-view.ts';

export interface AdaptiveSettings {
  /** What the live traffic's p99 may come to. Absent: twice of what it was before the replay began. */
  readonly p99Seconds?: number;
  /** What share of the live requests may fail. */
  readonly errorRatePercent: number;
  /** Sends a second that are never exceeded. */
  readonly maxRate?: number;
  /** How many sends may be under way. */
  readonly connections: number;
  /** What is known of the live signal; absent: there is none, and the replay's own answers are all that it goes by. */
  readonly live?: {
    /** Between two samples. */
    readonly periodSeconds: number;
    /** Until what happens now shows in a sample. */
    readonly delaySeconds: number;
  };
}

/** As much as the live traffic leaves room for. Times are milliseconds of a clock that never jumps. */
export interface AdaptiveRate extends Governor {
  observe(sample: LiveSample, nowMs: number): void;
  notice(health: OwnHealth, nowMs: number): void;
}
