import 'aws-sdk-client-mock-jest';
import {
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DescribeSnapshotsCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateDBSnapshotCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
} from '@aws-sdk/client-rds';
import { mockClient } from 'aws-sdk-client-mock';
import { createExecutor } from '../../src/aws/executor.ts';
import {
  DB_SPEC,
  ec2Error,
  effect,
  failureOf,
  MARK,
  OURS,
  rdsError,
  recordingCall,
  resultOf,
  NEVER_SETTLES,
  RUN,
  VOLUME_SPEC,
} from './fixtures.ts';

const ec2Mock = mockClient(EC2Client);
const rdsMock = mockClient(RDSClient);
const ec2 = new EC2Client({ region: 'us-east-1' });
const rds = new RDSClient({ region: 'us-east-1' });

const PROTECTION = [...OURS, { Key: 'lifeboat:purpose', Value: 'protection' }];

function both() {
  const { call, operations } = recordingCall();
  return { executor: createExecutor({ ec2, rds, call, ...RUN, ...NEVER_SETTLES }), operations };
}

beforeEach(() => {
  ec2Mock.reset();
  rdsMock.reset();
});

test('each effect goes to its service', async () => {
  ec2Mock.on(CreateVolumeCommand).resolves({ VolumeId: 'vol-new' });
  rdsMock.on(RestoreDBInstanceFromDBSnapshotCommand).resolves({ DBInstance: {} });
  const { executor, operations } = both();
  const volume = effect('createVolume', {
    token: 't',
    name: 'n',
    resource: 'r',
    mark: MARK,
    spec: VOLUME_SPEC,
  });
  const database = effect('restoreDbInstance', {
    identifier: 'db',
    resource: 'r',
    mark: MARK,
    spec: DB_SPEC,
  });
  expect(resultOf(volume, await executor.perform([volume])).volumeId).toBe('vol-new');
  resultOf(database, await executor.perform([database]));
  expect(operations).toEqual(['CreateVolume', 'RestoreDBInstanceFromDBSnapshot']);
  expect(await executor.perform([])).toEqual([]);
});

test('a snapshot is taken by the service of its source, both in one call', async () => {
  ec2Mock
    .on(DescribeVolumesCommand)
    .resolves({ Volumes: [{ VolumeId: 'vol-1' }] })
    .on(CreateSnapshotCommand)
    .resolves({ SnapshotId: 'snap-1' });
  rdsMock
    .on(DescribeDBInstancesCommand)
    .resolves({ DBInstances: [{ DBInstanceIdentifier: 'db' }] })
    .on(CreateDBSnapshotCommand)
    .resolves({ DBSnapshot: {} });
  const details = { purpose: 'protection', resource: 'r', identifier: 'point' } as const;
  const volume = effect('takeSnapshot', { ...details, of: { kind: 'volume', id: 'vol-1' } });
  const database = effect('takeSnapshot', { ...details, of: { kind: 'dbInstance', id: 'db' } });
  const answers = await both().executor.perform([volume, database]);
  expect(resultOf(volume, answers)).toEqual({ snapshotId: 'snap-1' });
  expect(resultOf(database, answers)).toEqual({ snapshotId: 'point' });
});

test('verify is routed by what was asked for, both kinds in one call', async () => {
  ec2Mock.on(DescribeVolumesCommand).resolves({ Volumes: [{ VolumeId: 'vol-1' }] });
  rdsMock.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ DBInstanceIdentifier: 'db' }] });
  const volume = effect('verify', { made: [{ kind: 'volume', id: 'vol-1' }], spec: VOLUME_SPEC });
  const database = effect('verify', { made: [{ kind: 'dbInstance', id: 'db' }], spec: DB_SPEC });
  const answers = await both().executor.perform([volume, database]);
  expect(resultOf(volume, answers).findings).toEqual([]);
  expect(resultOf(database, answers).findings).toEqual([]);
});

const preflight = (snapshots: string[], dbSnapshots: string[]) =>
  effect('preflight', { snapshots, dbSnapshots, dbInstances: [], fsr: [] });

test('preflight joins the findings of both services', async () => {
  ec2Mock.on(DescribeSnapshotsCommand).resolves({ Snapshots: [] });
  rdsMock.on(DescribeDBSnapshotsCommand).resolves({ DBSnapshots: [] });
  const asked = preflight(['snap-1'], ['db-snap-1']);
  const { findings } = resultOf(asked, await both().executor.perform([asked]));
  expect(findings.map(({ subject }) => subject)).toEqual(['snapshot snap-1', 'DB snapshot db-snap-1']);
});

test('preflight asks only the service that is concerned', async () => {
  ec2Mock
    .on(DescribeSnapshotsCommand)
    .resolves({ Snapshots: [{ SnapshotId: 'snap-1', State: 'completed' }] });
  const { executor, operations } = both();
  const asked = preflight(['snap-1'], []);
  expect(resultOf(asked, await executor.perform([asked]))).toEqual({ findings: [], fsr: [] });
  expect(operations).toEqual(['DescribeSnapshots']);
});

test('half a preflight is no preflight', async () => {
  ec2Mock.on(DescribeSnapshotsCommand).resolves({ Snapshots: [] });
  rdsMock.on(DescribeDBSnapshotsCommand).rejects(rdsError('AccessDenied', 403));
  const asked = preflight(['snap-1'], ['db-snap-1']);
  expect(failureOf(asked, await both().executor.perform([asked])).class).toBe('denied');
});

test('sweep asks every service that the run has, and joins', async () => {
  ec2Mock
    .on(DescribeVolumesCommand)
    .resolves({ Volumes: [{ VolumeId: 'vol-1', State: 'in-use', Tags: OURS }] })
    .on(DescribeSnapshotsCommand)
    .resolves({ Snapshots: [{ SnapshotId: 'snap-1', Tags: PROTECTION }] });
  rdsMock
    .on(DescribeDBInstancesCommand)
    .resolves({ DBInstances: [{ DBInstanceIdentifier: 'db', TagList: OURS }] })
    .on(DescribeDBSnapshotsCommand)
    .resolves({ DBSnapshots: [{ DBSnapshotIdentifier: 'db-snap', TagList: PROTECTION }] });
  const keep = [
    { kind: 'volume', id: 'vol-1' },
    { kind: 'snapshot', id: 'snap-1' },
    { kind: 'dbInstance', id: 'db' },
    { kind: 'dbSnapshot', id: 'db-snap' },
  ] as const;
  const asked = effect('sweep', { keep });
  expect(resultOf(asked, await both().executor.perform([asked]))).toEqual({ found: [...keep], removed: [] });
});

test('a sweep that fails in one service tells what the other removed', async () => {
  ec2Mock
    .on(DescribeVolumesCommand)
    .resolves({ Volumes: [{ VolumeId: 'vol-1', State: 'available', Tags: OURS }] })
    .on(DescribeSnapshotsCommand)
    .resolves({ Snapshots: [] })
    .on(DeleteVolumeCommand)
    .resolves({});
  rdsMock
    .on(DescribeDBInstancesCommand)
    .rejects(rdsError('Throttling', 400))
    .on(DescribeDBSnapshotsCommand)
    .resolves({ DBSnapshots: [] });
  const [given] = await both().executor.perform([effect('sweep', { keep: [] })]);
  const removed = [{ kind: 'volume', id: 'vol-1' }];
  expect(given).toMatchObject({ ok: false, failure: { class: 'throttled', removed } });
});

test('a run without databases never asks RDS', async () => {
  ec2Mock
    .on(DescribeVolumesCommand)
    .resolves({ Volumes: [] })
    .on(DescribeSnapshotsCommand)
    .resolves({ Snapshots: [] });
  const { call, operations } = recordingCall();
  const executor = createExecutor({ ec2, call, ...RUN, ...NEVER_SETTLES });
  const asked = effect('sweep', { keep: [] });
  expect(resultOf(asked, await executor.perform([asked]))).toEqual({ found: [], removed: [] });
  expect(operations).toEqual(['DescribeVolumes', 'DescribeSnapshots']);
  const database = effect('deleteDbInstance', { identifier: 'db' });
  await expect(executor.perform([database])).rejects.toThrow('no client for rds');
});

describe('observe', () => {
  const watch = { volumes: ['vol-1'], hydrating: [], dbInstances: ['db'], fsr: [] };

  test('joins what both see', async () => {
    ec2Mock.on(DescribeVolumesCommand).resolves({ Volumes: [{ VolumeId: 'vol-1', State: 'available' }] });
    rdsMock.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [{ DBInstanceIdentifier: 'db', DBInstanceStatus: 'available' }],
    });
    expect(await both().executor.observe(watch)).toEqual([
      { kind: 'volume', id: 'vol-1', state: 'available' },
      { kind: 'dbInstance', id: 'db', status: 'available' },
    ]);
  });

  test('recovery points are asked of their service, also when nothing else is watched', async () => {
    ec2Mock
      .on(DescribeSnapshotsCommand)
      .resolves({ Snapshots: [{ SnapshotId: 'snap-1', State: 'pending' }] });
    rdsMock
      .on(DescribeDBSnapshotsCommand)
      .resolves({ DBSnapshots: [{ DBSnapshotIdentifier: 'point', Status: 'available' }] });
    const nothing = { volumes: [], hydrating: [], dbInstances: [], fsr: [] };
    const seen = await both().executor.observe({ ...nothing, snapshots: ['snap-1'], dbSnapshots: ['point'] });
    expect(seen).toEqual([
      { kind: 'recoveryPoint', id: 'snap-1', state: 'pending' },
      { kind: 'recoveryPoint', id: 'point', state: 'completed' },
    ]);
  });

  test('asks only for what is watched', async () => {
    const { executor, operations } = both();
    expect(await executor.observe({ volumes: [], hydrating: [], dbInstances: [], fsr: [] })).toEqual([]);
    expect(operations).toEqual([]);
  });

  test('fails when one of them cannot be read', async () => {
    ec2Mock.on(DescribeVolumesCommand).rejects(ec2Error('RequestLimitExceeded', 503));
    rdsMock.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    await expect(both().executor.observe(watch)).rejects.toMatchObject({ failure: { class: 'throttled' } });
  });
});
