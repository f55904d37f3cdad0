import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import {
  DescribeFastSnapshotRestoresCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, NotFoundException } from '@aws-sdk/client-kms';
import {
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
} from '@aws-sdk/client-rds';
import { ListServiceQuotasCommand } from '@aws-sdk/client-service-quotas';
import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import {
  capture,
  cloudwatch,
  ec2,
  emptyAccount,
  hoursAgo,
  kms,
  NOW,
  quotas,
  rds,
  ssm,
} from './capture-account.ts';

beforeEach(emptyAccount);

const placed = (id: string, type?: string) => ({
  InstanceId: id,
  Placement: { AvailabilityZone: 'us-east-1a' },
  State: { Name: 'running' as const },
  ...(type !== undefined && { InstanceType: type as 'm5.large' }),
});

describe('instances', () => {
  test('throughput is asked once for each type, and is that which lasts', async () => {
    ec2.on(DescribeInstancesCommand).resolves({
      Reservations: [
        {
          Instances: [
            placed('i-1', 'm5.large'),
            placed('i-2', 'm5.large'),
            { ...placed('i-3', 'm3.large'), EbsOptimized: false },
            placed('i-4', 'x9.unheard'),
            placed('i-5'),
          ],
        },
      ],
    });
    ec2.on(DescribeInstanceTypesCommand).resolves({
      InstanceTypes: [
        {
          InstanceType: 'm5.large',
          EbsInfo: {
            EbsOptimizedSupport: 'default',
            EbsOptimizedInfo: { BaselineThroughputInMBps: 81.25, MaximumThroughputInMBps: 593.75 },
          },
        },
        {
          InstanceType: 'm3.large',
          EbsInfo: {
            EbsOptimizedSupport: 'supported',
            EbsOptimizedInfo: { BaselineThroughputInMBps: 62.5 },
          },
        },
      ],
    });
    const { instances, gaps } = await capture();
    expect(instances.map(({ id, ebsThroughputMiBps }) => [id, ebsThroughputMiBps])).toEqual([
      ['i-1', 81],
      ['i-2', 81],
      ['i-3', undefined],
      ['i-4', undefined],
      ['i-5', undefined],
    ]);
    expect(gaps).toEqual([]);
    const asked = ec2.commandCalls(DescribeInstanceTypesCommand).map(({ args }) => args[0].input.Filters);
    expect(asked).toEqual([[{ Name: 'instance-type', Values: ['m3.large', 'm5.large', 'x9.unheard'] }]]);
  });

  test('250 types are three requests', async () => {
    const instances = Array.from({ length: 250 }, (_, index) => placed(`i-${index}`, `m${index}.large`));
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: instances }] });
    await capture();
    expect(ec2.commandCalls(DescribeInstanceTypesCommand)).toHaveLength(3);
  });

  test('managed is who Systems Manager has heard of lately', async () => {
    ec2
      .on(DescribeInstancesCommand)
      .resolves({ Reservations: [{ Instances: ['i-1', 'i-2', 'i-3', 'i-4'].map((id) => placed(id)) }] });
    ssm
      .on(DescribeInstanceInformationCommand)
      .resolvesOnce({
        InstanceInformationList: [{ InstanceId: 'i-1', PingStatus: 'Online' }],
        NextToken: 'more',
      })
      .resolvesOnce({
        InstanceInformationList: [
          { InstanceId: 'i-2', PingStatus: 'ConnectionLost' },
          { InstanceId: 'i-3' },
          { InstanceId: 'mi-on-premises', PingStatus: 'Online' },
        ],
      });
    const { instances } = await capture();
    expect(instances.map(({ managedBySsm }) => managedBySsm)).toEqual([true, false, true, false]);
  });

  test('without instances nobody is asked about them', async () => {
    await capture();
    expect(ssm.calls()).toHaveLength(0);
    expect(ec2.commandCalls(DescribeInstanceTypesCommand)).toHaveLength(0);
  });
});

describe('metrics', () => {
  const fsr = (id: string, zone: string, state: 'enabled' | 'optimizing' = 'enabled') => ({
    SnapshotId: id,
    AvailabilityZone: zone,
    State: state,
  });
  const answerWith = (valueOf: (query: MetricDataQuery) => object) =>
    cloudwatch.on(GetMetricDataCommand).callsFake(({ MetricDataQueries = [] }) => ({
      MetricDataResults: (MetricDataQueries as MetricDataQuery[]).map((query) => ({
        Id: query.Id,
        ...valueOf(query),
      })),
    }));

  test('credits of what is on, the newest value of each', async () => {
    ec2.on(DescribeSnapshotsCommand).resolves({
      Snapshots: [
        { SnapshotId: 's', VolumeId: 'v', StartTime: hoursAgo(1), VolumeSize: 9, State: 'completed' },
      ],
    });
    ec2.on(DescribeFastSnapshotRestoresCommand).resolves({
      FastSnapshotRestores: [
        fsr('s', 'us-east-1a'),
        fsr('s', 'us-east-1b'),
        fsr('s', 'us-east-1c', 'optimizing'),
      ],
    });
    answerWith(({ MetricStat }) =>
      MetricStat?.Metric?.Dimensions?.some(({ Value }) => Value === 'us-east-1a') === true
        ? { Timestamps: [hoursAgo(0.2), hoursAgo(0.1)], Values: [1, 2.5] }
        : { Timestamps: [], Values: [] },
    );
    const { snapshots } = await capture();
    expect(snapshots[0]?.fsr).toStrictEqual([
      { zone: 'us-east-1a', state: 'enabled', credits: 2.5 },
      { zone: 'us-east-1b', state: 'enabled' },
      { zone: 'us-east-1c', state: 'optimizing' },
    ]);
    const { MetricDataQueries, StartTime, EndTime } =
      cloudwatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input ?? {};
    expect(MetricDataQueries).toHaveLength(2);
    expect(MetricDataQueries?.[0]?.MetricStat?.Metric).toEqual({
      Namespace: 'AWS/EBS',
      MetricName: 'FastSnapshotRestoreCreditsBalance',
      Dimensions: [
        { Name: 'SnapshotId', Value: 's' },
        { Name: 'AvailabilityZone', Value: 'us-east-1a' },
      ],
    });
    expect([StartTime, EndTime]).toEqual([hoursAgo(0.25), new Date(NOW)]);
  });

  test('how far replicas lag behind; -1 says that replication has stopped, and is no lag', async () => {
    const replica = (id: string) => ({
      DBInstanceIdentifier: id,
      Engine: 'mysql',
      DBInstanceClass: 'c',
      ReadReplicaSourceDBInstanceIdentifier: 'primary',
    });
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [
        { DBInstanceIdentifier: 'primary', Engine: 'mysql', DBInstanceClass: 'c' },
        ...['r-1', 'r-2', 'r-3'].map(replica),
      ],
    });
    const lags: Record<string, object> = {
      'r-1': { Values: [4.5], Timestamps: [new Date(NOW)] },
      'r-2': { Values: [-1], Timestamps: [new Date(NOW)] },
    };
    answerWith(({ MetricStat }) => lags[MetricStat?.Metric?.Dimensions?.[0]?.Value ?? ''] ?? {});
    const { dbInstances } = await capture();
    expect(dbInstances.map(({ id, replicaLagSeconds }) => [id, replicaLagSeconds])).toEqual([
      ['primary', undefined],
      ['r-1', 4.5],
      ['r-2', undefined],
      ['r-3', undefined],
    ]);
  });

  test('1,200 questions are three requests, and nothing to ask is none', async () => {
    await capture();
    expect(cloudwatch.calls()).toHaveLength(0);
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: Array.from({ length: 1_200 }, (_, index) => ({
        DBInstanceIdentifier: `r-${index}`,
        Engine: 'mysql',
        DBInstanceClass: 'c',
        ReadReplicaSourceDBInstanceIdentifier: 'primary',
      })),
    });
    answerWith(({ MetricStat }) => ({
      Values: [Number(MetricStat?.Metric?.Dimensions?.[0]?.Value?.slice(2))],
    }));
    const { dbInstances } = await capture();
    expect(cloudwatch.calls()).toHaveLength(3);
    expect(dbInstances.every(({ id, replicaLagSeconds }) => id === `r-${replicaLagSeconds}`)).toBe(true);
  });
});

describe('keys', () => {
  const withKeys = (...keys: readonly string[]) =>
    ec2.on(DescribeVolumesCommand).resolves({
      Volumes: keys.map((key, index) => ({
        VolumeId: `vol-${index}`,
        AvailabilityZone: 'us-east-1a',
        VolumeType: 'gp3' as const,
        Size: 1,
        Encrypted: true,
        KmsKeyId: key,
      })),
    });

  test('each is asked once, whatever it is called', async () => {
    const arn = 'arn:aws:kms:us-east-1:111111111111:key/one';
    withKeys('two', arn, 'one', arn);
    rds.on(DescribeDBSnapshotsCommand).resolves({
      DBSnapshots: [
        {
          ...{ DBSnapshotIdentifier: 's', DBInstanceIdentifier: 'd', Engine: 'e', Status: 'available' },
          ...{ SnapshotCreateTime: hoursAgo(1), Encrypted: true, KmsKeyId: 'three' },
        },
      ],
    });
    kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'x', KeyState: 'Enabled' } });
    kms
      .on(DescribeKeyCommand, { KeyId: 'two' })
      .resolves({ KeyMetadata: { KeyId: 'two', KeyState: 'PendingDeletion' } });
    kms.on(DescribeKeyCommand, { KeyId: 'three' }).resolves({ KeyMetadata: { KeyId: 'three' } });
    const { kmsKeys } = await capture();
    expect(kmsKeys).toEqual([
      { id: arn, state: 'Enabled' },
      { id: 'two', state: 'PendingDeletion' },
    ]);
    expect(kms.calls()).toHaveLength(3);
  });

  test('a key that KMS does not know can decrypt nothing', async () => {
    withKeys('lost');
    kms
      .on(DescribeKeyCommand)
      .rejects(new NotFoundException({ message: 'no such key', $metadata: { httpStatusCode: 400 } }));
    const { kmsKeys, gaps } = await capture();
    expect(kmsKeys).toEqual([{ id: 'lost', state: 'Unavailable' }]);
    expect(gaps).toEqual([]);
  });
});

describe('quotas', () => {
  test('by name, page by page; what is not told is the default', async () => {
    quotas.on(ListServiceQuotasCommand, { ServiceCode: 'ebs', NextToken: undefined }).resolves({
      Quotas: [
        { QuotaName: 'Fast snapshot restore', Value: 12 },
        { QuotaName: 'Concurrent snapshots per General Purpose SSD (gp3) volume', Value: 5 },
        { QuotaName: 'Storage for General Purpose SSD (gp3) volumes, in TiB', Value: 300 },
        { QuotaName: 'Storage modifications for General Purpose SSD (gp3) volumes, in TiB', Value: 500 },
      ],
      NextToken: 'more',
    });
    quotas.on(ListServiceQuotasCommand, { ServiceCode: 'ebs', NextToken: 'more' }).resolves({
      Quotas: [
        { QuotaName: 'Concurrent snapshot copies per destination Region', Value: 25 },
        { QuotaName: 'Cumulative volume initialization rate, in MiB/s', Value: 6_000.9 },
        { QuotaName: 'Storage for Magnetic (standard) volumes, in TiB', Value: 0 },
        { QuotaName: 'Storage for Cold HDD (sc1) volumes, in TiB' },
      ],
    });
    quotas.on(ListServiceQuotasCommand, { ServiceCode: 'rds' }).resolves({
      Quotas: [
        { QuotaName: 'DB instances', Value: 100 },
        { QuotaName: 'DB clusters', Value: 1, ErrorReason: { ErrorCode: 'DEPENDENCY_ACCESS_DENIED_ERROR' } },
        { QuotaName: 'Custom endpoints per DB cluster', Value: 5 },
      ],
    });
    const captured = await capture();
    expect(captured.quotas).toEqual({
      fsrSnapshots: 12,
      provisionedInitMiBps: 6_000,
      snapshotCopies: 25,
      dbInstances: 100,
      dbClusters: 40,
      storageTiB: { gp3: 300, standard: 0 },
    });
  });
});

describe('Aurora', () => {
  test('clusters with all that a restore loses, the writer first', async () => {
    rds.on(DescribeDBClustersCommand).resolves({
      DBClusters: [
        {
          DBClusterIdentifier: 'orders',
          Engine: 'aurora-postgresql',
          EngineVersion: '16.4',
          Status: 'available',
          StorageEncrypted: true,
          KmsKeyId: 'key-1',
          AllocatedStorage: 1,
          DBClusterMembers: [
            { DBInstanceIdentifier: 'a-reader', IsClusterWriter: false },
            { DBInstanceIdentifier: 'z-writer', IsClusterWriter: true },
          ],
          DBSubnetGroup: 'prod',
          VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }],
          DBClusterParameterGroup: 'orders-pg16',
          DeletionProtection: true,
          BackupRetentionPeriod: 7,
          EarliestRestorableTime: hoursAgo(168),
          LatestRestorableTime: hoursAgo(0),
          GlobalClusterIdentifier: 'world',
          TagList: [{ Key: 'app', Value: 'orders' }],
        },
      ],
    });
    kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'key-1', KeyState: 'Enabled' } });
    const { dbClusters, kmsKeys } = await capture();
    expect(dbClusters).toStrictEqual([
      {
        id: 'orders',
        engine: 'aurora-postgresql',
        engineVersion: '16.4',
        encrypted: true,
        kmsKeyId: 'key-1',
        members: ['z-writer', 'a-reader'],
        subnetGroup: 'prod',
        securityGroups: ['sg-1'],
        parameterGroup: 'orders-pg16',
        deletionProtection: true,
        backupRetentionDays: 7,
        status: 'available',
        earliestRestorableTime: hoursAgo(168).getTime(),
        latestRestorableTime: NOW,
        globalClusterId: 'world',
        tags: { app: 'orders' },
      },
    ]);
    expect(kmsKeys).toEqual([{ id: 'key-1', state: 'Enabled' }]);
  });

  test('their snapshots, those of AWS Backup among them, each once', async () => {
    const own = {
      DBClusterSnapshotIdentifier: 'manual',
      DBClusterIdentifier: 'orders',
      Engine: 'aurora-postgresql',
      EngineVersion: '16.4',
      SnapshotType: 'manual',
      Status: 'available',
      SnapshotCreateTime: hoursAgo(3),
      AllocatedStorage: 300,
    };
    const backup = { ...own, DBClusterSnapshotIdentifier: 'awsbackup:job-1', SnapshotType: 'awsbackup' };
    rds.on(DescribeDBClusterSnapshotsCommand).resolves({ DBClusterSnapshots: [own, backup] });
    rds
      .on(DescribeDBClusterSnapshotsCommand, { SnapshotType: 'awsbackup' })
      .resolves({ DBClusterSnapshots: [backup] });
    const { dbClusterSnapshots } = await capture();
    expect(dbClusterSnapshots.map(({ id, source, storageGiB }) => [id, source, storageGiB])).toEqual([
      ['manual', 'manual', 300],
      ['awsbackup:job-1', 'awsbackup', 300],
    ]);
  });
});
