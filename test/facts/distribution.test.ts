import { quantileAt } from '../../src/facts/distribution.ts';
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
