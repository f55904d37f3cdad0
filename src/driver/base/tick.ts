import type { Outcome } from '../../workflow/recovery/recovery-context.ts';
import type { Phase } from '../../workflow/recovery/phase.ts';
import type { Instant } from '../../time.ts';

/** One thing that a run waits for, as data. */
export interface Wait {
  readonly for: 'time' | 'approval' | 'manual' | 'window' | 'freeze' | 'resume' | 'backfill';
  /** For approvals: the phase. Otherwise: the id of the gate. */
  readonly gate?: string;
  /** When the wait ends, or is checked again. */
  readonly at?: Instant;
}

/** The run has ended. */
export interface RunEnd {
  readonly phase: Outcome;
}

/** Where a run stands after a tick. */
export type Tick =
  | { readonly ended: RunEnd }
  | {
      readonly ended?: never;
      readonly phase: Phase;
      readonly isPaused: boolean;
      /** When to call `tick` again at the latest; absent when only an operator's signal can move the run on. A signal may always come earlier. */
      readonly wakeAt?: Instant;
      readonly waitsFor: readonly Wait[];
    };

/** Drives one run, one tick at a time. Between two ticks it may be discarded and reopened from the journal. */
export interface RunDriver {
  /** The run's time. */
  now(): Instant;
  /**
   * Does everything that is due. Starts no look, timer or request after `until`, by the run's time; requests in flight then are
   * waited for.
   *
   * @param pause when aborted, the run is paused
   */
  tick(until: Instant, pause?: AbortSignal): Promise<Tick>;
}
