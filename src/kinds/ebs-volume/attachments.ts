import { happensIn } from '../drill-rules.ts';
import { attachmentPoint } from '../../facts/ebs.ts';
import type { PlanMember, PlanningContext } from '../planning.ts';
import type { Attachment } from '../specs.ts';
import type { EbsResource } from './runbook.ts';

/** What a volume is attached to, with a device name for each copy; or why that is not possible. */
export type AttachWay = Attachment | { readonly why: string };

export interface AttachmentIds {
  readonly volumeId: string;
  readonly instanceId: string;
}

/** The id of an attachment: a volume with Multi-Attach has several. Never the device: in a Nitro instance it has another name. */
export function attachmentKey({ volumeId, instanceId }: AttachmentIds): string {
  return `${volumeId}@${instanceId}`;
}

/** @throws Error for what is no id of an attachment: a bug of the caller */
export function attachmentIds(key: string): AttachmentIds {
  const [volumeId, instanceId] = key.split('@');
  if (volumeId === undefined || instanceId === undefined) throw new Error(`'${key}' is no attachment`);
  return { volumeId, instanceId };
}

/** In a Nitro instance a volume is an NVMe device whose serial number is the id of the volume without its hyphen. */
export function nvmePath(volumeId: string): string {
  return `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volumeId.replace('-', '')}`;
}

/** Device names that EC2 recommends for volumes with data. */
const DEVICES = [...'fghijklmnop'].map((letter) => `/dev/sd${letter}`);

const known = new WeakMap<PlanningContext, ReadonlyMap<string, AttachWay>>();

/** What a member is attached to; undefined where its runbook attaches nothing, or this drill does not. */
export function attachmentOf(planId: string, context: PlanningContext): AttachWay | undefined {
  let ways = known.get(context);
  if (ways === undefined) {
    ways = attachmentsOf(context);
    known.set(context, ways);
  }
  return ways.get(planId);
}

/**
 * All attachments of a plan, by planned id. A device name belongs to one volume of an instance: a single volume gets the name that the runbook
 * gives; of several the first gets it, and the others the next ones that are free.
 */
function attachmentsOf(context: PlanningContext): ReadonlyMap<string, AttachWay> {
  const ways = new Map<string, AttachWay>();
  const taken = new Map<string, Map<string, string>>();
  for (const member of context.members) {
    const { resource } = member;
    if (resource.type !== 'ebs-volume' || resource.target?.attachTo === undefined) continue;
    // In a drill production's instances are left alone.
    const instanceId = happensIn(context.mode, 'productionInstance')
      ? resource.target.attachTo.instance
      : context.isolation?.instance;
    if (instanceId === undefined) continue;
    const used = taken.get(instanceId) ?? usedBy(instanceId, context);
    taken.set(instanceId, used);
    ways.set(member.planId, attach({ ...member, resource }, instanceId, used, context.mode === 'drill'));
  }
  return ways;
}

/** Attachment points that are in use, and by which volume. */
function usedBy(instanceId: string, { index, gone }: PlanningContext): Map<string, string> {
  const used = new Map<string, string>();
  for (const { id, attachedTo } of index.attachedTo(instanceId)) {
    if (attachedTo !== undefined && !gone.has(id)) used.set(pointOf(attachedTo.device), id);
  }
  return used;
}

/** `/dev/sdf` and `/dev/xvdf` are one. */
function pointOf(device: string): string {
  return attachmentPoint(device) ?? device;
}

function attach(
  { planId, resource }: PlanMember<EbsResource>,
  instanceId: string,
  used: Map<string, string>,
  isDrill: boolean,
): AttachWay {
  const given = resource.target?.attachTo?.device ?? '';
  const { copies } = resource;
  // What exists in a drill's instance is none of the runbook's business.
  const isOneOfMany = isDrill || copies > 1 || typeof resource.source !== 'string';
  const holder = used.get(pointOf(given));
  if (holder !== undefined && !isOneOfMany)
    return { why: `${given} of ${instanceId} is taken by ${holder}: detach that, or give another device` };
  const following = DEVICES.slice(DEVICES.findIndex((device) => pointOf(device) === pointOf(given)) + 1);
  const free = [given, ...following].filter((device) => !used.has(pointOf(device)));
  const devices = free.slice(0, copies);
  if (devices.length < copies)
    return { why: `${instanceId} has too few free device names from ${given} to ${DEVICES.at(-1) ?? ''}` };
  for (const device of devices) used.set(pointOf(device), planId);
  return { instanceId, devices };
}
