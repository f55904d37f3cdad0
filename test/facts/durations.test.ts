import {
  backingUp,
  coldReadRate,
  DURATIONS,
  RATES,
  readSeconds,
  volumeCopyInitialization,
} from '../../src/facts/durations.ts';

test.each(Object.entries(DURATIONS))('%s: nine of ten cases are slower than half of them', (_, range) => {
  expect(range.p50Seconds).toBeGreaterThan(0);
  expect(range.p90Seconds).toBeGreaterThan(range.p50Seconds);
});

test.each(Object.entries(RATES))('%s: nine of ten cases are slower than half of them', (_, rate) => {
  expect(rate.p90MiBps).toBeLessThan(rate.p50MiBps);
  expect(rate.p90MiBps).toBeGreaterThan(0);
});

test.each([
  ['gp3', [], 120, 60],
  ['io2', [], 700, 300],
  ['gp3', [500, 1_250], 120, 60],
  ['gp3', [100], 100, 60],
  ['io2', [1_000, 250], 250, 250],
  ['gp3', [0], 1, 1],
])('a cold %s behind %j MiB/s', (type, limits, p50MiBps, p90MiBps) => {
  expect(coldReadRate(type, ...limits)).toEqual({ p50MiBps, p90MiBps });
});

test('100 GiB at 100 MiB/s', () => {
  expect(readSeconds(100, { p50MiBps: 100, p90MiBps: 50 })).toEqual({ p50Seconds: 1_024, p90Seconds: 2_048 });
});

test.each([
  [10, 600],
  [512, 5_400],
  [1_024, 10_800],
  [10_000, 10_800],
])('backing up %d GiB takes at worst %d s', (storageGiB, p90Seconds) => {
  expect(backingUp(storageGiB)).toEqual({ p50Seconds: 300, p90Seconds });
});

test.each([
  [0, 0, 0],
  [256, 0.75, 6],
  [1_024, 3, 6],
  [2_048, 3.6, 7.2],
  [16 * 1_024, 12, 24],
  [40 * 1_024, 12, 24],
])('a volume copy of %i GiB of data is written in %d h, nine of ten in %d h', (dataGiB, p50, p90) => {
  const { p50Seconds, p90Seconds } = volumeCopyInitialization(dataGiB);
  expect([p50Seconds, p90Seconds].map((seconds) => Math.round(seconds))).toEqual([p50 * 3_600, p90 * 3_600]);
});
