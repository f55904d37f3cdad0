import { phasesOf, usesOf } from '../../src/kinds/phases.ts';
import type { Forecast, PlannedStrategy } from '../../src/plan/types.ts';
import { accelerateSeconds } from '../../src/kinds/ebs-volume/strategies/fsr.ts';
import { replaySeconds } from '../../src/kinds/rds-instance/strategies/point-in-time.ts';
import {
  at,
  inventoryOf,
  ORDERS_PROD,
  ORDERS_SNAPSHOT,
  planOf,
  resourceOf,
  volumeWithSnapshot,
} from './builders.ts';

const HOUR_SECONDS = 3_600;

describe('fast snapshot restore is ready after optimising and the last credit', () => {
  const state = (name: 'disabled' | 'enabled' | 'optimizing', credits = 0) => ({
    state: name,
    credits,
    creditsKnown: true,
  });
  test.each<[string, Parameters<typeof accelerateSeconds>, Forecast]>([
    ['1 TiB, one copy', [1_024, 1, state('disabled')], { p50Seconds: 2 * 3_600, p90Seconds: 2.25 * 3_600 }],
    ['2 TiB, one copy', [2_048, 1, state('disabled')], { p50Seconds: 4 * 3_600, p90Seconds: 4.5 * 3_600 }],
    ['64 GiB, three copies', [64, 3, state('disabled')], { p50Seconds: 1_305, p90Seconds: 1_361.25 }],
    ['already being optimized', [1_024, 1, state('optimizing')], { p50Seconds: 7_200, p90Seconds: 8_100 }],
    ['on, with credits', [1_024, 1, state('enabled', 1)], { p50Seconds: 0, p90Seconds: 0 }],
    ['on, half a credit', [1_024, 1, state('enabled', 0.5)], { p50Seconds: 1_800, p90Seconds: 1_800 }],
    ['on, two credits for three', [512, 3, state('enabled', 2)], { p50Seconds: 1_800, p90Seconds: 1_800 }],
  ])('%s', (_, args, expected) => {
    expect(accelerateSeconds(...args)).toEqual(expected);
  });
});

test('logs are replayed from the last automated backup before the point', () => {
  const { dbSnapshots } = inventoryOf({
    dbSnapshots: [
      { ...ORDERS_SNAPSHOT, id: 'old', at: '2026-11-19T01:00:00Z' },
      ORDERS_SNAPSHOT,
      { ...ORDERS_SNAPSHOT, id: 'mine', at: '2026-11-20T01:30:00Z', source: 'manual' },
      { ...ORDERS_SNAPSHOT, id: 'later', at: '2026-11-20T02:30:00Z' },
    ],
  });
  expect(replaySeconds(at('02:00'), dbSnapshots, undefined)).toEqual({ p50Seconds: 60, p90Seconds: 180 });
  const aDay = { p50Seconds: 24 * 60, p90Seconds: 72 * 60 };
  expect(replaySeconds(at('02:00'), [], undefined)).toEqual(aDay);
  expect(replaySeconds(at('02:00'), [], { earliestRestorableTime: at('01:00') })).toEqual({
    p50Seconds: 60,
    p90Seconds: 180,
  });
});

type VolumeResource = { copies?: number; readyWhen?: 'available' | 'hydrated'; strategies?: 'lazy'[] };

function proposalsFor(
  options: {
    sizeGiB?: number;
    snapshot?: object;
    quotas?: object;
    volume?: object;
    zones?: string[];
    resource?: VolumeResource;
  } = {},
) {
  const { volume, snapshot } = volumeWithSnapshot('vol-1', options.sizeGiB ?? 1_024, options.snapshot ?? {});
  const { zones } = options;
  const inventory = inventoryOf({
    ...(zones !== undefined && { zones }),
    quotas: options.quotas ?? {},
    volumes: [{ ...volume, ...options.volume }],
    snapshots: [snapshot],
    instances: [{ id: 'i-1', zone: 'us-east-1a', ebsThroughputMiBps: 64 }],
  });
  const plan = planOf([{ id: 'v', type: 'ebs-volume', source: 'vol-1', ...options.resource }], inventory);
  const { strategies, alternatives } = resourceOf(plan, 'v');
  return {
    planned: (name: string): PlannedStrategy | undefined =>
      strategies.find((strategy) => strategy.name === name),
    alternative: (name: string) => alternatives.find((candidate) => candidate.strategy === name),
    names: alternatives.map((candidate) => candidate.strategy),
    chosen: strategies[0]?.name,
  };
}

test('every strategy of a volume is among the alternatives', () => {
  expect(proposalsFor().names).toEqual(['fsr', 'provisioned-rate', 'volume-copy', 'read-through', 'lazy']);
});

describe('provisioned-rate', () => {
  test('fills the data of the snapshot, not its size', () => {
    const strategy = proposalsFor({ snapshot: { fullSizeGiB: 300 } }).planned('provisioned-rate');
    expect(strategy?.spec).toMatchObject({ rateMiBps: 300, fullSizeGiB: 300 });
    expect(strategy && phasesOf(strategy).warm).toEqual({
      p50Seconds: 1_024,
      p90Seconds: expect.closeTo(1_126.4),
    });
    expect(strategy?.forecast).toEqual({ p50Seconds: 1_199, p90Seconds: expect.closeTo(1_516.4) });
  });

  test.each([
    ['a Local Zone', { zone: 'us-west-2-lax-1a' }, 'us-west-2-lax-1a is a Local or Wavelength Zone'],
    ['a Wavelength Zone', { zone: 'us-east-1-wl1-bos-wlz-1' }, 'us-east-1-wl1-bos-wlz-1 is a Local or'],
    ['an Outpost', { outpost: 'arn:op-1' }, 'volumes of an Outpost take no rate (arn:op-1)'],
  ])('is refused in %s', (_, volume, why) => {
    const zones = ['us-east-1a', ...('zone' in volume ? [volume.zone] : [])];
    const proposals = proposalsFor({ volume, zones });
    expect(proposals.planned('provisioned-rate')).toBeUndefined();
    expect(proposals.alternative('provisioned-rate')?.why).toContain(why);
  });

  test('waits for the status that tells it is full only where somebody waits for that', () => {
    const forecastWhen = (readyWhen: 'hydrated' | 'available') =>
      proposalsFor({ resource: { readyWhen } }).planned('provisioned-rate');
    const waited = forecastWhen('hydrated');
    expect(waited && phasesOf(waited).notice).toEqual({ p50Seconds: 150, p90Seconds: 270 });
    expect(waited?.forecast.p50Seconds).toBe(
      20 + (phasesOf(waited ?? { steps: [] }).warm?.p50Seconds ?? NaN) + 150 + 5,
    );
    expect(forecastWhen('available')?.forecast.p50Seconds).toBe(20 + 5);
  });

  test.each([
    [300, 1, undefined, 300, 300],
    [5_000, 2, undefined, 300, 600],
    [200, 1, undefined, 200, 200],
    [500, 3, undefined, 166, 498],
    [250, 3, 'needs 300 of the quota provisionedInitMiBps', undefined, undefined],
    [99, 1, 'needs 100 of the quota provisionedInitMiBps', undefined, undefined],
  ])('with %d MiB/s for %d copies', (provisionedInitMiBps, copies, why, rateMiBps, amount) => {
    const proposals = proposalsFor({ quotas: { provisionedInitMiBps }, resource: { copies } });
    const strategy = proposals.planned('provisioned-rate');
    if (why === undefined) {
      expect(strategy?.spec).toHaveProperty('rateMiBps', rateMiBps);
      expect(usesOf(strategy ?? { steps: [] }, copies)[0]).toEqual({
        pool: 'provisionedInitMiBps',
        amount,
        until: 'hydrated',
      });
    } else {
      expect(strategy).toBeUndefined();
      expect(proposals.alternative('provisioned-rate')?.why).toContain(why);
    }
  });
});

describe('fsr', () => {
  test('asks for no rate, which would override it, and for a place of the quota until made', () => {
    const strategy = proposalsFor({ resource: { copies: 2 } }).planned('fsr');
    expect(strategy?.spec).not.toHaveProperty('rateMiBps');
    expect(usesOf(strategy ?? { steps: [] }, 2)).toEqual([
      { pool: 'fsrSnapshots', amount: 1, until: 'made', tailSeconds: 120 },
      { pool: 'storageTiB.gp3', amount: 2, until: 'never' },
    ]);
    expect(strategy?.forecast.p50Seconds).toBe(3 * HOUR_SECONDS + 25);
  });

  test('is immediate, free and chosen where it is on with a credit in the zone', () => {
    const fsr = [{ zone: 'us-east-1a', state: 'enabled' as const, credits: 1 }];
    const proposals = proposalsFor({ snapshot: { fsr }, quotas: { fsrSnapshots: 1 } });
    expect(proposals.chosen).toBe('fsr');
    expect(proposals.planned('fsr')?.forecast).toEqual({ p50Seconds: 25, p90Seconds: 120 });
    expect(usesOf(proposals.planned('fsr') ?? { steps: [] }, 1).map(({ pool }) => pool)).toEqual([
      'storageTiB.gp3',
    ]);
  });

  test('on in another zone does not help', () => {
    const fsr = [{ zone: 'us-east-1b', state: 'enabled' as const, credits: 1 }];
    expect(proposalsFor({ snapshot: { fsr } }).planned('fsr')?.forecast.p50Seconds).toBe(7_225);
  });

  test.each([
    ['a snapshot above 16 TiB', { sizeGiB: 17_000 }, 'the limit 16384 GiB'],
    [
      'no place left in the quota',
      { quotas: { fsrSnapshots: 0 } },
      'needs 1 of the quota fsrSnapshots, of which 0',
    ],
    [
      'being disabled',
      { snapshot: { fsr: [{ zone: 'us-east-1a', state: 'disabling' as const }] } },
      'being disabled',
    ],
  ])('is not possible with %s', (_, options, why) => {
    expect(proposalsFor(options).alternative('fsr')).toMatchObject({
      feasible: false,
      why: expect.stringContaining(why),
    });
  });
});

describe('lazy', () => {
  test('never hydrates, so nobody may wait for that', () => {
    expect(proposalsFor().alternative('lazy')).toMatchObject({ feasible: false, forecast: null });
    const available = proposalsFor({ resource: { readyWhen: 'available' } });
    expect(phasesOf(available.planned('lazy') ?? { steps: [] }).warm).toBeNull();
  });

  test('is what auto takes for readyWhen available: as soon as the others, and cheaper', () => {
    expect(proposalsFor({ resource: { readyWhen: 'available' } }).chosen).toBe('lazy');
  });
});

describe('read-through', () => {
  test.each([
    ['gp3', {}, (1_024 * 1_024) / 120],
    ['io2', { type: 'io2' }, (1_024 * 1_024) / 700],
    ['a slow volume', { throughputMiBps: 80 }, (1_024 * 1_024) / 80],
    ['a slow instance', { attachedTo: { instanceId: 'i-1', device: '/dev/sdf' } }, (1_024 * 1_024) / 64],
  ])('is forecast for %s, but not offered', (_, volume, seconds) => {
    const alternative = proposalsFor({ volume }).alternative('read-through');
    expect(alternative).toMatchObject({ feasible: false, why: expect.stringContaining('not supported yet') });
    expect(alternative?.forecast?.p50Seconds).toBeCloseTo(seconds + 25);
  });
});

describe('DB instances', () => {
  const database = (readyWhen: 'hydrated' | 'available', parts: object = {}) =>
    resourceOf(
      planOf(
        [{ id: 'db', type: 'rds-instance', source: 'orders-prod', readyWhen }],
        inventoryOf({
          dbInstances: [
            { ...ORDERS_PROD, ...parts },
            { ...ORDERS_PROD, id: 'orders-replica', replicaOf: 'orders-prod' },
          ],
          dbSnapshots: [ORDERS_SNAPSHOT],
        }),
      ),
      'db',
    );
  const phasesIn = (resource: ReturnType<typeof database>, name: string) =>
    phasesOf(resource.strategies.find((strategy) => strategy.name === name) ?? { steps: [] });

  test('load 800 GiB in the background before they are hydrated', () => {
    expect(phasesIn(database('hydrated'), 'restore-snapshot')).toMatchObject({
      restore: { p50Seconds: 480, p90Seconds: 1_500 },
      warm: { p50Seconds: expect.closeTo(8_952, -1), p90Seconds: expect.closeTo(16_384) },
    });
  });

  test('a small one is backed up for longer than it loads', () => {
    const inventory = inventoryOf({
      dbInstances: [{ ...ORDERS_PROD, storageGiB: 20 }],
      dbSnapshots: [{ ...ORDERS_SNAPSHOT, storageGiB: 20 }],
    });
    const small = resourceOf(
      planOf([{ id: 'db', type: 'rds-instance', source: 'orders-prod' }], inventory),
      'db',
    );
    expect(phasesIn(small, 'restore-snapshot').warm).toEqual({
      p50Seconds: expect.closeTo(360, 0),
      p90Seconds: expect.closeTo(600),
    });
  });

  test('are backed up first when nobody waits for the loading', () => {
    const phases = phasesIn(database('available'), 'restore-snapshot');
    expect(phases.restore).toEqual({ p50Seconds: 780, p90Seconds: 1_500 + 8_437.5 });
    expect(phasesIn(database('available', { backupRetentionDays: 0 }), 'restore-snapshot').restore).toEqual({
      p50Seconds: 480,
      p90Seconds: 1_500,
    });
  });

  test('replay logs to a point in time', () => {
    expect(phasesIn(database('hydrated'), 'point-in-time').restore).toEqual({
      p50Seconds: 1_020 + 117,
      p90Seconds: 2_700 + 351,
    });
  });

  test('clusters are forecast, but not supported yet', () => {
    const plan = planOf([{ id: 'c', type: 'aurora-cluster', source: 'x' }], inventoryOf());
    expect(resourceOf(plan, 'c').strategies).toEqual([]);
    expect(
      resourceOf(plan, 'c').alternatives.map(({ why, forecast }) => [why, forecast?.p50Seconds]),
    ).toEqual([
      ['not supported yet', 185],
      ['not supported yet', 1_205],
      ['not supported yet', 1_205],
    ]);
  });
});
