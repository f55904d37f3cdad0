import 'aws-sdk-client-mock-jest';
import {
  DescribeFastSnapshotRestoresCommand,
  DisableFastSnapshotRestoresCommand,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import type { EnableFastSnapshotRestoresRequest } from '@aws-sdk/client-ec2';
import { disabling, enabling } from './effects.ts';
import { ec2Error, failureOf, resultOf } from './fixtures.ts';
import { stageEc2 } from './stages.ts';

const ZONE = 'us-east-1a';
const { ec2, perform, result, failure, operations } = stageEc2();

beforeEach(() => {
  ec2.on(DescribeFastSnapshotRestoresCommand).resolves({ FastSnapshotRestores: [] });
});

const enable = (snapshotId: string, zone = ZONE) => enabling({ snapshotId, zone });
const disable = (snapshotId: string, zone = ZONE) => disabling({ snapshotId, zone });
const allSuccessful = ({ SourceSnapshotIds = [] }: Partial<EnableFastSnapshotRestoresRequest>) => ({
  Successful: (SourceSnapshotIds ?? []).map((SnapshotId) => ({ SnapshotId })),
  Unsuccessful: [],
});
const refusal = (SnapshotId: string, Code: string) => ({
  SnapshotId,
  FastSnapshotRestoreStateErrors: [{ AvailabilityZone: ZONE, Error: { Code, Message: `${Code} happened` } }],
});

test('23 snapshots of a zone take 3 calls of at most 10', async () => {
  ec2.on(EnableFastSnapshotRestoresCommand).callsFake(allSuccessful);
  const asked = Array.from({ length: 23 }, (_, index) => enable(`snap-${index}`));
  const answers = await perform(asked);
  for (const one of asked) expect(resultOf(one, answers)).toEqual({});
  const inputs = ec2.commandCalls(EnableFastSnapshotRestoresCommand).map((sent) => sent.args[0].input);
  expect(inputs.map(({ SourceSnapshotIds }) => SourceSnapshotIds?.length)).toEqual([10, 10, 3]);
  expect(new Set(inputs.flatMap(({ SourceSnapshotIds }) => SourceSnapshotIds)).size).toBe(23);
  expect(ec2).toHaveReceivedCommandTimes(EnableFastSnapshotRestoresCommand, 3);
  // One look for the whole of them.
  expect(operations()).toHaveLength(4);
});

test('each zone has calls of its own, and a snapshot asked for twice is sent once', async () => {
  ec2.on(EnableFastSnapshotRestoresCommand).callsFake(allSuccessful);
  const asked = [enable('snap-1'), enable('snap-1', 'us-east-1b'), enable('snap-1')];
  const answers = await perform(asked);
  expect(answers.every(({ ok }) => ok)).toBe(true);
  expect(answers).toHaveLength(3);
  const inputs = ec2.commandCalls(EnableFastSnapshotRestoresCommand).map((sent) => sent.args[0].input);
  expect(inputs).toEqual([
    { AvailabilityZones: [ZONE], SourceSnapshotIds: ['snap-1'] },
    { AvailabilityZones: ['us-east-1b'], SourceSnapshotIds: ['snap-1'] },
  ]);
});

test('partial success: each effect has the answer for its own snapshot', async () => {
  ec2.on(EnableFastSnapshotRestoresCommand).resolves({
    Successful: [{ SnapshotId: 'snap-1', State: 'enabling' }],
    Unsuccessful: [
      refusal('snap-2', 'FastSnapshotRestoreLimitExceeded'),
      refusal('snap-3', 'InvalidSnapshot.NotFound'),
    ],
  });
  const [one, two, three, four] = [enable('snap-1'), enable('snap-2'), enable('snap-3'), enable('snap-4')];
  const answers = await perform([one, two, three, four]);
  expect(resultOf(one, answers)).toEqual({});
  expect(failureOf(two, answers)).toMatchObject({
    class: 'quota',
    message: 'FastSnapshotRestoreLimitExceeded happened',
  });
  expect(failureOf(three, answers).class).toBe('gone');
  // Named neither way: it is not known to be on.
  expect(failureOf(four, answers)).toMatchObject({ class: 'transient', code: 'MalformedAnswer' });
});

test('an error entry without details is still a failure with a message', async () => {
  ec2.on(EnableFastSnapshotRestoresCommand).resolves({ Unsuccessful: [{ SnapshotId: 'snap-1' }] });
  ec2.on(DescribeFastSnapshotRestoresCommand).resolves({ FastSnapshotRestores: [] });
  expect((await failure(enable('snap-1'))).message).not.toBe('');
});

test.each(['enabling', 'optimizing', 'enabled'] as const)(
  'refused, but %s already: success',
  async (State) => {
    ec2
      .on(EnableFastSnapshotRestoresCommand)
      .resolves({ Successful: [], Unsuccessful: [refusal('snap-1', 'InvalidState')] });
    ec2.on(DescribeFastSnapshotRestoresCommand).resolves({
      FastSnapshotRestores: [
        { SnapshotId: 'snap-1', AvailabilityZone: 'us-east-1b', State: 'disabled' },
        { SnapshotId: 'snap-1', AvailabilityZone: ZONE, State },
      ],
    });
    expect(await result({ ...enable('snap-1'), attempt: 2 })).toEqual({});
  },
);

test.each([
  ['disabled', { AvailabilityZone: ZONE, State: 'disabled' }],
  ['on in another zone only', { AvailabilityZone: 'us-east-1b', State: 'enabled' }],
] as const)('refused and %s: the refusal stands', async (_what, entry) => {
  ec2.on(EnableFastSnapshotRestoresCommand).resolves({ Unsuccessful: [refusal('snap-1', 'InvalidState')] });
  ec2
    .on(DescribeFastSnapshotRestoresCommand)
    .resolves({ FastSnapshotRestores: [{ SnapshotId: 'snap-1', ...entry }] });
  expect(await failure(enable('snap-1'))).toMatchObject({
    class: 'invalid',
    code: 'InvalidState',
  });
});

test('switching off what is off, or gone, is success', async () => {
  ec2.on(DisableFastSnapshotRestoresCommand).resolves({
    Successful: [],
    Unsuccessful: [
      refusal('snap-1', 'InvalidState'),
      refusal('snap-2', 'InvalidSnapshot.NotFound'),
      refusal('snap-3', 'InvalidState'),
    ],
  });
  ec2.on(DescribeFastSnapshotRestoresCommand).resolves({
    FastSnapshotRestores: [
      { SnapshotId: 'snap-1', AvailabilityZone: ZONE, State: 'disabling' },
      { SnapshotId: 'snap-3', AvailabilityZone: ZONE, State: 'enabled' },
    ],
  });
  const [one, two, three] = [disable('snap-1'), disable('snap-2'), disable('snap-3')];
  const answers = await perform([one, two, three]);
  expect(resultOf(one, answers)).toEqual({});
  expect(resultOf(two, answers)).toEqual({});
  expect(failureOf(three, answers).class).toBe('invalid');
  expect(ec2).toHaveReceivedCommandWith(DescribeFastSnapshotRestoresCommand, {
    Filters: [{ Name: 'snapshot-id', Values: ['snap-1', 'snap-2', 'snap-3'] }],
  });
});

test('one bad snapshot that fails the whole call does not fail the others', async () => {
  ec2.on(EnableFastSnapshotRestoresCommand).callsFake((input: EnableFastSnapshotRestoresRequest) => {
    if (input.SourceSnapshotIds?.includes('snap-bad')) throw ec2Error('InvalidSnapshot.NotFound');
    return allSuccessful(input);
  });
  const [good, bad] = [enable('snap-good'), enable('snap-bad')];
  const answers = await perform([good, bad]);
  expect(resultOf(good, answers)).toEqual({});
  expect(failureOf(bad, answers).class).toBe('gone');
  expect(ec2).toHaveReceivedCommandTimes(EnableFastSnapshotRestoresCommand, 3);
});

test('a throttled call fails its ten, and only them', async () => {
  ec2
    .on(EnableFastSnapshotRestoresCommand)
    .rejectsOnce(ec2Error('RequestLimitExceeded', 503))
    .callsFake(allSuccessful);
  const asked = Array.from({ length: 12 }, (_, index) => enable(`snap-${index}`));
  const answers = await perform(asked);
  expect(answers.filter(({ ok }) => !ok)).toHaveLength(10);
  expect(ec2).toHaveReceivedCommandTimes(EnableFastSnapshotRestoresCommand, 2);
});

test('when the state cannot be read, the refusal stands', async () => {
  ec2.on(EnableFastSnapshotRestoresCommand).resolves({ Unsuccessful: [refusal('snap-1', 'InvalidState')] });
  ec2.on(DescribeFastSnapshotRestoresCommand).rejects(ec2Error('UnauthorizedOperation', 403));
  expect((await failure(enable('snap-1'))).code).toBe('InvalidState');
});

describe('what is on already', () => {
  const on = (State: 'enabling' | 'optimizing' | 'enabled' | 'disabling' | 'disabled') => ({
    FastSnapshotRestores: [
      { SnapshotId: 'snap-1', AvailabilityZone: ZONE, State },
      { SnapshotId: 'snap-2', AvailabilityZone: 'us-east-1b', State: 'enabled' as const },
    ],
  });

  test.each(['enabling', 'optimizing', 'enabled'] as const)(
    '%s: it is somebody else’s, and is not asked for',
    async (state) => {
      ec2.on(DescribeFastSnapshotRestoresCommand).resolves(on(state));
      ec2.on(EnableFastSnapshotRestoresCommand).callsFake(allSuccessful);
      const [theirs, ours] = [enable('snap-1'), enable('snap-2')];
      const answers = await perform([theirs, ours]);
      expect(resultOf(theirs, answers)).toEqual({ data: { wasOn: true } });
      expect(resultOf(ours, answers)).toEqual({});
      expect(ec2).toHaveReceivedCommandTimes(EnableFastSnapshotRestoresCommand, 1);
      expect(ec2).toHaveReceivedCommandWith(EnableFastSnapshotRestoresCommand, {
        SourceSnapshotIds: ['snap-2'],
      });
    },
  );

  test.each(['disabling', 'disabled'] as const)('%s is not on', async (state) => {
    ec2.on(DescribeFastSnapshotRestoresCommand).resolves(on(state));
    ec2.on(EnableFastSnapshotRestoresCommand).callsFake(allSuccessful);
    expect(await result(enable('snap-1'))).toEqual({});
    expect(ec2).toHaveReceivedCommandTimes(EnableFastSnapshotRestoresCommand, 1);
  });

  test.each([
    ['a second attempt', { attempt: 2 }],
    ['one that may have been sent', { doubtful: true }],
  ] as const)('%s may have switched it on itself', async (_what, changes) => {
    ec2.on(DescribeFastSnapshotRestoresCommand).resolves(on('enabled'));
    ec2.on(EnableFastSnapshotRestoresCommand).callsFake(allSuccessful);
    expect(await result({ ...enable('snap-1'), ...changes })).toEqual({});
  });

  test('is not known when it cannot be read: it is asked for', async () => {
    ec2.on(DescribeFastSnapshotRestoresCommand).rejects(ec2Error('UnauthorizedOperation', 403));
    ec2.on(EnableFastSnapshotRestoresCommand).callsFake(allSuccessful);
    expect(await result(enable('snap-1'))).toEqual({});
  });

  test('does not concern switching off', async () => {
    ec2.on(DisableFastSnapshotRestoresCommand).callsFake(allSuccessful);
    expect(await result(disable('snap-1'))).toEqual({});
    expect(operations()).toEqual(['DisableFastSnapshotRestores']);
  });
});
