import {
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeSnapshotsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import type { CreateSnapshotCommandInput, Filter } from '@aws-sdk/client-ec2';
import { MAKING_FAULTS_PER_SOURCE } from '../../src/simulator/index.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { BEGIN, inventory, refusal, snapshot, stage } from './support.ts';
import type { Stage } from './support.ts';

const take = ({ world }: Stage, changes: Partial<CreateSnapshotCommandInput> = {}) =>
  world.ec2.send(
    new CreateSnapshotCommand({
      VolumeId: 'vol-1',
      Description: 'before the restore',
      TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'run', Value: 'r-1' }] }],
      ...changes,
    }),
  );
const remove = ({ world }: Stage, SnapshotId: string) =>
  world.ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
const seen = async ({ world }: Stage, ...Filters: Filter[]) =>
  (await world.ec2.send(new DescribeSnapshotsCommand({ Filters, MaxResults: 100 }))).Snapshots ?? [];
const made = ({ world }: Stage) => world.snapshots().filter(({ fromInventory }) => !fromInventory);

test('a snapshot is pending, and completed when its data has been written', async () => {
  const here = stage();
  const answer = await take(here);
  expect(answer).toMatchObject({
    VolumeId: 'vol-1',
    State: 'pending',
    VolumeSize: 100,
    Encrypted: false,
    Description: 'before the restore',
    StartTime: new Date(BEGIN),
    Tags: [{ Key: 'run', Value: 'r-1' }],
  });
  const id = answer.SnapshotId ?? '';
  const progress: string[] = [];
  for (let minute = 0; minute < 30; minute += 1) {
    here.wait(MINUTE_MS);
    const [shown] = await seen(here, { Name: 'snapshot-id', Values: [id] });
    progress.push(`${shown?.State} ${shown?.Progress}`);
    if (shown?.State === 'completed') break;
  }
  expect(progress[0]).toMatch(/^pending \d\d?%$/);
  expect(progress.at(-1)).toBe('completed 100%');
  const percents = progress.map((text) => Number.parseInt(text.split(' ')[1] ?? '', 10));
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  // 60 GiB (the data of the last snapshot of the volume) at 80 to 200 MiB/s.
  expect(progress.length).toBeGreaterThanOrEqual(5);
  expect(progress.length).toBeLessThanOrEqual(15);
  expect(made(here)).toEqual([
    {
      ...{ id, of: 'vol-1', state: 'completed', tags: { run: 'r-1' } },
      ...{ createdAt: BEGIN, deletedAt: undefined, fromInventory: false },
    },
  ]);
});

test('asked twice it takes two: there is no token', async () => {
  const here = stage();
  const [one, other] = [await take(here), await take(here)];
  expect(one.SnapshotId).not.toBe(other.SnapshotId);
  expect(made(here)).toHaveLength(2);
});

test.each<[string, Filter, number]>([
  ['by tag', { Name: 'tag:run', Values: ['r-1'] }, 2],
  ['by another value', { Name: 'tag:run', Values: ['r-2'] }, 0],
  ['by volume', { Name: 'volume-id', Values: ['vol-1'] }, 9],
  ['by status', { Name: 'status', Values: ['pending'] }, 3],
  ['by description', { Name: 'description', Values: ['before*'] }, 2],
])('describes find snapshots %s', async (_, filter, count) => {
  const here = stage();
  await take(here);
  await take(here);
  here.wait(15 * SECOND_MS);
  expect(await seen(here, filter)).toHaveLength(count);
});

test('describes do not know of a new one at once, and can be asked for it by id only then', async () => {
  const here = stage();
  const { SnapshotId = '' } = await take(here);
  const byId = () => here.world.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }));
  expect((await refusal(byId())).name).toBe('InvalidSnapshot.NotFound');
  here.wait(10 * SECOND_MS);
  expect((await byId()).Snapshots).toHaveLength(1);
});

test('a volume is made from it once it is completed, with its data', async () => {
  const here = stage();
  const { SnapshotId } = await take(here);
  const create = () =>
    here.world.ec2.send(
      new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', SnapshotId, VolumeType: 'gp3' }),
    );
  expect((await refusal(create())).name).toBe('IncorrectState');
  here.wait(HOUR_MS);
  const { VolumeId } = await create();
  here.wait(2 * MINUTE_MS);
  // A restored volume holds what its snapshot held: its own snapshot takes as long.
  const again = await take(here, { VolumeId });
  here.wait(HOUR_MS);
  const [shown] = await seen(here, { Name: 'snapshot-id', Values: [again.SnapshotId ?? ''] });
  expect(shown).toMatchObject({ State: 'completed', FullSnapshotSizeInBytes: 60 * 1024 ** 3 });
});

test.each([
  ['a volume that does not exist', { VolumeId: 'vol-none' }, 'InvalidVolume.NotFound'],
  ['a volume in error', { VolumeId: 'vol-error' }, 'IncorrectState'],
  ['a dry run', { DryRun: true }, 'DryRunOperation'],
  [
    '51 tags',
    {
      TagSpecifications: [
        {
          ResourceType: 'snapshot' as const,
          Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' })),
        },
      ],
    },
    'TagLimitExceeded',
  ],
])('%s is refused, and nothing is taken', async (_, changes, code) => {
  const volume = { id: 'vol-error', zone: 'us-east-1a', type: 'gp3', sizeGiB: 1, state: 'error' };
  const here = stage({ inventory: inventory({ volumes: [...inventory().volumes, volume] }) });
  expect((await refusal(take(here, changes))).name).toBe(code);
  expect(made(here)).toEqual([]);
});

test('with a disabled key it ends in error, and says why', async () => {
  const volume = {
    id: 'vol-2',
    zone: 'us-east-1a',
    type: 'gp3',
    sizeGiB: 1,
    encrypted: true,
    kmsKeyId: 'key-off',
  };
  const here = stage({ inventory: inventory({ volumes: [volume] }) });
  const { SnapshotId = '' } = await take(here, { VolumeId: 'vol-2' });
  here.wait(HOUR_MS);
  const [shown] = await seen(here, { Name: 'snapshot-id', Values: [SnapshotId] });
  expect(shown).toMatchObject({ State: 'error', StateMessage: expect.stringMatching(/./) });
});

test('a deleted snapshot is gone, also while describes still show it', async () => {
  const here = stage();
  const { SnapshotId = '' } = await take(here);
  here.wait(MINUTE_MS);
  await remove(here, SnapshotId);
  expect((await refusal(remove(here, SnapshotId))).name).toBe('InvalidSnapshot.NotFound');
  const input = { SourceSnapshotIds: [SnapshotId], AvailabilityZones: ['us-east-1a'] };
  const { Unsuccessful } = await here.world.ec2.send(new EnableFastSnapshotRestoresCommand(input));
  expect(Unsuccessful?.[0]?.FastSnapshotRestoreStateErrors?.[0]?.Error?.Code).toBe(
    'InvalidSnapshot.NotFound',
  );
  here.wait(15 * SECOND_MS);
  expect(await seen(here, { Name: 'snapshot-id', Values: [SnapshotId] })).toEqual([]);
  expect(made(here)).toMatchObject([{ state: 'deleted', deletedAt: BEGIN + MINUTE_MS }]);
});

test('a snapshot with fast snapshot restore on cannot be deleted', async () => {
  const here = stage();
  const input = { SourceSnapshotIds: ['snap-1'], AvailabilityZones: ['us-east-1b'] };
  await here.world.ec2.send(new EnableFastSnapshotRestoresCommand(input));
  expect((await refusal(remove(here, 'snap-1'))).name).toBe('InvalidSnapshot.InUse');
  await remove(here, 'snap-tib');
});

test('tags of volumes and snapshots come and go; with a value only that value goes', async () => {
  const here = stage();
  const { SnapshotId = '' } = await take(here);
  const both = { Resources: ['vol-1', SnapshotId] };
  const tagsNow = () => [here.world.volumes()[0]?.tags, made(here)[0]?.tags];
  await here.world.ec2.send(new CreateTagsCommand({ ...both, Tags: [{ Key: 'a', Value: '1' }] }));
  expect(tagsNow()).toEqual([
    { app: 'events', a: '1' },
    { run: 'r-1', a: '1' },
  ]);
  const kept = [{ Key: 'a', Value: '2' }, { Key: 'none' }];
  await here.world.ec2.send(new DeleteTagsCommand({ ...both, Tags: kept }));
  await here.world.ec2.send(new DeleteTagsCommand({ ...both, Tags: [{ Key: 'run' }] }));
  expect(tagsNow()).toEqual([{ app: 'events', a: '1' }, { a: '1' }]);
  await here.world.ec2.send(new DeleteTagsCommand({ Resources: ['vol-1'] }));
  expect(tagsNow()).toEqual([{}, { a: '1' }]);
  const unknown = new DeleteTagsCommand({ Resources: ['vol-1', 'snap-none'], Tags: [{ Key: 'a' }] });
  expect((await refusal(here.world.ec2.send(unknown))).name).toBe('InvalidSnapshot.NotFound');
});

test('tags are told by resource, key and value, and an unknown resource is no error', async () => {
  const here = stage();
  const tags = async (filters: Readonly<Record<string, string[]>>) => {
    const Filters = Object.entries(filters).map(([Name, Values]) => ({ Name, Values }));
    const { Tags = [] } = await here.world.ec2.send(new DescribeTagsCommand({ Filters }));
    return Tags.map(
      ({ ResourceType, ResourceId, Key, Value }) => `${ResourceType} ${ResourceId} ${Key}=${Value}`,
    );
  };
  const both = ['snapshot snap-1 app=events', 'volume vol-1 app=events'];
  expect((await tags({ key: ['app'] })).sort()).toEqual(both);
  expect((await tags({ 'tag:app': ['ev*'] })).sort()).toEqual(both);
  expect(await tags({ 'resource-id': ['vol-1', 'vol-none'] })).toEqual([both[1]]);
  expect(await tags({ 'resource-type': ['snapshot'], value: ['events'] })).toEqual([both[0]]);
  expect(await tags({ key: ['none'] })).toEqual([]);
});

test('a volume in use stays so, although the inventory does not tell by what', async () => {
  const volume = { id: 'vol-2', zone: 'us-east-1a', type: 'gp3', sizeGiB: 1, state: 'in-use' };
  const here = stage({ inventory: inventory({ volumes: [volume] }) });
  const { Volumes = [] } = await here.world.ec2.send(new DescribeVolumesCommand({ VolumeIds: ['vol-2'] }));
  expect(Volumes).toMatchObject([{ State: 'in-use', Attachments: [] }]);
  const doomed = here.world.ec2.send(new DeleteVolumeCommand({ VolumeId: 'vol-2' }));
  expect((await refusal(doomed)).name).toBe('VolumeInUse');
});

test('under storm some snapshots of a volume fail, three at most', async () => {
  const here = stage({ faults: 'storm', inventory: inventory({ snapshots: [snapshot('snap-1')] }) });
  let taken = 0;
  while (taken < 150) {
    here.wait(10 * SECOND_MS);
    const before = made(here).length;
    await take(here).catch(() => undefined);
    taken += made(here).length - before;
  }
  here.wait(HOUR_MS);
  const failed = made(here).filter(({ state }) => state === 'error');
  expect(failed.length).toBe(MAKING_FAULTS_PER_SOURCE);
});

test('instances have a type for each throughput, and the type tells it', async () => {
  const instances = [
    { id: 'i-1', zone: 'us-east-1a', ebsThroughputMiBps: 1_250 },
    { id: 'i-2', zone: 'us-east-1a', ebsThroughputMiBps: 593 },
    { id: 'i-3', zone: 'us-east-1a', ebsThroughputMiBps: 1_250 },
    { id: 'i-4', zone: 'us-east-1a' },
  ];
  const { world } = stage({ inventory: inventory({ instances, volumes: [] }) });
  const { Reservations = [] } = await world.ec2.send(new DescribeInstancesCommand({ MaxResults: 5 }));
  const types = Reservations.map(({ Instances }) => Instances?.[0]?.InstanceType);
  expect(types[0]).toBe(types[2]);
  expect(new Set(types).size).toBe(3);
  const told = types.flatMap((type) => type ?? []);
  const { InstanceTypes = [] } = await world.ec2.send(
    new DescribeInstanceTypesCommand({ InstanceTypes: [...new Set(told)] }),
  );
  const throughputs = new Map(
    InstanceTypes.map(({ InstanceType, EbsInfo }) => [
      InstanceType,
      EbsInfo?.EbsOptimizedInfo?.BaselineThroughputInMBps,
    ]),
  );
  expect(told.map((type) => throughputs.get(type))).toEqual([1_250, 593, 1_250, undefined]);
  const unknown = new DescribeInstanceTypesCommand({ InstanceTypes: ['m5.large'] });
  expect((await refusal(world.ec2.send(unknown))).name).toBe('InvalidInstanceType');
  const byName = new DescribeInstanceTypesCommand({
    Filters: [{ Name: 'instance-type', Values: ['m5.large'] }],
  });
  expect((await world.ec2.send(byName)).InstanceTypes).toEqual([]);
});
