import { uptime } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { pause } from '../pause.ts';
import type { Instant } from '../time.ts';
import type { Clock } from '../driver/base/ports.ts';

/** The longest single timer: Node's own limit is 2^31 - 1 ms, and a suspended machine should notice soon. */
const LONGEST_TIMER_MS = 60_000;

/** The counter of some systems has a resolution of whole seconds. */
const UPTIME_RESOLUTION_MS = 1_000;

/** Milliseconds since the machine was started; `undefined` if the system does not provide it. */
function uptimeMs(): number | undefined {
  try {
    return uptime() * 1_000;
  } catch {
    return undefined;
  }
}

const uptimeAtStart = uptimeMs();

/**
 * On some systems the process's counter stops while the machine sleeps; the machine's does not. Both are needed: the first is exact, the
 * second includes sleep.
 */
function passedMs(): number {
  const machine = uptimeMs();
  const sinceStart = machine === undefined || uptimeAtStart === undefined ? 0 : machine - uptimeAtStart;
  return Math.max(performance.now(), sinceStart - UPTIME_RESOLUTION_MS);
}

/** The machine's own clock. It may jump; `RunTime` keeps the run's time from jumping. */
export const realClock: Clock = {
  now: () => Date.now(),
  passed: passedMs,
  async sleepUntil(at, wake) {
    await pause(Math.min(LONGEST_TIMER_MS, Math.max(0, at - Date.now())), wake);
  },
};

/** How often a run that waits for operators checks for their signals. */
const LISTEN_EVERY_MS = 500;

/** Waits a moment of real time, for a run that waits for operators, simulated or not. */
export function aWhile(wake: AbortSignal): Promise<void> {
  return pause(LISTEN_EVERY_MS, wake);
}

/** A virtual clock that can be advanced. */
export interface MovableClock {
  now(): Instant;
  advanceTo(at: Instant): void;
}

/** Real time a simulation may run before it yields to the event loop for signals, time-outs and output. */
const TURN_MS = 20;

export interface VirtualClock extends Clock {
  /** The time for a view: during a sleep it advances at the simulated speed, whereas `now` does not change until the sleep ends. */
  shown(): Instant;
}

/**
 * Sleeping advances the virtual clock: at once, or at `speed` simulated seconds per real second. Whole milliseconds.
 * `onMove` is called each time (to store the clock).
 */
export function virtualClock(
  clock: MovableClock,
  speed: number,
  onMove: (at: Instant) => Promise<void> | void,
): VirtualClock {
  let turnBegan = performance.now();
  let sleep: { readonly beganMs: number; readonly until: Instant } | undefined;
  return {
    now: () => clock.now(),
    passed: () => clock.now(),
    shown() {
      if (sleep === undefined) return clock.now();
      const slept = Math.floor((performance.now() - sleep.beganMs) * speed);
      return Math.min(sleep.until, clock.now() + slept);
    },
    async sleepUntil(at, wake) {
      const milliseconds = at - clock.now();
      if (milliseconds <= 0) return;
      if (Number.isFinite(speed)) {
        sleep = { beganMs: performance.now(), until: at };
        await pause(milliseconds / speed, wake);
        sleep = undefined;
        if (wake?.aborted === true) return;
      } else if (performance.now() - turnBegan > TURN_MS) {
        await setImmediate();
        turnBegan = performance.now();
      }
      clock.advanceTo(Math.ceil(at));
      await onMove(clock.now());
    },
  };
}
