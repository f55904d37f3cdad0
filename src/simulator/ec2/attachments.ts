import type {
  AttachVolumeCommandInput,
  AttachVolumeCommandOutput,
  DetachVolumeCommandInput,
} from '@aws-sdk/client-ec2';
import {
  attachmentPoint,
  isNitro,
  MULTI_ATTACH_INSTANCES,
  NITRO_ATTACHMENTS,
  XEN_ATTACHMENTS,
} from '../../facts/ebs.ts';
import type { Instant } from '../../time.ts';
import { instanceNotFound, isRootDevice, typeOf } from './instance-reads.ts';
import { ATTACHING_MS, DETACHING_MS } from '../model/rates.ts';
import type { AttachmentRecord, InstanceRecord, VolumeRecord } from '../model/records.ts';
import { attachmentsAt, volumeStateAt } from '../model/volume-timeline.ts';
import type { AttachmentAt } from '../model/volume-timeline.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import type { Call } from '../service/operation.ts';
import type { WorldState } from '../state/state.ts';
import { attachmentShape } from './volume-reads.ts';
import { existingVolume } from './volume-writes.ts';

type Answer = Omit<AttachVolumeCommandOutput, '$metadata'>;

/** Not idempotent: a repeat finds the volume in use, by this instance or another. It may hang in `attaching`. */
export function attachVolume(state: WorldState, input: AttachVolumeCommandInput, call: Call): Answer {
  const { InstanceId: instanceId = '', Device: device = '' } = input;
  if (device === '') throw ec2Failure('MissingParameter', 'The request must contain the parameter device');
  const volume = existingVolume(state, input.VolumeId, call.now);
  const instance = existingInstance(state, instanceId);
  checkVolume(volume, instance, call.now);
  checkInstance(state, instance, device, call.now);
  const key = `attach/${volume.id}/${state.nth(`attach/${volume.id}`)}`;
  const attachment: AttachmentRecord = {
    ...{ instanceId, device, at: call.now },
    attachedAt: state.dice.sticks('hanging', volume.id, key)
      ? null
      : call.now + state.dice.between(ATTACHING_MS, key),
  };
  const others = (volume.attachments ?? []).filter((other) => other.instanceId !== instanceId);
  state.putVolume({ ...volume, attachments: [...others, attachment] }, call.now);
  return attachmentShape(volume.id, { ...attachment, state: 'attaching' });
}

/** An instance that keeps the device busy keeps the volume, until it is forced; so does one on which the attachment hangs. */
export function detachVolume(state: WorldState, input: DetachVolumeCommandInput, call: Call): Answer {
  const volume = existingVolume(state, input.VolumeId, call.now);
  const attachment = attachmentToEnd(volume, input, call.now);
  const isRunning = state.instances.get(attachment.instanceId)?.state === 'running';
  if (isRunning && isRootDevice(attachment.device)) {
    throw ec2Failure(
      'OperationNotPermitted',
      `Unable to detach root volume '${attachment.device}' from instance '${attachment.instanceId}'`,
    );
  }
  const key = `detach/${volume.id}/${state.nth(`detach/${volume.id}`)}`;
  const hangs = input.Force !== true && state.dice.sticks('hanging', volume.id, key);
  const ending: AttachmentRecord = {
    ...{ instanceId: attachment.instanceId, device: attachment.device, at: attachment.at },
    attachedAt: attachment.attachedAt,
    detachingAt: call.now,
    detachedAt: hangs ? null : call.now + state.dice.between(DETACHING_MS, key),
  };
  const attachments = volume.attachments?.map((other) =>
    other.instanceId === ending.instanceId ? ending : other,
  );
  state.putVolume({ ...volume, attachments }, call.now);
  return attachmentShape(volume.id, { ...ending, state: 'detaching' });
}

function existingInstance(state: WorldState, id: string): InstanceRecord {
  const instance = state.instances.get(id);
  if (instance === undefined) throw instanceNotFound(id);
  return instance;
}

function checkVolume(volume: VolumeRecord, instance: InstanceRecord, now: Instant): void {
  const volumeState = volumeStateAt(volume, now);
  const attached = attachmentsAt(volume, now);
  const isTaken =
    volume.multiAttach !== true || attached.some(({ instanceId }) => instanceId === instance.id);
  if (volumeState === 'in-use' && isTaken)
    throw ec2Failure('VolumeInUse', `${volume.id} is already attached to an instance`);
  if (volumeState !== 'available' && volumeState !== 'in-use')
    throw ec2Failure('IncorrectState', `Volume '${volume.id}' is not 'available': ${volumeState}.`);
  if (instance.zone !== volume.zone) {
    throw ec2Failure(
      'InvalidVolume.ZoneMismatch',
      `The volume '${volume.id}' is not in the same availability zone as instance '${instance.id}'`,
    );
  }
  if (volume.multiAttach !== true) return;
  // ? The codes of these two refusals are in no source.
  if (!isNitro(typeOf(instance)))
    throw ec2Failure('InvalidParameterCombination', `Multi-Attach needs a Nitro instance: '${instance.id}'.`);
  if (attached.length >= MULTI_ATTACH_INSTANCES)
    throw ec2Failure('AttachmentLimitExceeded', `${volume.id} is attached to ${attached.length} instances.`);
}

function checkInstance(state: WorldState, instance: InstanceRecord, device: string, now: Instant): void {
  const { id } = instance;
  if (instance.state !== 'running' && instance.state !== 'stopped')
    throw ec2Failure('IncorrectState', `Instance '${id}' is not 'running'.`);
  const point = attachmentPoint(device);
  if (point === undefined) {
    throw ec2Failure(
      'InvalidParameterValue',
      `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`,
    );
  }
  const attached = state.attachedTo(id, now);
  if (attached.some(({ attachment }) => attachmentPoint(attachment.device) === point)) {
    throw ec2Failure(
      'InvalidParameterValue',
      `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
    );
  }
  const most = isNitro(typeOf(instance)) ? NITRO_ATTACHMENTS - 1 : XEN_ATTACHMENTS;
  if (attached.length >= most) {
    throw ec2Failure(
      'AttachmentLimitExceeded',
      `You may attach up to ${most} devices for this instance type. Please use a larger instance size to attach more volumes.`,
    );
  }
}

/** The attachment that a request means: of a volume with Multi-Attach the instance has to be named. */
function attachmentToEnd(volume: VolumeRecord, input: DetachVolumeCommandInput, now: Instant): AttachmentAt {
  const attached = attachmentsAt(volume, now);
  if (attached.length === 0)
    throw ec2Failure(
      'IncorrectState',
      `Volume '${volume.id}' is in the '${volumeStateAt(volume, now)}' state.`,
    );
  if (volume.multiAttach === true && input.InstanceId === undefined)
    throw ec2Failure('MissingParameter', 'The request must contain the parameter instanceId');
  const meant = attached.find(
    ({ instanceId, device }) =>
      instanceId === (input.InstanceId ?? instanceId) &&
      attachmentPoint(device) === attachmentPoint(input.Device ?? device),
  );
  if (meant === undefined) {
    throw ec2Failure(
      'InvalidAttachment.NotFound',
      `Volume '${volume.id}' is not attached to instance '${input.InstanceId ?? ''}' as device '${input.Device ?? ''}'.`,
    );
  }
  const isLeaving = meant.state === 'detaching' || meant.state === 'busy';
  if (isLeaving && input.Force !== true)
    throw ec2Failure('IncorrectState', `Volume '${volume.id}' is in the '${meant.state}' state.`);
  return meant;
}
