import { phasesOf } from '../../src/kinds/phases.ts';
import { forecastHeld, resourceCostUsd } from '../../src/kinds/cost.ts';
import {
  inventoryOf,
  ORDERS_PROD,
  ORDERS_SNAPSHOT,
  planOf,
  resourceOf,
  volumeWithSnapshot,
} from './builders.ts';

const { volume, snapshot } = volumeWithSnapshot('vol-1', 1_000);
const plan = planOf(
  [
    { id: 'v', type: 'ebs-volume', source: 'vol-1' },
    { id: 'db', type: 'rds-instance', source: 'orders-prod' },
  ],
  inventoryOf({
    volumes: [volume],
    snapshots: [snapshot],
    dbInstances: [ORDERS_PROD],
    dbSnapshots: [ORDERS_SNAPSHOT],
  }),
);

function strategyOf(id: string, name: string) {
  const strategy = resourceOf(plan, id).strategies.find((candidate) => candidate.name === name);
  if (strategy === undefined) throw new Error(`no ${name}`);
  return strategy;
}

const HOUR = 3_600;
/** 1,000 GiB gp3 at 0.08 USD a month of 730 hours. */
const VOLUME_HOUR_USD = 80 / 730;

test.each([
  ['provisioned-rate', 1, { storageSeconds: 0, fsrSeconds: 0 }, 3.6],
  ['provisioned-rate', 3, { storageSeconds: HOUR, fsrSeconds: 0 }, 3 * (3.6 + VOLUME_HOUR_USD)],
  ['fsr', 1, { storageSeconds: 0, fsrSeconds: 60 }, 0.75],
  ['fsr', 1, { storageSeconds: 0, fsrSeconds: 4 * HOUR }, 3],
  ['fsr', 2, { storageSeconds: 2 * HOUR, fsrSeconds: 4 * HOUR }, 3 + 4 * VOLUME_HOUR_USD],
])('%s, %d copies, held %j', (name, copies, held, usd) => {
  expect(resourceCostUsd(strategyOf('v', name), copies, held)).toBeCloseTo(usd, 3);
});

test.each([
  ['a lower tier', { rateMiBps: 100 }, 1.2],
  ['between two tiers, as the higher one', { rateMiBps: 150 }, 2.4],
  ['a Region without a known price', { zone: 'eu-west-1a' }, 7.2],
])('provisioned initialization is priced by rate and Region: %s', (_, changes, usd) => {
  const strategy = strategyOf('v', 'provisioned-rate');
  const spec = { ...strategy.spec, ...changes } as typeof strategy.spec;
  const held = { storageSeconds: 0, fsrSeconds: 0 };
  expect(resourceCostUsd({ ...strategy, spec }, 1, held)).toBeCloseTo(usd, 3);
});

test('fast snapshot restore that was on before costs nothing more', () => {
  const strategy = { ...strategyOf('v', 'fsr'), steps: [] };
  expect(resourceCostUsd(strategy, 1, { storageSeconds: 0, fsrSeconds: 4 * HOUR })).toBe(0);
});

test('a DB instance costs its class and its storage; 800 GiB include its IOPS and throughput', () => {
  const storageMonthUsd = 800 * 0.115;
  expect(
    resourceCostUsd(strategyOf('db', 'restore-snapshot'), 1, { storageSeconds: 2 * HOUR, fsrSeconds: 0 }),
  ).toBeCloseTo(2 * (0.45 + storageMonthUsd / 730), 3);
});

test('by forecast a copy is held from its request until ready, and FSR until made', () => {
  const strategy = strategyOf('v', 'fsr');
  expect(forecastHeld(strategy)).toEqual({
    storageSeconds: 25,
    fsrSeconds: phasesOf(strategy).accelerate.p50Seconds + 20,
  });
});
