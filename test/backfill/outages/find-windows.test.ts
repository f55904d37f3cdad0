import { findWindows } from '../../../src/backfill/outages/find-windows.ts';
import { MINUTE_MS } from '../../../src/time.ts';
import type { Case } from './traffic.ts';
import { found, minute, settings, shuffled, START, traffic } from './traffic.ts';

const RULES: readonly Case[] = [
  { name: 'nothing at all', phases: [], expected: [] },
  { name: 'healthy traffic', phases: [[600, 100]], expected: [] },
  {
    name: 'an outage',
    phases: [
      [60, 100],
      [10, 100, 5],
      [60, 100],
    ],
    expected: ['errors 60-70 50/1000'],
  },
  { name: 'an outage and no other traffic', phases: [[10, 100, 50]], expected: ['errors 0-10 500/1000'] },
  { name: 'everything failed', phases: [[10, 100, 100]], expected: ['errors 0-10 1000/1000'] },
  {
    name: 'a bucket exactly at begin begins it',
    phases: [
      [9, 100],
      [9, 100, 1],
      [9, 100],
    ],
    expected: ['errors 9-18 9/900'],
  },
  { name: 'a rate between end and begin alone is none', phases: [[20, 1000, 8]], expected: [] },
  {
    name: 'it begins at begin, not at end',
    phases: [
      [9, 1000, 6],
      [9, 1000, 30],
      [9, 1000],
    ],
    expected: ['errors 9-18 270/9000'],
  },
  {
    name: 'it goes on while at end',
    phases: [
      [9, 1000, 30],
      [9, 1000, 5],
      [9, 1000, 4],
    ],
    expected: ['errors 0-18 315/18000'],
  },
  {
    name: 'begin and end may be the same',
    phases: [
      [9, 100],
      [9, 100, 1],
      [9, 100],
    ],
    with: { begin: 1, end: 1 },
    expected: ['errors 9-18 9/900'],
  },
  {
    name: 'an end of 0 does not make calm part of it',
    phases: [
      [9, 100],
      [9, 100, 9],
      [9, 100],
    ],
    with: { end: 0 },
    expected: ['errors 9-18 81/900'],
  },
  {
    name: 'quiet within it is tolerated',
    phases: [
      [5, 100, 20],
      [5, 100],
      [5, 100, 20],
    ],
    expected: ['errors 0-15 200/1500'],
  },
  {
    name: 'longer than quiet ends it',
    phases: [
      [5, 100, 20],
      [6, 100],
      [5, 100, 20],
    ],
    expected: ['errors 0-5 100/500', 'errors 11-16 100/500'],
  },
  {
    name: 'it ends with the last elevated bucket',
    phases: [
      [5, 100, 20],
      [4, 100],
      [1, 100, 4],
      [60, 100],
    ],
    expected: ['errors 0-10 104/1000'],
  },
  {
    name: 'one failure of one request is none',
    phases: [
      [60, 0],
      [1, 1, 1],
      [60, 0],
    ],
    expected: [],
  },
  {
    name: 'one failure of one request amid traffic is none',
    phases: [
      [60, 50],
      [1, 1, 1],
      [60, 50],
    ],
    expected: [],
  },
  {
    name: '... unless that is asked for',
    phases: [
      [60, 50],
      [1, 1, 1],
      [60, 50],
    ],
    with: { minErrors: 1, minRequests: 1 },
    expected: ['errors 60-61 1/1'],
  },
  {
    name: 'too few errors',
    phases: [
      [60, 100],
      [4, 100, 1],
      [60, 100],
    ],
    expected: [],
  },
  {
    name: 'just enough errors',
    phases: [
      [60, 100],
      [5, 100, 1],
      [60, 100],
    ],
    expected: ['errors 60-65 5/500'],
  },
  { name: 'too few requests', phases: [[1, 19, 19]], expected: [] },
  { name: 'just enough requests', phases: [[1, 20, 20]], expected: ['errors 0-1 20/20'] },
  {
    name: 'a spike of one bucket',
    phases: [
      [60, 100],
      [1, 100, 40],
      [60, 100],
    ],
    expected: ['errors 60-61 40/100'],
  },
  {
    name: 'a weak spike before an outage is not part of it',
    phases: [
      [1, 1000, 10],
      [4, 1000],
      [9, 1000, 50],
    ],
    expected: ['errors 0-1 10/1000', 'errors 5-14 450/9000'],
  },
  {
    name: 'a long tail above end does not hide the peak',
    phases: [
      [10, 300, 15],
      [600, 300, 2],
    ],
    expected: ['errors 0-10 150/3000'],
  },
  {
    name: 'an empty bucket counts as absent',
    phases: [
      [10, 100],
      [10, 0],
      [10, 100, 10],
    ],
    expected: ['gap 10-20 0/0', 'errors 20-30 100/1000'],
  },
];

test.each(RULES)('$name', ({ phases, with: changes, expected }) => {
  expect(found(traffic(phases), changes)).toEqual(expected);
});

test('the order of buckets does not matter', () => {
  const buckets = traffic([
    [60, 100],
    [10, 100, 5],
    [20, 100],
    [10, 100, 9],
    [60, 0],
    [60, 100],
  ]);
  expect(found(shuffled(buckets, 1))).toEqual(found(buckets));
  expect(found(buckets)).toHaveLength(3);
});

test('a clock that jumped to 1970 or 2099 costs no time and makes no window', () => {
  const buckets = traffic([
    [60, 100],
    [10, 100, 50],
    [60, 100],
  ]);
  for (const at of [0, MINUTE_MS, 4_090_000_000_000, 8_640_000_000_000_000, Number.NaN, Infinity]) {
    buckets.set(at, { requests: 2, errors: 1 });
  }
  expect(found(buckets)).toEqual(['errors 60-70 500/1000']);
});

test('an outage of one hundred lines in 1970 is a window of its own', () => {
  const buckets = traffic([
    [60, 100],
    [10, 100, 50],
  ]);
  buckets.set(0, { requests: 100, errors: 100 });
  expect(findWindows(buckets, settings()).map(({ start, end }) => end - start)).toEqual([
    MINUTE_MS,
    10 * MINUTE_MS,
  ]);
});

test('windows given by hand stand as given, with the buckets that begin in them', () => {
  const from = minute(5) + 30_000;
  const given = [{ from, to: minute(8), include: 'failed' as const }];
  expect(findWindows(traffic([[60, 100, 2]]), settings({ given, begin: 3 }))).toEqual([
    { kind: 'given', start: from, end: minute(8), requests: 200, errors: 4 },
  ]);
});

test('kinds overlap and are not merged', () => {
  const given = [{ from: minute(25), to: minute(45), include: 'all' as const }];
  expect(
    found(
      traffic([
        [20, 100],
        [10, 100, 9],
        [10, 0],
        [30, 100],
      ]),
      { given },
    ),
  ).toEqual(
    ['errors 20-30 90/1000', 'gap 30-40 0/0', 'given 25-45 45/1000'].sort(
      (a, b) => Number(/\d+/.exec(a)?.[0]) - Number(/\d+/.exec(b)?.[0]),
    ),
  );
});

test('buckets of ten seconds and of an hour', () => {
  const seconds = new Map(
    Array.from({ length: 360 }, (_, n) => [
      START + n * 10_000,
      { requests: 50, errors: n >= 100 && n < 130 ? 5 : 0 },
    ]),
  );
  expect(found(seconds, { bucket: 10 })).toEqual([`errors ${1000 / 60}-${1300 / 60} 150/1500`]);
  const hours = new Map(
    Array.from({ length: 99 }, (_, n) => [START + n * 3_600_000, { requests: 50, errors: n === 50 ? 5 : 0 }]),
  );
  expect(found(hours, { bucket: 3_600 })).toEqual(['errors 3000-3060 5/50']);
});

test('months of minutes are looked at in one go', () => {
  const buckets = traffic([
    [100_000, 100, 0],
    [10, 100, 50],
    [99_990, 100, 0],
  ]);
  expect(found(buckets)).toEqual(['errors 100000-100010 500/1000']);
});
