import 'aws-sdk-client-mock-jest';
import {
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeFastSnapshotRestoresCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import { creating, deleting, existing, fsrOf, inspecting, made, relying, sweeping } from './effects.ts';
import {
  ec2Error,
  failureOf,
  FOREIGN,
  MARK,
  MARK_TAG,
  OURS,
  resultOf,
  RUN,
  VOLUME_SPEC,
  without,
} from './fixtures.ts';
import { stageEc2 } from './stages.ts';

const { ec2, perform, result, failure, operations } = stageEc2();

const create = (spec = VOLUME_SPEC) =>
  creating({ identity: 'token-1', name: 'vol-1-run', resource: 'events/vol-1', mark: MARK, spec });

describe('createVolume', () => {
  test('asks for everything in one request', async () => {
    ec2.on(CreateVolumeCommand).resolves({ VolumeId: 'vol-new' });
    expect(await result(create())).toEqual({ id: 'vol-new' });
    expect(ec2).toHaveReceivedCommandTimes(CreateVolumeCommand, 1);
    expect(ec2).toHaveReceivedCommandWith(CreateVolumeCommand, {
      ClientToken: 'token-1',
      SnapshotId: 'snap-1',
      AvailabilityZone: 'us-east-1a',
      VolumeType: 'gp3',
      Size: 500,
      Iops: 6_000,
      Throughput: 500,
      Encrypted: true,
      KmsKeyId: 'key-1',
      VolumeInitializationRate: 300,
      TagSpecifications: [
        {
          ResourceType: 'volume',
          Tags: [
            { Key: 'lifeboat:run', Value: RUN.runId },
            { Key: 'lifeboat:runbook', Value: 'orders' },
            { Key: 'lifeboat:resource', Value: 'events/vol-1' },
            { Key: 'lifeboat:identity', Value: 'token-1' },
            { Key: 'lifeboat:make', Value: MARK_TAG },
            { Key: 'Name', Value: 'vol-1-run' },
            { Key: 'app', Value: 'events' },
          ],
        },
      ],
    });
    expect(operations()).toEqual(['CreateVolume']);
  });

  test('asks again with the same request, to the letter', async () => {
    ec2.on(CreateVolumeCommand).resolves({ VolumeId: 'vol-new' });
    await perform([create()]);
    await perform([create()]);
    const [first, second] = ec2.commandCalls(CreateVolumeCommand).map((sent) => sent.args[0].input);
    expect(second).toEqual(first);
  });

  test('leaves out what the type or the snapshot does not take', async () => {
    ec2.on(CreateVolumeCommand).resolves({ VolumeId: 'vol-new' });
    const rest = without(VOLUME_SPEC, 'rateMiBps');
    await perform([create({ ...rest, volumeType: 'gp2', encrypted: false })]);
    const input = ec2.commandCalls(CreateVolumeCommand)[0]?.args[0].input ?? {};
    for (const name of ['Iops', 'Throughput', 'Encrypted', 'KmsKeyId', 'VolumeInitializationRate']) {
      expect(input).not.toHaveProperty(name);
    }
  });

  test.each([
    ['RequestLimitExceeded', 503, 'throttled'],
    ['InsufficientVolumeCapacity', 500, 'capacity'],
    ['VolumeLimitExceeded', 400, 'quota'],
    ['MaxIOPSLimitExceeded', 400, 'quota'],
    ['VolumeTypeNotAvailableInZone', 400, 'invalid'],
    ['InvalidSnapshot.NotFound', 400, 'gone'],
    ['IdempotentParameterMismatch', 400, 'invalid'],
    ['UnauthorizedOperation', 403, 'denied'],
    ['AuthFailure', 401, 'credentials'],
    ['InternalError', 500, 'transient'],
  ] as const)('%s is answered as %s', async (code, status, expected) => {
    ec2.on(CreateVolumeCommand).rejects(ec2Error(code, status));
    expect(await failure(create())).toMatchObject({ class: expected, code });
    expect(ec2).toHaveReceivedCommandTimes(CreateVolumeCommand, 1);
  });

  test('an answer without an id is no answer', async () => {
    ec2.on(CreateVolumeCommand).resolves({});
    expect(await failure(create())).toMatchObject({
      class: 'transient',
      code: 'MalformedAnswer',
    });
  });

  test('a bug is not taken for a failure of AWS', async () => {
    ec2.on(CreateVolumeCommand).callsFake(() => {
      throw new TypeError('not a function');
    });
    await expect(perform([create()])).rejects.toThrow(TypeError);
  });

  test('one refusal does not touch the other answers', async () => {
    ec2.on(CreateVolumeCommand).rejectsOnce(ec2Error('VolumeLimitExceeded')).resolves({ VolumeId: 'vol-2' });
    const [first, second] = [create(), create()];
    const answers = await perform([first, second]);
    expect(failureOf(first, answers).class).toBe('quota');
    expect(resultOf(second, answers).id).toBe('vol-2');
  });
});

describe('deleteVolume', () => {
  const remove = (id: string) => deleting(made('volume', id));

  test('looks at all in one read and deletes what is ours', async () => {
    ec2.on(DescribeVolumesCommand).resolves({
      Volumes: [
        { VolumeId: 'vol-1', State: 'available', Tags: OURS },
        { VolumeId: 'vol-2', State: 'deleting', Tags: OURS },
        { VolumeId: 'vol-3', State: 'available', Tags: FOREIGN },
        { VolumeId: 'vol-4', State: 'available' },
      ],
    });
    ec2.on(DeleteVolumeCommand).resolves({});
    const [ours, going, foreign, untagged, gone] = ['vol-1', 'vol-2', 'vol-3', 'vol-4', 'vol-5'].map(remove);
    const all = [ours, going, foreign, untagged, gone].filter((asked) => asked !== undefined);
    const answers = await perform(all);
    for (const asked of [ours, going, gone]) if (asked) resultOf(asked, answers);
    for (const asked of [foreign, untagged]) {
      if (asked) expect(failureOf(asked, answers)).toMatchObject({ class: 'denied', code: 'NotOfThisRun' });
    }
    expect(operations()).toEqual(['DescribeVolumes', 'DeleteVolume']);
    expect(ec2).toHaveReceivedCommandWith(DeleteVolumeCommand, { VolumeId: 'vol-1' });
  });

  test('gone between the look and the deletion is success', async () => {
    ec2
      .on(DescribeVolumesCommand)
      .resolves({ Volumes: [{ VolumeId: 'vol-1', State: 'available', Tags: OURS }] });
    ec2.on(DeleteVolumeCommand).rejects(ec2Error('InvalidVolume.NotFound'));
    expect(await result(remove('vol-1'))).toEqual({});
  });

  test('in use is busy', async () => {
    ec2
      .on(DescribeVolumesCommand)
      .resolves({ Volumes: [{ VolumeId: 'vol-1', State: 'in-use', Tags: OURS }] });
    ec2.on(DeleteVolumeCommand).rejects(ec2Error('VolumeInUse'));
    expect(await failure(remove('vol-1'))).toMatchObject({
      class: 'busy',
      code: 'VolumeInUse',
    });
  });

  test('what could not be looked at is not deleted', async () => {
    ec2.on(DescribeVolumesCommand).rejects(ec2Error('RequestLimitExceeded', 503));
    expect((await failure(remove('vol-1'))).class).toBe('throttled');
    expect(ec2).not.toHaveReceivedCommand(DeleteVolumeCommand);
  });
});

describe('preflight', () => {
  const look = (snapshots: string[], fsr: { snapshotId: string; zone: string }[] = []) =>
    relying(...snapshots.map((id) => existing('snapshot', id)), ...fsr.map(fsrOf));

  test('what is wrong with a recovery point is a finding', async () => {
    ec2.on(DescribeSnapshotsCommand).resolves({
      Snapshots: [
        { SnapshotId: 'snap-ok', State: 'completed', StorageTier: 'standard' },
        { SnapshotId: 'snap-pending', State: 'pending' },
        { SnapshotId: 'snap-error', State: 'error', StateMessage: 'the key is gone' },
        { SnapshotId: 'snap-archived', State: 'completed', StorageTier: 'archive' },
        {
          SnapshotId: 'snap-thawed',
          State: 'completed',
          StorageTier: 'archive',
          RestoreExpiryTime: new Date(0),
        },
      ],
    });
    const { findings } = await result(
      look(['snap-ok', 'snap-pending', 'snap-error', 'snap-archived', 'snap-thawed', 'snap-missing']),
    );
    expect(findings.map(({ subject }) => subject)).toEqual([
      'snapshot snap-pending',
      'snapshot snap-error',
      'snapshot snap-archived',
      'snapshot snap-missing',
    ]);
    expect(findings[1]?.message).toContain('the key is gone');
    expect(operations()).toEqual(['DescribeSnapshots']);
  });

  test('tells of each target whether fast snapshot restore is on; never switched on is off', async () => {
    ec2.on(DescribeSnapshotsCommand).resolves({ Snapshots: [{ SnapshotId: 'snap-1', State: 'completed' }] });
    ec2.on(DescribeFastSnapshotRestoresCommand).resolves({
      FastSnapshotRestores: [
        { SnapshotId: 'snap-1', AvailabilityZone: 'us-east-1a', State: 'enabled' },
        { SnapshotId: 'snap-1', AvailabilityZone: 'us-east-1c', State: 'optimizing' },
      ],
    });
    expect(
      (
        await result(
          look(
            ['snap-1'],
            [
              { snapshotId: 'snap-1', zone: 'us-east-1a' },
              { snapshotId: 'snap-1', zone: 'us-east-1b' },
            ],
          ),
        )
      ).on,
    ).toEqual([{ ...fsrOf({ snapshotId: 'snap-1', zone: 'us-east-1a' }), status: 'enabled' }]);
  });

  test('what could not be read is a failure, never "nothing found"', async () => {
    ec2.on(DescribeSnapshotsCommand).rejects(ec2Error('UnauthorizedOperation', 403));
    expect((await failure(look(['snap-1']))).class).toBe('denied');
  });
});

describe('verify', () => {
  const verify = (...ids: string[]) =>
    inspecting(
      ids.map((id) => made('volume', id)),
      VOLUME_SPEC,
    );
  const actual = { State: 'available', VolumeType: 'gp3', Size: 500, Iops: 6_000, Throughput: 500 } as const;

  test('compares all volumes of all effects in one read', async () => {
    ec2.on(DescribeVolumesCommand).resolves({
      Volumes: [
        { ...actual, VolumeId: 'vol-1' },
        { ...actual, VolumeId: 'vol-2', Iops: 3_000 },
        { ...actual, VolumeId: 'vol-3' },
      ],
    });
    const [first, second] = [verify('vol-1', 'vol-2'), verify('vol-3')];
    const answers = await perform([first, second]);
    expect(resultOf(first, answers).findings).toEqual([
      {
        subject: 'volume vol-2: iops',
        message: 'is 3000, not 6000',
        code: 'configuration-differs',
        data: { thing: 'vol-2', property: 'iops', wanted: '6000', actual: '3000' },
      },
    ]);
    expect(resultOf(second, answers).findings).toEqual([]);
    expect(operations()).toEqual(['DescribeVolumes']);
  });

  test('a volume that no read shows is gone, not well', async () => {
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [] });
    expect(await failure(verify('vol-1'))).toMatchObject({
      class: 'gone',
      code: 'InvalidVolume.NotFound',
    });
  });
});

describe('fast snapshot restore at preflight', () => {
  const asked = () => relying(fsrOf({ snapshotId: 'snap-1', zone: 'us-east-1a' }));

  test.each([
    ['InvalidAction', 400],
    ['Unknown', 404],
    ['UnauthorizedOperation', 403],
  ] as const)('%s (HTTP %i): it is off', async (code, status) => {
    ec2.on(DescribeFastSnapshotRestoresCommand).rejects(ec2Error(code, status));
    expect(await result(asked())).toEqual({ findings: [], on: [] });
  });

  test.each([
    ['RequestLimitExceeded', 503, 'throttled'],
    ['ExpiredToken', 400, 'credentials'],
  ] as const)('%s: it is not known', async (code, status, expected) => {
    ec2.on(DescribeFastSnapshotRestoresCommand).rejects(ec2Error(code, status));
    expect((await failure(asked())).class).toBe(expected);
  });
});

describe('sweep', () => {
  const sweep = (...keep: string[]) => sweeping(keep.map((id) => made('volume', id)));

  beforeEach(() => {
    ec2.on(DescribeSnapshotsCommand).resolves({ Snapshots: [] });
  });

  test('only finds when all is to be kept', async () => {
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [...two] });
    const { found, removed } = await result({ ...sweep(), keepsAll: true } as const);
    expect(found.map(({ id }) => id)).toEqual(['vol-1', 'vol-2']);
    expect(removed).toEqual([]);
    expect(ec2).not.toHaveReceivedCommand(DeleteVolumeCommand);
  });

  test('finds by tag, page by page, and removes what is not kept', async () => {
    ec2
      .on(DescribeVolumesCommand)
      .resolvesOnce({
        Volumes: [
          { VolumeId: 'vol-1', State: 'in-use', Tags: OURS },
          { VolumeId: 'vol-2', State: 'available', Tags: OURS },
        ],
        NextToken: 'more',
      })
      .resolvesOnce({
        Volumes: [
          { VolumeId: 'vol-3', State: 'deleting', Tags: OURS },
          { VolumeId: 'vol-4', State: 'available', Tags: OURS },
          { VolumeId: 'vol-5', State: 'available', Tags: FOREIGN },
        ],
      });
    ec2.on(DeleteVolumeCommand).resolves({});
    const { found, removed } = await result(sweep('vol-1'));
    expect(found.map(({ id }) => id)).toEqual(['vol-1', 'vol-2', 'vol-4']);
    expect(removed.map(({ id }) => id)).toEqual(['vol-2', 'vol-4']);
    expect(ec2).toHaveReceivedNthCommandWith(1, DescribeVolumesCommand, {
      Filters: [{ Name: 'tag:lifeboat:run', Values: [RUN.runId] }],
    });
    expect(ec2).toHaveReceivedNthCommandWith(2, DescribeVolumesCommand, { NextToken: 'more' });
    expect(ec2).toHaveReceivedCommandTimes(DeleteVolumeCommand, 2);
  });

  const two = [
    { VolumeId: 'vol-1', State: 'in-use', Tags: OURS },
    { VolumeId: 'vol-2', State: 'available', Tags: OURS },
  ] as const;

  test('one that refuses stays found and keeps no other', async () => {
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [...two] });
    ec2.on(DeleteVolumeCommand).rejectsOnce(ec2Error('VolumeInUse')).resolves({});
    const { found, removed } = await result(sweep());
    expect(found).toHaveLength(2);
    expect(removed.map(({ id }) => id)).toEqual(['vol-2']);
  });

  test('throttled at once is a failure', async () => {
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [...two] });
    ec2.on(DeleteVolumeCommand).rejects(ec2Error('RequestLimitExceeded', 503));
    expect((await failure(sweep())).class).toBe('throttled');
    expect(ec2).toHaveReceivedCommandTimes(DeleteVolumeCommand, 1);
  });

  test('throttled later tells what was removed', async () => {
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [...two] });
    ec2.on(DeleteVolumeCommand).resolvesOnce({}).rejects(ec2Error('RequestLimitExceeded', 503));
    const { found, removed } = await result(sweep());
    expect(found).toHaveLength(2);
    expect(removed.map(({ id }) => id)).toEqual(['vol-1']);
  });
});

test('nothing to do is nothing asked', async () => {
  expect(await perform([])).toEqual([]);
  expect(operations()).toEqual([]);
});

test('mixed kinds and effects of another service are bugs of the caller', async () => {
  await expect(perform([create(), deleting(made('volume', 'vol-1'))])).rejects.toThrow('one kind');
  await expect(perform([deleting(made('dbInstance', 'x'))])).rejects.toThrow("no client for 'rds-instance'");
});
