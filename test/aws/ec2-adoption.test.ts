import 'aws-sdk-client-mock-jest';
import { CreateVolumeCommand, DescribeVolumesCommand } from '@aws-sdk/client-ec2';
import { creating } from './effects.ts';
import { ec2Error, failureOf, MARK, resultOf, RUN, VOLUME_SPEC } from './fixtures.ts';
import { stageEc2 } from './stages.ts';

const { ec2, perform, result, operations } = stageEc2();

const create = () =>
  creating({
    ...{ identity: 'token-1', name: 'vol-1-run', resource: 'events/vol-1', mark: MARK, spec: VOLUME_SPEC },
  });

describe('createVolume, asked again', () => {
  const at = (hour: number) => new Date(Date.UTC(2026, 10, 20, hour));
  const tagged = (token: string, run: string = RUN.runId) => [
    { Key: 'lifeboat:run', Value: run },
    { Key: 'lifeboat:runbook', Value: RUN.runbook },
    { Key: 'lifeboat:identity', Value: token },
  ];
  const again = { ...create(), attempt: 2 };

  test.each([
    ['a second attempt', again],
    ['one that may have been sent', { ...create(), doubtful: true as const }],
  ])('%s looks by tag, and takes what it finds', async (_what, asked) => {
    ec2.on(DescribeVolumesCommand).resolves({
      Volumes: [{ VolumeId: 'vol-1', State: 'available', Tags: tagged('token-1') }],
    });
    expect(await result(asked)).toEqual({ id: 'vol-1' });
    expect(ec2).toHaveReceivedCommandWith(DescribeVolumesCommand, {
      Filters: [
        { Name: 'tag:lifeboat:identity', Values: ['token-1'] },
        { Name: 'tag:lifeboat:run', Values: [RUN.runId] },
      ],
    });
    expect(operations()).toEqual(['DescribeVolumes']);
  });

  test('what is going, broken, another’s or another request’s is not taken', async () => {
    ec2.on(DescribeVolumesCommand).resolves({
      Volumes: [
        { VolumeId: 'vol-1', State: 'deleting', Tags: tagged('token-1') },
        { VolumeId: 'vol-2', State: 'deleted', Tags: tagged('token-1') },
        { VolumeId: 'vol-3', State: 'error', Tags: tagged('token-1') },
        { VolumeId: 'vol-4', State: 'available', Tags: tagged('token-1', 'another-run') },
        { VolumeId: 'vol-5', State: 'available', Tags: tagged('token-2') },
        { VolumeId: 'vol-6', State: 'available' },
      ],
    });
    ec2.on(CreateVolumeCommand).resolves({ VolumeId: 'vol-new' });
    expect(await result(again)).toEqual({ id: 'vol-new' });
  });

  test.each([
    ['the oldest', [at(3), at(2), at(4)], 'vol-b'],
    ['the first by id where all are alike', [at(2), at(2), at(2)], 'vol-a'],
    ['one with a time stamp before those without', [undefined, undefined, at(5)], 'vol-c'],
    ['the first by id where none has a time stamp', [undefined, undefined, undefined], 'vol-a'],
  ] as const)('of several it takes %s', async (_what, times, expected) => {
    const Volumes = ['vol-a', 'vol-b', 'vol-c'].map((VolumeId, index) => ({
      ...{ VolumeId, State: 'available' as const, Tags: tagged('token-1') },
      ...(times[index] !== undefined && { CreateTime: times[index] }),
    }));
    for (const order of [Volumes, Volumes.toReversed()]) {
      ec2.on(DescribeVolumesCommand).resolves({ Volumes: order });
      expect(await result(again)).toEqual({ id: expected });
    }
  });

  test('without a look it is not asked again', async () => {
    ec2.on(DescribeVolumesCommand).rejects(ec2Error('RequestLimitExceeded', 503));
    const fresh = create();
    ec2.on(CreateVolumeCommand).resolves({ VolumeId: 'vol-new' });
    const answers = await perform([again, fresh]);
    expect(failureOf(again, answers).class).toBe('throttled');
    expect(resultOf(fresh, answers)).toEqual({ id: 'vol-new' });
    expect(ec2).toHaveReceivedCommandTimes(CreateVolumeCommand, 1);
  });
});
