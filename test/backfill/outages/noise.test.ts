import { findWindows } from '../../../src/backfill/outages/find-windows.ts';
import { chanceOf } from '../../../src/backfill/outages/noise.ts';
import type { Buckets } from '../../../src/backfill/base/outage-window.ts';
import { MINUTE_MS } from '../../../src/time.ts';
import type { Phase } from './traffic.ts';
import { drawn, found, minute, settings, traffic } from './traffic.ts';

describe('by chance', () => {
  const seeds = Array.from({ length: 20 }, (_, n) => n + 1);
  /** What was found of minutes 600 to 720: begin and end, in minutes from theirs. */
  const edges = (buckets: Buckets) =>
    findWindows(buckets, settings()).map(({ start, end }) => [
      (start - minute(600)) / MINUTE_MS,
      (end - minute(720)) / MINUTE_MS,
    ]);

  test.each([
    {
      name: 'a few requests a minute, a third of them failing',
      phases: [
        [600, 3],
        [120, 3, 1],
        [600, 3],
      ],
      minutes: 12,
    },
    {
      name: 'a few requests a minute, a twentieth of them failing',
      phases: [
        [600, 4],
        [120, 4, 0.2],
        [600, 4],
      ],
      minutes: 60,
    },
    {
      name: 'twenty a minute, 4 % failing',
      phases: [
        [600, 20],
        [120, 20, 0.8],
        [600, 20],
      ],
      minutes: 15,
    },
    {
      name: 'thousands a minute, 5 % failing',
      phases: [
        [600, 3_000, 6],
        [120, 3_000, 150],
        [600, 3_000, 6],
      ],
      minutes: 0,
    },
    {
      name: 'hundreds a minute over a floor of 0.3 %',
      phases: [
        [600, 300, 0.9],
        [120, 300, 9],
        [600, 300, 0.9],
      ],
      minutes: 10,
    },
  ] satisfies { name: string; phases: Phase[]; minutes: number }[])(
    '$name: one window',
    ({ phases, minutes }) => {
      for (const seed of seeds) {
        const [window, ...others] = edges(drawn(seed, phases));
        expect(others).toEqual([]);
        expect(Math.max(...(window ?? [Infinity]).map(Math.abs))).toBeLessThanOrEqual(minutes);
      }
    },
  );

  test.each([
    { name: 'a floor far below', phases: [[20_000, 100, 0.1]] },
    { name: 'a floor between end and begin', phases: [[10_000, 300, 2]] },
    { name: 'a floor just below end, sparse', phases: [[20_000, 10, 0.045]] },
  ] satisfies { name: string; phases: Phase[] }[])('$name: no window', ({ phases }) => {
    for (const seed of [1, 2, 3]) expect(found(drawn(seed, phases))).toEqual([]);
  });
});

test.each([
  [0, 3, 1],
  [3, 3, 1],
  [1, 0.5, 1 - Math.exp(-0.5)],
  [2, 0.5, 1 - 1.5 * Math.exp(-0.5)],
  [5, 0.1, 7.668e-8],
  [20, 5, 3.452e-7],
])('the chance of %d or more where %d are expected', (count, expected, chance) => {
  expect(chanceOf(count, expected) / chance).toBeCloseTo(1, 3);
});

test('where none are expected, one is no chance', () => {
  expect(chanceOf(1, 0)).toBe(0);
});

test('the chance neither overflows nor vanishes for counts of any size', () => {
  expect(chanceOf(1_000_300, 1_000_000)).toBeCloseTo(0.382, 2);
  expect(chanceOf(1_010_000, 1_000_000)).toBeLessThan(1e-20);
  expect(chanceOf(1e9, 1)).toBe(0);
});

test("windows beside each other are not each other's noise", () => {
  const phases: Phase[] = Array.from({ length: 9 }, (_, n) => (n % 2 === 0 ? [20, 100] : [5, 100, 2]));
  expect(found(traffic(phases))).toHaveLength(4);
});

test('the same five failures are a window in calm, and none in a noise that brings them about anyway', () => {
  const spike: Phase = [3, 100, 2];
  expect(found(traffic([[300, 100], spike, [300, 100]]))).toHaveLength(1);
  const noise: Phase[] = Array.from({ length: 80 }, (_, n) => (n % 2 === 0 ? [3, 100] : [1, 100, 1]));
  expect(found(traffic([...noise, spike, [2, 100], ...noise]), { quiet: 60 })).toEqual([]);
});
