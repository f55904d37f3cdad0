import type { Outcome } from '../../workflow/recovery/recovery-context.ts';
import type { Phase } from '../../workflow/recovery/phase.ts';
import type { Instant } from '../../time.ts';

/** One thing that a run waits for, as data. */
export interface Wait {
  readonly for: 'time' | 'approval' | 'manual' | 'window' | 'freeze' | 'resume' | 'backfill';
  /** The phase whose approvals are missing; else the id of the gate. */
  readonly gate?: string;
  /** When it is over, or is looked at again. */
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

/** Drives one run, a tick at a time. Between two ticks it may be thrown away and opened again from the journal. */
export interface RunDriver {
  /** The run's time. */
  now(): Instant;
  /**
   * Does everything that is due. Starts no look, no timer and no request after `until`, by the run's time; what is under way then is
   * waited for.
   *
   * @param pause when aborted, the run is paused
   */
  tick(until: Instant, pause?: AbortSignal): Promise<Tick>;
}
