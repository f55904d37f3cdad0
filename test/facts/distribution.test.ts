import { longerOf, quantileAt } from '../../src/facts/distribution.ts';
import { fraction } from '../../src/hash.ts';
import { DURATIONS, durationQuantiles, RATES, rateQuantiles } from '../../src/facts/durations.ts';

const TABLES = [
  ...Object.entries(DURATIONS).map(([name, range]) => ({ name, quantiles: durationQuantiles(range) })),
  ...Object.entries(RATES).map(([name, range]) => ({ name, quantiles: rateQuantiles(range) })),
];

test.each(TABLES)(
  '$name: the p50 and the p90 of its table, bounded tails, never better for a larger share',
  ({ quantiles: { p50, p90 } }) => {
    const at = (u: number): number => quantileAt({ p50, p90 }, u);
    expect(at(0.5)).toBeCloseTo(p50, 6);
    expect(at(0.9)).toBeCloseTo(p90, 6);
    const isRate = p90 < p50;
    const shares = Array.from({ length: 101 }, (_, index) => index / 100);
    const values = shares.map(at);
    expect(values).toEqual(values.toSorted((one, other) => (isRate ? other - one : one - other)));
    expect(isRate ? p90 / at(1) : at(1) / p90).toBeLessThanOrEqual(1.5 + 1e-9);
    expect(isRate ? at(0) / p50 : p50 / at(0)).toBeLessThanOrEqual(4 + 1e-9);
  },
);

test('a quantity that does not vary is itself, also zero', () => {
  expect(quantileAt({ p50: 7, p90: 7 }, 0.99)).toBe(7);
  expect(quantileAt({ p50: 0, p90: 0 }, 0.1)).toBe(0);
});

test.each([
  ['alike', { p50: 100, p90: 200 }, { p50: 100, p90: 200 }],
  ['overlapping', { p50: 3_072, p90: 6_144 }, { p50: 300, p90: 8_000 }],
  ['apart', { p50: 1_000, p90: 1_100 }, { p50: 10, p90: 12 }],
  ['one that does not vary', { p50: 100, p90: 300 }, { p50: 120, p90: 120 }],
])('the longer of two that are %s is what 10,000 draws of both give', (_, one, other) => {
  const draws = Array.from({ length: 10_000 }, (__, index) =>
    Math.max(quantileAt(one, fraction(`one/${index}`)), quantileAt(other, fraction(`other/${index}`))),
  ).toSorted((left, right) => left - right);
  const { p50, p90 } = longerOf(one, other);
  expect(Math.abs((draws[5_000] ?? 0) / p50 - 1)).toBeLessThan(0.03);
  expect(Math.abs((draws[9_000] ?? 0) / p90 - 1)).toBeLessThan(0.03);
});
