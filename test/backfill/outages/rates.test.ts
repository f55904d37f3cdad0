import { errorRateOf, rateOf, spansOf } from '../../../src/backfill/outages/rates.ts';
import type { FoundWindow } from '../../../src/backfill/base/outage-window.ts';
import { minute, traffic } from './traffic.ts';

test('an error rate is a fraction, and 0 without requests', () => {
  expect(errorRateOf({ requests: 200, errors: 5 })).toBe(0.025);
  expect(errorRateOf({ requests: 0, errors: 0 })).toBe(0);
});

test('the rate of a span is that of the buckets that begin in it', () => {
  const buckets = traffic([
    [10, 100],
    [10, 100, 10],
  ]);
  expect(rateOf(buckets)).toEqual({ requests: 2_000, errors: 100, errorRate: 0.05 });
  expect(rateOf(buckets, minute(9), minute(11))).toEqual({ requests: 200, errors: 10, errorRate: 0.05 });
  expect(rateOf(buckets, minute(9) + 1, minute(11) + 1)).toEqual({
    requests: 200,
    errors: 20,
    errorRate: 0.1,
  });
  expect(rateOf(buckets, minute(90))).toEqual({ requests: 0, errors: 0, errorRate: 0 });
});

test('spans cover what windows cover: in order, disjoint', () => {
  const window = (kind: FoundWindow['kind'], start: number, end: number) => ({
    kind,
    start,
    end,
    requests: 0,
    errors: 0,
  });
  const windows = [
    window('given', 50, 60),
    window('errors', 10, 20),
    window('gap', 20, 30),
    window('given', 12, 15),
    window('errors', 55, 70),
    window('given', 80, 90),
  ];
  expect(spansOf(windows)).toEqual([
    { from: 10, to: 30 },
    { from: 50, to: 70 },
    { from: 80, to: 90 },
  ]);
  expect(spansOf([])).toEqual([]);
});
