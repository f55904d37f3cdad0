import type { JournalState } from '../journal/journal.ts';
import { DAY_MS, MINUTE_MS, type Instant } from '../time.ts';
import type { RecoveryContext, RecoveryEvent } from '../workflow/recovery/recovery-context.ts';
import { recall, type TimeMemo } from './memo.ts';
import type { Clock } from './base/ports.ts';

/** The clock may be this far from the time that has passed: it is slewed, and a machine wakes up in steps. */
const TOLERANCE_MS = MINUTE_MS;

/** A run that nothing drove for longer than this was forgotten, or the clock is wrong: only a person can tell. */
const PLAUSIBLE_ABSENCE_MS = 7 * DAY_MS;

/** The clock was set while the run was driven. */
export interface ClockStep {
  /** By the run's time. */
  readonly at: Instant;
  /** How far it went forward, apart from the time that had passed; 0 when it was put right again. */
  readonly jumpMs: number;
  /** How far it is ahead of the run's time from now on. */
  readonly aheadMs: number;
}

/**
 * The time of a run. It follows the clock as long as the clock agrees with the time that has really passed, which is measured by a counter that
 * cannot be set. A clock that is put back or forward does not take the run's time with it: that goes on from where it was, as fast as time
 * passes, until the clock agrees again.
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
    // A clock that ran ahead was put back: as far as it should be, or part of the way.
    else if (deviation < -TOLERANCE_MS && this.#ahead > 0)
      this.#step(expected, 0, Math.max(0, reading - expected));
    return this.#last;
  }

  /** What has happened to the clock since this was asked last. */
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

/** When the run was last driven, by its own time and by the clock, and how far the clock was ahead because it had jumped. */
function lastOf({ lastAt, aggregates, memo }: JournalState): TimeMemo & { readonly aheadMs: number } {
  const row = aggregates.find(({ id }) => id === 'recovery')?.snapshot as
    { readonly context: RecoveryContext } | undefined;
  const aheadMs = row?.context.clock?.aheadMs ?? 0;
  return { ...(recall(memo).time ?? { at: lastAt, wall: lastAt + aheadMs }), aheadMs };
}

/**
 * How long nothing has driven a run by what the clock says, where that is too long to be believed without asking; `undefined` where it is not, and
 * for a run that has not begun.
 */
export function implausibleAbsence(now: Instant, state: JournalState): number | undefined {
  const { at, wall } = lastOf(state);
  const absence = now - wall;
  if (at === 0 || isPlausible(absence) || isPlausible(now - at)) return undefined;
  return absence < 0 ? undefined : absence;
}

/** The fact in which a person's decision about an implausible absence is kept. It holds for the absence since `lastAt` only. */
export const ABSENCE_KEY = 'absence';

export interface AbsenceDecision {
  readonly lastAt: Instant;
  /** That time has really passed. */
  readonly isCounted: boolean;
}

type ClockEvent = Extract<RecoveryEvent, { type: 'CLOCK' }>;

/**
 * The time of a run that is driven again, and what is to be noted of the clock. An absence that is not plausible is not counted unless a person has
 * said so.
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
 * How long nothing drove the run. By the clock's own readings, unless it was behind the run's time, because it had been put back, and was put right
 * meanwhile: then up to what it says now.
 */
function passedSince(at: Instant, wall: Instant, now: Instant, aheadMs: number): number {
  const byClock = Math.max(0, now - wall);
  return now - aheadMs >= at ? Math.min(byClock, now - aheadMs - at) : byClock;
}

/** What is to be noted of a step of the clock while the run was driven. */
export function clockEvent({ at, jumpMs: ms, aheadMs }: ClockStep): ClockEvent {
  const jump = ms === 0 ? {} : { jump: { ms, isAway: false, isCounted: false } };
  return { type: 'CLOCK', at, aheadMs, ...jump };
}
