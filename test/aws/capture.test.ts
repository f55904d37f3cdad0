import {
  DescribeAvailabilityZonesCommand,
  DescribeFastSnapshotRestoresCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DescribeVolumeStatusCommand,
} from '@aws-sdk/client-ec2';
import { DescribeDBInstancesCommand, DescribeDBSnapshotsCommand } from '@aws-sdk/client-rds';
import { ec2Error } from './fixtures.ts';
import { capture, ec2, emptyAccount, hoursAgo, NOW, rds } from './capture-account.ts';

beforeEach(emptyAccount);

test('an empty account is an empty inventory', async () => {
  expect(await capture()).toMatchObject({
    apiVersion: 'lifeboat/v1',
    kind: 'Inventory',
    capturedAt: NOW,
    account: '000000000000',
    region: 'us-east-1',
    volumes: [],
    quotas: { fsrSnapshots: 5, provisionedInitMiBps: 5_000 },
    gaps: [],
  });
});

test('volumes, page by page, with what is attached; unset fields are absent', async () => {
  ec2
    .on(DescribeVolumesCommand)
    .resolvesOnce({
      Volumes: [
        {
          VolumeId: 'vol-1',
          AvailabilityZone: 'us-east-1a',
          VolumeType: 'gp3',
          Size: 500,
          Iops: 6_000,
          Throughput: 500,
          Encrypted: true,
          KmsKeyId: 'key-1',
          State: 'in-use',
          Attachments: [{ InstanceId: 'i-1', Device: '/dev/sdf' }],
          Tags: [{ Key: 'app', Value: 'events' }],
        },
      ],
      NextToken: 'more',
    })
    .resolvesOnce({
      Volumes: [{ VolumeId: 'vol-2', AvailabilityZone: 'us-east-1b', VolumeType: 'st1', Size: 1 }],
    });
  const { volumes, zones } = await capture();
  expect(volumes).toStrictEqual([
    {
      id: 'vol-1',
      zone: 'us-east-1a',
      type: 'gp3',
      sizeGiB: 500,
      iops: 6_000,
      throughputMiBps: 500,
      encrypted: true,
      kmsKeyId: 'key-1',
      state: 'in-use',
      attachedTo: { instanceId: 'i-1', device: '/dev/sdf' },
      tags: { app: 'events' },
    },
    { id: 'vol-2', zone: 'us-east-1b', type: 'st1', sizeGiB: 1, encrypted: false, tags: {} },
  ]);
  expect(zones).toEqual(['us-east-1a', 'us-east-1b']);
});

test('a copy of a volume tells what it is a copy of until it is initialized', async () => {
  const copied = (VolumeId: string, SourceVolumeId?: string) => ({
    ...({ VolumeId, SourceVolumeId, AvailabilityZone: 'us-east-1a', VolumeType: 'gp3', Size: 1 } as const),
  });
  const Volumes = [copied('vol-0', ''), ...['vol-1', 'vol-2', 'vol-3'].map((id) => copied(id, 'vol-0'))];
  ec2.on(DescribeVolumesCommand).resolves({ Volumes });
  const InitializationType = 'volume-copy' as const;
  ec2.on(DescribeVolumeStatusCommand).resolves({
    VolumeStatuses: [
      { VolumeId: 'vol-1', InitializationStatusDetails: { InitializationType, Progress: 99 } },
      { VolumeId: 'vol-2', InitializationStatusDetails: { InitializationType, Progress: 100 } },
    ],
  });
  const copies = async () => (await capture()).volumes.map(({ copyingFrom = null }) => copyingFrom);
  expect(await copies()).toEqual([null, 'vol-0', null, 'vol-0']);
  const asked = ec2.commandCalls(DescribeVolumeStatusCommand)[0]?.args[0].input.VolumeIds;
  expect(asked).toEqual(['vol-1', 'vol-2', 'vol-3']);
  ec2.on(DescribeVolumeStatusCommand).rejects(ec2Error('UnauthorizedOperation', 403));
  expect(await copies()).toEqual([null, 'vol-0', 'vol-0', 'vol-0']);
  expect((await capture()).gaps).toMatchObject([{ operation: 'DescribeVolumeStatus', reason: 'denied' }]);
});

test('a status is read only where a volume is a copy', async () => {
  await capture();
  expect(ec2.commandCalls(DescribeVolumeStatusCommand)).toEqual([]);
});

test('snapshots with tier, size and fast snapshot restore', async () => {
  ec2.on(DescribeSnapshotsCommand).resolves({
    Snapshots: [
      {
        SnapshotId: 'snap-1',
        VolumeId: 'vol-1',
        StartTime: hoursAgo(1),
        State: 'completed',
        VolumeSize: 500,
        FullSnapshotSizeInBytes: 320 * 1_024 ** 3,
        OwnerId: '111111111111',
      },
      {
        SnapshotId: 'snap-2',
        VolumeId: 'vol-1',
        StartTime: hoursAgo(9),
        State: 'completed',
        VolumeSize: 500,
        StorageTier: 'archive',
        Encrypted: true,
        KmsKeyId: 'key-1',
      },
    ],
  });
  ec2.on(DescribeFastSnapshotRestoresCommand).resolves({
    FastSnapshotRestores: [
      { SnapshotId: 'snap-1', AvailabilityZone: 'us-east-1a', State: 'enabled' },
      { SnapshotId: 'snap-1', AvailabilityZone: 'us-east-1b', State: 'optimizing' },
    ],
  });
  const { snapshots, account } = await capture();
  expect(account).toBe('111111111111');
  expect(snapshots).toStrictEqual([
    {
      id: 'snap-1',
      volumeId: 'vol-1',
      startedAt: hoursAgo(1).getTime(),
      state: 'completed',
      sizeGiB: 500,
      fullSizeGiB: 320,
      tier: 'standard',
      encrypted: false,
      fsr: [
        { zone: 'us-east-1a', state: 'enabled' },
        { zone: 'us-east-1b', state: 'optimizing' },
      ],
      tags: {},
    },
    {
      id: 'snap-2',
      volumeId: 'vol-1',
      startedAt: hoursAgo(9).getTime(),
      state: 'completed',
      sizeGiB: 500,
      tier: 'archive',
      encrypted: true,
      kmsKeyId: 'key-1',
      fsr: [],
      tags: {},
    },
  ]);
  expect(ec2.commandCalls(DescribeSnapshotsCommand)[0]?.args[0].input.OwnerIds).toEqual(['self']);
});

test('whose account it is STS knows best; what is no account number is none', async () => {
  ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ OwnerId: 'self', Instances: [] }] });
  expect((await capture()).account).toBe('000000000000');
  expect((await capture({ account: Promise.resolve('444444444444') })).account).toBe('444444444444');
  expect((await capture({ account: Promise.resolve(undefined) })).account).toBe('000000000000');
});

test('instances, terminated ones left out', async () => {
  ec2.on(DescribeInstancesCommand).resolves({
    Reservations: [
      {
        OwnerId: '222222222222',
        Instances: [
          { InstanceId: 'i-1', Placement: { AvailabilityZone: 'us-east-1a' }, State: { Name: 'stopped' } },
          { InstanceId: 'i-2', Placement: { AvailabilityZone: 'us-east-1a' }, State: { Name: 'terminated' } },
        ],
      },
    ],
  });
  const { instances, account } = await capture();
  expect(account).toBe('222222222222');
  expect(instances).toStrictEqual([
    { id: 'i-1', zone: 'us-east-1a', state: 'stopped', managedBySsm: false, tags: {} },
  ]);
});

test('DB instances with every setting that a restore loses', async () => {
  rds.on(DescribeDBInstancesCommand).resolves({
    DBInstances: [
      {
        DBInstanceIdentifier: 'orders-prod',
        DBInstanceArn: 'arn:aws:rds:us-east-1:333333333333:db:orders-prod',
        Engine: 'postgres',
        EngineVersion: '16.4',
        DBInstanceClass: 'db.r6g.xlarge',
        DBInstanceStatus: 'available',
        AllocatedStorage: 800,
        StorageType: 'gp3',
        Iops: 12_000,
        StorageThroughput: 500,
        AvailabilityZone: 'us-east-1a',
        MultiAZ: true,
        DBSubnetGroup: { DBSubnetGroupName: 'prod' },
        VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1', Status: 'active' }],
        DBParameterGroups: [{ DBParameterGroupName: 'orders-pg16' }],
        OptionGroupMemberships: [{ OptionGroupName: 'default:postgres-16' }],
        DeletionProtection: true,
        BackupRetentionPeriod: 7,
        IAMDatabaseAuthenticationEnabled: true,
        EnabledCloudwatchLogsExports: ['postgresql'],
        MonitoringInterval: 60,
        MonitoringRoleArn: 'role',
        PerformanceInsightsEnabled: true,
        Endpoint: { Port: 5_432 },
        StorageEncrypted: true,
        KmsKeyId: 'key-1',
        LatestRestorableTime: hoursAgo(0),
        InstanceCreateTime: hoursAgo(48),
        TagList: [{ Key: 'app', Value: 'orders' }],
      },
      {
        DBInstanceIdentifier: 'orders-replica',
        Engine: 'postgres',
        DBInstanceClass: 'db.r6g.large',
        ReadReplicaSourceDBInstanceIdentifier: 'orders-prod',
      },
    ],
  });
  const { dbInstances, account } = await capture();
  expect(account).toBe('333333333333');
  expect(dbInstances[0]).toStrictEqual({
    id: 'orders-prod',
    engine: 'postgres',
    engineVersion: '16.4',
    class: 'db.r6g.xlarge',
    storageGiB: 800,
    storageType: 'gp3',
    iops: 12_000,
    throughputMiBps: 500,
    zone: 'us-east-1a',
    multiAz: true,
    subnetGroup: 'prod',
    securityGroups: ['sg-1'],
    parameterGroup: 'orders-pg16',
    optionGroup: 'default:postgres-16',
    deletionProtection: true,
    backupRetentionDays: 7,
    iamAuth: true,
    logExports: ['postgresql'],
    monitoringIntervalSeconds: 60,
    monitoringRole: 'role',
    performanceInsights: true,
    port: 5_432,
    encrypted: true,
    kmsKeyId: 'key-1',
    status: 'available',
    // Retention is seven days, but the instance is two days old.
    earliestRestorableTime: hoursAgo(48).getTime(),
    latestRestorableTime: NOW,
    tags: { app: 'orders' },
  });
  expect(dbInstances[1]).toMatchObject({ id: 'orders-replica', replicaOf: 'orders-prod', storageGiB: 1 });
  expect(dbInstances[1]).not.toHaveProperty('latestRestorableTime');
  expect(dbInstances[1]?.status).toBe('unknown');
});

test('DB snapshots; a copy is as old as what it was copied from', async () => {
  const common = {
    DBInstanceIdentifier: 'orders-prod',
    Engine: 'postgres',
    EngineVersion: '16.4',
    AllocatedStorage: 800,
  };
  rds.on(DescribeDBSnapshotsCommand).resolves({
    DBSnapshots: [
      {
        ...common,
        DBSnapshotIdentifier: 'rds:a',
        SnapshotType: 'automated',
        Status: 'available',
        SnapshotCreateTime: hoursAgo(2),
      },
      {
        ...common,
        DBSnapshotIdentifier: 'copy',
        SnapshotType: 'manual',
        Status: 'available',
        SnapshotCreateTime: hoursAgo(1),
        OriginalSnapshotCreateTime: hoursAgo(30),
      },
      { ...common, DBSnapshotIdentifier: 'new', SnapshotType: 'awsbackup', Status: 'creating' },
    ],
  });
  const { dbSnapshots } = await capture();
  expect(dbSnapshots.map(({ id, at, source, state }) => [id, at, source, state])).toEqual([
    ['rds:a', hoursAgo(2).getTime(), 'automated', 'available'],
    ['copy', hoursAgo(30).getTime(), 'manual', 'available'],
    ['new', NOW, 'awsbackup', 'creating'],
  ]);
});

test('a zone that AWS says is unavailable is none, also if something is in it', async () => {
  ec2.on(DescribeAvailabilityZonesCommand).resolves({
    AvailabilityZones: [
      { ZoneName: 'us-east-1a', State: 'unavailable' },
      { ZoneName: 'us-east-1b', State: 'information' },
    ],
  });
  ec2.on(DescribeVolumesCommand).resolves({
    Volumes: [{ VolumeId: 'vol-1', AvailabilityZone: 'us-east-1a', VolumeType: 'gp2', Size: 1 }],
  });
  expect((await capture()).zones).toEqual(['us-east-1b']);
});

test('a zone that something is in is a zone, whatever the endpoint offers', async () => {
  ec2
    .on(DescribeAvailabilityZonesCommand)
    .resolves({ AvailabilityZones: [{ ZoneName: 'us-east-1a' }, { ZoneName: 'us-east-1f' }] });
  ec2.on(DescribeVolumesCommand).resolves({
    Volumes: [{ VolumeId: 'vol-1', AvailabilityZone: 'us-east-1-bos-1a', VolumeType: 'gp2', Size: 1 }],
  });
  ec2.on(DescribeSnapshotsCommand).resolves({
    Snapshots: [
      { SnapshotId: 'snap-1', VolumeId: 'vol-1', StartTime: hoursAgo(1), VolumeSize: 1, State: 'completed' },
    ],
  });
  ec2.on(DescribeFastSnapshotRestoresCommand).resolves({
    FastSnapshotRestores: [{ SnapshotId: 'snap-1', AvailabilityZone: 'us-east-1b', State: 'enabled' }],
  });
  rds.on(DescribeDBInstancesCommand).resolves({
    DBInstances: [
      { DBInstanceIdentifier: 'db', Engine: 'mysql', DBInstanceClass: 'c', AvailabilityZone: 'us-east-1c' },
    ],
  });
  const { zones } = await capture();
  expect(zones).toEqual(['us-east-1-bos-1a', 'us-east-1a', 'us-east-1b', 'us-east-1c', 'us-east-1f']);
});
