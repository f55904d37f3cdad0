import type { JournalState } from '../journal/journal.ts';
import { DAY_MS, MINUTE_MS, type Instant } from '../time.ts';
import type { RecoveryContext, RecoveryEvent } from '../workflow/recovery/recovery-context.ts';
import { recall, type TimeMemo } from './memo.ts';
import type { Clock } from './base/ports.ts';

/** Tolerated difference between the clock and elapsed time: NTP slews the clock, and a machine wakes up in steps. */
const TOLERANCE_MS = MINUTE_MS;

/** If no process drove the run for longer than this, either the run was forgotten or the clock is wrong: an operator must decide which. */
const PLAUSIBLE_ABSENCE_MS = 7 * DAY_MS;

/** The clock was set while the run was driven. */
export interface ClockStep {
  /** In the run's time. */
  readonly at: Instant;
  /** How far the clock jumped forward beyond the elapsed time; 0 when it was corrected. */
  readonly jumpMs: number;
  /** How far the clock is ahead of the run's time from now on. */
  readonly aheadMs: number;
}

/**
 * The time of a run. It follows the clock as long as the clock agrees with elapsed time, measured by a monotonic counter that
 * cannot be set. Setting the clock back or forward does not change the run's time: it continues from where it was, by elapsed time,
 * until the clock agrees again.
 */
export class RunTime {
  readonly #clock: Clock;
  #passed: number;
  #last: Instant;
  #ahead: number;
  #steps: ClockStep[] = [];

  /** `at`: the run's time now; `aheadMs`: how far the clock is ahead of it because it jumped. */
  constructor(clock: Clock, at: Instant, aheadMs = 0) {
    this.#clock = clock;
    this.#passed = clock.passed();
    this.#ahead = aheadMs;
    this.#last = at;
  }

  get memo(): TimeMemo {
    return { at: this.now(), wall: this.#clock.now() };
  }

  now(): Instant {
    const passed = this.#clock.passed();
    const expected = this.#last + Math.max(0, passed - this.#passed);
    this.#passed = passed;
    const reading = this.#clock.now();
    const deviation = reading - this.#ahead - expected;
    this.#last = deviation > 0 && deviation <= TOLERANCE_MS ? reading - this.#ahead : expected;
    if (deviation > TOLERANCE_MS) this.#step(expected, deviation, this.#ahead + deviation);
    // The clock was ahead and was set back, fully or partly.
    else if (deviation < -TOLERANCE_MS && this.#ahead > 0)
      this.#step(expected, 0, Math.max(0, reading - expected));
    return this.#last;
  }

  /** Clock jumps since the last call. */
  takeSteps(): readonly ClockStep[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }

  #step(at: Instant, jumpMs: number, aheadMs: number): void {
    this.#ahead = aheadMs <= TOLERANCE_MS ? 0 : aheadMs;
    this.#steps.push({ at, jumpMs, aheadMs: this.#ahead });
  }
}

function isPlausible(absenceMs: number): boolean {
  return absenceMs >= -TOLERANCE_MS && absenceMs <= PLAUSIBLE_ABSENCE_MS;
}

/** When the run was last driven, by the run's time and by the clock, and how far the clock was ahead because of a jump. */
function lastOf({ lastAt, aggregates, memo }: JournalState): TimeMemo & { readonly aheadMs: number } {
  const row = aggregates.find(({ id }) => id === 'recovery')?.snapshot as
    { readonly context: RecoveryContext } | undefined;
  const aheadMs = row?.context.clock?.aheadMs ?? 0;
  return { ...(recall(memo).time ?? { at: lastAt, wall: lastAt + aheadMs }), aheadMs };
}

/**
 * How long, by the clock, no process drove a run, if that is too long to accept without an operator's decision; otherwise `undefined`, also
 * for a run that has not begun.
 */
export function implausibleAbsence(now: Instant, state: JournalState): number | undefined {
  const { at, wall } = lastOf(state);
  const absence = now - wall;
  if (at === 0 || isPlausible(absence) || isPlausible(now - at)) return undefined;
  return absence < 0 ? undefined : absence;
}

/** Name of the fact that stores an operator's decision about an implausible absence. It is valid for the absence since `lastAt` only. */
export const ABSENCE_KEY = 'absence';

export interface AbsenceDecision {
  readonly lastAt: Instant;
  /** The operator confirmed that this time has passed. */
  readonly isCounted: boolean;
}

type ClockEvent = Extract<RecoveryEvent, { type: 'CLOCK' }>;

/**
 * The time of a run that is driven again, and the clock jumps to record. An implausible absence is not counted unless an operator has
 * confirmed it.
 */
export function resumeTime(
  clock: Clock,
  state: JournalState,
  decision: AbsenceDecision | undefined,
): { readonly time: RunTime; readonly event?: ClockEvent } {
  const now = clock.now();
  const { at, wall, aheadMs } = lastOf(state);
  const ms = implausibleAbsence(now, state);
  if (ms !== undefined) {
    const isCounted = decision?.lastAt === state.lastAt && decision.isCounted;
    const ahead = isCounted ? aheadMs : now - at;
    const time = new RunTime(clock, Math.max(at, now - ahead), ahead);
    const jump = { ms, isAway: true, isCounted };
    return { time, event: { type: 'CLOCK', at: time.now(), aheadMs: ahead, jump } };
  }
  if (aheadMs === 0 || isPlausible(now - aheadMs - at))
    return { time: new RunTime(clock, at + passedSince(at, wall, now, aheadMs), aheadMs) };
  const time = new RunTime(clock, Math.max(at, now));
  return { time, event: { type: 'CLOCK', at: time.now(), aheadMs: 0 } };
}

/**
 * How long no process drove the run. By the clock's readings, unless the clock was behind the run's time (it had been set back) and was corrected
 * meanwhile: then up to its present reading.
 */
function passedSince(at: Instant, wall: Instant, now: Instant, aheadMs: number): number {
  const byClock = Math.max(0, now - wall);
  return now - aheadMs >= at ? Math.min(byClock, now - aheadMs - at) : byClock;
}

/** The record of a clock jump while the run was driven. */
export function clockEvent({ at, jumpMs: ms, aheadMs }: ClockStep): ClockEvent {
  const jump = ms === 0 ? {} : { jump: { ms, isAway: false, isCounted: false } };
  return { type: 'CLOCK', at, aheadMs, ...jump };
}
