import { withInstants } from '../../src/simulator/endpoint/instants.ts';
import { FollowingClock } from '../../src/simulator/endpoint/following-clock.ts';
import { MINUTE_MS } from '../../src/time.ts';

const CAPTURE = Date.parse('2026-11-20T03:00:00Z');
const START = Date.parse('2027-05-01T12:00:00Z');

function stage(speed: number) {
  let real = START;
  const clock = new FollowingClock(CAPTURE, speed, () => real);
  return { clock, pass: (ms: number) => (real += ms) };
}

test('simulated time begins at the capture and passes so many times as fast as real time', () => {
  const { clock, pass } = stage(600);
  expect(clock.now()).toBe(CAPTURE);
  pass(1_000);
  expect(clock.now()).toBe(CAPTURE + 10 * MINUTE_MS);
});

test('instants are told in real time: as old as they were at the capture, and fast afterwards', () => {
  const { clock, pass } = stage(600);
  pass(5_000);
  expect(clock.toReal(CAPTURE - 120 * MINUTE_MS)).toBe(START - 120 * MINUTE_MS);
  expect(clock.toReal(CAPTURE + 10 * MINUTE_MS)).toBe(START + 1_000);
  expect(clock.toReal(clock.now())).toBe(START + 5_000);
  expect(clock.toSimulated(START - 7)).toBe(CAPTURE - 7);
});

test('an instant that was told is not later when it comes back', () => {
  const { clock } = stage(7);
  for (let at = CAPTURE - 50; at < CAPTURE + 50; at += 1) {
    const back = clock.toSimulated(clock.toReal(at));
    expect(back).toBeLessThanOrEqual(at);
    expect(at - back).toBeLessThanOrEqual(7);
  }
});

test('the speed can change on the way, and time can stand still', () => {
  const { clock, pass } = stage(10);
  pass(1_000);
  clock.setSpeed(0);
  pass(60_000);
  expect([clock.now(), clock.speed]).toEqual([CAPTURE + 10_000, 0]);
  expect(clock.toReal(clock.now())).toBe(START + 1_000);
  clock.setSpeed(2);
  pass(500);
  expect(clock.now()).toBe(CAPTURE + 11_000);
  expect(clock.toReal(clock.now())).toBe(START + 61_500);
});

test('a system clock that is set back does not set the simulated one back', () => {
  const { clock, pass } = stage(1);
  pass(10_000);
  expect(clock.now()).toBe(CAPTURE + 10_000);
  pass(-60_000);
  expect(clock.now()).toBe(CAPTURE + 10_000);
});

test('instants are moved wherever they are, and nothing else is touched', () => {
  const bytes = Buffer.from('x');
  const value = { at: new Date(5), list: [{ at: new Date(6), bytes }], text: 'x', none: undefined };
  expect(withInstants(value, (at) => at * 10)).toEqual({
    ...value,
    at: new Date(50),
    list: [{ at: new Date(60), bytes }],
  });
});
