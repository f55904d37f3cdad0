import {
  CopyVolumesCommand,
  CreateSnapshotCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  DescribeVolumeStatusCommand,
} from '@aws-sdk/client-ec2';
import type { CopyVolumesCommandInput } from '@aws-sdk/client-ec2';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time.ts';
import { inventory, refusal, snapshot, stage } from './support.ts';
import type { Stage } from './support.ts';

const ZONE = 'us-east-1a';
const volume = (id: string, changes: object = {}) => ({
  ...{ id, zone: ZONE, type: 'gp3', sizeGiB: 100, encrypted: true, kmsKeyId: 'key-on' },
  ...changes,
});

/** Seven sources, of which the first holds 60 GiB, and volumes that cannot be copied. */
function account(options: object = {}, changes: object = {}): Stage {
  const sources = Array.from({ length: 7 }, (_, n) => volume(`vol-${n}`, { tags: { app: 'shop' } }));
  return stage({
    inventory: inventory({
      volumes: [
        ...sources,
        volume('vol-open', { encrypted: false, kmsKeyId: undefined }),
        volume('vol-locked', { kmsKeyId: 'key-off' }),
        volume('vol-broken', { state: 'error' }),
        volume('vol-edge', { zone: 'us-east-1-wl1-bos-wlz-1' }),
      ],
      snapshots: [snapshot('snap-0', { volumeId: 'vol-0', fullSizeGiB: 60 })],
      ...changes,
    }),
    ...options,
  });
}

const copy = async ({ world }: Stage, changes: Partial<CopyVolumesCommandInput> = {}) => {
  const input = { SourceVolumeId: 'vol-0', VolumeType: 'gp3', ClientToken: 'one', ...changes } as const;
  return (await world.ec2.send(new CopyVolumesCommand(input))).Volumes?.[0];
};
/** A copy, and its id. */
const copied = async (here: Stage, changes: Partial<CopyVolumesCommandInput> = {}): Promise<string> =>
  (await copy(here, changes))?.VolumeId ?? '';
const truth = ({ world }: Stage, id: string) => world.volumes().find((one) => one.id === id);
const status = async ({ world }: Stage, id: string) =>
  (await world.ec2.send(new DescribeVolumeStatusCommand({ VolumeIds: [id] }))).VolumeStatuses?.[0];

test('a copy is in the zone of its source, has its size, key and data, and not its tags', async () => {
  const here = account();
  const made = await copy(here, {
    TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'run', Value: '1' }] }],
  });
  expect(made).toMatchObject({
    ...{ SourceVolumeId: 'vol-0', AvailabilityZone: ZONE, Size: 100, State: 'creating' },
    ...{ VolumeType: 'gp3', Iops: 3_000, Throughput: 125, Encrypted: true, KmsKeyId: 'key-on' },
    Tags: [{ Key: 'run', Value: '1' }],
  });
  const id = made?.VolumeId ?? '';
  here.wait(5 * MINUTE_MS);
  const { Volumes } = await here.world.ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
  expect(Volumes).toMatchObject([{ State: 'available', SourceVolumeId: 'vol-0' }]);
  expect(truth(here, id)).toMatchObject({ sourceVolumeId: 'vol-0', snapshotId: undefined });
});

test('size, type, IOPS, throughput, key and Multi-Attach can be others; without a type it is gp2', async () => {
  const here = account();
  expect(await copy(here, { VolumeType: undefined })).toMatchObject({ VolumeType: 'gp2', Iops: 300 });
  const asked = {
    VolumeType: 'io2',
    Size: 200,
    Iops: 5_000,
    MultiAttachEnabled: true,
    KmsKeyId: 'key-2',
  } as const;
  expect(await copy(here, { SourceVolumeId: 'vol-1', ClientToken: 'two', ...asked })).toMatchObject(asked);
  const open = { SourceVolumeId: 'vol-open', Throughput: 500, Iops: 4_000 };
  expect(await copy(here, { ...open, ClientToken: 'three' })).toMatchObject({
    Throughput: 500,
    Encrypted: false,
  });
});

test('an unencrypted source can have an encrypted copy, an encrypted one has no other', async () => {
  const here = account();
  const open = { SourceVolumeId: 'vol-open', Encrypted: true };
  expect(await copy(here, open)).toMatchObject({ Encrypted: true });
  expect(await copy(here, { ClientToken: 'two', Encrypted: false })).toMatchObject({ Encrypted: true });
});

test('it loads for hours, shows how far it is, and is usable meanwhile', async () => {
  const here = account();
  const id = await copied(here);
  here.wait(10 * MINUTE_MS);
  const early = await status(here, id);
  expect(early?.InitializationStatusDetails).toMatchObject({ InitializationType: 'volume-copy' });
  expect(early?.InitializationStatusDetails).not.toHaveProperty('EstimatedTimeToCompleteInSeconds');
  expect(early?.VolumeStatus?.Details).toContainEqual({
    Name: 'initialization-state',
    Status: 'initializing',
  });
  expect(truth(here, id)?.state).toBe('available');
  expect(truth(here, id)?.hydration).toBeLessThan(100);
  here.wait(9 * HOUR_MS);
  expect(await status(here, id)).toMatchObject({
    InitializationStatusDetails: { InitializationType: 'volume-copy', Progress: 100 },
  });
});

test('its data are those of the source at that instant: a snapshot of it holds as much', async () => {
  const here = account();
  const id = await copied(here);
  here.wait(DAY_MS);
  const { FullSnapshotSizeInBytes } = await here.world.ec2.send(new CreateSnapshotCommand({ VolumeId: id }));
  expect(FullSnapshotSizeInBytes).toBe(60 * 1024 ** 3);
});

test('a token makes one copy, and is for one request', async () => {
  const here = account();
  const id = await copied(here);
  expect(await copied(here)).toBe(id);
  here.wait(DAY_MS);
  expect(await copied(here)).toBe(id);
  expect((await refusal(copy(here, { Size: 200 }))).name).toBe('IdempotentParameterMismatch');
  const create = new CreateVolumeCommand({ AvailabilityZone: ZONE, Size: 1, ClientToken: 'one' });
  expect((await refusal(here.world.ec2.send(create))).name).toBe('IdempotentParameterMismatch');
  expect(here.world.volumes().filter(({ fromInventory }) => !fromInventory)).toHaveLength(1);
});

test.each<[string, Partial<CopyVolumesCommandInput>, string]>([
  ['a source that is gone', { SourceVolumeId: 'vol-none' }, 'InvalidVolume.NotFound'],
  ['a source in error', { SourceVolumeId: 'vol-broken' }, 'IncorrectState'],
  ['a source in a Wavelength Zone', { SourceVolumeId: 'vol-edge' }, 'InvalidParameterCombination'],
  ['a smaller size', { Size: 99 }, 'InvalidParameterValue'],
  ['an unknown type', { VolumeType: 'gp9' as 'gp3' }, 'InvalidParameterValue'],
  ['too many IOPS', { Iops: 90_000 }, 'InvalidParameterValue'],
  ['io2 without IOPS', { VolumeType: 'io2' }, 'MissingParameter'],
  ['Multi-Attach of gp3', { MultiAttachEnabled: true }, 'InvalidParameterCombination'],
  ['a token of 65 characters', { ClientToken: 'x'.repeat(65) }, 'InvalidParameterValue'],
])('a copy is refused: %s', async (_, changes, code) => {
  const here = account();
  expect((await refusal(copy(here, changes))).name).toBe(code);
  expect(here.world.volumes().every(({ fromInventory }) => fromInventory)).toBe(true);
});

test('a source has one copy in progress; when that is done or deleted it has another', async () => {
  const here = account();
  const first = await copied(here);
  const error = await refusal(copy(here, { ClientToken: 'two' }));
  expect(error.name).toBe('CopyVolumesLimitExceeded');
  expect(error.message).toContain('vol-0');
  here.wait(5 * MINUTE_MS);
  await here.world.ec2.send(new DeleteVolumeCommand({ VolumeId: first }));
  await copy(here, { ClientToken: 'two' });
  here.wait(DAY_MS);
  await copy(here, { ClientToken: 'three' });
});

test('a Region has five in progress', async () => {
  const here = account();
  for (const n of [0, 1, 2, 3, 4]) await copy(here, { SourceVolumeId: `vol-${n}`, ClientToken: `t${n}` });
  expect(await refusal(copy(here, { SourceVolumeId: 'vol-5', ClientToken: 't5' }))).toMatchObject({
    name: 'CopyVolumesLimitExceeded',
    message: expect.stringContaining('5 in-progress volume copies') as string,
  });
  expect(here.world.quotaUsage().find(({ quota }) => quota === 'volumeCopies')).toEqual({
    ...{ quota: 'volumeCopies', limit: 5, used: 5, peak: 5, refused: 1 },
  });
  here.wait(DAY_MS);
  await copy(here, { SourceVolumeId: 'vol-5', ClientToken: 't5' });
});

test('a copy is not copied before it is written, and outlives its source', async () => {
  const here = account();
  const id = await copied(here);
  here.wait(5 * MINUTE_MS);
  const again = { SourceVolumeId: id, ClientToken: 'two' };
  expect((await refusal(copy(here, again))).name).toBe('IncorrectState');
  await here.world.ec2.send(new DeleteVolumeCommand({ VolumeId: 'vol-0' }));
  here.wait(DAY_MS);
  expect(truth(here, id)).toMatchObject({ state: 'available', hydration: 100 });
  await copy(here, again);
});

test('a copy that an inventory says is in progress is one', async () => {
  const copying = volume('vol-copy', { copyingFrom: 'vol-1' });
  const here = account({}, { volumes: [volume('vol-1'), copying] });
  const asked = { SourceVolumeId: 'vol-1', ClientToken: 'two' };
  expect((await refusal(copy(here, asked))).name).toBe('CopyVolumesLimitExceeded');
  const again = { SourceVolumeId: 'vol-copy', ClientToken: 'three' };
  expect((await refusal(copy(here, again))).name).toBe('IncorrectState');
  here.wait(DAY_MS);
  await copy(here, asked);
});

test('copies count against the storage of their type', async () => {
  const here = account({}, { quotas: { storageTiB: { io2: 0.1 } } });
  const asked = { VolumeType: 'io2', Iops: 1_000, Size: 200 } as const;
  expect((await refusal(copy(here, asked))).name).toBe('VolumeLimitExceeded');
});

test('a copy under a disabled key appears and disappears', async () => {
  const here = account();
  const id = await copied(here, { SourceVolumeId: 'vol-locked' });
  here.wait(MINUTE_MS);
  expect(truth(here, id)?.state).toBe('deleted');
});

test('an empty source has a copy that is complete at once', async () => {
  const here = account({}, { snapshots: [snapshot('snap-0', { volumeId: 'vol-0', fullSizeGiB: 0 })] });
  expect(truth(here, await copied(here))?.hydration).toBe(100);
});

test('under storm copies fail as volumes do: without capacity, stuck, in error, vanishing, stalled', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed < 400; seed += 1) {
    const here = account({ seed, faults: 'storm' });
    const made = await copy(here).catch((error: Error) => {
      seen.add(error.name);
      return undefined;
    });
    here.wait(2 * DAY_MS);
    const { state, hydration } = truth(here, made?.VolumeId ?? '') ?? {};
    if (state !== undefined)
      seen.add(state === 'available' ? `${hydration === 100 ? 'whole' : 'stalled'}` : state);
  }
  expect([...seen]).toEqual(
    expect.arrayContaining([
      ...['InsufficientVolumeCapacity', 'RequestLimitExceeded', 'InternalError', 'TimeoutError'],
      ...['creating', 'error', 'deleted', 'stalled', 'whole'],
    ]) as string[],
  );
});

test('a stalled copy keeps its source from another one until it is deleted', async () => {
  for (let seed = 1; seed < 400; seed += 1) {
    const here = account({ seed, faults: 'storm' });
    const made = await copy(here).catch(() => undefined);
    const id = made?.VolumeId ?? '';
    here.wait(2 * DAY_MS);
    if (truth(here, id)?.state !== 'available' || truth(here, id)?.hydration === 100) continue;
    const insist = async (ask: () => Promise<unknown>): Promise<string> => {
      let last = '';
      for (let attempt = 0; attempt < 30 && last !== 'done'; attempt += 1) {
        here.wait(MINUTE_MS);
        last = await ask().then(
          () => 'done',
          (error: Error) => error.name,
        );
        if (last === 'CopyVolumesLimitExceeded') break;
      }
      return last;
    };
    expect(await insist(() => copy(here, { ClientToken: 'two' }))).toBe('CopyVolumesLimitExceeded');
    await insist(() => here.world.ec2.send(new DeleteVolumeCommand({ VolumeId: id })));
    expect(await insist(() => copy(here, { ClientToken: 'two' }))).toBe('done');
    return;
  }
  throw new Error('no seed has a stalled copy');
});
