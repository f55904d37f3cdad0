import {
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DeleteVolumeCommand,
  DescribeAvailabilityZonesCommand,
  DescribeFastSnapshotRestoresCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DescribeVolumeStatusCommand,
  DisableFastSnapshotRestoresCommand,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import type { CreateVolumeCommandInput } from '@aws-sdk/client-ec2';
import { clientsOf, refusalOf, type Clients } from '../endpoint/clients.ts';
import { startPeer, type Peer } from './peer.ts';
import type { Seed } from './seed.ts';

const SEED: Seed = {
  volumes: [
    {
      id: 'vol-1',
      sizeGiB: 8,
      type: 'gp3',
      iops: 4_000,
      throughput: 250,
      encrypted: true,
      kmsKeyId: 'key-1',
      createdAt: '2026-02-03T04:05:06Z',
      attachedTo: { instanceId: 'i-1', device: '/dev/sdf' },
      tags: { app: 'events', Name: 'a & <b> "c"' },
    },
  ],
  snapshots: [
    {
      id: 'snap-1',
      volumeId: 'vol-1',
      startedAt: '2026-03-01T00:00:00Z',
      sizeGiB: 8,
      fullSizeBytes: 1_024,
      tags: { a: 'b' },
    },
    { id: 'snap-bad', volumeId: 'vol-1', startedAt: '2026-03-02T00:00:00Z', state: 'error' },
  ],
  instances: [
    { id: 'i-1', type: 'm6i.xlarge', tags: { role: 'db' } },
    { id: 'i-2', type: 'm6i.large', state: 'stopped' },
  ],
};
const ZONE = 'us-east-1a';

let peer: Peer;
let ec2: Clients['ec2'];
beforeEach(async () => {
  peer = await startPeer({ seed: SEED });
  ({ ec2 } = clientsOf(peer.url));
});
afterEach(async () => {
  ec2.destroy();
  await peer.close();
});

const volumes = async (values: readonly string[], name = 'volume-id') =>
  (await ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: name, Values: [...values] }] }))).Volumes ??
  [];

test('a seeded volume is told in full', async () => {
  const { Volumes } = await ec2.send(new DescribeVolumesCommand({}));
  expect(Volumes).toEqual([
    {
      VolumeId: 'vol-1',
      Size: 8,
      SnapshotId: '',
      AvailabilityZone: ZONE,
      State: 'in-use',
      CreateTime: new Date('2026-02-03T04:05:06Z'),
      Attachments: [
        {
          VolumeId: 'vol-1',
          InstanceId: 'i-1',
          Device: '/dev/sdf',
          State: 'attached',
          DeleteOnTermination: false,
        },
      ],
      VolumeType: 'gp3',
      Iops: 4_000,
      Throughput: 250,
      Encrypted: true,
      KmsKeyId: 'key-1',
      MultiAttachEnabled: false,
      Tags: [
        { Key: 'app', Value: 'events' },
        { Key: 'Name', Value: 'a & <b> "c"' },
      ],
    },
  ]);
});

test('a volume is made from a snapshot, found by its tag, and deleted', async () => {
  const made = await ec2.send(
    new CreateVolumeCommand({
      AvailabilityZone: ZONE,
      SnapshotId: 'snap-1',
      Size: 10,
      VolumeType: 'io2',
      Iops: 500,
      VolumeInitializationRate: 200,
      TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'run:id', Value: 'a/b-1' }] }],
    }),
  );
  expect(made).toMatchObject({
    State: 'available',
    Size: 10,
    SnapshotId: 'snap-1',
    Iops: 500,
    VolumeInitializationRate: 200,
  });
  expect(await volumes(['a/b-1'], 'tag:run:id')).toMatchObject([{ VolumeId: made.VolumeId }]);
  expect(await volumes(['a/*'], 'tag:run:id')).toHaveLength(1);
  expect(await volumes(['a/c'], 'tag:run:id')).toEqual([]);
  const status = await ec2.send(new DescribeVolumeStatusCommand({ VolumeIds: [made.VolumeId ?? ''] }));
  expect(status.VolumeStatuses).toMatchObject([
    {
      VolumeId: made.VolumeId,
      InitializationStatusDetails: { InitializationType: 'provisioned-rate', Progress: 100 },
    },
  ]);
  await ec2.send(new DeleteVolumeCommand({ VolumeId: made.VolumeId }));
  expect(await volumes([made.VolumeId ?? ''])).toEqual([]);
});

test('the same client token makes one volume; with other parameters it is refused', async () => {
  const create = (Size: number) =>
    ec2.send(new CreateVolumeCommand({ AvailabilityZone: ZONE, Size, ClientToken: 'token' }));
  const [one, two] = [await create(1), await create(1)];
  expect(two.VolumeId).toBe(one.VolumeId);
  expect(await refusalOf(create(2))).toEqual(['IdempotentParameterMismatch', 400]);
  peer.setQuirks({ ignoresTokens: true });
  expect((await create(1)).VolumeId).not.toBe(one.VolumeId);
  expect(peer.world.volumes.size).toBe(3);
});

const tags = (count: number, length = 1) =>
  Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: 'v'.repeat(length) }));

test.each<[string, CreateVolumeCommandInput, string]>([
  ['an unknown snapshot', { AvailabilityZone: ZONE, SnapshotId: 'snap-x' }, 'InvalidSnapshot.NotFound'],
  ['a snapshot that failed', { AvailabilityZone: ZONE, SnapshotId: 'snap-bad' }, 'IncorrectState'],
  ['too small', { AvailabilityZone: ZONE, SnapshotId: 'snap-1', Size: 4 }, 'InvalidParameterValue'],
  ['no such zone', { AvailabilityZone: 'eu-west-1a', Size: 1 }, 'InvalidZone.NotFound'],
  ['no size', { AvailabilityZone: ZONE }, 'MissingParameter'],
  [
    'IOPS of the wrong type',
    { AvailabilityZone: ZONE, Size: 1, VolumeType: 'gp2', Iops: 100 },
    'InvalidParameterCombination',
  ],
  [
    'a rate without a snapshot',
    { AvailabilityZone: ZONE, Size: 1, VolumeInitializationRate: 100 },
    'InvalidParameterValue',
  ],
  [
    '51 tags',
    { AvailabilityZone: ZONE, Size: 1, TagSpecifications: [{ ResourceType: 'volume', Tags: tags(51) }] },
    'TagLimitExceeded',
  ],
  [
    'a long tag',
    { AvailabilityZone: ZONE, Size: 1, TagSpecifications: [{ ResourceType: 'volume', Tags: tags(1, 257) }] },
    'InvalidParameterValue',
  ],
])('CreateVolume refuses %s', async (_, input, code) => {
  expect(await refusalOf(ec2.send(new CreateVolumeCommand(input)))).toEqual([code, 400]);
});

test('missing and attached volumes are refused by id and omitted by filter', async () => {
  const status = ec2.send(new DescribeVolumeStatusCommand({ VolumeIds: ['vol-x'] }));
  expect(await refusalOf(status)).toEqual(['InvalidVolume.NotFound', 400]);
  expect(await refusalOf(ec2.send(new DescribeVolumesCommand({ VolumeIds: ['vol-x'] })))).toEqual([
    'InvalidVolume.NotFound',
    400,
  ]);
  expect(await refusalOf(ec2.send(new DeleteVolumeCommand({ VolumeId: 'vol-1' })))).toEqual([
    'VolumeInUse',
    400,
  ]);
  expect(await volumes(['vol-x'])).toEqual([]);
  expect(await refusalOf(volumes(['x'], 'colour'))).toEqual(['InvalidParameterValue', 400]);
  expect(await refusalOf(volumes(Array.from({ length: 201 }, String)))).toEqual(['FilterLimitExceeded', 400]);
});

test('pages follow each other to the end', async () => {
  for (let index = 0; index < 6; index += 1)
    await ec2.send(new CreateVolumeCommand({ AvailabilityZone: ZONE, Size: 1 }));
  const seen: (string | undefined)[] = [];
  let NextToken: string | undefined;
  let pages = 0;
  do {
    const page = await ec2.send(
      new DescribeVolumesCommand({ MaxResults: 5, ...(NextToken !== undefined && { NextToken }) }),
    );
    seen.push(...(page.Volumes ?? []).map(({ VolumeId }) => VolumeId));
    ({ NextToken } = page);
    pages += 1;
  } while (NextToken !== undefined);
  expect([pages, new Set(seen).size]).toEqual([2, 7]);
});

test('a snapshot is taken of a volume, with its tags, and deleted', async () => {
  const made = await ec2.send(
    new CreateSnapshotCommand({
      VolumeId: 'vol-1',
      Description: 'evidence',
      TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'purpose', Value: 'forensics' }] }],
    }),
  );
  const which = { OwnerIds: ['self'], Filters: [{ Name: 'tag:purpose', Values: ['forensics'] }] };
  const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand(which));
  expect(Snapshots).toMatchObject([
    {
      SnapshotId: made.SnapshotId,
      VolumeId: 'vol-1',
      State: 'completed',
      Progress: '100%',
      VolumeSize: 8,
      Encrypted: true,
      OwnerId: '111111111111',
    },
  ]);
  await ec2.send(new DeleteSnapshotCommand({ SnapshotId: made.SnapshotId }));
  expect(await refusalOf(ec2.send(new DeleteSnapshotCommand({ SnapshotId: made.SnapshotId })))).toEqual([
    'InvalidSnapshot.NotFound',
    400,
  ]);
});

test('snapshots as seeded, and none of other owners', async () => {
  const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
  expect(Snapshots).toMatchObject([
    {
      SnapshotId: 'snap-1',
      StartTime: new Date('2026-03-01T00:00:00Z'),
      FullSnapshotSizeInBytes: 1_024,
      StorageTier: 'standard',
      Tags: [{ Key: 'a', Value: 'b' }],
    },
    { SnapshotId: 'snap-bad', State: 'error' },
  ]);
  const others = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['999999999999'] }));
  expect(others.Snapshots).toEqual([]);
});

test('fast snapshot restore is switched on and off; a volume made meanwhile says so', async () => {
  const which = { SourceSnapshotIds: ['snap-1', 'snap-x'], AvailabilityZones: [ZONE] };
  const on = await ec2.send(new EnableFastSnapshotRestoresCommand(which));
  expect(on.Successful).toMatchObject([{ SnapshotId: 'snap-1', AvailabilityZone: ZONE, State: 'enabled' }]);
  expect(on.Unsuccessful).toMatchObject([
    {
      SnapshotId: 'snap-x',
      FastSnapshotRestoreStateErrors: [
        { AvailabilityZone: ZONE, Error: { Code: 'InvalidSnapshot.NotFound' } },
      ],
    },
  ]);
  const again = await ec2.send(
    new EnableFastSnapshotRestoresCommand({ ...which, SourceSnapshotIds: ['snap-1'] }),
  );
  expect(again.Unsuccessful).toHaveLength(1);
  const made = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: ZONE, SnapshotId: 'snap-1' }));
  expect(made.FastRestored).toBeUndefined();
  expect(await volumes([made.VolumeId ?? ''])).toMatchObject([{ FastRestored: true }]);
  await ec2.send(new DisableFastSnapshotRestoresCommand({ ...which, SourceSnapshotIds: ['snap-1'] }));
  const { FastSnapshotRestores } = await ec2.send(new DescribeFastSnapshotRestoresCommand({}));
  expect(FastSnapshotRestores).toMatchObject([{ SnapshotId: 'snap-1', State: 'disabled' }]);
  const eleven = { ...which, SourceSnapshotIds: Array.from({ length: 11 }, (_, index) => `snap-${index}`) };
  expect(await refusalOf(ec2.send(new EnableFastSnapshotRestoresCommand(eleven)))).toEqual([
    'InvalidRequest',
    400,
  ]);
});

test('instances, their types and the zones', async () => {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
  expect(Reservations?.map(({ Instances }) => Instances?.[0])).toMatchObject([
    {
      InstanceId: 'i-1',
      InstanceType: 'm6i.xlarge',
      Placement: { AvailabilityZone: ZONE },
      State: { Name: 'running' },
      Tags: [{ Key: 'role', Value: 'db' }],
    },
    { InstanceId: 'i-2', State: { Name: 'stopped' } },
  ]);
  const types = await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['m6i.xlarge'] }));
  expect(types.InstanceTypes).toMatchObject([
    { InstanceType: 'm6i.xlarge', EbsInfo: { EbsOptimizedInfo: { BaselineThroughputInMBps: 143.75 } } },
  ]);
  const zones = await ec2.send(
    new DescribeAvailabilityZonesCommand({ Filters: [{ Name: 'zone-type', Values: ['availability-zone'] }] }),
  );
  expect(zones.AvailabilityZones?.map(({ ZoneName }) => ZoneName)).toEqual([ZONE, 'us-east-1b']);
});

test('tags are added, replaced and taken away', async () => {
  const Resources = ['vol-1', 'snap-1'];
  await ec2.send(
    new CreateTagsCommand({
      Resources,
      Tags: [
        { Key: 'app', Value: 'new' },
        { Key: 'more', Value: '' },
      ],
    }),
  );
  expect(peer.world.volumes.get('vol-1')?.tags).toMatchObject({
    app: 'new',
    more: '',
    Name: expect.any(String),
  });
  await ec2.send(
    new DeleteTagsCommand({ Resources, Tags: [{ Key: 'app', Value: 'other' }, { Key: 'more' }] }),
  );
  expect(peer.world.snapshots.get('snap-1')?.tags).toEqual({ a: 'b', app: 'new' });
  const unknown = new CreateTagsCommand({ Resources: ['vol-x'], Tags: [{ Key: 'a', Value: 'b' }] });
  expect(await refusalOf(ec2.send(unknown))).toEqual(['InvalidVolume.NotFound', 400]);
});

test('a dry run says what would be, and changes nothing', async () => {
  const dry = () => ec2.send(new CreateVolumeCommand({ AvailabilityZone: ZONE, Size: 1, DryRun: true }));
  expect(await refusalOf(dry())).toEqual(['DryRunOperation', 412]);
  peer.setQuirks({ faults: [{ does: 'deny', operations: ['CreateVolume'] }] });
  expect(await refusalOf(dry())).toEqual(['UnauthorizedOperation', 403]);
  expect(peer.world.volumes.size).toBe(1);
  expect(peer.requests).toMatchObject([
    {
      operation: 'CreateVolume',
      dryRun: true,
      mutating: false,
      outcome: 'DryRunOperation',
      accessKey: 'AKIDALEX',
    },
    { outcome: 'UnauthorizedOperation' },
  ]);
});
