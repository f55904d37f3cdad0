import {
  AddTagsToResourceCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  RemoveTagsFromResourceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import type { RestoreDBInstanceFromDBSnapshotCommandInput } from '@aws-sdk/client-rds';
import { clientsOf, refusalOf, type Clients } from '../endpoint/clients.ts';
import { startPeer, type Peer } from './peer.ts';

const ARN = 'arn:aws:rds:us-east-1:111111111111:db:orders';
let peer: Peer;
let rds: Clients['rds'];
beforeEach(async () => {
  peer = await startPeer({
    seed: {
      dbInstances: [
        {
          id: 'orders',
          fields: {
            DBInstanceClass: 'db.r6g.large',
            DeletionProtection: true,
            LatestRestorableTime: '2026-11-20T02:55:00Z',
            DBSubnetGroup: { DBSubnetGroupName: 'prod' },
          },
          tags: { app: 'orders' },
        },
      ],
      dbSnapshots: [
        {
          id: 'rds:orders-1',
          fields: { DBInstanceIdentifier: 'orders', SnapshotCreateTime: '2026-11-20T01:00:00Z' },
        },
        {
          id: 'broken',
          status: 'failed',
          fields: { DBInstanceIdentifier: 'orders', SnapshotType: 'manual' },
        },
      ],
      dbClusters: [
        {
          id: 'events',
          fields: { Engine: 'aurora-postgresql', EarliestRestorableTime: '2026-11-13T00:00:00Z' },
        },
      ],
      dbClusterSnapshots: [{ id: 'rds:events-1', fields: { DBClusterIdentifier: 'events' } }],
      limits: { dbInstances: 3 },
    },
  });
  ({ rds } = clientsOf(peer.url));
});
afterEach(async () => {
  rds.destroy();
  await peer.close();
});

const instance = async (DBInstanceIdentifier: string) =>
  (await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0];

test('a seeded instance is told with its tags', async () => {
  expect(await instance('orders')).toMatchObject({
    DBInstanceIdentifier: 'orders',
    DBInstanceStatus: 'available',
    DBInstanceArn: ARN,
    DBInstanceClass: 'db.r6g.large',
    AllocatedStorage: 20,
    DeletionProtection: true,
    LatestRestorableTime: new Date('2026-11-20T02:55:00Z'),
    DBSubnetGroup: { DBSubnetGroupName: 'prod' },
    TagList: [{ Key: 'app', Value: 'orders' }],
  });
});

const restore = (input: Partial<RestoreDBInstanceFromDBSnapshotCommandInput> = {}) =>
  rds.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier: 'Orders-Copy',
      DBSnapshotIdentifier: 'rds:orders-1',
      ...input,
    }),
  );

test('a restore takes the settings it is given, forgets the others, and is found by a filter', async () => {
  const { DBInstance } = await restore({
    DBInstanceClass: 'db.t4g.large',
    VpcSecurityGroupIds: ['sg-1', 'sg-2'],
    DBParameterGroupName: 'orders-pg16',
    DBSubnetGroupName: 'drill',
    EnableCloudwatchLogsExports: ['postgresql'],
    Tags: [{ Key: 'lifeboat:run', Value: 'orders-1' }],
  });
  expect(DBInstance?.DBInstanceIdentifier).toBe('orders-copy');
  const filter = [{ Name: 'db-instance-id', Values: ['orders-copy', 'nobody'] }];
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ Filters: filter }));
  expect(DBInstances).toMatchObject([
    {
      DBInstanceClass: 'db.t4g.large',
      Engine: 'postgres',
      VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }, { VpcSecurityGroupId: 'sg-2' }],
      DBParameterGroups: [{ DBParameterGroupName: 'orders-pg16' }],
      DBSubnetGroup: { DBSubnetGroupName: 'drill' },
      EnabledCloudwatchLogsExports: ['postgresql'],
      DeletionProtection: false,
      BackupRetentionPeriod: 1,
      TagList: [{ Key: 'lifeboat:run', Value: 'orders-1' }],
    },
  ]);
});

test.each([
  ['the same name again', { DBInstanceIdentifier: 'orders' }, 'DBInstanceAlreadyExists', 400],
  ['an unknown snapshot', { DBSnapshotIdentifier: 'nothing' }, 'DBSnapshotNotFound', 404],
  ['a failed snapshot', { DBSnapshotIdentifier: 'broken' }, 'InvalidDBSnapshotState', 400],
  ['a bad name', { DBInstanceIdentifier: 'a--b' }, 'InvalidParameterValue', 400],
  [
    'a zone with Multi-AZ',
    { MultiAZ: true, AvailabilityZone: 'us-east-1a' },
    'InvalidParameterCombination',
    400,
  ],
  ['a tag that RDS does not take', { Tags: [{ Key: 'a', Value: 'b;c' }] }, 'InvalidParameterValue', 400],
])('a restore refuses %s', async (_, input, code, status) => {
  const [name, http] = await refusalOf(restore(input));
  expect([name.replace(/Fault$/, ''), http]).toEqual([code, status]);
});

test('a restore to a point in time, within the window only', async () => {
  const pointInTime = (id: string, at: string) =>
    rds.send(
      new RestoreDBInstanceToPointInTimeCommand({
        SourceDBInstanceIdentifier: 'orders',
        TargetDBInstanceIdentifier: id,
        RestoreTime: new Date(at),
      }),
    );
  await pointInTime('then', '2026-11-20T02:00:00Z');
  expect(await instance('then')).toMatchObject({ Engine: 'postgres', DBInstanceStatus: 'available' });
  expect(await refusalOf(pointInTime('later', '2026-11-20T03:00:00Z'))).toEqual([
    'InvalidParameterValue',
    400,
  ]);
  await restore();
  expect((await refusalOf(pointInTime('more', '2026-11-20T02:00:00Z')))[0]).toMatch(/^InstanceQuotaExceeded/);
});

test('an instance is made, changed, protected, unprotected and deleted', async () => {
  const DBInstanceIdentifier = 'fresh';
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier,
      DBInstanceClass: 'db.t4g.micro',
      Engine: 'mysql',
      AllocatedStorage: 20,
    }),
  );
  const modify = (change: object) =>
    rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier, ApplyImmediately: true, ...change }));
  await modify({
    DeletionProtection: true,
    MonitoringInterval: 60,
    CloudwatchLogsExportConfiguration: { EnableLogTypes: ['error'] },
  });
  expect(await instance(DBInstanceIdentifier)).toMatchObject({
    MonitoringInterval: 60,
    EnabledCloudwatchLogsExports: ['error'],
  });
  const remove = () =>
    rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }));
  expect(await refusalOf(remove())).toEqual(['InvalidParameterCombination', 400]);
  await modify({ DeletionProtection: false });
  await remove();
  expect((await refusalOf(instance(DBInstanceIdentifier)))[0]).toMatch(/^DBInstanceNotFound/);
});

test('snapshots are found by instance and kind; one is taken and deleted', async () => {
  const list = async (which: object) =>
    (await rds.send(new DescribeDBSnapshotsCommand(which))).DBSnapshots?.map(
      ({ DBSnapshotIdentifier }) => DBSnapshotIdentifier,
    );
  expect(await list({ DBInstanceIdentifier: 'orders' })).toEqual(['rds:orders-1', 'broken']);
  expect(await list({ SnapshotType: 'manual' })).toEqual(['broken']);
  const DBSnapshotIdentifier = 'fresh';
  const take = () =>
    rds.send(
      new CreateDBSnapshotCommand({
        DBSnapshotIdentifier,
        DBInstanceIdentifier: 'orders',
        Tags: [{ Key: 'a', Value: 'b' }],
      }),
    );
  const { DBSnapshot } = await take();
  expect(DBSnapshot).toMatchObject({
    Status: 'available',
    SnapshotType: 'manual',
    Engine: 'postgres',
    TagList: [{ Key: 'a', Value: 'b' }],
  });
  expect(await refusalOf(take())).toEqual([expect.stringMatching(/^DBSnapshotAlreadyExists/), 400]);
  await rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier }));
  expect(await refusalOf(list({ DBSnapshotIdentifier }))).toEqual([
    expect.stringMatching(/^DBSnapshotNotFound/),
    404,
  ]);
});

test('clusters and their snapshots', async () => {
  const { DBClusters } = await rds.send(new DescribeDBClustersCommand({}));
  expect(DBClusters).toMatchObject([
    { DBClusterIdentifier: 'events', EarliestRestorableTime: new Date('2026-11-13T00:00:00Z') },
  ]);
  const { DBClusterSnapshots } = await rds.send(new DescribeDBClusterSnapshotsCommand({}));
  expect(DBClusterSnapshots).toMatchObject([
    { DBClusterSnapshotIdentifier: 'rds:events-1', DBClusterIdentifier: 'events' },
  ]);
});

test('tags are added, listed and removed', async () => {
  await rds.send(
    new AddTagsToResourceCommand({ ResourceName: ARN, Tags: [{ Key: 'lifeboat:claim', Value: 'x' }] }),
  );
  await rds.send(new RemoveTagsFromResourceCommand({ ResourceName: ARN, TagKeys: ['app'] }));
  const { TagList } = await rds.send(new ListTagsForResourceCommand({ ResourceName: ARN }));
  expect(TagList).toEqual([{ Key: 'lifeboat:claim', Value: 'x' }]);
  expect(peer.requests.map(({ mutating }) => mutating)).toEqual([true, true, false]);
});

test('records come in pages', async () => {
  peer.setQuirks({ largestPage: 1 });
  const first = await rds.send(new DescribeDBSnapshotsCommand({ MaxRecords: 20 }));
  const second = await rds.send(new DescribeDBSnapshotsCommand({ MaxRecords: 20, Marker: first.Marker }));
  expect(second.Marker).toBeUndefined();
  expect([first.DBSnapshots, second.DBSnapshots]).toMatchObject([
    [{ DBSnapshotIdentifier: 'rds:orders-1' }],
    [{ DBSnapshotIdentifier: 'broken' }],
  ]);
});
