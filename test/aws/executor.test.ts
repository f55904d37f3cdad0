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
import type { Thing } from '../../src/kinds/things.ts';
import type { Effect } from '../../src/workflow/base/effects.ts';
import {
  disabling,
  creating,
  deleting,
  existing,
  inspecting,
  made,
  REGION,
  relying,
  restoring,
  sweeping,
  taking,
  watching,
} from './effects.ts';
import {
  DB_SPEC,
  ec2Error,
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
  return {
    executor: createExecutor({ ec2, rds, region: REGION, call, ...RUN, ...NEVER_SETTLES }),
    operations,
  };
}

beforeEach(() => {
  ec2Mock.reset();
  rdsMock.reset();
});

test('each effect goes to its service', async () => {
  ec2Mock.on(CreateVolumeCommand).resolves({ VolumeId: 'vol-new' });
  rdsMock.on(RestoreDBInstanceFromDBSnapshotCommand).resolves({ DBInstance: {} });
  const { executor, operations } = both();
  const volume = creating({
    identity: 't',
    name: 'n',
    resource: 'r',
    mark: MARK,
    spec: VOLUME_SPEC,
  });
  const database = restoring({
    identity: 'db',
    resource: 'r',
    mark: MARK,
    spec: DB_SPEC,
  });
  expect(resultOf(volume, await executor.perform([volume])).id).toBe('vol-new');
  resultOf(database, await executor.perform([database]));
  expect(operations).toEqual(['CreateVolume', 'RestoreDBInstanceFromDBSnapshot']);
  expect(await executor.perform([])).toEqual([]);
});

test('a snapshot is taken by the adapter of its kind', async () => {
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
  const details = { purpose: 'protection', resource: 'r', identity: 'point' } as const;
  const volume = taking(existing('volume', 'vol-1'), details);
  const database = taking(existing('dbInstance', 'db'), details);
  const { executor } = both();
  const answers = [...(await executor.perform([volume])), ...(await executor.perform([database]))];
  expect(resultOf(volume, answers)).toEqual({ id: 'snap-1' });
  expect(resultOf(database, answers)).toEqual({ id: 'point' });
});

test('a drill takes no snapshot, whatever a stored effect says', async () => {
  const { call, operations } = recordingCall();
  const drill = { ...RUN, mode: 'drill' } as const;
  const executor = createExecutor({ ec2, rds, region: REGION, call, ...drill, ...NEVER_SETTLES });
  const details = { purpose: 'forensics', resource: 'r', identity: 'point' } as const;
  const asked = taking(existing('volume', 'vol-1'), details);
  expect(failureOf(asked, await executor.perform([asked]))).toMatchObject({
    class: 'denied',
    code: 'NotInDrill',
  });
  expect(operations).toEqual([]);
});

test('an inspection is made by the adapter of its kind', async () => {
  ec2Mock.on(DescribeVolumesCommand).resolves({ Volumes: [{ VolumeId: 'vol-1' }] });
  rdsMock.on(DescribeDBInstancesCommand).resolves({ DBInstances: [{ DBInstanceIdentifier: 'db' }] });
  const volume = inspecting([made('volume', 'vol-1')], VOLUME_SPEC);
  const database = inspecting([made('dbInstance', 'db')], DB_SPEC);
  const { executor } = both();
  const answers = [...(await executor.perform([volume])), ...(await executor.perform([database]))];
  expect(resultOf(volume, answers).findings).toEqual([]);
  expect(resultOf(database, answers).findings).toEqual([]);
});

const preflight = (snapshots: string[], dbSnapshots: string[]) =>
  relying(
    ...snapshots.map((id) => existing('snapshot', id)),
    ...dbSnapshots.map((id) => existing('dbSnapshot', id)),
  );

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
  expect(resultOf(asked, await executor.perform([asked]))).toEqual({ findings: [], on: [] });
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
    made('volume', 'vol-1'),
    made('snapshot', 'snap-1'),
    made('dbInstance', 'db'),
    made('dbSnapshot', 'db-snap'),
  ] as const;
  const asked = sweeping(keep);
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
  const [given] = await both().executor.perform([sweeping()]);
  const removed = [made('volume', 'vol-1')];
  expect(given).toMatchObject({ ok: false, failure: { class: 'throttled', removed } });
});

test('a run without databases never asks RDS', async () => {
  ec2Mock
    .on(DescribeVolumesCommand)
    .resolves({ Volumes: [] })
    .on(DescribeSnapshotsCommand)
    .resolves({ Snapshots: [] });
  const { call, operations } = recordingCall();
  const executor = createExecutor({ ec2, region: REGION, call, ...RUN, ...NEVER_SETTLES });
  const asked = sweeping();
  expect(resultOf(asked, await executor.perform([asked]))).toEqual({ found: [], removed: [] });
  expect(operations).toEqual(['DescribeVolumes', 'DescribeSnapshots']);
  const database = deleting(made('dbInstance', 'db'));
  await expect(executor.perform([database])).rejects.toThrow("no client for 'rds-instance'");
});

describe('what was there before the run', () => {
  /** As a journal has it that was altered or put together from another one: whatever the types say. */
  const stored = <T extends Effect>(effect: T, thing: Thing): T =>
    JSON.parse(JSON.stringify({ ...effect, thing })) as T;

  test.each([
    ['a volume', stored(deleting(made('volume', 'vol-1')), existing('volume', 'vol-1'))],
    ['a DB instance', stored(deleting(made('dbInstance', 'db')), existing('dbInstance', 'db'))],
    ['a snapshot', stored(deleting(made('snapshot', 'snap-1')), existing('snapshot', 'snap-1'))],
    [
      'one without an origin',
      stored(deleting(made('volume', 'vol-1')), { ...made('volume', 'vol-1'), origin: undefined } as never),
    ],
    [
      'fast snapshot restore',
      stored(disabling({ snapshotId: 'snap-1', zone: 'us-east-1a' }), existing('fsr', 'snap-1@us-east-1a')),
    ],
  ])('is neither deleted nor switched off, even with the tags of the run: %s', async (_what, asked) => {
    ec2Mock
      .on(DescribeVolumesCommand)
      .resolves({ Volumes: [{ VolumeId: 'vol-1', State: 'available', Tags: OURS }] })
      .on(DescribeSnapshotsCommand)
      .resolves({ Snapshots: [{ SnapshotId: 'snap-1', Tags: PROTECTION }] });
    rdsMock
      .on(DescribeDBInstancesCommand)
      .resolves({ DBInstances: [{ DBInstanceIdentifier: 'db', TagList: OURS }] });
    const { executor, operations } = both();
    expect(failureOf(asked, await executor.perform([asked]))).toMatchObject({
      class: 'denied',
      code: 'NotMadeByRun',
    });
    expect(operations).toEqual([]);
  });

  test('refuses alone: what the run made and is asked for in the same call is deleted', async () => {
    ec2Mock
      .on(DescribeVolumesCommand)
      .resolves({ Volumes: [{ VolumeId: 'vol-2', State: 'available', Tags: OURS }] })
      .on(DeleteVolumeCommand)
      .resolves({});
    const before = stored(deleting(made('volume', 'vol-1')), existing('volume', 'vol-1'));
    const own = deleting(made('volume', 'vol-2'));
    const answers = await both().executor.perform([before, own]);
    expect(failureOf(before, answers).code).toBe('NotMadeByRun');
    expect(resultOf(own, answers)).toEqual({});
    expect(ec2Mock.commandCalls(DeleteVolumeCommand).map((sent) => sent.args[0].input)).toEqual([
      { VolumeId: 'vol-2' },
    ]);
  });
});

describe('a thing of another Region', () => {
  const elsewhere = { ...made('volume', 'vol-1'), region: 'eu-west-1' };
  const point = { purpose: 'protection', resource: 'r', identity: 'point' } as const;

  test.each([
    ['delete', deleting(elsewhere)],
    ['inspect', inspecting([elsewhere], VOLUME_SPEC)],
    ['operate', taking(elsewhere, point)],
    ['preflight', relying({ ...existing('snapshot', 'snap-1'), region: 'eu-west-1' })],
    ['sweep', sweeping([elsewhere])],
  ])('is refused where the run has no client for it: %s', async (_type, asked) => {
    const { executor, operations } = both();
    expect(failureOf(asked, await executor.perform([asked]))).toMatchObject({
      class: 'unsupported',
      code: 'OtherRegion',
      message: expect.stringMatching(/-1 is in eu-west-1, and this run has a client for us-east-1 alone/),
    });
    expect(operations).toEqual([]);
  });

  test('is not looked at: its state is unknown, not absent', async () => {
    const { executor, operations } = both();
    await expect(executor.observe(watching([elsewhere]))).rejects.toMatchObject({
      failure: { code: 'OtherRegion' },
    });
    expect(operations).toEqual([]);
  });
});

describe('observe', () => {
  const watch = watching([made('volume', 'vol-1'), made('dbInstance', 'db')]);

  test('joins what both see', async () => {
    ec2Mock.on(DescribeVolumesCommand).resolves({ Volumes: [{ VolumeId: 'vol-1', State: 'available' }] });
    rdsMock.on(DescribeDBInstancesCommand).resolves({
      DBInstances: [{ DBInstanceIdentifier: 'db', DBInstanceStatus: 'available' }],
    });
    expect(await both().executor.observe(watch)).toEqual([
      { type: 'volume', id: 'vol-1', status: 'available' },
      { type: 'dbInstance', id: 'db', status: 'available', data: { isReplica: false } },
    ]);
  });

  test('recovery points are asked of their service, also when nothing else is watched', async () => {
    ec2Mock
      .on(DescribeSnapshotsCommand)
      .resolves({ Snapshots: [{ SnapshotId: 'snap-1', State: 'pending' }] });
    rdsMock
      .on(DescribeDBSnapshotsCommand)
      .resolves({ DBSnapshots: [{ DBSnapshotIdentifier: 'point', Status: 'available' }] });
    const points = [made('snapshot', 'snap-1'), made('dbSnapshot', 'point')];
    const seen = await both().executor.observe(watching(points));
    expect(seen).toEqual([
      { type: 'snapshot', id: 'snap-1', status: 'pending' },
      { type: 'dbSnapshot', id: 'point', status: 'available' },
    ]);
  });

  test('asks only for what is watched', async () => {
    const { executor, operations } = both();
    expect(await executor.observe(watching([]))).toEqual([]);
    expect(operations).toEqual([]);
  });

  test('fails when one of them cannot be read', async () => {
    ec2Mock.on(DescribeVolumesCommand).rejects(ec2Error('RequestLimitExceeded', 503));
    rdsMock.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
    await expect(both().executor.observe(watch)).rejects.toMatchObject({ failure: { class: 'throttled' } });
  });
});
