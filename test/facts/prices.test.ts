import {
  dbInstanceUsdPerHour,
  HOURS_PER_MONTH,
  provisionedInitUsdPerGib,
  VOLUME_COPY_USD_PER_GIB,
  volumeUsdPerHour,
} from '../../src/facts/prices.ts';

test.each([
  ['1,000 GiB gp3', { type: 'gp3', sizeGiB: 1_000 }, 80],
  ['gp3 within what is included', { type: 'gp3', sizeGiB: 100, iops: 3_000, throughputMiBps: 125 }, 8],
  [
    'gp3 beyond what is included',
    { type: 'gp3', sizeGiB: 100, iops: 4_000, throughputMiBps: 225 },
    8 + 5 + 4,
  ],
  ['io1 with its IOPS', { type: 'io1', sizeGiB: 100, iops: 1_000 }, 12.5 + 65],
  ['an unknown type as gp3', { type: 'new', sizeGiB: 100 }, 8],
])('a month of %s', (_, shape, usd) => {
  expect(volumeUsdPerHour(shape) * HOURS_PER_MONTH).toBeCloseTo(usd);
});

test.each([
  ['db.r6g.large', 0.225],
  ['db.r6g.xlarge', 0.45],
  ['db.r6g.4xlarge', 1.8],
  ['db.t4g.micro', 0.129 / 8],
  ['db.unknown.large', 0.25],
])('an hour of %s', (instanceClass, usd) => {
  expect(dbInstanceUsdPerHour(instanceClass, false, { type: 'gp3', sizeGiB: 0 })).toBeCloseTo(usd);
});

test.each([
  ['below the size where stores are striped', 399, 399 * 0.115 + 10_000 * 0.02 + 475 * 0.08],
  ['from that size on', 400, 400 * 0.115 + 1_000 * 0.02 + 100 * 0.08],
])('a month of a gp3 store with 13,000 IOPS and 600 MiB/s, %s', (_, sizeGiB, usd) => {
  const none = dbInstanceUsdPerHour('db.r6g.large', false, { type: 'gp3', sizeGiB: 0 });
  const shape = { type: 'gp3', sizeGiB, iops: 13_000, throughputMiBps: 600 };
  const storage = dbInstanceUsdPerHour('db.r6g.large', false, shape) - none;
  expect(storage * HOURS_PER_MONTH).toBeCloseTo(usd);
});

test('two zones cost twice', () => {
  const storage = { type: 'gp3', sizeGiB: 100 };
  const one = dbInstanceUsdPerHour('db.r6g.large', false, storage);
  expect(dbInstanceUsdPerHour('db.r6g.large', true, storage)).toBeCloseTo(2 * one);
});

test.each([
  ['us-east-1', 300, 0.0036, 0.0036],
  ['us-east-1', 100, 0.0012, 0.0012],
  ['us-west-2', 200, 0.0024, 0.0024],
  ['us-east-1', 150, 0.0018, 0.0024],
  ['eu-west-1', 300, 0.0036, 0.0072],
])('a GiB initialized in %s at %i MiB/s', (region, rateMiBps, low, high) => {
  const { lowUsd, highUsd } = provisionedInitUsdPerGib(region, rateMiBps);
  expect([lowUsd, highUsd]).toEqual([expect.closeTo(low, 6), expect.closeTo(high, 6)]);
});

test('the price of a volume copy is not settled', () => {
  expect(VOLUME_COPY_USD_PER_GIB.lowUsd).toBeLessThan(VOLUME_COPY_USD_PER_GIB.highUsd);
});
