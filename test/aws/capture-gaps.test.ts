import {
  DescribeAvailabilityZonesCommand,
  DescribeFastSnapshotRestoresCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { DescribeDBInstancesCommand, DescribeDBSnapshotsCommand } from '@aws-sdk/client-rds';
import { ListServiceQuotasCommand } from '@aws-sdk/client-service-quotas';
import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import { parseInventory } from '../../src/inventory/parse.ts';
import { formatInventory } from '../../src/inventory/serialize.ts';
import {
  capture,
  clients,
  ec2,
  emptyAccount,
  hoursAgo,
  kms,
  NOW,
  quotas,
  rds,
  ssm,
} from './capture-account.ts';
import { ec2Error, rdsError } from './fixtures.ts';

beforeEach(emptyAccount);

const VOLUME = {
  VolumeId: 'vol-1',
  AvailabilityZone: 'us-east-1a',
  VolumeType: 'gp3' as const,
  Size: 1,
  Encrypted: true,
  KmsKeyId: 'key-1',
};
const INSTANCE = {
  InstanceId: 'i-1',
  Placement: { AvailabilityZone: 'us-east-1a' },
  InstanceType: 'm5.large' as const,
};

/** As the SDK throws for an answer that it cannot read. */
function unreadable(httpStatusCode: number): Error {
  return Object.assign(new Error('char is not expected'), { $metadata: { httpStatusCode } });
}

/** As the SDK throws when nobody answers in time. */
function silence(): Error {
  return Object.assign(new Error('Connection timed out'), {
    name: 'TimeoutError',
    code: 'ETIMEDOUT',
    $metadata: {},
  });
}

async function gapsOf(): Promise<readonly (readonly [string, string])[]> {
  const captured = await capture();
  // Whatever was not read: what was makes a valid file, and the gaps are in it.
  expect(parseInventory(formatInventory(captured), 'captured.yaml')).toEqual(captured);
  return captured.gaps.map(({ operation, reason }) => [operation, reason] as const);
}

test('an endpoint without the less vital operations still gives an inventory, and what it lacks is told', async () => {
  ec2.on(DescribeVolumesCommand).resolves({ Volumes: [VOLUME] });
  ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [INSTANCE] }] });
  ec2.on(DescribeFastSnapshotRestoresCommand).rejects(ec2Error('InvalidAction'));
  ec2.on(DescribeAvailabilityZonesCommand).rejects(unreadable(501));
  ec2.on(DescribeInstanceTypesCommand).rejects(unreadable(500));
  ssm.on(DescribeInstanceInformationCommand).rejects(unreadable(404));
  kms.on(DescribeKeyCommand).rejects(ec2Error('UnknownOperationException', 404));
  quotas.on(ListServiceQuotasCommand).rejects(ec2Error('NotImplemented', 501));
  expect(await gapsOf()).toEqual([
    ['DescribeAvailabilityZones', 'unsupported'],
    ['DescribeFastSnapshotRestores', 'unsupported'],
    ['DescribeInstanceInformation', 'unsupported'],
    ['DescribeInstanceTypes', 'unsupported'],
    ['DescribeKey', 'unsupported'],
    ['ListServiceQuotas', 'unsupported'],
  ]);
  const { gaps, volumes } = await capture();
  expect(volumes).toHaveLength(1);
  expect(gaps.find(({ operation }) => operation === 'ListServiceQuotas')).toEqual({
    operation: 'ListServiceQuotas',
    reason: 'unsupported',
    message: 'NotImplemented: NotImplemented happened',
    means: "quotas are taken to be AWS's defaults",
  });
});

test('what an endpoint lacks is not asked for again', async () => {
  const volumes = Array.from({ length: 20 }, (_, index) => ({
    ...VOLUME,
    VolumeId: `vol-${index}`,
    KmsKeyId: `key-${index}`,
  }));
  ec2.on(DescribeVolumesCommand).resolves({ Volumes: volumes });
  kms.on(DescribeKeyCommand).rejects(unreadable(500));
  quotas.on(ListServiceQuotasCommand).rejects(unreadable(500));
  await gapsOf();
  expect(kms.calls().length).toBeLessThanOrEqual(4);
  expect(quotas.calls()).toHaveLength(1);
});

test('a page of a proxy that is in between is a failure, not a lack', async () => {
  ec2.on(DescribeSnapshotsCommand).rejects(unreadable(502));
  ec2.on(DescribeFastSnapshotRestoresCommand).resolves({});
  expect(await gapsOf()).toEqual([
    ['DescribeFastSnapshotRestores', 'failed'],
    ['DescribeSnapshots', 'failed'],
  ]);
});

test('partial permissions: what may be read is, what may not is told', async () => {
  ec2.on(DescribeVolumesCommand).resolves({ Volumes: [VOLUME] });
  ec2.on(DescribeSnapshotsCommand).rejects(ec2Error('UnauthorizedOperation', 403));
  rds.on(DescribeDBInstancesCommand).rejects(rdsError('AccessDenied', 403));
  kms.on(DescribeKeyCommand).rejects(ec2Error('AccessDeniedException'));
  expect(await gapsOf()).toEqual([
    ['DescribeDBInstances', 'denied'],
    ['DescribeKey', 'denied'],
    ['DescribeSnapshots', 'denied'],
  ]);
});

test('a service that nobody gave access to leaves a gap where it is needed', async () => {
  const { ec2: ec2Client, rds: rdsClient } = clients;
  const bare = () => capture({ clients: { ec2: ec2Client, rds: rdsClient } });
  expect((await bare()).gaps.map(({ operation }) => operation)).toEqual(['ListServiceQuotas']);
  ec2.on(DescribeVolumesCommand).resolves({ Volumes: [VOLUME] });
  ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [INSTANCE] }] });
  rds.on(DescribeDBInstancesCommand).resolves({
    DBInstances: [
      {
        ...{ DBInstanceIdentifier: 'r', Engine: 'e', DBInstanceClass: 'c' },
        ReadReplicaSourceDBInstanceIdentifier: 'p',
      },
    ],
  });
  expect((await bare()).gaps.map(({ operation }) => operation)).toEqual([
    'DescribeInstanceInformation',
    'DescribeKey',
    'GetMetricData',
    'ListServiceQuotas',
  ]);
});

test.each([
  ['UnauthorizedOperation', 403, 'AWS_DENIED'],
  ['RequestLimitExceeded', 503, 'AWS_FAILED'],
  ['InternalError', 500, 'AWS_FAILED'],
] as const)('neither volumes nor DB instances, for %s, is no inventory', async (code, status, expected) => {
  ec2.on(DescribeVolumesCommand).rejects(ec2Error(code, status));
  rds.on(DescribeDBInstancesCommand).rejects(rdsError(code, status));
  await expect(capture()).rejects.toMatchObject({ name: 'LifeboatError', code: expected });
});

test.each([
  ['EC2', 'AuthFailure'],
  ['RDS', 'ExpiredToken'],
] as const)('credentials that %s refuses end it, half way too', async (service, code) => {
  if (service === 'EC2') ec2.on(DescribeSnapshotsCommand).rejects(ec2Error(code, 401));
  else rds.on(DescribeDBSnapshotsCommand).rejects(rdsError(code, 403));
  await expect(capture()).rejects.toMatchObject({ name: 'LifeboatError', code: 'AWS_CREDENTIALS' });
});

test('a side service that does not know us is a gap; one that says our time is up is the end', async () => {
  quotas.on(ListServiceQuotasCommand).rejects(ec2Error('UnrecognizedClientException'));
  expect(await gapsOf()).toEqual([['ListServiceQuotas', 'denied']]);
  quotas.on(ListServiceQuotasCommand).rejects(ec2Error('ExpiredTokenException'));
  await expect(capture()).rejects.toMatchObject({ code: 'AWS_CREDENTIALS' });
});

test('a silent endpoint is asked once by each of those that begin, and by nobody after', async () => {
  for (const mock of [ec2, rds, ssm, kms, quotas]) mock.rejects(silence());
  ec2.on(DescribeVolumesCommand).rejects(silence());
  rds.on(DescribeDBInstancesCommand).rejects(silence());
  quotas.on(ListServiceQuotasCommand).rejects(silence());
  await expect(capture()).rejects.toMatchObject({ name: 'LifeboatError', code: 'AWS_UNREACHABLE' });
  expect([ec2, rds, quotas, ssm, kms].map((mock) => mock.calls().length)).toEqual([1, 1, 1, 0, 0]);
});

test('one service that is silent: the others are read, and none is waited for that has not answered yet', async () => {
  ec2.on(DescribeVolumesCommand).resolves({ Volumes: [VOLUME] });
  rds.on(DescribeDBInstancesCommand).rejects(silence());
  expect(await gapsOf()).toEqual(
    expect.arrayContaining([
      ['DescribeDBClusters', 'failed'],
      ['DescribeDBInstances', 'failed'],
      ['DescribeDBSnapshots', 'failed'],
      ['DescribeKey', 'failed'],
    ]),
  );
  expect([rds.calls().length, kms.calls().length]).toEqual([1, 0]);
  expect((await capture()).volumes).toHaveLength(1);
});

test('an answer that is lost on the way is asked for again where others have come', async () => {
  ec2.on(DescribeSnapshotsCommand).rejectsOnce(silence()).resolves({ Snapshots: [] });
  rds.on(DescribeDBSnapshotsCommand).rejects(silence());
  const operations = (await gapsOf()).map(([operation]) => operation);
  expect(operations).not.toContain('DescribeSnapshots');
  expect(operations).toContain('DescribeDBSnapshots');
  expect(rds.commandCalls(DescribeDBSnapshotsCommand)).toHaveLength(2);
});

describe('answers that are not as AWS gives them', () => {
  test('entries that lack what an inventory needs are left out, and told', async () => {
    ec2.on(DescribeVolumesCommand).resolves({
      Volumes: [
        VOLUME,
        VOLUME,
        { ...VOLUME, VolumeId: undefined },
        { ...VOLUME, VolumeId: 'vol-2', AvailabilityZone: undefined },
        { ...VOLUME, VolumeId: 'vol-3', Size: 0 },
        { ...VOLUME, VolumeId: 'vol-4', VolumeType: 'gp9' as 'gp3' },
        { ...VOLUME, VolumeId: 'v'.repeat(256) },
        { ...VOLUME, VolumeId: 'vol-6', State: 'deleted' as 'deleting' },
      ],
    });
    const { volumes, gaps } = await capture();
    expect(volumes.map(({ id }) => id)).toEqual(['vol-1']);
    expect(gaps).toEqual([
      {
        operation: 'DescribeVolumes (some entries)',
        reason: 'failed',
        message:
          '5 left out: a volume without an id; vol-2: its zone is not told; vol-3: its size is not told and 2 more',
        means: 'what was left out cannot be planned with',
      },
    ]);
  });

  test('a snapshot without a time is never taken for a new one', async () => {
    const database = { DBInstanceIdentifier: 'd', Engine: 'e', SnapshotType: 'manual' };
    rds.on(DescribeDBSnapshotsCommand).resolves({
      DBSnapshots: [
        { ...database, DBSnapshotIdentifier: 'undated', Status: 'available' },
        {
          ...database,
          DBSnapshotIdentifier: 'broken',
          Status: 'available',
          SnapshotCreateTime: new Date(Number.NaN),
        },
        { ...database, DBSnapshotIdentifier: 'coming', Status: 'creating' },
        { ...database, DBSnapshotIdentifier: 'stateless', SnapshotCreateTime: hoursAgo(1) },
      ],
    });
    const { dbSnapshots, gaps } = await capture();
    expect(dbSnapshots.map(({ id, at, state }) => [id, at, state])).toEqual([
      ['coming', NOW, 'creating'],
      ['stateless', hoursAgo(1).getTime(), 'unknown'],
    ]);
    expect(gaps[0]?.message).toMatch(/^2 left out: undated: when it was taken is not told; broken: /);
  });

  test('nothing but names is no reason to fall over', async () => {
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [{}] });
    ec2.on(DescribeSnapshotsCommand).resolves({ Snapshots: [{}] });
    ec2.on(DescribeFastSnapshotRestoresCommand).resolves({ FastSnapshotRestores: [{}] });
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{}, { Instances: [{}] }] });
    ec2.on(DescribeAvailabilityZonesCommand).resolves({ AvailabilityZones: [{}] });
    rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{}] });
    rds.on(DescribeDBSnapshotsCommand).resolves({ DBSnapshots: [{}] });
    quotas.on(ListServiceQuotasCommand).resolves({ Quotas: [{}] });
    expect((await gapsOf()).map(([operation]) => operation)).toEqual([
      'DescribeDBInstances (some entries)',
      'DescribeDBSnapshots (some entries)',
      'DescribeInstances (some entries)',
      'DescribeSnapshots (some entries)',
      'DescribeVolumes (some entries)',
    ]);
  });

  test('parts that contradict each other do not make the file invalid', async () => {
    const attached = (id: string, zone: string) => ({
      ...VOLUME,
      VolumeId: id,
      AvailabilityZone: zone,
      Encrypted: false,
      Attachments: [{ InstanceId: 'i-1', Device: '/dev/sdf' }],
    });
    ec2.on(DescribeVolumesCommand).resolves({
      Volumes: [
        attached('vol-1', 'us-east-1a'),
        attached('vol-2', 'us-east-1a'),
        attached('vol-3', 'us-east-1b'),
        { ...attached('vol-4', 'us-east-1a'), State: 'available' },
      ],
    });
    ec2.on(DescribeInstancesCommand).resolves({ Reservations: [{ Instances: [INSTANCE] }] });
    ec2.on(DescribeSnapshotsCommand).resolves({
      Snapshots: [
        {
          ...{ SnapshotId: 's', VolumeId: 'v', StartTime: hoursAgo(1), State: 'completed', VolumeSize: 1 },
          ...{ FullSnapshotSizeInBytes: 2 ** 40, StorageTier: 'archive' },
        },
      ],
    });
    ec2.on(DescribeFastSnapshotRestoresCommand).resolves({
      FastSnapshotRestores: [
        { SnapshotId: 's', AvailabilityZone: 'us-east-1a', State: 'enabled' },
        { SnapshotId: 's', AvailabilityZone: 'us-east-1a', State: 'enabled' },
      ],
    });
    rds.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [
        {
          ...{ DBInstanceIdentifier: 'd', Engine: 'e', DBInstanceClass: 'c', DBClusterIdentifier: '' },
          ...{ ReadReplicaSourceDBInstanceIdentifier: 'd', Endpoint: { Port: 99_999 } },
          ...{ LatestRestorableTime: hoursAgo(9), InstanceCreateTime: hoursAgo(1) },
        },
      ],
    });
    const captured = await capture();
    expect(parseInventory(formatInventory(captured), 'captured.yaml')).toEqual(captured);
    expect(captured.volumes.map(({ attachedTo }) => attachedTo !== undefined)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(captured.snapshots[0]).toMatchObject({ fullSizeGiB: 1, fsr: [] });
  });
});

test('ten thousand things with fifty tags and names of any kind come back as they were', async () => {
  const strange = ['\u0007bell', 'line\nbreak', '\u007f\u0085\u2028\ufeff', '\ud800', '#: "quoted" {}', ' '];
  const Tags = Array.from({ length: 50 }, (_, index) => ({
    Key: `${strange[index % strange.length]}${index}`,
    Value: `${strange[(index + 1) % strange.length]}`,
  }));
  const count = 10_000;
  ec2.on(DescribeVolumesCommand).callsFake(({ NextToken, MaxResults }) => {
    const from = Number(NextToken ?? 0);
    const Volumes = Array.from({ length: Math.min(MaxResults as number, count - from) }, (_, index) => ({
      ...VOLUME,
      VolumeId: `vol-${from + index}`,
      ...((from + index) % 10 === 0 && { Tags }),
    }));
    return { Volumes, ...(from + Volumes.length < count && { NextToken: String(from + Volumes.length) }) };
  });
  rds.on(DescribeDBInstancesCommand).resolves({
    DBInstances: [
      {
        ...{ DBInstanceIdentifier: '\u001b[2J'.padEnd(255, 'x'), Engine: 'e', DBInstanceClass: 'c' },
        TagList: [{ Key: '__proto__', Value: 'polluted' }, ...Tags],
      },
    ],
  });
  const captured = await capture();
  expect(captured.volumes).toHaveLength(count);
  expect(Object.keys(captured.volumes[0]?.tags ?? {})).toHaveLength(50);
  expect(parseInventory(formatInventory(captured), 'captured.yaml')).toEqual(captured);
  const few = { ...captured, volumes: captured.volumes.slice(0, 20) };
  expect(formatInventory(few)).not.toMatch(/^\{/);
  expect(parseInventory(formatInventory(few), 'captured.yaml')).toEqual(few);
});
