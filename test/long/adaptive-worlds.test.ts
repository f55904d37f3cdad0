import { fixedRate, p99Of, playWorld, rateOf, type World } from '../backfill/control/queue-world.ts';
import {
  CASES,
  expectBackedOff,
  expectMostIsTaken,
  governorFor,
  steady,
  WARM_UP_MS,
} from '../backfill/control/worlds.ts';

test.each(CASES)('takes most of what can be had and keeps the live p99: $name', expectMostIsTaken);

test.each([1, 2])('backs off within two seconds when capacity is halved, seed %i', expectBackedOff);

test('gives way to a burst of live traffic, and takes its room again', () => {
  const world: World = { ...steady, live: (atMs) => (atMs >= 40_000 && atMs < 55_000 ? 400 : 100) };
  const { live, sent } = playWorld(world, governorFor(100));
  expect(rateOf(sent, 30_000, 40_000)).toBeGreaterThan(300);
  expect(rateOf(sent, 42_000, 55_000)).toBeLessThan(130);
  expect(p99Of(live, 45_000, 55_000)).toBeLessThan(200);
  expect(rateOf(sent, 68_000, 75_000)).toBeGreaterThan(300);
});

test('without a declared target the live p99 may come to twice of what it was', () => {
  const { live, sent } = playWorld(steady, governorFor(undefined));
  const alone = p99Of(playWorld(steady, fixedRate(0)).live, 0);
  expect(rateOf(sent, WARM_UP_MS, 75_000)).toBeGreaterThan(200);
  expect(p99Of(live, WARM_UP_MS)).toBeLessThanOrEqual(2 * alone);
});

test('requests that are bad by themselves do not slow it down', () => {
  const { sent } = playWorld({ ...steady, badAnyway: 0.08 }, governorFor(100));
  expect(rateOf(sent, WARM_UP_MS, 75_000)).toBeGreaterThan(250);
});
