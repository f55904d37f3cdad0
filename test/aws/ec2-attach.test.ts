import 'aws-sdk-client-mock-jest';
import { AttachVolumeCommand, DescribeVolumesCommand, DetachVolumeCommand } from '@aws-sdk/client-ec2';
import type { Volume, VolumeAttachment } from '@aws-sdk/client-ec2';
import type { VolumeSpec } from '../../src/kinds/specs.ts';
import { attaching, detaching, existing, inspecting, made, watching } from './effects.ts';
import { ec2Error, FOREIGN, MARK, OURS, VOLUME_SPEC } from './fixtures.ts';
import { stageEc2 } from './stages.ts';

const { ec2, perform, observe, result, failure, operations } = stageEc2();
const SPEC = { ...VOLUME_SPEC, attachTo: { instanceId: 'i-1', devices: ['/dev/sdf', '/dev/sdg'] } };
const attach = (copy = 0, spec: VolumeSpec = SPEC) =>
  attaching(made('volume', 'vol-1'), spec, { ...MARK, copy });
const detach = () => detaching(made('attachment', 'vol-1@i-1'), SPEC);
const attachedTo = (InstanceId: string, State: string, Device = '/dev/sdf') =>
  ({ VolumeId: 'vol-1', InstanceId, State, Device }) as VolumeAttachment;
const present = (Attachments: VolumeAttachment[] = [], volume: Volume = {}) =>
  ec2.on(DescribeVolumesCommand).resolves({
    Volumes: [{ VolumeId: 'vol-1', Tags: OURS, Attachments, ...volume }],
  });

beforeEach(() => {
  ec2.on(AttachVolumeCommand).resolves({ State: 'attaching' });
  ec2.on(DetachVolumeCommand).resolves({ State: 'detaching' });
});

describe('attaching', () => {
  test('looks first, and gives each copy its own device', async () => {
    present();
    expect(await result(attach(1))).toEqual({ id: 'vol-1@i-1' });
    expect(operations()).toEqual(['DescribeVolumes', 'AttachVolume']);
    expect(ec2).toHaveReceivedCommandWith(AttachVolumeCommand, {
      ...{ VolumeId: 'vol-1', InstanceId: 'i-1', Device: '/dev/sdg' },
    });
  });

  test.each([
    ['attaching', '/dev/sdf'],
    ['attached', '/dev/xvdf'],
  ])('what is %s as %s already is the result of an earlier request', async (state, device) => {
    present([attachedTo('i-1', state, device)]);
    expect(await result(attach())).toEqual({ id: 'vol-1@i-1' });
    expect(ec2).not.toHaveReceivedCommand(AttachVolumeCommand);
  });

  test.each([
    ['to another instance', attachedTo('i-2', 'attached'), 'invalid'],
    ['as another device', attachedTo('i-1', 'attached', '/dev/sdk'), 'invalid'],
    ['and leaves another instance', attachedTo('i-2', 'detaching'), 'busy'],
    ['and leaves this instance', attachedTo('i-1', 'busy'), 'busy'],
  ])('what is attached %s is not taken from there', async (_how, attachment, expected) => {
    present([attachment]);
    expect(await failure(attach())).toMatchObject({ class: expected, code: 'VolumeInUse' });
    expect(ec2).not.toHaveReceivedCommand(AttachVolumeCommand);
  });

  test('a volume with Multi-Attach may be attached to others as well', async () => {
    present([attachedTo('i-2', 'attached')], { MultiAttachEnabled: true });
    expect(await result(attach())).toEqual({ id: 'vol-1@i-1' });
    expect(ec2).toHaveReceivedCommand(AttachVolumeCommand);
  });

  test('a volume of another run is not attached, and one that no read shows is gone', async () => {
    present([], { Tags: FOREIGN });
    expect(await failure(attach())).toMatchObject({ class: 'denied', code: 'NotOfThisRun' });
    ec2.on(DescribeVolumesCommand).resolves({ Volumes: [] });
    expect(await failure(attach())).toMatchObject({ class: 'gone' });
    expect(ec2).not.toHaveReceivedCommand(AttachVolumeCommand);
  });

  test('a stale read that shows it free is found out by EC2, and looked at again', async () => {
    present();
    ec2.on(AttachVolumeCommand).rejects(ec2Error('VolumeInUse'));
    expect(await failure(attach())).toMatchObject({ class: 'busy' });
  });

  test('by the spec of a volume that is attached to nothing is a bug of the caller', async () => {
    await expect(perform([attach(0, VOLUME_SPEC)])).rejects.toThrow('attaches nothing');
  });
});

describe('detaching', () => {
  test('ends this attachment alone', async () => {
    present([attachedTo('i-2', 'attached'), attachedTo('i-1', 'attached')], { MultiAttachEnabled: true });
    expect(await result(detach())).toEqual({});
    expect(ec2).toHaveReceivedCommandWith(DetachVolumeCommand, { VolumeId: 'vol-1', InstanceId: 'i-1' });
  });

  test.each([
    ['nothing', []],
    ['another attachment', [attachedTo('i-2', 'attached')]],
    ['one on its way out', [attachedTo('i-1', 'detaching')]],
    ['one that was detached', [attachedTo('i-1', 'detached')]],
  ])('with %s left has nothing to do', async (_what, attachments: VolumeAttachment[]) => {
    present(attachments);
    expect(await result(detach())).toEqual({});
    expect(ec2).not.toHaveReceivedCommand(DetachVolumeCommand);
  });

  test.each(['IncorrectState', 'InvalidAttachment.NotFound'])(
    'that EC2 answers with %s is over',
    async (code) => {
      present([attachedTo('i-1', 'attached')]);
      ec2.on(DetachVolumeCommand).rejects(ec2Error(code));
      expect(await result(detach())).toEqual({});
    },
  );

  test('leaves the volume of another run alone', async () => {
    present([attachedTo('i-1', 'attached')], { Tags: FOREIGN });
    expect(await failure(detach())).toMatchObject({ class: 'denied' });
    expect(ec2).not.toHaveReceivedCommand(DetachVolumeCommand);
  });
});

test('an attachment is seen by its volume and instance; what no read shows is no sighting', async () => {
  present([attachedTo('i-1', 'attaching'), attachedTo('i-2', 'busy')]);
  const ids = ['vol-1@i-1', 'vol-1@i-2', 'vol-1@i-3', 'vol-2@i-1'];
  expect(await observe(watching(ids.map((id) => existing('attachment', id))))).toEqual([
    { type: 'attachment', id: 'vol-1@i-1', status: 'attaching' },
    { type: 'attachment', id: 'vol-1@i-2', status: 'busy' },
  ]);
});

test('a comparison misses an attachment that is gone', async () => {
  const asked = { Size: 500, VolumeType: 'gp3' as const };
  const things = [made('volume', 'vol-1'), made('attachment', 'vol-1@i-1')];
  present([], asked);
  expect(await failure(inspecting(things, SPEC))).toMatchObject({ class: 'gone' });
  present([attachedTo('i-1', 'attached')], asked);
  expect(await result(inspecting(things, SPEC))).toEqual({ findings: [] });
});
