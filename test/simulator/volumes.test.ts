import {
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DescribeVolumeStatusCommand,
  EC2ServiceException,
} from '@aws-sdk/client-ec2';
import type { CreateVolumeCommandInput, DescribeVolumesCommandInput } from '@aws-sdk/client-ec2';
import { MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { BEGIN, inventory, refusal, snapshot, stage } from './support.ts';
import type { Stage } from './support.ts';

const request: CreateVolumeCommandInput = {
  AvailabilityZone: 'us-east-1a',
  VolumeType: 'gp3',
  SnapshotId: 'snap-1',
  ClientToken: 'run-1/events',
  TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'lifeboat:run', Value: 'run-1' }] }],
};

async function create({ world }: Stage, changes: Partial<CreateVolumeCommandInput> = {}): Promise<string> {
  const made = await world.ec2.send(new CreateVolumeCommand({ ...request, ...changes }));
  return made.VolumeId ?? '';
}

async function status({ world }: Stage, id: string) {
  const found = await world.ec2.send(new DescribeVolumeStatusCommand({ VolumeIds: [id] }));
  return found.VolumeStatuses?.[0]?.InitializationStatusDetails;
}

test.each<[string, Partial<CreateVolumeCommandInput>, string]>([
  ['no zone', { AvailabilityZone: undefined }, 'MissingParameter'],
  ['an unknown zone', { AvailabilityZone: 'us-east-1z' }, 'InvalidZone.NotFound'],
  ['zone and zone id', { AvailabilityZoneId: 'use1-az1' }, 'InvalidParameterCombination'],
  ['neither size nor snapshot', { SnapshotId: undefined }, 'MissingParameter'],
  ['a size below the snapshot', { Size: 99 }, 'InvalidParameterValue'],
  ['a size above the type', { VolumeType: 'gp2', Size: 20_000 }, 'InvalidParameterValue'],
  ['iops on gp2', { VolumeType: 'gp2', Iops: 3_000 }, 'InvalidParameterCombination'],
  ['no iops on io2', { VolumeType: 'io2' }, 'MissingParameter'],
  ['too few iops', { Iops: 2_999 }, 'InvalidParameterValue'],
  ['too many iops', { Iops: 80_001, Size: 1_000 }, 'InvalidParameterValue'],
  ['iops over the ratio', { VolumeType: 'io1', Iops: 5_001 }, 'InvalidParameterValue'],
  ['throughput on io2', { VolumeType: 'io2', Iops: 1_000, Throughput: 200 }, 'InvalidParameterCombination'],
  ['throughput over the ratio', { Iops: 3_000, Throughput: 751 }, 'InvalidParameterValue'],
  ['a rate below 100', { VolumeInitializationRate: 99 }, 'InvalidParameterValue'],
  ['a rate above 300', { VolumeInitializationRate: 301 }, 'InvalidParameterValue'],
  [
    'a rate without snapshot',
    { SnapshotId: undefined, Size: 10, VolumeInitializationRate: 100 },
    'InvalidParameterCombination',
  ],
  ['an unknown snapshot', { SnapshotId: 'snap-none' }, 'InvalidSnapshot.NotFound'],
  ['a snapshot of another Region', { SnapshotId: 'snap-elsewhere' }, 'InvalidSnapshot.NotFound'],
  ['a pending snapshot', { SnapshotId: 'snap-pending' }, 'IncorrectState'],
  ['a failed snapshot', { SnapshotId: 'snap-error' }, 'IncorrectState'],
  ['an archived snapshot', { SnapshotId: 'snap-archived' }, 'IncorrectState'],
  ['a token of 65 characters', { ClientToken: 'x'.repeat(65) }, 'InvalidParameterValue'],
  [
    'a reserved tag',
    { TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'aws:x', Value: '' }] }] },
    'InvalidParameterValue',
  ],
  [
    '51 tags',
    {
      TagSpecifications: [
        { ResourceType: 'volume', Tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' })) },
      ],
    },
    'TagLimitExceeded',
  ],
  ['a dry run', { DryRun: true }, 'DryRunOperation'],
])('CreateVolume with %s is refused', async (_, changes, code) => {
  const { world } = stage();
  const error = await refusal(world.ec2.send(new CreateVolumeCommand({ ...request, ...changes })));
  expect(error).toBeInstanceOf(EC2ServiceException);
  expect(error).toMatchObject({ name: code, $fault: 'client' });
  expect(world.volumes()).toHaveLength(1);
});

test('a volume is creating, then available, within a minute', async () => {
  const here = stage();
  const id = await create(here);
  expect(id).toMatch(/^vol-[0-9a-f]{17}$/);
  expect(here.world.volumes().at(-1)).toMatchObject({ id, state: 'creating', fromInventory: false });
  here.wait(MINUTE_MS);
  const found = await here.world.ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
  expect(found.Volumes?.[0]).toMatchObject({
    State: 'available',
    Size: 100,
    Iops: 3_000,
    Throughput: 125,
    SnapshotId: 'snap-1',
    FastRestored: false,
    Tags: [{ Key: 'lifeboat:run', Value: 'run-1' }],
  });
});

test('half of the volumes are available after 20 s, none before 5 s', async () => {
  const here = stage({ seed: 3 });
  for (let number = 0; number < 60; number += 1) await create(here, { ClientToken: `t${number}` });
  const available = () =>
    here.world.volumes().filter(({ state, fromInventory }) => state === 'available' && !fromInventory).length;
  here.wait(5 * SECOND_MS - 1);
  expect(available()).toBe(0);
  here.wait(15 * SECOND_MS + 1);
  expect(available()).toBeGreaterThan(20);
  expect(available()).toBeLessThan(40);
  here.wait(70 * SECOND_MS);
  expect(available()).toBe(60);
});

test('the same client token gives the same volume; other parameters are refused', async () => {
  const here = stage();
  const id = await create(here);
  here.wait(MINUTE_MS);
  expect(await create(here)).toBe(id);
  expect(here.world.volumes()).toHaveLength(2);
  const error = await refusal(create(here, { Size: 200 }));
  expect(error.name).toBe('IdempotentParameterMismatch');
  expect(await create(here, { ClientToken: 'another' })).not.toBe(id);
});

test('a new volume is not seen at once, and fails a describe that names it', async () => {
  const here = stage();
  const id = await create(here);
  const error = await refusal(here.world.ec2.send(new DescribeVolumesCommand({ VolumeIds: ['vol-1', id] })));
  expect(error.name).toBe('InvalidVolume.NotFound');
  expect(error.message).toContain(id);
  expect(error.message).not.toContain("'vol-1'");
  const byFilter = { Filters: [{ Name: 'volume-id', Values: ['vol-1', id] }] };
  expect((await here.world.ec2.send(new DescribeVolumesCommand(byFilter))).Volumes).toHaveLength(1);
  here.wait(10 * SECOND_MS);
  expect((await here.world.ec2.send(new DescribeVolumesCommand(byFilter))).Volumes).toHaveLength(2);
});

test('provisioned initialization takes about data / rate, and is told in steps of five minutes', async () => {
  const here = stage();
  const id = await create(here, { SnapshotId: 'snap-tib', VolumeInitializationRate: 300 });
  const nominalMs = ((1024 * 1024) / 300) * SECOND_MS;
  here.wait(nominalMs / 2);
  const half = here.world.volumes().at(-1)?.hydration ?? 0;
  const wholeMs = (nominalMs / 2 / half) * 100;
  expect(wholeMs / nominalMs).toBeGreaterThan(0.88);
  expect(wholeMs / nominalMs).toBeLessThan(1.13);
  const told = await status(here, id);
  expect(told?.InitializationType).toBe('provisioned-rate');
  expect(told?.Progress).toBeLessThanOrEqual(half);
  expect(told?.Progress).toBeGreaterThanOrEqual(Math.floor(half - ((5 * MINUTE_MS) / wholeMs) * 100));
  expect(told?.EstimatedTimeToCompleteInSeconds).toBeGreaterThanOrEqual(
    Math.floor((wholeMs - nominalMs / 2) / SECOND_MS),
  );
  here.wait(wholeMs - nominalMs / 2 - 1);
  expect(here.world.volumes().at(-1)?.hydration).toBeLessThan(100);
  here.wait(2);
  expect(here.world.volumes().at(-1)?.hydration).toBe(100);
  here.wait(5 * MINUTE_MS);
  expect(await status(here, id)).toMatchObject({ Progress: 100, EstimatedTimeToCompleteInSeconds: 0 });
});

test('a default volume that nobody reads stays at 0', async () => {
  const here = stage();
  const id = await create(here);
  here.wait(24 * 60 * MINUTE_MS);
  expect(await status(here, id)).toEqual({ InitializationType: 'default', Progress: 0 });
});

test('the quota of provisioned initialization is given back when its data would be read, deleted or not', async () => {
  const here = stage({ inventory: inventory({ quotas: { provisionedInitMiBps: 500 } }) });
  const id = await create(here, { VolumeInitializationRate: 300 });
  expect(
    await create(here, { ClientToken: 'b', SnapshotId: 'snap-tib', VolumeInitializationRate: 200 }),
  ).not.toBe('');
  await here.world.ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
  const third = () => create(here, { ClientToken: 'c', VolumeInitializationRate: 300 });
  expect((await refusal(third())).name).toBe('ResourceLimitExceeded');
  const nominalMs = ((60 * 1024) / 300) * SECOND_MS;
  here.wait(nominalMs * 0.88);
  expect((await refusal(third())).name).toBe('ResourceLimitExceeded');
  here.wait(nominalMs * 0.25);
  expect(await third()).not.toBe('');
  expect(here.world.quotaUsage().find(({ quota }) => quota === 'provisionedInitMiBps')).toEqual({
    quota: 'provisionedInitMiBps',
    limit: 500,
    used: 500,
    peak: 500,
    refused: 2,
  });
});

test('a provisioned rate is for zones of the Region, not for a Local Zone', async () => {
  const here = stage({ inventory: inventory({ zones: ['us-east-1a', 'us-east-1-bos-1a'] }) });
  const asked = { AvailabilityZone: 'us-east-1-bos-1a', VolumeInitializationRate: 100 };
  expect(await refusal(create(here, asked))).toMatchObject({ name: 'InvalidParameterCombination' });
  await create(here, { ...asked, VolumeInitializationRate: undefined });
});

test('under storm a provisioned rate also fails for want of capacity to initialize', async () => {
  const messages = new Set<string>();
  for (let seed = 1; seed < 200; seed += 1) {
    const here = stage({ seed, faults: 'storm' });
    const error: unknown = await create(here, { VolumeInitializationRate: 300 }).catch(
      (thrown: unknown) => thrown,
    );
    if (error instanceof Error && error.name === 'InsufficientVolumeCapacity') messages.add(error.message);
  }
  expect([...messages].sort()).toEqual([
    'There is not enough capacity for VolumeInitializationRate 300 MiB/s in us-east-1a.',
    'There is not enough capacity for this volume in us-east-1a.',
  ]);
});

test('the storage quota counts what exists, per type', async () => {
  const here = stage({ inventory: inventory({ quotas: { storageTiB: { gp3: 0.2 } } }) });
  const id = await create(here);
  expect((await refusal(create(here, { ClientToken: 'b' }))).name).toBe('VolumeLimitExceeded');
  await create(here, { ClientToken: 'c', VolumeType: 'gp2' });
  await here.world.ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
  expect(await create(here, { ClientToken: 'd' })).not.toBe('');
});

test('a volume whose key is disabled appears, and vanishes', async () => {
  const here = stage();
  const id = await create(here, { SnapshotId: 'snap-locked' });
  here.wait(11 * SECOND_MS);
  expect(
    (await here.world.ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes?.[0]?.State,
  ).toBe('creating');
  here.wait(MINUTE_MS);
  expect((await refusal(here.world.ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] })))).name).toBe(
    'InvalidVolume.NotFound',
  );
});

test('a deleted volume is deleting, then gone; a second delete finds nothing', async () => {
  const here = stage();
  const id = await create(here);
  here.wait(MINUTE_MS);
  await here.world.ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
  expect(here.world.volumes().at(-1)).toMatchObject({ state: 'deleting', deletedAt: BEGIN + MINUTE_MS });
  expect((await refusal(here.world.ec2.send(new DeleteVolumeCommand({ VolumeId: id })))).name).toBe(
    'InvalidVolume.NotFound',
  );
  here.wait(MINUTE_MS);
  expect(here.world.volumes().at(-1)?.state).toBe('deleted');
  const all = await here.world.ec2.send(new DescribeVolumesCommand({ MaxResults: 500 }));
  expect(all.Volumes?.map(({ VolumeId }) => VolumeId)).toEqual(['vol-1']);
});

test('tags given later are seen after the lag, and found by filter', async () => {
  const here = stage();
  await here.world.ec2.send(
    new CreateTagsCommand({ Resources: ['vol-1', 'snap-1'], Tags: [{ Key: 'owner', Value: 'me' }] }),
  );
  const tagged = async () =>
    (
      await here.world.ec2.send(
        new DescribeVolumesCommand({ Filters: [{ Name: 'tag:owner', Values: ['m*'] }] }),
      )
    ).Volumes ?? [];
  expect(await tagged()).toHaveLength(0);
  here.wait(10 * SECOND_MS);
  expect((await tagged()).map(({ VolumeId }) => VolumeId)).toEqual(['vol-1']);
  const error = await refusal(
    here.world.ec2.send(
      new CreateTagsCommand({ Resources: ['vol-1', 'vol-none'], Tags: [{ Key: 'x', Value: 'y' }] }),
    ),
  );
  expect(error.name).toBe('InvalidVolume.NotFound');
  expect(here.world.volumes()[0]?.tags).toEqual({ app: 'events', owner: 'me' });
});

test('pages hold what was asked for, and deletes between two pages shift nothing', async () => {
  const here = stage();
  const ids: string[] = [];
  for (let number = 0; number < 12; number += 1) ids.push(await create(here, { ClientToken: `t${number}` }));
  here.wait(MINUTE_MS);
  const filters = [{ Name: 'tag-key', Values: ['lifeboat:run'] }];
  const first = await here.world.ec2.send(new DescribeVolumesCommand({ Filters: filters, MaxResults: 5 }));
  await here.world.ec2.send(new DeleteVolumeCommand({ VolumeId: ids[0] }));
  here.wait(MINUTE_MS);
  const second = await here.world.ec2.send(
    new DescribeVolumesCommand({ Filters: filters, MaxResults: 5, NextToken: first.NextToken }),
  );
  const third = await here.world.ec2.send(
    new DescribeVolumesCommand({ Filters: filters, MaxResults: 5, NextToken: second.NextToken }),
  );
  const read = [first, second, third].flatMap(({ Volumes = [] }) => Volumes.map(({ VolumeId }) => VolumeId));
  expect(read).toEqual(ids);
  expect(third.NextToken).toBeUndefined();
});

test.each<[string, DescribeVolumesCommandInput]>([
  ['4 a page', { MaxResults: 4 }],
  ['1,001 a page', { MaxResults: 1_001 }],
  ['a token of its own making', { NextToken: 'nonsense' }],
  ['an unknown filter', { Filters: [{ Name: 'colour', Values: ['red'] }] }],
  ['1,001 ids', { VolumeIds: Array.from({ length: 1_001 }, () => 'vol-1') }],
])('DescribeVolumes with %s is refused', async (_, input) => {
  const { world } = stage();
  expect((await refusal(world.ec2.send(new DescribeVolumesCommand(input)))).name).toBe(
    'InvalidParameterValue',
  );
});

test('a filter takes 200 values, and not one more; a list of ids takes a thousand', async () => {
  const { world } = stage();
  const by = (values: number) =>
    world.ec2.send(
      new DescribeVolumesCommand({
        Filters: [
          { Name: 'volume-id', Values: Array.from({ length: values }, (_, index) => `vol-${index}`) },
        ],
      }),
    );
  expect((await by(200)).Volumes?.map(({ VolumeId }) => VolumeId)).toEqual(['vol-1']);
  expect((await refusal(by(201))).name).toBe('FilterLimitExceeded');
  const ids = Array.from({ length: 1_000 }, () => 'vol-1');
  expect((await world.ec2.send(new DescribeVolumesCommand({ VolumeIds: ids }))).Volumes).toHaveLength(1);
});

test('a thousand volumes from one snapshot keep their own ids', async () => {
  const here = stage({ inventory: inventory({ snapshots: [snapshot('snap-1')] }) });
  for (let number = 0; number < 1_000; number += 1) {
    here.wait(200);
    await create(here, { ClientToken: `t${number}` });
  }
  expect(new Set(here.world.volumes().map(({ id }) => id)).size).toBe(1_001);
});
