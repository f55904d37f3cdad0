import 'aws-sdk-client-mock-jest';
import {
  CopyVolumesCommand,
  CreateVolumeCommand,
  DescribeVolumesCommand,
  DescribeVolumeStatusCommand,
} from '@aws-sdk/client-ec2';
import { copying, existing, inspecting, made, relying, watching } from './effects.ts';
import { ec2Error, MARK, MARK_TAG, OURS, RUN, VOLUME_SPEC, without } from './fixtures.ts';
import { stageEc2 } from './stages.ts';

const { ec2, perform, observe, result, failure, operations } = stageEc2();
const SPEC = { ...without(VOLUME_SPEC, 'snapshotId', 'rateMiBps'), sourceVolumeId: 'vol-1' };
const copy = (spec = SPEC) =>
  copying({ identity: 'token-1', name: 'vol-1-run', resource: 'events', mark: MARK, spec });
const again = (one = copy()) => ({ ...one, attempt: 2 });

describe('a copy', () => {
  test('is asked for with its type, its settings and the tags of the run, and without a zone', async () => {
    ec2.on(CopyVolumesCommand).resolves({ Volumes: [{ VolumeId: 'vol-new', SourceVolumeId: 'vol-1' }] });
    expect(await result(copy())).toEqual({ id: 'vol-new' });
    expect(operations()).toEqual(['CopyVolumes']);
    expect(ec2.commandCalls(CopyVolumesCommand)[0]?.args[0].input).toEqual({
      ...{ SourceVolumeId: 'vol-1', VolumeType: 'gp3', Size: 500, Iops: 6_000, Throughput: 500 },
      ...{ Encrypted: true, KmsKeyId: 'key-1', ClientToken: 'token-1' },
      TagSpecifications: [
        {
          ResourceType: 'volume',
          Tags: [
            { Key: 'lifeboat:run', Value: RUN.runId },
            { Key: 'lifeboat:runbook', Value: 'orders' },
            { Key: 'lifeboat:resource', Value: 'events' },
            { Key: 'lifeboat:identity', Value: 'token-1' },
            { Key: 'lifeboat:make', Value: MARK_TAG },
            { Key: 'Name', Value: 'vol-1-run' },
            { Key: 'app', Value: 'events' },
          ],
        },
      ],
    });
  });

  test('of an unencrypted gp2 volume still names its type', async () => {
    ec2.on(CopyVolumesCommand).resolves({ Volumes: [{ VolumeId: 'vol-new' }] });
    await result(copy({ ...without(SPEC, 'kmsKeyId'), volumeType: 'gp2', encrypted: false }));
    const { TagSpecifications, ...input } = ec2.commandCalls(CopyVolumesCommand)[0]?.args[0].input ?? {};
    expect(TagSpecifications).toHaveLength(1);
    expect(input).toEqual({ SourceVolumeId: 'vol-1', VolumeType: 'gp2', Size: 500, ClientToken: 'token-1' });
  });

  test.each([
    ['CopyVolumesLimitExceeded', 400, 'quota'],
    ['InvalidVolume.NotFound', 400, 'gone'],
    ['IncorrectState', 400, 'busy'],
    ['UnauthorizedOperation', 403, 'denied'],
    ['InvalidAction', 400, 'unsupported'],
  ] as const)('%s is answered as %s', async (code, status, expected) => {
    ec2.on(CopyVolumesCommand).rejects(ec2Error(code, status));
    expect(await failure(copy())).toMatchObject({ class: expected, code });
    expect(ec2).toHaveReceivedCommandTimes(CopyVolumesCommand, 1);
  });

  test('that an earlier request made is found by its token, and not made again', async () => {
    const Tags = [...OURS, { Key: 'lifeboat:identity', Value: 'token-1' }];
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [{ VolumeId: 'vol-new', State: 'creating', Tags }] });
    expect(await result(again())).toEqual({ id: 'vol-new' });
    expect(operations()).toEqual(['DescribeVolumes']);
  });

  test('of which the answer tells no id is not known', async () => {
    ec2.on(CopyVolumesCommand).resolves({ Volumes: [] });
    expect(await failure(copy())).toMatchObject({ class: 'transient', code: 'MalformedAnswer' });
  });

  test('without a source, or by CreateVolume, is a bug of the caller', async () => {
    await expect(perform([copy(VOLUME_SPEC as typeof SPEC)])).rejects.toThrow('a copy needs the volume');
    expect(ec2).not.toHaveReceivedCommand(CreateVolumeCommand);
  });

  test('is loaded as far as its status tells', async () => {
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [{ VolumeId: 'vol-new', State: 'available' }] });
    ec2.on(DescribeVolumeStatusCommand).resolves({
      VolumeStatuses: [
        {
          VolumeId: 'vol-new',
          InitializationStatusDetails: { InitializationType: 'volume-copy', Progress: 40 },
        },
      ],
    });
    const thing = made('volume', 'vol-new');
    expect(await observe(watching([thing], [thing]))).toMatchObject([{ id: 'vol-new', progress: 40 }]);
  });
});

describe('the comparison with the request', () => {
  const actual = {
    ...({ VolumeId: 'vol-new', VolumeType: 'gp3', Size: 500, Iops: 6_000, Throughput: 500 } as const),
    ...{ AvailabilityZone: 'us-east-1a', Encrypted: true, KmsKeyId: 'key-1', SnapshotId: '' },
  };
  const found = async (volume: object, spec = SPEC) => {
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [{ ...actual, ...volume }] });
    const { findings } = await result(inspecting([made('volume', 'vol-new')], spec));
    return findings.map(({ subject, message }) => `${subject} ${message}`);
  };

  test('finds a copy of another volume, and a volume of a snapshot', async () => {
    expect(await found({ SourceVolumeId: 'vol-1' })).toEqual([]);
    expect(await found({})).toEqual([]);
    const property = 'volume vol-new: source volume';
    expect(await found({ SourceVolumeId: 'vol-2' })).toEqual([`${property} is vol-2, not vol-1`]);
    expect(await found({ SnapshotId: 'snap-1' })).toEqual([`${property} is snap-1, not vol-1`]);
  });

  test('finds a copy where a volume of a snapshot was asked for', async () => {
    const spec = without(VOLUME_SPEC, 'rateMiBps') as unknown as typeof SPEC;
    expect(await found({ SnapshotId: 'snap-1' }, spec)).toEqual([]);
    expect(await found({ SourceVolumeId: 'vol-1' }, spec)).toEqual([
      'volume vol-new: snapshot is vol-1, not snap-1',
    ]);
  });
});

describe('before the run its source', () => {
  const findings = async (Volumes: object[]) => {
    ec2.on(DescribeVolumesCommand).resolves({ Volumes });
    return (await result(relying(existing('volume', 'vol-1')))).findings;
  };

  test.each(['available', 'in-use', undefined])('is usable when it is %s', async (State) => {
    expect(await findings([{ VolumeId: 'vol-1', State }])).toEqual([]);
  });

  test.each([
    ['no longer exists', []],
    ['is error: EC2 copies', [{ VolumeId: 'vol-1', State: 'error' }]],
  ])('%s', async (message, volumes) => {
    expect(await findings(volumes)).toMatchObject([
      { subject: 'volume vol-1', code: 'backup-unusable', data: { thing: 'vol-1' } },
    ]);
    expect((await findings(volumes))[0]?.message).toContain(message);
  });
});
