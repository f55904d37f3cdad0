import 'aws-sdk-client-mock-jest';
import {
  CreateSnapshotCommand,
  DeleteSnapshotCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import type { SnapshotPurpose } from '../../src/workflow/base/effects.ts';
import { existing, made, sweeping, taking } from './effects.ts';
import { ec2Error, failureOf, FOREIGN, OURS, resultOf, RUN } from './fixtures.ts';
import { stageEc2 } from './stages.ts';

const ID = 'vol-1-evidence';
const { ec2, perform, result, failure, operations, settled } = stageEc2({ settles: true });

beforeEach(() => {
  ec2.on(DescribeVolumesCommand).resolves({
    Volumes: [
      {
        VolumeId: 'vol-1',
        State: 'in-use',
        Tags: [
          { Key: 'app', Value: 'events' },
          { Key: 'lifeboat:claim', Value: 'x' },
        ],
      },
      { VolumeId: 'vol-2', State: 'available' },
      { VolumeId: 'vol-3', State: 'deleting' },
    ],
  });
});

const take = (id = 'vol-1', purpose: SnapshotPurpose = 'forensics', identity = ID) =>
  taking(existing('volume', id), { purpose, resource: 'events/vol-1', identity });
const taken = (id: string, changes: object = {}) => ({
  SnapshotId: id,
  VolumeId: 'vol-1',
  State: 'pending' as const,
  Tags: [...OURS, { Key: 'lifeboat:identity', Value: ID }],
  ...changes,
});

describe('takeSnapshot', () => {
  test('asks once, with our tags and the source’s', async () => {
    ec2.on(CreateSnapshotCommand).resolves({ SnapshotId: 'snap-new' });
    expect(await result(take())).toEqual({ id: 'snap-new' });
    expect(ec2.commandCalls(CreateSnapshotCommand).map((sent) => sent.args[0].input)).toEqual([
      {
        VolumeId: 'vol-1',
        Description: `forensics of events/vol-1 by run ${RUN.runId}`,
        TagSpecifications: [
          {
            ResourceType: 'snapshot',
            Tags: [
              { Key: 'lifeboat:run', Value: RUN.runId },
              { Key: 'lifeboat:runbook', Value: 'orders' },
              { Key: 'lifeboat:resource', Value: 'events/vol-1' },
              { Key: 'lifeboat:identity', Value: ID },
              { Key: 'lifeboat:purpose', Value: 'forensics' },
              { Key: 'lifeboat:mode', Value: 'restore' },
              { Key: 'lifeboat:forensics', Value: RUN.runId },
              { Key: 'Name', Value: ID },
              { Key: 'app', Value: 'events' },
            ],
          },
        ],
      },
    ]);
    expect(operations()).toEqual(['DescribeVolumes', 'CreateSnapshot']);
  });

  test.each(['vol-3', 'vol-4'])('a source that is gone, or going, is gone: %s', async (id) => {
    expect(await failure(take(id))).toMatchObject({
      class: 'gone',
      code: 'InvalidVolume.NotFound',
    });
    expect(ec2).not.toHaveReceivedCommand(CreateSnapshotCommand);
  });

  test('one read for all sources; one that is gone keeps no other', async () => {
    ec2.on(CreateSnapshotCommand).resolves({ SnapshotId: 'snap-new' });
    const [gone, good] = [take('vol-4'), take('vol-2', 'protection')];
    const answers = await perform([gone, good]);
    expect(failureOf(gone, answers).class).toBe('gone');
    expect(resultOf(good, answers)).toEqual({ id: 'snap-new' });
    expect(operations()).toEqual(['DescribeVolumes', 'CreateSnapshot']);
  });

  test.each([
    ['SnapshotCreationPerVolumeRateExceeded', 400, 'throttled'],
    ['RequestLimitExceeded', 503, 'throttled'],
    ['PendingSnapshotLimitExceeded', 400, 'quota'],
    ['SnapshotLimitExceeded', 400, 'quota'],
    ['IncorrectState', 400, 'busy'],
    ['InvalidVolume.NotFound', 400, 'gone'],
    ['UnauthorizedOperation', 403, 'denied'],
    ['InvalidAction', 400, 'unsupported'],
    ['InternalError', 500, 'transient'],
  ] as const)('%s is answered as %s', async (code, status, expected) => {
    ec2.on(CreateSnapshotCommand).rejects(ec2Error(code, status));
    expect(await failure(take())).toMatchObject({ class: expected, code });
    expect(ec2).toHaveReceivedCommandTimes(CreateSnapshotCommand, 1);
  });

  test('an answer without an id is no answer', async () => {
    ec2.on(CreateSnapshotCommand).resolves({});
    expect((await failure(take())).code).toBe('MalformedAnswer');
  });

  test('sources that could not be looked at are asked nothing of', async () => {
    ec2.on(DescribeVolumesCommand).rejects(ec2Error('RequestLimitExceeded', 503));
    expect((await failure(take())).class).toBe('throttled');
    expect(operations()).toEqual(['DescribeVolumes']);
  });
});

describe('takeSnapshot, asked again', () => {
  const again = { ...take(), attempt: 2 };

  test.each([
    ['a second attempt', again],
    ['one that may have been sent', { ...take(), doubtful: true as const }],
  ])('%s takes what it finds by tag', async (_what, asked) => {
    ec2.on(DescribeSnapshotsCommand).resolves({ Snapshots: [taken('snap-1')] });
    expect(await result(asked)).toEqual({ id: 'snap-1' });
    expect(ec2).toHaveReceivedCommandWith(DescribeSnapshotsCommand, {
      Filters: [
        { Name: 'tag:lifeboat:identity', Values: [ID] },
        { Name: 'tag:lifeboat:run', Values: [RUN.runId] },
      ],
    });
    expect(ec2).not.toHaveReceivedCommand(CreateSnapshotCommand);
    expect(settled()).toBe(0);
  });

  test('what was taken counts even when the source is gone by now', async () => {
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [] });
    ec2.on(DescribeSnapshotsCommand).resolves({ Snapshots: [taken('snap-1')] });
    expect(await result(again)).toEqual({ id: 'snap-1' });
  });

  test('what shows only after the settle is not taken twice', async () => {
    ec2
      .on(DescribeSnapshotsCommand)
      .resolvesOnce({ Snapshots: [] })
      .resolves({ Snapshots: [taken('snap-1')] });
    expect(await result(again)).toEqual({ id: 'snap-1' });
    expect(settled()).toBe(1);
    expect(ec2).not.toHaveReceivedCommand(CreateSnapshotCommand);
  });

  test('what is not there, failed or somebody else’s is taken anew', async () => {
    const Snapshots = [
      taken('snap-1', { State: 'error' }),
      taken('snap-2', { Tags: [...FOREIGN, { Key: 'lifeboat:identity', Value: ID }] }),
      taken('snap-3', { Tags: OURS }),
      taken('snap-4', { VolumeId: 'vol-9' }),
    ];
    ec2.on(DescribeSnapshotsCommand).resolves({ Snapshots });
    ec2.on(CreateSnapshotCommand).resolves({ SnapshotId: 'snap-new' });
    expect(await result(again)).toEqual({ id: 'snap-new' });
  });

  test('of several the oldest is kept', async () => {
    const at = (hour: number) => ({ StartTime: new Date(Date.UTC(2026, 10, 20, hour)) });
    const Snapshots = [taken('snap-1', at(4)), taken('snap-3', at(3)), taken('snap-2', at(3))];
    ec2.on(DescribeSnapshotsCommand).resolves({ Snapshots });
    expect(await result(again)).toEqual({ id: 'snap-2' });
  });

  test('without a look it is not asked again', async () => {
    ec2.on(DescribeSnapshotsCommand).rejects(ec2Error('UnauthorizedOperation', 403));
    expect((await failure(again)).class).toBe('denied');
    expect(ec2).not.toHaveReceivedCommand(CreateSnapshotCommand);
  });
});

describe('sweep', () => {
  const purpose = (Value: string) => ({ Key: 'lifeboat:purpose', Value });
  beforeEach(() => {
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [] });
    ec2.on(DescribeSnapshotsCommand).resolves({
      Snapshots: [
        { SnapshotId: 'snap-1', Tags: [...OURS, purpose('protection')] },
        { SnapshotId: 'snap-2', Tags: [...OURS, purpose('protection')] },
        { SnapshotId: 'snap-3', Tags: [...OURS, purpose('forensics')] },
        { SnapshotId: 'snap-4', Tags: [...FOREIGN, purpose('protection')] },
        { SnapshotId: 'snap-5', Tags: OURS },
      ],
    });
  });
  const keep = [
    made('snapshot', 'snap-1'),
    // A volume of the same name keeps no snapshot.
    made('volume', 'snap-2'),
  ] as const;

  test('finds what was taken for protection, never evidence, and removes what is not kept', async () => {
    ec2.on(DeleteSnapshotCommand).resolves({});
    expect(await result(sweeping(keep))).toEqual({
      found: [made('snapshot', 'snap-1'), made('snapshot', 'snap-2')],
      removed: [made('snapshot', 'snap-2')],
    });
    expect(ec2.commandCalls(DeleteSnapshotCommand).map((sent) => sent.args[0].input)).toEqual([
      { SnapshotId: 'snap-2' },
    ]);
    expect(ec2).toHaveReceivedCommandWith(DescribeSnapshotsCommand, {
      Filters: [
        { Name: 'tag:lifeboat:run', Values: [RUN.runId] },
        { Name: 'tag:lifeboat:purpose', Values: ['protection'] },
      ],
    });
  });

  test('only finds when all is to be kept', async () => {
    const { found, removed } = await result({ ...sweeping(), keepsAll: true });
    expect([found.length, removed.length]).toEqual([2, 0]);
    expect(ec2).not.toHaveReceivedCommand(DeleteSnapshotCommand);
  });

  test.each([
    ['InvalidSnapshot.NotFound', 1],
    ['InvalidSnapshot.InUse', 0],
  ] as const)('%s: %i removed, and no failure', async (code, count) => {
    ec2.on(DeleteSnapshotCommand).rejects(ec2Error(code));
    expect((await result(sweeping(keep))).removed).toHaveLength(count);
  });

  test('what cannot be read is not swept', async () => {
    ec2.on(DescribeSnapshotsCommand).rejects(ec2Error('RequestLimitExceeded', 503));
    expect((await failure(sweeping(keep))).class).toBe('throttled');
  });
});
