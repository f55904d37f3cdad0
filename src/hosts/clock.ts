import { uptime } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { pause } from '../pause.ts';
import type { Instant } from '../time.ts';
import type { Clock } from '../driver/base/ports.ts';

/** The longest single timer: Node's own limit is 2^31 - 1 ms, and a suspended machine should notice soon. */
const LONGEST_TIMER_MS = 60_000;

/** Whole seconds at the least: the counter of some systems has no more. */
const UPTIME_RESOLUTION_MS = 1_000;

/** Milliseconds since the machine was started; `undefined` where the system does not tell. */
function uptimeMs(): number | undefined {
  try {
    return uptime() * 1_000;
  } catch {
    return undefined;
  }
}

const uptimeAtStart = uptimeMs();

/**
 * The counter of the process stops on some systems while the machine sleeps, that of the machine does not. Both are needed: the first is exact, the
 * second is complete.
 */
function passedMs(): number {
  const machine = uptimeMs();
  const sinceStart = machine === undefined || uptimeAtStart === undefined ? 0 : machine - uptimeAtStart;
  return Math.max(performance.now(), sinceStart - UPTIME_RESOLUTION_MS);
}

/** The machine's own clock. It may jump; what drives a run makes sure that the run's time does not. */
export const realClock: Clock = {
  now: () => Date.now(),
  passed: passedMs,
  async sleepUntil(at, wake) {
    await pause(Math.min(LONGEST_TIMER_MS, Math.max(0, at - Date.now())), wake);
  },
};

/** How often a run that waits for people looks whether one has spoken. */
const LISTEN_EVERY_MS = 500;

/** A moment of real time, for a run that waits for people, simulated or not. */
export function aWhile(wake: AbortSignal): Promise<void> {
  return pause(LISTEN_EVERY_MS, wake);
}

/** A virtual clock that can be moved on. */
export interface MovableClock {
  now(): Instant;
  advanceTo(at: Instant): void;
}

/** Real time a simulation may run before the process gets a turn at everything else: signals, time-outs, output. */
const TURN_MS = 20;

export interface VirtualClock extends Clock {
  /** The time for a view: during a sleep it goes on at the simulated speed, where `now` stands still until the sleep ends. */
  shown(): Instant;
}

/**
 * Sleeping moves a virtual clock on: at once, or as slowly as `speed` simulated seconds per real second. Whole milliseconds.
 * `onMove` is told each time (to write the clock down).
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
