import 'aws-sdk-client-mock-jest';
import { DescribeSnapshotsCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { Volume } from '@aws-sdk/client-ec2';
import { DescribeDBInstancesCommand, DescribeDBSnapshotsCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { claimText } from '../../src/aws/claim/text.ts';
import { findMade } from '../../src/aws/made.ts';
import { tagsFor, type RunIdentity } from '../../src/aws/tags.ts';
import { claimOf } from './claim-account.ts';
import { made, REGION } from './effects.ts';
import { countedSettle, ec2Error, MARK, recordingCall, RUN, ssmError, without } from './fixtures.ts';

const ec2 = mockClient(EC2Client);
const rds = mockClient(RDSClient);
const ssm = mockClient(SSMClient);
const region = { region: REGION };
let operations: string[];
let settled: () => number;

beforeEach(() => {
  for (const mock of [ec2, rds, ssm]) mock.reset();
  ec2
    .on(DescribeVolumesCommand)
    .resolves({ Volumes: [] })
    .on(DescribeSnapshotsCommand)
    .resolves({ Snapshots: [] });
  rds
    .on(DescribeDBInstancesCommand)
    .resolves({ DBInstances: [] })
    .on(DescribeDBSnapshotsCommand)
    .resolves({ DBSnapshots: [] });
  ssm.on(GetParameterCommand).rejects(ssmError('ParameterNotFound'));
});

function find(without: readonly ('ec2' | 'rds' | 'ssm')[] = []) {
  const recorder = recordingCall();
  operations = recorder.operations;
  const clock = countedSettle();
  settled = clock.settled;
  const clients = { ec2: new EC2Client(region), rds: new RDSClient(region), ssm: new SSMClient(region) };
  const given = Object.fromEntries(
    Object.entries(clients).filter(([name]) => !without.some((one) => one === name)),
  );
  return findMade({
    ...(given as Partial<typeof clients>),
    ...{ call: recorder.call, region: REGION, settle: clock.settle, runbook: 'orders', sources: [] },
  });
}

const at = (hour: number) => new Date(Date.UTC(2026, 10, 20, hour));
const tagged = (resource: string, identity: string, run: Partial<RunIdentity> = {}) =>
  tagsFor('rds', { ...RUN, ...run }, { resource, name: identity, identity, mark: MARK }, {});
const volume = (VolumeId: string, changes: Volume = {}): Volume => ({
  ...{ VolumeId, State: 'available', SnapshotId: 'snap-1', CreateTime: at(4) },
  Tags: tagged('events/vol-1', `token-${VolumeId}`),
  ...changes,
});
const ids = (things: readonly { readonly thing: { readonly id: string } }[] | undefined) =>
  things?.map(({ thing }) => thing.id);

test('all kinds of things, by run, the oldest first', async () => {
  const purpose = 'protection';
  const snapshotTags = tagsFor(
    'ec2',
    RUN,
    { resource: 'events/vol-1', name: 'p', identity: 'p', purpose },
    {},
  );
  ec2.on(DescribeVolumesCommand).resolves({ Volumes: [volume('vol-new')] });
  ec2.on(DescribeSnapshotsCommand).resolves({
    Snapshots: [
      { SnapshotId: 'snap-p', VolumeId: 'vol-new', State: 'pending', StartTime: at(6), Tags: snapshotTags },
    ],
  });
  rds.on(DescribeDBInstancesCommand).resolves({
    DBInstances: [
      {
        ...{ DBInstanceIdentifier: 'orders-new', DBInstanceStatus: 'creating', InstanceCreateTime: at(3) },
        TagList: tagged('orders-db', 'orders-new'),
      },
    ],
  });
  rds.on(DescribeDBSnapshotsCommand).resolves({
    DBSnapshots: [
      {
        ...{ DBSnapshotIdentifier: 'orders-p', DBInstanceIdentifier: 'orders-new', Status: 'available' },
        ...{ SnapshotCreateTime: at(7), TagList: snapshotTags },
      },
    ],
  });
  const { claim, runs } = await find();
  expect(claim).toBeUndefined();
  expect(runs).toEqual([
    {
      runId: RUN.runId,
      mode: 'restore',
      things: [
        {
          ...{
            thing: made('dbInstance', 'orders-new'),
            resource: 'orders-db',
            identity: 'orders-new',
          },
          ...{ mark: MARK, createdAt: at(3).getTime(), state: 'creating' },
        },
        {
          ...{
            thing: made('volume', 'vol-new'),
            resource: 'events/vol-1',
            identity: 'token-vol-new',
          },
          ...{ mark: MARK, createdAt: at(4).getTime(), from: 'snap-1', state: 'available' },
        },
        {
          ...{ thing: made('snapshot', 'snap-p'), resource: 'events/vol-1', identity: 'p', purpose },
          ...{ mark: undefined, createdAt: at(6).getTime(), from: 'vol-new', state: 'pending' },
        },
        {
          ...{
            thing: made('dbSnapshot', 'orders-p'),
            resource: 'events/vol-1',
            identity: 'p',
            purpose,
          },
          ...{ mark: undefined, createdAt: at(7).getTime(), from: 'orders-new', state: 'available' },
        },
      ],
    },
  ]);
  expect(ec2).toHaveReceivedCommandWith(DescribeVolumesCommand, {
    Filters: [{ Name: 'tag:lifeboat:runbook', Values: ['orders'] }],
  });
});

test('is read twice, a settle apart: what shows only once is there, and the later word counts', async () => {
  ec2
    .on(DescribeVolumesCommand)
    .resolvesOnce({ Volumes: [volume('vol-1', { State: 'creating' }), volume('vol-2')] })
    .resolvesOnce({ Volumes: [volume('vol-1'), volume('vol-3')] });
  const { runs } = await find();
  expect(settled()).toBe(1);
  expect(runs[0]?.things.map(({ thing, state }) => [thing.id, state])).toEqual([
    ['vol-1', 'available'],
    ['vol-2', 'available'],
    ['vol-3', 'available'],
  ]);
});

test('what is being deleted, another runbook’s or nobody’s is left out, whatever the endpoint filters', async () => {
  ec2.on(DescribeVolumesCommand).resolves({
    Volumes: [
      volume('vol-1', { State: 'deleting' }),
      volume('vol-2', { State: 'deleted' }),
      volume('vol-3', { Tags: tagged('x', 'x', { runbook: 'users' }) }),
      volume('vol-4', { Tags: [{ Key: 'lifeboat:runbook', Value: 'orders' }] }),
      { VolumeId: 'vol-5' },
    ],
  });
  expect((await find()).runs).toEqual([]);
});

test('missing fields and tags are survived', async () => {
  const bare = ['lifeboat:run', 'lifeboat:runbook'].map((Key, index) => ({
    ...{ Key, Value: index === 0 ? 'run-x' : 'orders' },
  }));
  ec2.on(DescribeVolumesCommand).resolves({ Volumes: [{ VolumeId: 'vol-1', Tags: bare }] });
  expect((await find()).runs).toEqual([
    {
      runId: 'run-x',
      mode: 'restore',
      things: [
        {
          ...{ thing: made('volume', 'vol-1'), resource: '', identity: undefined },
          ...{ mark: undefined, state: 'creating' },
        },
      ],
    },
  ]);
});

test('things of one instant are told apart by id, those without a time stamp come last', async () => {
  const timeless = without(volume('vol-a'), 'CreateTime');
  ec2.on(DescribeVolumesCommand).resolves({ Volumes: [timeless, volume('vol-c'), volume('vol-b')] });
  expect(ids((await find()).runs[0]?.things)).toEqual(['vol-b', 'vol-c', 'vol-a']);
});

test('the mode is told by the marks, by snapshots, or by the claim', async () => {
  const tagsOf = (runId: string, mode: 'drill' | 'restore', how: 'mark' | 'purpose' | 'nothing') => {
    const subject = { resource: 'x', name: 'x', identity: 'x' };
    if (how === 'mark')
      return tagsFor('ec2', { ...RUN, runId, mode }, { ...subject, mark: { ...MARK, mode } }, {});
    const purpose = how === 'purpose' ? { purpose: 'forensics' as const } : {};
    return tagsFor('ec2', { ...RUN, runId, mode }, { ...subject, ...purpose }, {});
  };
  ec2.on(DescribeVolumesCommand).resolves({
    Volumes: [
      volume('vol-1', { Tags: tagsOf('run-a', 'drill', 'mark') }),
      volume('vol-2', { Tags: tagsOf('run-c', 'drill', 'nothing') }),
    ],
  });
  ec2.on(DescribeSnapshotsCommand).resolves({
    Snapshots: [{ SnapshotId: 'snap-9', Tags: tagsOf('run-b', 'drill', 'purpose') }],
  });
  const held = claimOf('run-c', 'drill');
  ssm.on(GetParameterCommand).resolves({ Parameter: { Value: claimText(held) } });
  const { claim, runs } = await find();
  expect(claim).toEqual(held);
  expect(runs.map(({ runId, mode }) => [runId, mode])).toEqual([
    ['run-a', 'drill'],
    ['run-b', 'drill'],
    ['run-c', 'drill'],
  ]);
});

test('only what was given is asked, and what cannot be read is not passed over', async () => {
  await find(['rds', 'ssm']);
  expect(new Set(operations)).toEqual(new Set(['DescribeVolumes', 'DescribeSnapshots']));
  ec2.on(DescribeVolumesCommand).rejects(ec2Error('UnauthorizedOperation', 403));
  await expect(find()).rejects.toThrow('UnauthorizedOperation');
});
