import { AttachVolumeCommand, DetachVolumeCommand } from '@aws-sdk/client-ec2';
import type { Volume, VolumeAttachment } from '@aws-sdk/client-ec2';
import { attachmentPoint } from '../../facts/ebs.ts';
import { attachmentIds, attachmentKey, type AttachmentIds } from '../../kinds/ebs-volume/attachments.ts';
import type { Answer, EffectOf, Failure } from '../../workflow/base/effects.ts';
import type { ThingSighting } from '../../kinds/course.ts';
import { operating, targetOf, type OperateOrUndo } from '../adapter.ts';
import { answerEach, done, notOfThisRun, notSeen, refused } from '../answers.ts';
import { classify } from '../request-failures.ts';
import { isOfRun } from '../tags.ts';
import { volumeSpecOf, type Ec2Context } from './access.ts';
import { describeVolumes, type Ec2Access } from './reads.ts';

interface Wanted extends AttachmentIds {
  readonly device: string;
}

const LEAVING: ReadonlySet<string> = new Set(['detaching', 'busy']);

/** What of a volume is attached, or on the way, by instance. */
export function attachmentTo(volume: Volume | undefined, instanceId: string): VolumeAttachment | undefined {
  return present(volume).find((one) => one.InstanceId === instanceId);
}

function present(volume: Volume | undefined): readonly VolumeAttachment[] {
  return (volume?.Attachments ?? []).filter(({ State }) => State !== 'detached');
}

/** Attaches volumes that this run made. EC2 has no token for it: the volume tells whether an earlier request was accepted. */
export function attachVolumes(
  aws: Ec2Context,
  effects: readonly OperateOrUndo[],
): Promise<readonly Answer[]> {
  return answerEach(operating(effects), async (effect) => {
    const wanted = wantedBy(effect);
    const { volumeId, instanceId, device } = wanted;
    const attached = { ok: true, result: { id: attachmentKey(wanted) } } as const;
    const [volume] = await describeVolumes(aws, [volumeId]);
    if (volume === undefined) return refused(notSeen('InvalidVolume.NotFound', `volume ${volumeId}`));
    if (!isOfRun(volume.Tags, aws)) return refused(notOfThisRun(`volume ${volumeId}`, aws));
    const found = present(volume);
    const mine = found.find((one) => isAsWanted(one, wanted));
    if (mine !== undefined && !LEAVING.has(mine.State ?? '')) return attached;
    const other = mine ?? obstacleIn(found, wanted, volume.MultiAttachEnabled === true);
    if (other !== undefined) return refused(attachedElsewhere(volumeId, other));
    const command = new AttachVolumeCommand({ VolumeId: volumeId, InstanceId: instanceId, Device: device });
    await aws.call('AttachVolume', () => aws.client.send(command));
    return attached;
  });
}

/** @throws Error where the spec attaches nothing: a bug of the caller */
function wantedBy(effect: EffectOf<'operate'>): Wanted {
  const { attachTo } = volumeSpecOf(effect.spec);
  const device = attachTo?.devices[effect.mark?.copy ?? 0];
  if (attachTo === undefined || device === undefined) throw new Error(`${effect.id} attaches nothing`);
  return { volumeId: targetOf(effect).id, instanceId: attachTo.instanceId, device };
}

/** `/dev/sdf` and `/dev/xvdf` are one. */
function isAsWanted(found: VolumeAttachment, { instanceId, device }: Wanted): boolean {
  const point = (name: string) => attachmentPoint(name) ?? name;
  const isThere = found.Device === undefined || point(found.Device) === point(device);
  return found.InstanceId === instanceId && isThere;
}

/** Only a volume with Multi-Attach may be attached to other instances as well. */
function obstacleIn(
  found: readonly VolumeAttachment[],
  { instanceId }: Wanted,
  isMulti: boolean,
): VolumeAttachment | undefined {
  return found.find((one) => !isMulti || one.InstanceId === instanceId);
}

/** What is being detached passes; an attachment that another user made does not. */
function attachedElsewhere(volumeId: string, { InstanceId, Device, State }: VolumeAttachment): Failure {
  const message = `Volume ${volumeId} is attached to ${InstanceId ?? '?'} as ${Device ?? '?'} (${State ?? '?'}), which this run did not ask for.`;
  return { class: LEAVING.has(State ?? '') ? 'busy' : 'invalid', code: 'VolumeInUse', message };
}

/** Detaches what this run attached; what is detached, or on the way, counts as detached. */
export function detachVolumes(
  aws: Ec2Context,
  effects: readonly OperateOrUndo[],
): Promise<readonly Answer[]> {
  return answerEach(effects, async (effect) => {
    if (effect.type !== 'undo') throw new Error(`'${effect.operation}' reverses an attachment`);
    const { volumeId, instanceId } = attachmentIds(effect.thing.id);
    const [volume] = await describeVolumes(aws, [volumeId]);
    if (volume !== undefined && !isOfRun(volume.Tags, aws))
      return refused(notOfThisRun(`volume ${volumeId}`, aws));
    const attachment = attachmentTo(volume, instanceId);
    if (attachment === undefined || LEAVING.has(attachment.State ?? '')) return done;
    try {
      const command = new DetachVolumeCommand({ VolumeId: volumeId, InstanceId: instanceId });
      await aws.call('DetachVolume', () => aws.client.send(command));
    } catch (error) {
      const { class: name, code } = classify(error);
      if (name !== 'gone' && code !== 'IncorrectState') throw error;
    }
    return done;
  });
}

/** What no read shows is no sighting: reads may be behind. */
export async function observeAttachments(
  aws: Ec2Access,
  ids: readonly string[],
): Promise<readonly ThingSighting[]> {
  const volumes = await describeVolumes(aws, [...new Set(ids.map((id) => attachmentIds(id).volumeId))]);
  return ids.flatMap((id): ThingSighting[] => {
    const { volumeId, instanceId } = attachmentIds(id);
    const found = volumes
      .find(({ VolumeId }) => VolumeId === volumeId)
      ?.Attachments?.find(({ InstanceId }) => InstanceId === instanceId);
    return found === undefined ? [] : [{ type: 'attachment', id, status: found.State ?? 'attaching' }];
  });
}
