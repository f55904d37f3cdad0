import { createAdaptiveRate } from '../../../src/backfill/control/adaptive.ts';
import { fixedRate, p99Of, playWorld, rateOf, type World } from './queue-world.ts';
import { CASES, expectBackedOff, expectMostIsTaken, governorFor, steady, WARM_UP_MS } from './worlds.ts';

// Goal: the replay takes what the live traffic leaves, and gives it back at once. More worlds are in test/long.
// Method: a queueing server in virtual time; what is best is found by trying fixed rates in the same world.

test.each(CASES.slice(0, 1))(
  'takes most of what can be had and keeps the live p99: $name',
  expectMostIsTaken,
);

test('backs off within two seconds when capacity is halved, and comes back', () => expectBackedOff(1));

test('live requests fail no more often with the replay than without, also when capacity is halved', () => {
  const world: World = {
    ...steady,
    seconds: 90,
    giveUpMs: 500,
    slots: (atMs) => (atMs >= 45_000 && atMs < 60_000 ? 4 : 8),
  };
  const failed = (served: { bad: boolean }[]) => served.filter(({ bad }) => bad).length;
  const alone = playWorld(world, fixedRate(0));
  const beside = playWorld(world, governorFor(100));
  expect(rateOf(beside.sent, 30_000, 45_000)).toBeGreaterThan(200);
  expect(failed([...beside.live])).toBe(failed([...alone.live]));
  // The same replay at the rate that was right before would have broken it.
  const blunt = playWorld(world, fixedRate(rateOf(beside.sent, 30_000, 45_000)));
  expect(failed([...blunt.live])).toBeGreaterThan(100);
});

test('goes by its own answers alone where there is no live signal', () => {
  const world: World = { ...steady, slots: (atMs) => (atMs >= 50_000 && atMs < 70_000 ? 4 : 8) };
  const { live, sent } = playWorld(world, createAdaptiveRate({ errorRatePercent: 1, connections: 64 }));
  expect(rateOf(sent, 30_000, 50_000)).toBeGreaterThan(250);
  expect(p99Of(live, 30_000, 50_000)).toBeLessThan(100);
  expect(rateOf(sent, 52_000, 70_000)).toBeLessThan(130);
});

test('never exceeds its maximum', () => {
  const governor = createAdaptiveRate({
    ...{ p99Seconds: 0.1, errorRatePercent: 1, connections: 64, maxRate: 120 },
    live: { periodSeconds: 1, delaySeconds: 2 },
  });
  const { sent, told } = playWorld(steady, governor);
  expect(rateOf(sent, WARM_UP_MS, 75_000)).toBeGreaterThan(115);
  for (let from = 0; from < 74_000; from += 500)
    expect(rateOf(sent, from, from + 1_000)).toBeLessThanOrEqual(124);
  expect(told.at(-1)?.text).toBe('it is at its maximum of 120/s');
});

test('the same at any reading of the clock', () => {
  const at = (epochMs: number) =>
    playWorld({ ...steady, seconds: 20, epochMs }, governorFor(100)).sent.length;
  // Fractions of a millisecond are rounded otherwise there.
  expect(at(4_294_967_296) / at(0)).toBeCloseTo(1, 1);
});
