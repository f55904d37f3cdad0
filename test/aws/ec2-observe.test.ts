import 'aws-sdk-client-mock-jest';
import {
  DescribeFastSnapshotRestoresCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DescribeVolumeStatusCommand,
} from '@aws-sdk/client-ec2';
import type { DescribeVolumesRequest, Snapshot, SnapshotState, VolumeState } from '@aws-sdk/client-ec2';
import { ObservationFailure } from '../../src/workflow/base/executor.ts';
import type { Watch } from '../../src/workflow/base/sightings.ts';
import { existing, fsrOf, watching } from './effects.ts';
import { ec2Error } from './fixtures.ts';
import { stageEc2 } from './stages.ts';

const { ec2, observe, operations } = stageEc2();

const volumes = (...ids: readonly string[]) => ids.map((id) => existing('volume', id));
const failureOf = async (watch: Watch) => {
  const thrown: unknown = await observe(watch).catch((error: unknown) => error);
  if (!(thrown instanceof ObservationFailure))
    throw new Error(`expected an ObservationFailure, not ${String(thrown)}`);
  return thrown.failure;
};

test('nothing watched is nothing asked', async () => {
  expect(await observe(watching([]))).toEqual([]);
  expect(operations()).toEqual([]);
});

test('volumes are asked by filter, and what is not found is no sighting', async () => {
  ec2.on(DescribeVolumesCommand).resolves({
    Volumes: [
      { VolumeId: 'vol-1', State: 'creating' },
      { VolumeId: 'vol-2', State: 'in-use', FastRestored: true },
    ],
  });
  expect(await observe(watching(volumes('vol-1', 'vol-2', 'vol-3')))).toEqual([
    { type: 'volume', id: 'vol-1', status: 'creating' },
    { type: 'volume', id: 'vol-2', status: 'in-use', data: { fastRestored: true } },
  ]);
  expect(ec2).toHaveReceivedCommandWith(DescribeVolumesCommand, {
    Filters: [{ Name: 'volume-id', Values: ['vol-1', 'vol-2', 'vol-3'] }],
  });
  expect(operations()).toEqual(['DescribeVolumes']);
});

test('a fleet is read in calls of 200 ids, the most that a filter takes', async () => {
  ec2.on(DescribeVolumesCommand).callsFake(({ Filters }: DescribeVolumesRequest) => ({
    Volumes: Filters?.[0]?.Values?.map((VolumeId) => ({ VolumeId, State: 'available' })),
  }));
  const ids = Array.from({ length: 450 }, (_, index) => `vol-${index}`);
  const sightings = await observe(watching(volumes(...ids, 'vol-0')));
  expect(sightings).toHaveLength(450);
  const sizes = ec2
    .commandCalls(DescribeVolumesCommand)
    .map((sent) => sent.args[0].input.Filters?.[0]?.Values?.length);
  expect(sizes).toEqual([200, 200, 50]);
});

test('the status is the service’s own word', async () => {
  ec2
    .on(DescribeVolumesCommand)
    .resolves({ Volumes: [{ VolumeId: 'vol-1', State: 'pondering' as VolumeState }] });
  expect(await observe(watching(volumes('vol-1')))).toEqual([
    { type: 'volume', id: 'vol-1', status: 'pondering' },
  ]);
});

test('pages are followed', async () => {
  ec2
    .on(DescribeVolumesCommand)
    .resolvesOnce({ Volumes: [{ VolumeId: 'vol-1', State: 'available' }], NextToken: 'a' })
    .resolvesOnce({ Volumes: [], NextToken: 'b' })
    .resolvesOnce({ Volumes: [{ VolumeId: 'vol-2', State: 'available' }], NextToken: '' });
  expect(await observe(watching(volumes('vol-1', 'vol-2')))).toHaveLength(2);
  const tokens = ec2.commandCalls(DescribeVolumesCommand).map((sent) => sent.args[0].input.NextToken);
  expect(tokens).toEqual([undefined, 'a', 'b']);
});

test('a token that comes again ends the read with a failure', async () => {
  ec2.on(DescribeVolumesCommand).resolves({ Volumes: [], NextToken: 'again' });
  expect(await failureOf(watching(volumes('vol-1')))).toMatchObject({
    class: 'transient',
    code: 'RepeatedPageToken',
  });
  expect(operations()).toHaveLength(2);
});

test.each([
  ['RequestLimitExceeded', 503, 'throttled'],
  ['UnauthorizedOperation', 403, 'denied'],
  ['ExpiredToken', 400, 'credentials'],
  ['InternalError', 500, 'transient'],
] as const)('%s: what was not read is unknown', async (code, status, expected) => {
  ec2.on(DescribeVolumesCommand).rejects(ec2Error(code, status));
  expect(await failureOf(watching(volumes('vol-1')))).toMatchObject({ class: expected, code });
});

test('an answer without a list is not an empty list', async () => {
  ec2.on(DescribeVolumesCommand).resolves({});
  expect((await failureOf(watching(volumes('vol-1')))).code).toBe('MalformedAnswer');
});

test('a bug is thrown as it is', async () => {
  ec2.on(DescribeVolumesCommand).callsFake(() => {
    throw new TypeError('not a function');
  });
  await expect(observe(watching(volumes('vol-1')))).rejects.toThrow(TypeError);
});

describe('hydration', () => {
  const three = ['vol-1', 'vol-2', 'vol-3'];
  beforeEach(() => {
    ec2
      .on(DescribeVolumesCommand)
      .resolves({ Volumes: three.map((VolumeId) => ({ VolumeId, State: 'available' })) });
  });
  const progress = async (hydrating: string[]) =>
    (await observe(watching(volumes(...three), volumes(...hydrating)))).map((sighting) =>
      'progress' in sighting ? sighting.progress : undefined,
    );

  test('is read for those that matter and are visible', async () => {
    ec2.on(DescribeVolumeStatusCommand).resolves({
      VolumeStatuses: [{ VolumeId: 'vol-1', InitializationStatusDetails: { Progress: 0 } }],
    });
    expect(await progress(['vol-1', 'vol-gone'])).toEqual([0, undefined, undefined]);
    expect(ec2).toHaveReceivedCommandWith(DescribeVolumeStatusCommand, { VolumeIds: ['vol-1'] });
  });

  test('is 100 where only the state tells that it is over; others have none', async () => {
    const details = (Status: string) => ({ Details: [{ Name: 'initialization-state', Status }] }) as const;
    ec2.on(DescribeVolumeStatusCommand).resolves({
      VolumeStatuses: [
        { VolumeId: 'vol-1', VolumeStatus: { Details: [...details('completed').Details] } },
        { VolumeId: 'vol-2', VolumeStatus: { Details: [...details('initializing').Details] } },
      ],
    });
    expect(await progress(three)).toEqual([100, undefined, undefined]);
  });

  test.each([
    ['InvalidAction', 400],
    ['InternalFailure', 501],
    ['InvalidVolume.NotFound', 400],
    ['UnauthorizedOperation', 403],
    ['Unknown', 404],
  ] as const)('%s (HTTP %i): the rest is seen without it', async (code, status) => {
    ec2.on(DescribeVolumeStatusCommand).rejects(ec2Error(code, status));
    expect(await progress(three)).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ['RequestLimitExceeded', 503, 'throttled'],
    ['ExpiredToken', 400, 'credentials'],
  ] as const)('%s is not hidden', async (code, status, expected) => {
    ec2.on(DescribeVolumeStatusCommand).rejects(ec2Error(code, status));
    expect((await failureOf(watching(volumes(...three), volumes(...three)))).class).toBe(expected);
  });
});

test('fast snapshot restore is seen where it is watched, with the instant credits count from', async () => {
  const enabledAt = Date.UTC(2026, 10, 20, 4);
  ec2
    .on(DescribeFastSnapshotRestoresCommand)
    .resolvesOnce({
      FastSnapshotRestores: [
        {
          SnapshotId: 'snap-1',
          AvailabilityZone: 'us-east-1a',
          State: 'enabled',
          EnabledTime: new Date(enabledAt),
        },
        { SnapshotId: 'snap-1', AvailabilityZone: 'us-east-1b', State: 'enabled' },
      ],
      NextToken: 'more',
    })
    .resolvesOnce({
      FastSnapshotRestores: [{ SnapshotId: 'snap-2', AvailabilityZone: 'us-east-1a', State: 'optimizing' }],
    });
  const fsr = ['snap-1', 'snap-2', 'snap-3'].map((snapshotId) => fsrOf({ snapshotId, zone: 'us-east-1a' }));
  expect(await observe(watching(fsr))).toEqual([
    { type: 'fsr', id: 'snap-1@us-east-1a', status: 'enabled', data: { enabledAt } },
    { type: 'fsr', id: 'snap-2@us-east-1a', status: 'optimizing' },
  ]);
  expect(ec2).toHaveReceivedCommandWith(DescribeFastSnapshotRestoresCommand, {
    Filters: [{ Name: 'snapshot-id', Values: ['snap-1', 'snap-2', 'snap-3'] }],
    MaxResults: 200,
  });
});

test('an endpoint without fast snapshot restore has it on nowhere', async () => {
  ec2.on(DescribeFastSnapshotRestoresCommand).rejects(ec2Error('InvalidAction'));
  expect(await observe(watching([fsrOf({ snapshotId: 'snap-1', zone: 'us-east-1a' })]))).toEqual([]);
});

describe('recovery points in the making', () => {
  const seenAs = async (...snapshots: Snapshot[]) => {
    ec2.on(DescribeSnapshotsCommand).resolves({ Snapshots: snapshots });
    return observe(watching([existing('snapshot', 'snap-1'), existing('snapshot', 'snap-2')]));
  };

  test('are read together; what is not found is no sighting', async () => {
    expect(await seenAs({ SnapshotId: 'snap-2', State: 'completed', Progress: '100%' })).toEqual([
      { type: 'snapshot', id: 'snap-2', status: 'completed' },
    ]);
    expect(ec2).toHaveReceivedCommandWith(DescribeSnapshotsCommand, {
      Filters: [{ Name: 'snapshot-id', Values: ['snap-1', 'snap-2'] }],
    });
    expect(operations()).toEqual(['DescribeSnapshots']);
  });

  test.each<[string, Snapshot, object]>([
    ['pending', { State: 'pending', Progress: '45%' }, { status: 'pending' }],
    ['just begun', { State: 'pending', Progress: '' }, { status: 'pending' }],
    ['over', { State: 'completed', Progress: '100%' }, { status: 'completed' }],
    [
      'failed',
      { State: 'error', Progress: '12%', StateMessage: 'the key\nis gone' },
      { status: 'error', data: { message: 'the key is gone' } },
    ],
    [
      'in the recycle bin',
      { State: 'recoverable' },
      { status: 'recoverable', data: { message: 'it was deleted and is recoverable' } },
    ],
    ['without a state, but full', { Progress: '100%' }, { status: 'completed' }],
    ['without anything', {}, { status: 'pending' }],
    ['in a state nobody has heard of', { State: 'new' as SnapshotState }, { status: 'new' }],
  ])('%s', async (_what, told, expected) => {
    expect(await seenAs({ SnapshotId: 'snap-1', ...told })).toEqual([
      { type: 'snapshot', id: 'snap-1', ...expected },
    ]);
  });
});
