import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
} from '@aws-sdk/client-ec2';
import type { AttachVolumeCommandInput, DetachVolumeCommandInput } from '@aws-sdk/client-ec2';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../src/time.ts';
import { inventory, refusal, stage } from './support.ts';
import type { Stage } from './support.ts';

const ZONE = 'us-east-1a';
const volume = (id: string, changes: object = {}) => ({
  id,
  zone: ZONE,
  type: 'gp3',
  sizeGiB: 10,
  ...changes,
});
const on = (instanceId: string, device: string) => ({ attachedTo: { instanceId, device } });

/** Volumes that are free, attached and elsewhere; instances in several states. */
function account(volumes: readonly object[] = [], options = {}): Stage {
  return stage({
    inventory: inventory({
      volumes: [
        volume('vol-free'),
        volume('vol-root', on('i-1', '/dev/sda1')),
        volume('vol-data', on('i-1', '/dev/sdf')),
        volume('vol-far', { zone: 'us-east-1b' }),
        volume('vol-new', { state: 'creating' }),
        volume('vol-broken', { state: 'error' }),
        ...volumes,
      ],
      instances: [
        { id: 'i-1', zone: ZONE },
        { id: 'i-2', zone: ZONE, ebsThroughputMiBps: 500 },
        { id: 'i-stopped', zone: ZONE, state: 'stopped' },
        { id: 'i-pending', zone: ZONE, state: 'pending' },
        { id: 'i-gone', zone: ZONE, state: 'terminated' },
      ],
    }),
    ...options,
  });
}

const attach = ({ world }: Stage, changes: Partial<AttachVolumeCommandInput> = {}) =>
  world.ec2.send(
    new AttachVolumeCommand({ VolumeId: 'vol-free', InstanceId: 'i-1', Device: '/dev/sdg', ...changes }),
  );
const detach = ({ world }: Stage, changes: Partial<DetachVolumeCommandInput> = {}) =>
  world.ec2.send(new DetachVolumeCommand({ VolumeId: 'vol-data', ...changes }));
const truth = ({ world }: Stage, id: string) => world.volumes().find((one) => one.id === id);
const shown = async ({ world }: Stage, id: string) =>
  (await world.ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] }))).Volumes?.[0];

/** A volume with Multi-Attach, ready to be attached. */
async function shared(here: Stage): Promise<string> {
  const { VolumeId = '' } = await here.world.ec2.send(
    new CreateVolumeCommand({
      ...{ AvailabilityZone: ZONE, VolumeType: 'io2', Iops: 1_000, Size: 10, MultiAttachEnabled: true },
    }),
  );
  here.wait(5 * MINUTE_MS);
  return VolumeId;
}

test('a volume is attaching for some seconds, then attached', async () => {
  const here = account();
  expect(await attach(here)).toMatchObject({
    ...{ VolumeId: 'vol-free', InstanceId: 'i-1', Device: '/dev/sdg', State: 'attaching' },
    AttachTime: new Date(here.clock.now()),
  });
  expect(truth(here, 'vol-free')).toMatchObject({
    state: 'in-use',
    attachments: [{ instanceId: 'i-1', device: '/dev/sdg', state: 'attaching' }],
  });
  here.wait(MINUTE_MS);
  expect(await shown(here, 'vol-free')).toMatchObject({
    State: 'in-use',
    Attachments: [{ VolumeId: 'vol-free', InstanceId: 'i-1', Device: '/dev/sdg', State: 'attached' }],
  });
});

test('a volume is detaching for some seconds, then available', async () => {
  const here = account();
  expect(await detach(here)).toMatchObject({ InstanceId: 'i-1', Device: '/dev/sdf', State: 'detaching' });
  expect(truth(here, 'vol-data')?.state).toBe('in-use');
  here.wait(MINUTE_MS);
  expect(await shown(here, 'vol-data')).toMatchObject({ State: 'available', Attachments: [] });
  await attach(here, { VolumeId: 'vol-data', InstanceId: 'i-2', Device: '/dev/sdf' });
});

test('an instance shows what is attached to it, its state, its place, and by its type how its devices are named', async () => {
  const here = account();
  await attach(here);
  here.wait(MINUTE_MS);
  const { Reservations = [] } = await here.world.ec2.send(new DescribeInstancesCommand({}));
  const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
  expect(instances[0]).toMatchObject({
    ...{ InstanceId: 'i-1', InstanceType: 'sim.plain', State: { Code: 16, Name: 'running' } },
    ...{ RootDeviceName: '/dev/sda1', Hypervisor: 'xen', Placement: { AvailabilityZone: ZONE } },
    BlockDeviceMappings: [
      { DeviceName: '/dev/sda1', Ebs: { VolumeId: 'vol-root', Status: 'attached' } },
      { DeviceName: '/dev/sdf', Ebs: { VolumeId: 'vol-data', Status: 'attached' } },
      {
        DeviceName: '/dev/sdg',
        Ebs: { VolumeId: 'vol-free', Status: 'attached', DeleteOnTermination: false },
      },
    ],
  });
  expect(instances.map(({ State }) => State?.Code)).toEqual([16, 16, 80, 0, 48]);
  const { InstanceTypes } = await here.world.ec2.send(new DescribeInstanceTypesCommand({}));
  expect(InstanceTypes).toMatchObject([
    {
      ...{ InstanceType: 'sim.plain', Hypervisor: 'nitro' },
      EbsInfo: { NvmeSupport: 'required', MaximumEbsAttachments: 28, AttachmentLimitType: 'shared' },
    },
    { InstanceType: 'sim.ebs500', EbsInfo: { EbsOptimizedInfo: { BaselineThroughputInMBps: 500 } } },
  ]);
});

test('describes of the volume and of the instance may not show the attachment yet', async () => {
  const here = account();
  await attach(here, { InstanceId: 'i-2' });
  const mappings = async () => {
    const asked = new DescribeInstancesCommand({ InstanceIds: ['i-2'] });
    const { Reservations } = await here.world.ec2.send(asked);
    return Reservations?.[0]?.Instances?.[0]?.BlockDeviceMappings;
  };
  expect(await shown(here, 'vol-free')).toMatchObject({ State: 'available', Attachments: [] });
  expect(await mappings()).toEqual([]);
  here.wait(MINUTE_MS);
  expect(await mappings()).toMatchObject([{ Ebs: { VolumeId: 'vol-free' } }]);
});

test.each<[string, Partial<AttachVolumeCommandInput>, string, string]>([
  ['a volume that is gone', { VolumeId: 'vol-none' }, 'InvalidVolume.NotFound', "'vol-none' does not exist"],
  [
    'an instance that is gone',
    { InstanceId: 'i-none' },
    'InvalidInstanceID.NotFound',
    "'i-none' does not exist",
  ],
  [
    'a volume that another instance has',
    { VolumeId: 'vol-data', InstanceId: 'i-2' },
    'VolumeInUse',
    'vol-data is already attached to an instance',
  ],
  ['a volume that it has', { VolumeId: 'vol-data' }, 'VolumeInUse', 'already attached'],
  ['a volume that is being created', { VolumeId: 'vol-new' }, 'IncorrectState', "'available'"],
  ['a volume in error', { VolumeId: 'vol-broken' }, 'IncorrectState', 'error'],
  [
    'a volume of another zone',
    { VolumeId: 'vol-far' },
    'InvalidVolume.ZoneMismatch',
    "The volume 'vol-far' is not in the same availability zone as instance 'i-1'",
  ],
  [
    'an instance that is starting',
    { InstanceId: 'i-pending' },
    'IncorrectState',
    "'i-pending' is not 'running'.",
  ],
  [
    'an instance that is terminated',
    { InstanceId: 'i-gone' },
    'IncorrectState',
    "'i-gone' is not 'running'.",
  ],
  [
    'a device in use',
    { Device: '/dev/sdf' },
    'InvalidParameterValue',
    "Invalid value '/dev/sdf' for unixDevice. Attachment point /dev/sdf is already in use",
  ],
  ['a device in use by its other name', { Device: 'xvdf' }, 'InvalidParameterValue', 'already in use'],
  [
    'the name that the guest has for a device',
    { Device: '/dev/nvme1n1' },
    'InvalidParameterValue',
    'Value (/dev/nvme1n1) for parameter device is invalid. /dev/nvme1n1 is not a valid EBS device name.',
  ],
  ['no device', { Device: '' }, 'MissingParameter', 'device'],
])('attaching is refused: %s', async (_, changes, code, message) => {
  const here = account();
  const before = here.world.volumes();
  const error = await refusal(attach(here, changes));
  expect(error).toMatchObject({ name: code, $metadata: { httpStatusCode: 400 } });
  expect(error.message).toContain(message);
  expect(here.world.volumes()).toEqual(before);
});

test('a stopped instance takes volumes', async () => {
  const here = account();
  await attach(here, { InstanceId: 'i-stopped' });
  here.wait(MINUTE_MS);
  expect(truth(here, 'vol-free')?.attachments).toMatchObject([
    { instanceId: 'i-stopped', state: 'attached' },
  ]);
});

test('an instance takes so many volumes, and one more when one has left', async () => {
  const names = Array.from(
    { length: 27 },
    (_, n) => `/dev/sd${String.fromCharCode(98 + (n % 25))}${n < 25 ? '' : '1'}`,
  );
  const here = account(names.map((device, n) => volume(`vol-${n}`, on('i-2', device))));
  const one = { InstanceId: 'i-2', Device: '/dev/sdz9' };
  expect(await refusal(attach(here, one))).toMatchObject({
    name: 'AttachmentLimitExceeded',
    message: expect.stringContaining('You may attach up to 27 devices for this instance type.') as string,
  });
  await detach(here, { VolumeId: 'vol-3' });
  expect((await refusal(attach(here, one))).name).toBe('AttachmentLimitExceeded');
  here.wait(MINUTE_MS);
  await attach(here, one);
});

test.each<[string, Partial<DetachVolumeCommandInput>, string, string]>([
  ['a volume that is gone', { VolumeId: 'vol-none' }, 'InvalidVolume.NotFound', 'does not exist'],
  [
    'a volume that is not attached',
    { VolumeId: 'vol-free' },
    'IncorrectState',
    "Volume 'vol-free' is in the 'available' state.",
  ],
  ['another instance', { InstanceId: 'i-2' }, 'InvalidAttachment.NotFound', "'vol-data' is not attached"],
  ['another device', { Device: '/dev/sdz' }, 'InvalidAttachment.NotFound', '/dev/sdz'],
  [
    'the root of a running instance',
    { VolumeId: 'vol-root' },
    'OperationNotPermitted',
    "Unable to detach root volume '/dev/sda1' from instance 'i-1'",
  ],
])('detaching is refused: %s', async (_, changes, code, message) => {
  const here = account();
  const error = await refusal(detach(here, changes));
  expect(error.name).toBe(code);
  expect(error.message).toContain(message);
});

test('a repeated detach finds it detaching, later available', async () => {
  const here = account();
  await detach(here);
  expect(await refusal(detach(here))).toMatchObject({ name: 'IncorrectState' });
  here.wait(MINUTE_MS);
  expect((await refusal(detach(here))).message).toBe("Volume 'vol-data' is in the 'available' state.");
});

test('a repeated attach finds the volume in use by the same instance', async () => {
  const here = account();
  await attach(here);
  expect((await refusal(attach(here))).name).toBe('VolumeInUse');
  expect(truth(here, 'vol-free')?.attachments).toHaveLength(1);
});

test('an attached volume is not deleted, also while it is attaching or detaching', async () => {
  const here = account();
  const remove = (VolumeId: string) => here.world.ec2.send(new DeleteVolumeCommand({ VolumeId }));
  await attach(here);
  await detach(here);
  for (const [id, instance] of [
    ['vol-free', 'i-1'],
    ['vol-data', 'i-1'],
  ] as const)
    expect(await refusal(remove(id))).toMatchObject({
      ...{ name: 'VolumeInUse', message: `Volume ${id} is currently attached to ${instance}` },
    });
  here.wait(MINUTE_MS);
  await remove('vol-data');
});

test('with Multi-Attach a volume is on several instances, once on each, and leaves the one that is named', async () => {
  const here = account();
  const id = await shared(here);
  expect(await shown(here, id)).toMatchObject({ MultiAttachEnabled: true });
  await attach(here, { VolumeId: id });
  await attach(here, { VolumeId: id, InstanceId: 'i-2' });
  expect((await refusal(attach(here, { VolumeId: id, Device: '/dev/sdh' }))).name).toBe('VolumeInUse');
  here.wait(MINUTE_MS);
  expect(await shown(here, id)).toMatchObject({
    Attachments: [{ InstanceId: 'i-1' }, { InstanceId: 'i-2' }],
  });
  expect((await refusal(detach(here, { VolumeId: id }))).name).toBe('MissingParameter');
  await detach(here, { VolumeId: id, InstanceId: 'i-1' });
  here.wait(MINUTE_MS);
  expect(truth(here, id)).toMatchObject({ state: 'in-use', attachments: [{ instanceId: 'i-2' }] });
});

test('at most sixteen instances share a volume', async () => {
  const instances = Array.from({ length: 17 }, (_, n) => ({ id: `i-${n}`, zone: ZONE }));
  const here = stage({ inventory: inventory({ volumes: [], instances }) });
  const VolumeId = await shared(here);
  for (const { id } of instances.slice(1)) await attach(here, { VolumeId, InstanceId: id });
  expect((await refusal(attach(here, { VolumeId, InstanceId: 'i-0' }))).name).toBe('AttachmentLimitExceeded');
});

test('other types than io1 and io2 have no Multi-Attach', async () => {
  const here = account();
  const create = new CreateVolumeCommand({
    AvailabilityZone: ZONE,
    VolumeType: 'gp3',
    Size: 10,
    MultiAttachEnabled: true,
  });
  expect((await refusal(here.world.ec2.send(create))).name).toBe('InvalidParameterCombination');
});

test('volumes are found by their instance, device and the state of the attachment', async () => {
  const here = account();
  await attach(here, { InstanceId: 'i-2' });
  await detach(here);
  here.wait(MINUTE_MS);
  const ids = async (Name: string, ...Values: string[]) =>
    (await here.world.ec2.send(new DescribeVolumesCommand({ Filters: [{ Name, Values }] }))).Volumes?.map(
      ({ VolumeId }) => VolumeId,
    );
  expect(await ids('attachment.instance-id', 'i-1', 'i-2')).toEqual(['vol-free', 'vol-root']);
  expect(await ids('attachment.device', '/dev/sdg')).toEqual(['vol-free']);
  expect(await ids('attachment.status', 'attached')).toEqual(['vol-free', 'vol-root']);
  expect(await ids('multi-attach-enabled', 'true')).toEqual([]);
});

/** A world of the storm in which the request was accepted and hangs. */
async function hanging(ask: (here: Stage) => Promise<unknown>, id: string, state: string): Promise<Stage> {
  for (let seed = 1; seed < 400; seed += 1) {
    const here = account([], { seed, faults: 'storm' });
    await ask(here).catch(() => undefined);
    here.wait(DAY_MS);
    if (truth(here, id)?.attachments[0]?.state === state) return here;
  }
  throw new Error(`no seed hangs in ${state}`);
}

/** Chance may refuse a request, not for ever. */
async function insist(here: Stage, ask: () => Promise<unknown>, isDone: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 50 && !isDone(); attempt += 1) {
    await ask().catch(() => undefined);
    here.wait(MINUTE_MS);
  }
  expect(isDone()).toBe(true);
}

test('an attachment may hang; a forced detach frees the volume', async () => {
  const here = await hanging(attach, 'vol-free', 'attaching');
  const isFree = () => truth(here, 'vol-free')?.state === 'available';
  await insist(here, () => detach(here, { VolumeId: 'vol-free', Force: true }), isFree);
});

test('a detachment may stay busy, and is repeated by force alone', async () => {
  const here = await hanging(detach, 'vol-data', 'busy');
  for (let attempt = 0; attempt < 10; attempt += 1) {
    here.wait(SECOND_MS);
    await refusal(detach(here));
  }
  expect(truth(here, 'vol-data')).toMatchObject({ state: 'in-use', attachments: [{ state: 'busy' }] });
  const isFree = () => truth(here, 'vol-data')?.state === 'available';
  await insist(here, () => detach(here, { Force: true }), isFree);
});

test('a lost answer leaves an attachment that was accepted', async () => {
  for (let seed = 1; seed < 100; seed += 1) {
    const here = account([], { seed, faults: 'storm' });
    const error: unknown = await attach(here).catch((thrown: unknown) => thrown);
    if (!(error instanceof Error && /timed out|ECONNRESET/.test(error.message))) continue;
    expect(truth(here, 'vol-free')?.attachments).toHaveLength(1);
    return;
  }
  throw new Error('no seed loses the answer');
});
