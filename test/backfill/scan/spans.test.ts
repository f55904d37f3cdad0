import { Bitmap } from '../../../src/backfill/scan/bitmap.ts';
import { BloomFilter } from '../../../src/backfill/scan/bloom-filter.ts';
import { Spans } from '../../../src/backfill/scan/spans.ts';
import { createHash } from 'node:crypto';
import { fc } from '../../property.ts';

describe('spans of time', () => {
  const given = fc.array(fc.tuple(fc.nat(200), fc.nat(10)), { maxLength: 30 });

  test('hold what was added and nothing else, apart from each other and in order', () => {
    fc.assert(
      fc.property(given, (pairs) => {
        const spans = new Spans(1_000);
        for (const [from, length] of pairs) spans.add(from, from + length);
        const { list } = spans;
        const wrong = Array.from({ length: 440 }, (_, half) => half / 2).filter((at) => {
          const isIn = pairs.some(([from, length]) => from <= at && at <= from + length);
          return list.some(({ from, to }) => from <= at && at <= to) !== isIn;
        });
        expect(wrong).toEqual([]);
        list.forEach(({ from }, index) => {
          if (index > 0) expect(from).toBeGreaterThan(list[index - 1]?.to ?? Infinity);
        });
      }),
      { numRuns: 100 },
    );
  });

  test('are never more than asked for, and then hold more, never less', () => {
    fc.assert(
      fc.property(given, (pairs) => {
        const spans = new Spans(3);
        for (const [from, length] of pairs) spans.add(from, from + length);
        expect(spans.list.length).toBeLessThanOrEqual(3);
        for (const [from, length] of pairs)
          expect(spans.list.some((span) => span.from <= from && from + length <= span.to)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('those closest to each other become one', () => {
    const spans = new Spans(2);
    for (const at of [0, 100, 110]) spans.add(at, at + 1);
    expect(spans.list).toEqual([
      { from: 0, to: 1 },
      { from: 100, to: 111 },
    ]);
  });
});

test('a bitmap is a set of numbers', () => {
  const bitmap = new Bitmap();
  const numbers = [0, 31, 32, 63, 1_024 * 32, 5_000_000];
  for (const number of numbers) bitmap.set(number);
  expect(numbers.every((number) => bitmap.has(number))).toBe(true);
  expect(
    [1, 30, 33, 1_023 * 32, 1_024 * 32 + 1, 4_999_999, 10 ** 9].some((number) => bitmap.has(number)),
  ).toBe(false);
});

test('the filter never says no to what it has, and seldom yes to what it has not', () => {
  const identity = (n: number) => createHash('sha256').update(`${n}`).digest().subarray(0, 16);
  const filter = new BloomFilter(20_000);
  for (let n = 0; n < 20_000; n += 1) filter.add(identity(n));
  let strangers = 0;
  for (let n = 0; n < 20_000; n += 1) {
    if (!filter.mayHave(identity(n))) throw new Error(`${n} is missing`);
    if (filter.mayHave(identity(n + 1_000_000))) strangers += 1;
  }
  expect(strangers).toBeLessThan(400);
});
