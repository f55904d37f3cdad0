import type { Case, Phase } from './traffic.ts';
import { drawn, found, traffic } from './traffic.ts';

const GAPS: readonly Case[] = [
  {
    name: 'a gap amid traffic',
    phases: [
      [30, 50],
      [20, 0],
      [30, 50],
    ],
    expected: ['gap 30-50 0/0'],
  },
  {
    name: 'just long enough',
    phases: [
      [30, 50],
      [5, 0],
      [30, 50],
    ],
    expected: ['gap 30-35 0/0'],
  },
  {
    name: 'too short',
    phases: [
      [30, 50],
      [4, 0],
      [30, 50],
    ],
    expected: [],
  },
  {
    name: 'longer than asked for',
    phases: [
      [30, 50],
      [20, 0],
      [30, 50],
    ],
    with: { gap: 1_201 },
    expected: [],
  },
  {
    name: 'a log that ends is no gap',
    phases: [
      [30, 50],
      [90, 0],
    ],
    expected: [],
  },
  {
    name: 'a stray line long before is no traffic',
    phases: [
      [1, 1],
      [900, 0],
      [60, 50],
    ],
    expected: [],
  },
  {
    name: 'a stray line amid it divides it',
    phases: [
      [60, 50],
      [30, 0],
      [1, 1],
      [30, 0],
      [60, 50],
    ],
    expected: ['gap 60-90 0/0', 'gap 91-121 0/0'],
  },
  {
    name: 'a week and more is another log',
    phases: [
      [600, 50],
      [10_081, 0],
      [600, 50],
    ],
    expected: [],
  },
  {
    name: 'errors on both sides of a gap',
    phases: [
      [60, 50],
      [9, 50, 9],
      [30, 0],
      [9, 50, 9],
      [60, 50],
    ],
    expected: ['errors 60-69 81/450', 'gap 69-99 0/0', 'errors 99-108 81/450'],
  },
  {
    name: 'errors around a short silence',
    phases: [
      [60, 50],
      [9, 50, 9],
      [3, 0],
      [9, 50, 9],
      [60, 50],
    ],
    expected: ['errors 60-81 162/900'],
  },
];

test.each(GAPS)('$name', ({ phases, with: changes, expected }) => {
  expect(found(traffic(phases), changes)).toEqual(expected);
});

/** One request every ten minutes. */
const SPARSE: readonly Phase[] = Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? [1, 1] : [9, 0]));

test('sparse traffic has no gaps between its requests, but one when it stays away for long', () => {
  expect(found(traffic(SPARSE))).toEqual([]);
  expect(found(traffic([...SPARSE, [30, 0], ...SPARSE]))).toEqual([]);
  expect(found(traffic([...SPARSE, [300, 0], ...SPARSE]))).toHaveLength(1);
});

test('a job that comes in bursts every hour has no gaps, but one when it stays away', () => {
  const hourly: Phase[] = Array.from({ length: 48 }, (_, n) => (n % 2 === 0 ? [5, 200] : [55, 0]));
  expect(found(traffic(hourly))).toEqual([]);
  expect(found(traffic([...hourly, [240, 0], ...hourly]))).toHaveLength(1);
});

test.each([1, 2, 3, 4, 5, 6])('a night with a request now and then is no outage (seed %i)', (seed) => {
  const day: Phase[] = [
    [300, 0.2],
    [120, 3],
    [600, 20],
    [120, 3],
    [300, 0.2],
  ];
  expect(found(drawn(seed, [...day, ...day, ...day]))).toEqual([]);
});

test('what is silent every night is no gap; what is silent in one of them, or by day, is one', () => {
  const night: Phase = [840, 0];
  const day: Phase = [600, 30];
  const week = [day, night, day, night, day, night, day, night, day];
  expect(found(traffic(week))).toEqual([]);
  expect(found(traffic([day, night, day, night, [300, 30], [60, 0], [240, 30], night, day]))).toEqual([
    'gap 3180-3240 0/0',
  ]);
  const awake: Phase = [1_440, 30];
  expect(found(traffic([awake, awake, day, night, awake, awake]))).toEqual(['gap 3480-4320 0/0']);
});
