import {
  DescribeDBInstancesCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import type { AdditionalStorageVolume } from '@aws-sdk/client-rds';
import {
  dbAllLoadedAt,
  dbLoadedAt,
  dbVolumeLoadedAt,
} from '../../src/simulator/model/db-instance-timeline.ts';
import type { DbInstanceRecord } from '../../src/simulator/model/records.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time.ts';
import { BEGIN, inventory, stage } from './support.ts';
import type { Stage } from './support.ts';

const DATABASE = { engine: 'oracle-ee', engineVersion: '19.0', class: 'db.m5.large', storageGiB: 200 };
const LARGE = { name: 'rdsdbdata2', storageGiB: 300, storageType: 'gp3', iops: 12_000, throughputMiBps: 500 };
const SMALL = { name: 'rdsdbdata3', storageGiB: 20, storageType: 'io2', iops: 1_000 };
const VOLUMES = [LARGE, SMALL];

/** An idle database with additional volumes, and one whose storage was modified. */
function account(): Stage {
  const dbInstances = [
    { ...DATABASE, id: 'idle', backupRetentionDays: 7, latestRestorableTime: '2026-11-20T02:55:00Z' },
    { ...DATABASE, id: 'busy', status: 'storage-optimization' },
  ];
  const account = inventory({ dbInstances });
  return stage({
    inventory: {
      ...account,
      dbInstances: account.dbInstances.map((instance) =>
        instance.id === 'idle' ? { ...instance, additionalVolumes: VOLUMES } : instance,
      ),
    },
  });
}

const shown = async ({ world }: Stage, id: string) =>
  (await world.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }))).DBInstances?.[0];

test('an idle instance has no storage operation, its additional volumes neither', async () => {
  const idle = await shown(account(), 'idle');
  expect(idle).not.toHaveProperty('StorageOperationStatus');
  expect(idle?.AdditionalStorageVolumes).toEqual([
    {
      ...{
        VolumeName: 'rdsdbdata2',
        StorageVolumeStatus: 'ACTIVE',
        AllocatedStorage: 300,
        StorageType: 'gp3',
      },
      ...{ IOPS: 12_000, StorageThroughput: 500 },
    },
    {
      ...{
        VolumeName: 'rdsdbdata3',
        StorageVolumeStatus: 'ACTIVE',
        AllocatedStorage: 20,
        StorageType: 'io2',
      },
      IOPS: 1_000,
    },
  ]);
});

test('one whose storage was modified is optimizing, and has no additional volumes', async () => {
  const busy = await shown(account(), 'busy');
  expect(busy).toMatchObject({ StorageOperationStatus: 'Optimizing', StorageOperationPercentProgress: 50 });
  expect(busy).not.toHaveProperty('AdditionalStorageVolumes');
});

describe('a restored one', () => {
  const restored = async (AdditionalStorageVolumes?: AdditionalStorageVolume[]) => {
    const here = account();
    const source = { SourceDBInstanceIdentifier: 'idle', UseLatestRestorableTime: true };
    await here.world.rds.send(
      new RestoreDBInstanceToPointInTimeCommand({
        ...{ ...source, TargetDBInstanceIdentifier: 'made' },
        ...(AdditionalStorageVolumes && { AdditionalStorageVolumes }),
      }),
    );
    here.wait(MINUTE_MS);
    return (await shown(here, 'made'))?.AdditionalStorageVolumes;
  };
  const [large, small] = [
    { VolumeName: 'rdsdbdata2', AllocatedStorage: 300, StorageType: 'gp3', IOPS: 12_000 },
    { VolumeName: 'rdsdbdata3', AllocatedStorage: 20, StorageType: 'io2', IOPS: 1_000 },
  ];

  test('has the additional volumes of its source', async () => {
    expect(await restored()).toMatchObject([large, small]);
  });

  test('has what is asked for beside what they have, and the others as they are', async () => {
    expect(await restored([{ VolumeName: 'RDSDBDATA3', AllocatedStorage: 40 }])).toMatchObject([
      large,
      { ...small, AllocatedStorage: 40 },
    ]);
  });

  test('never has a smaller one', async () => {
    const refused = restored([{ VolumeName: 'rdsdbdata2', AllocatedStorage: 200 }]);
    await expect(refused).rejects.toThrow('200 GiB is less than the 300 GiB of the source');
  });
});

test('a restored one is initializing until its data are there, and idle after that', async () => {
  const here = stage();
  const restore = { DBSnapshotIdentifier: 'orders-1', DBInstanceIdentifier: 'made' };
  await here.world.rds.send(new RestoreDBInstanceFromDBSnapshotCommand(restore));
  const initializing: number[] = [];
  for (let minutes = 0; minutes < 12 * 60; minutes += 1) {
    here.wait(MINUTE_MS);
    const made = await shown(here, 'made');
    if (made?.DBInstanceStatus === 'creating') expect(made).not.toHaveProperty('StorageOperationStatus');
    if (made?.StorageOperationStatus === 'Initializing')
      initializing.push(made.StorageOperationPercentProgress ?? -1);
  }
  expect(initializing[0]).toBeLessThan(5);
  expect(initializing.at(-1)).toBeGreaterThan(95);
  here.wait(DAY_MS);
  expect(await shown(here, 'made')).not.toHaveProperty('StorageOperationStatus');
});

test('each volume loads by itself, and all are there when the last one is', () => {
  const loading = { from: BEGIN, sizeGiB: 200, rateMiBps: 100 };
  const instance = { loading, settings: { additionalVolumes: VOLUMES } } as unknown as DbInstanceRecord;
  const at = BEGIN + HOUR_MS;
  expect(dbLoadedAt(instance, at)).toBe(100);
  expect(dbVolumeLoadedAt(instance, SMALL, at)).toBe(100);
  expect(dbVolumeLoadedAt(instance, LARGE, at)).toBeCloseTo(((3_600 * 50) / (300 * 1_024)) * 100);
  expect(dbAllLoadedAt(instance, at)).toBe(dbVolumeLoadedAt(instance, LARGE, at));
});
