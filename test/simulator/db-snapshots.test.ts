import {
  AddTagsToResourceCommand,
  CreateDBSnapshotCommand,
  DeleteDBSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  RemoveTagsFromResourceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
} from '@aws-sdk/client-rds';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { BEGIN, dbSnapshot, inventory, refusal, stage } from './support.ts';
import type { Stage } from './support.ts';

const take = ({ world }: Stage, DBSnapshotIdentifier = 'fresh', DBInstanceIdentifier = 'scratch') =>
  world.rds.send(
    new CreateDBSnapshotCommand({
      DBSnapshotIdentifier,
      DBInstanceIdentifier,
      Tags: [{ Key: 'run', Value: 'r-1' }],
    }),
  );
const remove = ({ world }: Stage, DBSnapshotIdentifier: string) =>
  world.rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier }));
const seen = async ({ world }: Stage, DBSnapshotIdentifier: string) =>
  (await world.rds.send(new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier }))).DBSnapshots?.[0];
const statusOf = async ({ world }: Stage, DBInstanceIdentifier: string) =>
  (await world.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0]
    ?.DBInstanceStatus;

test('a DB snapshot is creating while its instance backs up, then both are available', async () => {
  const here = stage();
  const { DBSnapshot } = await take(here);
  expect(DBSnapshot).toMatchObject({
    ...{ DBSnapshotIdentifier: 'fresh', DBInstanceIdentifier: 'scratch', Status: 'creating' },
    ...{ SnapshotType: 'manual', AllocatedStorage: 20, Engine: 'mysql', PercentProgress: 0 },
    TagList: [{ Key: 'run', Value: 'r-1' }],
  });
  expect(DBSnapshot?.SnapshotCreateTime).toBeUndefined();
  here.wait(30 * SECOND_MS);
  expect(await statusOf(here, 'scratch')).toBe('backing-up');
  const change = new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'scratch', MultiAZ: true });
  expect((await refusal(here.world.rds.send(change)))['Code']).toBe('InvalidDBInstanceState');
  const percent = (await seen(here, 'fresh'))?.PercentProgress ?? 0;
  expect(percent).toBeGreaterThan(0);
  expect(percent).toBeLessThan(100);
  here.wait(HOUR_MS);
  expect(await statusOf(here, 'scratch')).toBe('available');
  expect(await seen(here, 'fresh')).toMatchObject({
    ...{ Status: 'available', PercentProgress: 100, SnapshotCreateTime: new Date(BEGIN) },
  });
  expect(here.world.dbSnapshots().at(-1)).toEqual({
    ...{ id: 'fresh', of: 'scratch', state: 'available', tags: { run: 'r-1' } },
    ...{ createdAt: BEGIN, deletedAt: undefined, fromInventory: false },
  });
});

test('the window of points in time does not go back while the instance backs up', async () => {
  const here = stage();
  const latest = async () =>
    (await here.world.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'orders-prod' })))
      .DBInstances?.[0]?.LatestRestorableTime;
  here.wait(HOUR_MS);
  const before = await latest();
  await take(here, 'fresh', 'orders-prod');
  here.wait(20 * SECOND_MS);
  expect(await statusOf(here, 'orders-prod')).toBe('backing-up');
  expect(await latest()).toEqual(before);
});

test('an identifier is taken once, in whatever case', async () => {
  const here = stage();
  await take(here, 'Fresh');
  here.wait(HOUR_MS);
  const repeated = await refusal(take(here, 'FRESH'));
  expect(repeated).toMatchObject({ name: 'DBSnapshotAlreadyExistsFault', Code: 'DBSnapshotAlreadyExists' });
  expect(await seen(here, 'fRESH')).toMatchObject({ DBSnapshotIdentifier: 'fresh' });
});

test.each([
  ['an instance that does not exist', 'fresh', 'none', 'DBInstanceNotFound'],
  ['a name that begins with a digit', '1st', 'scratch', 'InvalidParameterValue'],
  ['a name with two hyphens', 'a--b', 'scratch', 'InvalidParameterValue'],
  ['a name that ends with a hyphen', 'a-', 'scratch', 'InvalidParameterValue'],
  ['a name of 256 characters', 'a'.repeat(256), 'scratch', 'InvalidParameterValue'],
])('%s is refused', async (_, id, source, code) => {
  expect((await refusal(take(stage(), id, source)))['Code']).toBe(code);
});

test('an instance that is backing up takes no second snapshot', async () => {
  const here = stage();
  await take(here);
  expect((await refusal(take(here, 'another')))['Code']).toBe('InvalidDBInstanceState');
});

test('it can be restored once it is available, and not after it was deleted', async () => {
  const here = stage();
  await take(here);
  const restore = (DBInstanceIdentifier: string) =>
    here.world.rds.send(
      new RestoreDBInstanceFromDBSnapshotCommand({ DBInstanceIdentifier, DBSnapshotIdentifier: 'fresh' }),
    );
  expect((await refusal(restore('r-1')))['Code']).toBe('InvalidDBSnapshotState');
  here.wait(HOUR_MS);
  await restore('r-1');
  await remove(here, 'fresh');
  expect((await refusal(restore('r-2')))['Code']).toBe('DBSnapshotNotFound');
  here.wait(15 * SECOND_MS);
  expect((await refusal(seen(here, 'fresh')))['Code']).toBe('DBSnapshotNotFound');
  expect(here.world.dbSnapshots().at(-1)).toMatchObject({ state: 'deleted', deletedAt: BEGIN + HOUR_MS });
  // The name is free again.
  await take(here);
});

test.each([
  ['an automated one', 'orders-1'],
  ['one that is being taken', 'orders-copying'],
])('%s cannot be deleted', async (_, id) => {
  expect((await refusal(remove(stage(), id)))['Code']).toBe('InvalidDBSnapshotState');
});

test('under storm a DB snapshot may fail; then it can be deleted', async () => {
  const here = stage({ faults: 'storm' });
  for (let number = 0; here.world.dbSnapshots().every(({ state }) => state !== 'failed'); number += 1) {
    expect(number).toBeLessThan(500);
    await take(here, `s-${number}`).catch(() => undefined);
    here.wait(10 * MINUTE_MS);
  }
  const failed = here.world.dbSnapshots().find(({ state }) => state === 'failed')?.id ?? '';
  while (here.world.dbSnapshots().some(({ id, state }) => id === failed && state !== 'deleted')) {
    await remove(here, failed).catch(() => undefined);
    here.wait(10 * SECOND_MS);
  }
});

const arn = (kind: string, id: string) => `arn:aws:rds:us-east-1:111111111111:${kind}:${id}`;
const CLUSTER = {
  ...{
    id: 'Orders-Aurora',
    engine: 'aurora-postgresql',
    engineVersion: '16.4',
    members: ['writer', 'reader'],
  },
  ...{ subnetGroup: 'prod', securityGroups: ['sg-1'], parameterGroup: 'pg16', deletionProtection: true },
  ...{ backupRetentionDays: 7, storageGiB: 300, globalClusterId: 'world', tags: { app: 'orders' } },
  earliestRestorableTime: '2026-11-13T03:00:00Z',
  latestRestorableTime: '2026-11-20T02:59:00Z',
};
const clusters = () =>
  stage({
    inventory: inventory({
      dbClusters: [CLUSTER, { ...CLUSTER, id: 'other', members: [] }],
      dbClusterSnapshots: [
        {
          id: 'c-1',
          dbClusterId: 'orders-aurora',
          at: '2026-11-20T01:00:00Z',
          engine: 'aurora-postgresql',
          engineVersion: '16.4',
        },
        {
          id: 'c-far',
          dbClusterId: 'other',
          at: '2026-11-20T01:00:00Z',
          engine: 'x',
          engineVersion: '1',
          region: 'us-west-2',
        },
      ],
    }),
  });

test.each([
  ['db', 'orders-prod'],
  ['snapshot', 'orders-1'],
  ['cluster', 'orders-aurora'],
  ['cluster-snapshot', 'c-1'],
])('tags of a %s come and go by its ARN', async (kind, id) => {
  const here = clusters();
  const ResourceName = arn(kind, id);
  const tags = async () => {
    here.wait(15 * SECOND_MS);
    const { TagList = [] } = await here.world.rds.send(new ListTagsForResourceCommand({ ResourceName }));
    return Object.fromEntries(TagList.map(({ Key, Value }) => [Key, Value]));
  };
  const before = await tags();
  const Tags = [
    { Key: 'a', Value: '1' },
    { Key: 'b', Value: '2' },
  ];
  await here.world.rds.send(new AddTagsToResourceCommand({ ResourceName, Tags }));
  expect(await tags()).toEqual({ ...before, a: '1', b: '2' });
  await here.world.rds.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: ['a', 'none'] }));
  expect(await tags()).toEqual({ ...before, b: '2' });
});

test.each([
  ['db', 'DBInstanceNotFound'],
  ['snapshot', 'DBSnapshotNotFound'],
  ['cluster', 'DBClusterNotFoundFault'],
  ['cluster-snapshot', 'DBClusterSnapshotNotFoundFault'],
  ['pg', 'InvalidParameterValue'],
])('an unknown %s has no tags to remove', async (kind, code) => {
  const request = new RemoveTagsFromResourceCommand({ ResourceName: arn(kind, 'none'), TagKeys: ['a'] });
  expect((await refusal(stage().world.rds.send(request)))['Code']).toBe(code);
});

test('Aurora clusters are as the inventory has them, and their window moves with the clock', async () => {
  const here = clusters();
  here.wait(HOUR_MS);
  const { DBClusters } = await here.world.rds.send(
    new DescribeDBClustersCommand({ DBClusterIdentifier: arn('cluster', 'orders-aurora') }),
  );
  expect(DBClusters).toMatchObject([
    {
      ...{ DBClusterIdentifier: 'orders-aurora', Status: 'available', DBSubnetGroup: 'prod' },
      ...{ DBClusterParameterGroup: 'pg16', AllocatedStorage: 300, GlobalClusterIdentifier: 'world' },
      DBClusterMembers: [
        { DBInstanceIdentifier: 'writer', IsClusterWriter: true },
        { DBInstanceIdentifier: 'reader', IsClusterWriter: false },
      ],
      LatestRestorableTime: new Date(Date.parse(CLUSTER.latestRestorableTime) + HOUR_MS),
    },
  ]);
  const all = await here.world.rds.send(new DescribeDBClustersCommand({ MaxRecords: 20 }));
  expect(all.DBClusters).toHaveLength(2);
  const unknown = new DescribeDBClustersCommand({ DBClusterIdentifier: 'none' });
  expect((await refusal(here.world.rds.send(unknown))).name).toBe('DBClusterNotFoundFault');
});

test('cluster snapshots are found by their cluster; those of other Regions are not here', async () => {
  const { world } = clusters();
  const of = async (DBClusterIdentifier?: string) =>
    (
      await world.rds.send(new DescribeDBClusterSnapshotsCommand({ DBClusterIdentifier }))
    ).DBClusterSnapshots?.map(({ DBClusterSnapshotIdentifier: id }) => id);
  expect(await of()).toEqual(['c-1']);
  expect(await of('Orders-Aurora')).toEqual(['c-1']);
  expect(await of('other')).toEqual([]);
  const unknown = new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier: 'c-far' });
  expect((await refusal(world.rds.send(unknown))).name).toBe('DBClusterSnapshotNotFoundFault');
});

test('what the inventory leaves open is not told of an instance, until it is changed', async () => {
  const here = stage();
  const read = async () =>
    (await here.world.rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'scratch' })))
      .DBInstances?.[0];
  expect(await read()).toMatchObject({
    OptionGroupMemberships: [],
    DBParameterGroups: [],
    VpcSecurityGroups: [],
  });
  expect((await read())?.PubliclyAccessible).toBeUndefined();
  const change = { DBInstanceIdentifier: 'scratch', PubliclyAccessible: true, ApplyImmediately: true };
  await here.world.rds.send(new ModifyDBInstanceCommand(change));
  here.wait(15 * SECOND_MS);
  expect((await read())?.PubliclyAccessible).toBe(true);
});

test('snapshots of an inventory keep their state, whatever their names', async () => {
  const dbSnapshots = [dbSnapshot('rds:Orders-1'), dbSnapshot('Upper', { state: 'creating' })];
  const here = stage({ inventory: inventory({ dbSnapshots }) });
  expect(await seen(here, 'rds:Orders-1')).toMatchObject({ Status: 'available' });
  here.wait(HOUR_MS);
  expect(await seen(here, 'Upper')).toMatchObject({ Status: 'creating', PercentProgress: 50 });
});
