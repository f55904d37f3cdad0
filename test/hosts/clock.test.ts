import { realClock, virtualClock } from '../../src/hosts/clock.ts';
import { RunTime } from '../../src/driver/run-time.ts';
import { SimulatedClock } from '../../src/simulator/index.ts';
import { FakeClock, minutes, T0 } from '../driver/stage.ts';

const YEARS = 28_935 * 86_400_000;

const never = new AbortController().signal;

test('a virtual clock moves on at once, tells each time, and never back', async () => {
  const moves: number[] = [];
  const clock = virtualClock(new SimulatedClock(T0), Infinity, (at) => void moves.push(at));
  await clock.sleepUntil(T0 + 1_500.2, never);
  await clock.sleepUntil(T0, never);
  expect(clock.now()).toBe(T0 + 1_501);
  expect(moves).toEqual([T0 + 1_501]);
});

test('one at a speed that people can watch does not jump ahead when it is woken', async () => {
  const clock = virtualClock(new SimulatedClock(T0), 1, () => undefined);
  const wake = new AbortController();
  const slept = clock.sleepUntil(T0 + minutes(60), wake.signal);
  wake.abort();
  await slept;
  expect(clock.now()).toBe(T0);
});

test('a view sees a virtual clock go on at its speed during a sleep, no further than the sleep, and back when it is woken', async () => {
  const speed = 1_000;
  const clock = virtualClock(new SimulatedClock(T0), speed, () => undefined);
  expect(clock.shown()).toBe(T0);
  const wake = new AbortController();
  const began = performance.now();
  const slept = clock.sleepUntil(T0 + minutes(60), wake.signal);
  await new Promise((resolve) => setTimeout(resolve, 10));
  const shown = clock.shown();
  expect(shown).toBeGreaterThan(T0);
  expect(shown).toBeLessThanOrEqual(T0 + (performance.now() - began) * speed);
  expect(clock.now()).toBe(T0);
  wake.abort();
  await slept;
  expect(clock.shown()).toBe(T0);
  const short = clock.sleepUntil(T0 + 50 * speed, new AbortController().signal);
  while (clock.shown() < T0 + 50 * speed) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(clock.shown()).toBe(T0 + 50 * speed);
  await short;
  expect(clock.shown()).toBe(clock.now());
});

test('the real clock wakes when it is told to', async () => {
  const wake = new AbortController();
  const slept = realClock.sleepUntil(Date.now() + minutes(60), wake.signal);
  wake.abort();
  await slept;
  await realClock.sleepUntil(Date.now() + minutes(60), wake.signal);
  await realClock.sleepUntil(Date.now() - 1);
  expect(Math.abs(realClock.now() - Date.now())).toBeLessThan(minutes(1));
});

test('the real clock counts the time that has passed, and never back', async () => {
  const began = realClock.passed();
  const beganMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const [passed, passedMs] = [realClock.passed() - began, performance.now() - beganMs];
  expect(passed).toBeGreaterThanOrEqual(19);
  expect(passed).toBeLessThanOrEqual(passedMs + 1_000);
});

describe('the time of a run', () => {
  test('follows the clock, never goes back, and goes on while a clock that was put back catches up', () => {
    const clock = new FakeClock();
    const time = new RunTime(clock, T0);
    expect(time.now()).toBe(T0);
    clock.elapsed = 10_000;
    expect(time.now()).toBe(T0 + 10_000);
    clock.jump(minutes(-60));
    expect(time.now()).toBe(T0 + 10_000);
    clock.elapsed = 15_000;
    expect(time.now()).toBe(T0 + 15_000);
    clock.jump(minutes(+60));
    expect(time.now()).toBe(T0 + 15_000);
    expect(time.takeSteps()).toEqual([]);
  });

  test('follows a clock that is slewed, however far in all', () => {
    const clock = new FakeClock();
    const time = new RunTime(clock, T0);
    for (let step = 1; step <= 10; step += 1) {
      clock.jump(30_000);
      expect(time.now()).toBe(T0 + step * 30_000);
    }
    expect(time.takeSteps()).toEqual([]);
  });

  test('does not go with a clock that jumps forward, and says by how much', () => {
    const clock = new FakeClock();
    const time = new RunTime(clock, T0);
    clock.elapsed = 5_000;
    clock.jump(YEARS);
    expect(time.now()).toBe(T0 + 5_000);
    clock.elapsed = 65_000;
    expect(time.now()).toBe(T0 + 65_000);
    expect(time.takeSteps()).toEqual([{ at: T0 + 5_000, jumpMs: YEARS, aheadMs: YEARS }]);
    expect(time.takeSteps()).toEqual([]);
    clock.jump(-YEARS);
    clock.elapsed = 70_000;
    expect(time.now()).toBe(T0 + 70_000);
    expect(time.takeSteps()).toEqual([{ at: T0 + 70_000, jumpMs: 0, aheadMs: 0 }]);
  });

  test('goes on after a long sleep of the machine: that time has passed', () => {
    const clock = new FakeClock();
    const time = new RunTime(clock, T0);
    clock.elapsed = minutes(600);
    expect([time.now(), time.takeSteps()]).toEqual([T0 + minutes(600), []]);
  });

  test('begins no earlier than what is written', () => {
    const clock = new FakeClock();
    const time = new RunTime(clock, T0 + 500);
    clock.elapsed = 100;
    expect(time.now()).toBe(T0 + 600);
  });
});
