import type { Clock, DriveEnd } from './base/ports.ts';
import type { RunDriver } from './base/tick.ts';

/** How a long-lived process waits between two ticks. */
export interface Waiting {
  readonly clock: Clock;
  /** Calls `wake` when another process has written a signal, until the returned function is called. Absent: no other process can write one. */
  readonly onSpoken?: (wake: () => void) => () => void;
  /**
   * Resolves when a signal may have arrived or a freeze file may have been removed, or when `pause` aborts. Present when an operator attends the run
   * in a terminal. Absent: driving stops when only a signal can move the run on.
   */
  readonly untilSpoken?: (pause: AbortSignal) => Promise<void>;
}

/** Ticks until the run ends, is paused, or waits for operators: for a process that lives as long as the run. */
export async function drive(driver: RunDriver, waiting: Waiting, pause: AbortSignal): Promise<DriveEnd> {
  for (;;) {
    const tick = await driver.tick(Number.POSITIVE_INFINITY, pause);
    if (tick.ended !== undefined) return { phase: tick.ended.phase, paused: false, waitsFor: [] };
    const { phase, isPaused, wakeAt, waitsFor } = tick;
    const isOnlyForPeople =
      waiting.untilSpoken === undefined || waitsFor.some((wait) => wait.for === 'resume');
    if (wakeAt !== undefined) await sleep(driver, wakeAt, waiting, pause);
    else if (isOnlyForPeople) return { phase, paused: isPaused, waitsFor };
    else await waiting.untilSpoken(pause);
  }
}

/** Sleeps in this process until the run's time is `wakeAt`, or another process has written a signal. */
export async function sleep(
  driver: Pick<RunDriver, 'now'>,
  wakeAt: number,
  { clock, onSpoken }: Pick<Waiting, 'clock' | 'onSpoken'>,
  pause: AbortSignal,
): Promise<void> {
  const spoken = new AbortController();
  const unhear = onSpoken?.(() => spoken.abort());
  const waitMs = Math.max(0, wakeAt - driver.now());
  const wake = unhear === undefined ? pause : AbortSignal.any([pause, spoken.signal]);
  try {
    await clock.sleepUntil(clock.now() + waitMs, wake);
  } finally {
    unhear?.();
  }
}
