import { createDbSnapshot } from '../../src/simulator/rds/snapshot-writes.ts';
import { restoreFromSnapshot, restoreToPointInTime } from '../../src/simulator/rds/restore.ts';
import { disableFsr, enableFsr } from '../../src/simulator/ec2/fsr.ts';
import { fsrId } from '../../src/simulator/model/fsr-timeline.ts';
import { accountOf, seedWorld } from '../../src/simulator/seeding.ts';
import { createSnapshot } from '../../src/simulator/ec2/snapshot-writes.ts';
import { WorldState } from '../../src/simulator/state/state.ts';
import { WorldStore } from '../../src/simulator/state/store.ts';
import { initializationEndsAt } from '../../src/simulator/model/volume-timeline.ts';
import { createVolume } from '../../src/simulator/ec2/volume-writes.ts';
import type { Quantiles } from '../../src/facts/distribution.ts';
import { backingUp, DURATIONS, durationQuantiles, RATES, rateQuantiles } from '../../src/facts/durations.ts';
import { FSR_OPTIMISING_MINUTES_PER_TIB } from '../../src/facts/ebs.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { BEGIN, dbSnapshot, inventory, snapshot } from '../simulator/support.ts';

// Goal: what the simulator lets happen has the p50 and the p90 on which the forecast rests, not a range between them.
// Method: its own operations, 10,000 times each, without paging and transactions.

const DRAWS = 10_000;
/** Each operation looks through what its world holds already: many small worlds are faster than one large one. */
const DRAWS_A_WORLD = 200;
/** Of a p50 or p90 from so many draws. */
const TOLERANCE = 0.03;
const GIB_1 = 1;
const GIB_400 = 400;

const call = { now: BEGIN, strikes: () => false };

type Content = Record<string, unknown>;

function world(seed: number, changes: Content): WorldState {
  const content = inventory({
    snapshots: [snapshot('snap-1'), snapshot('snap-tib', { sizeGiB: 1024, fullSizeGiB: 1024 })],
    ...changes,
  });
  let state: WorldState | undefined;
  WorldStore.open(':memory:', (store) => {
    state = new WorldState(accountOf(content), store, seed, 'none');
    seedWorld(state, content, BEGIN);
  });
  return state as WorldState;
}

const database = (change: object): object => ({
  ...{ id: 'shop', engine: 'postgres', engineVersion: '16.4', class: 'db.r6g.large', storageGiB: GIB_400 },
  ...{ zone: 'us-east-1a', backupRetentionDays: 7, earliestRestorableTime: '2026-11-13T03:00:00Z' },
  latestRestorableTime: '2026-11-20T03:00:00Z',
  ...change,
});

/** What 10,000 draws give, in worlds of this content; `index` counts within a world. */
function times<T>(changes: Content, draw: (state: WorldState, index: number) => T): T[] {
  return Array.from({ length: DRAWS / DRAWS_A_WORLD }, (_, seed) => {
    const state = world(seed, changes);
    return state.store.commit(() => Array.from({ length: DRAWS_A_WORLD }, (_, index) => draw(state, index)));
  }).flat();
}

function expectQuantiles(values: readonly number[], { p50, p90 }: Quantiles): void {
  const worse = p90 < p50 ? -1 : 1;
  const sorted = values.toSorted((one, other) => worse * (one - other));
  expect(Math.abs((sorted[DRAWS * 0.5] as number) / p50 - 1)).toBeLessThan(TOLERANCE);
  expect(Math.abs((sorted[DRAWS * 0.9] as number) / p90 - 1)).toBeLessThan(TOLERANCE);
  // Neither quantile is an end of the range.
  expect(worse * ((sorted[0] as number) - p50)).toBeLessThan(0);
  expect(worse * ((sorted.at(-1) as number) - p90)).toBeGreaterThan(0);
}

const request = { AvailabilityZone: 'us-east-1a', VolumeType: 'gp3' } as const;

test('volumes: until available, and a provisioned initialization against data / rate', () => {
  const volumes = times({}, (state, index) => {
    const asked = {
      ...request,
      SnapshotId: 'snap-1',
      VolumeInitializationRate: 300,
      ClientToken: `t${index}`,
    };
    return state.volumes.get(createVolume(state, asked, call).VolumeId ?? '');
  });
  expectQuantiles(
    volumes.map((volume) => ((volume?.availableAt ?? NaN) - BEGIN) / SECOND_MS),
    durationQuantiles(DURATIONS.createVolume),
  );
  expectQuantiles(
    volumes.map((volume) =>
      volume === undefined
        ? NaN
        : (initializationEndsAt({ ...volume, rateMiBps: 300 }) - BEGIN) / SECOND_MS / ((60 * 1024) / 300),
    ),
    { p50: 1, p90: 1.1 },
  );
});

test('fast snapshot restore: optimizing', () => {
  const target = { SourceSnapshotIds: ['snap-tib'], AvailabilityZones: ['us-east-1a'] };
  const minutes = times({}, (state, index) => {
    const at = { ...call, now: BEGIN + index * HOUR_MS };
    enableFsr(state, target, at);
    const fsr = state.fsr.get(fsrId('snap-tib', 'us-east-1a'));
    disableFsr(state, target, at);
    return ((fsr?.enabledAt ?? NaN) - (fsr?.optimizingAt ?? NaN)) / MINUTE_MS;
  });
  expectQuantiles(minutes, FSR_OPTIMISING_MINUTES_PER_TIB);
});

test.each([GIB_400, 2_000])(
  'DB instances of %i GiB from a snapshot: creating, backing-up, loading',
  (storageGiB) => {
    const content = {
      dbInstances: [database({ storageGiB })],
      dbSnapshots: [dbSnapshot('shop-1', { dbInstanceId: 'shop', storageGiB })],
    };
    const made = times(content, (state, index) => {
      const id = `shop-${index}`;
      restoreFromSnapshot(
        state,
        { DBSnapshotIdentifier: 'shop-1', DBInstanceIdentifier: id, BackupRetentionPeriod: 7 },
        call,
      );
      return state.dbInstances.get(id);
    });
    const from = (index: number, status: string): number =>
      made[index]?.statuses.find((entry) => entry.status === status)?.from ?? NaN;
    expectQuantiles(
      made.map((_, index) => (from(index, 'backing-up') - BEGIN) / SECOND_MS),
      durationQuantiles(DURATIONS.dbRestoreFromSnapshot),
    );
    expectQuantiles(
      made.map((_, index) => (from(index, 'available') - from(index, 'backing-up')) / SECOND_MS),
      durationQuantiles(backingUp(storageGiB)),
    );
    expectQuantiles(
      made.map((instance) => instance?.loading?.rateMiBps ?? NaN),
      rateQuantiles(RATES.dbBackgroundLoad),
    );
  },
);

test('DB instances to a point in time: the restore itself, and the replay of a day of logs', () => {
  const at = '2026-11-20T03:00:00Z';
  const backup = (when: string): object => ({
    ...dbSnapshot('shop-1', { dbInstanceId: 'shop', at: when, source: 'automated' }),
  });
  const seconds = (backupAt: string): number[] =>
    times({ dbInstances: [database({})], dbSnapshots: [backup(backupAt)] }, (state, index) => {
      const id = `shop-${index}`;
      const asked = { SourceDBInstanceIdentifier: 'shop', RestoreTime: new Date(at) };
      restoreToPointInTime(state, { ...asked, TargetDBInstanceIdentifier: id }, call);
      return ((state.dbInstances.get(id)?.statuses[1]?.from ?? NaN) - BEGIN) / SECOND_MS;
    });
  const without = seconds(at);
  const day = seconds('2026-11-19T03:00:00Z');
  expectQuantiles(without, durationQuantiles(DURATIONS.dbRestoreToPointInTime));
  // The same draws, once with logs and once without.
  const replays = day.map((whole, index) => whole - (without[index] as number));
  expectQuantiles(replays, { p50: 86_400 / 60, p90: 86_400 / 20 });
});

/** Two of each, of a small and of a large source: the same draws, so that the difference is the data's. */
function expectWriting(
  small: readonly number[],
  large: readonly number[],
  starting: Quantiles,
  rate: Quantiles,
): void {
  const rates = large.map(
    (seconds, index) => ((GIB_400 - GIB_1) * 1_024) / (seconds - (small[index] as number)),
  );
  expectQuantiles(rates, rate);
  expectQuantiles(
    small.map((seconds, index) => seconds - (GIB_1 * 1_024) / (rates[index] as number)),
    starting,
  );
}

test('snapshots of volumes: starting, and writing', () => {
  const seconds = (sizeGiB: number): number[] => {
    const volume = { id: 'vol-1', zone: 'us-east-1a', type: 'gp3', sizeGiB };
    return times({ volumes: [volume], snapshots: [] }, (state) => {
      const { SnapshotId = '' } = createSnapshot(state, { VolumeId: 'vol-1' }, call);
      return ((state.snapshots.get(SnapshotId)?.course?.endsAt ?? NaN) - BEGIN) / SECOND_MS;
    });
  };
  expectWriting(
    seconds(GIB_1),
    seconds(GIB_400),
    durationQuantiles(DURATIONS.snapshotStarting),
    rateQuantiles(RATES.snapshotUpload),
  );
});

test('snapshots of DB instances: starting, and writing', () => {
  const seconds = (storageGiB: number): number[] =>
    times({ dbInstances: [database({ storageGiB })], dbSnapshots: [] }, (state, index) => {
      const id = `shop-${index}`;
      const shop = state.dbInstances.get('shop');
      createDbSnapshot(state, { DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: id }, call);
      // It is backing up now; the next one is to find it available.
      if (shop !== undefined) state.dbInstances.putHidden(shop);
      return ((state.dbSnapshots.get(id)?.course?.endsAt ?? NaN) - BEGIN) / SECOND_MS;
    });
  expectWriting(
    seconds(GIB_1),
    seconds(GIB_400),
    durationQuantiles(DURATIONS.dbSnapshotStarting),
    rateQuantiles(RATES.dbSnapshotUpload),
  );
});
