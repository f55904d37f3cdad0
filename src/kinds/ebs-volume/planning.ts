import { VOLUME_COPIES_PER_REGION } from '../../facts/ebs.ts';
import type { Inventory, Snapshot } from '../../inventory/schema.ts';
import type {
  KindPlanning,
  PlanMember,
  PlanningContext,
  QuotaState,
  QuotaStates,
  SubjectParts,
} from '../planning.ts';
import type { PoolName } from '../pools.ts';
import type { PointChoice } from '../recovery-points.ts';
import type { VolumeSpec } from '../specs.ts';
import { refuse, type Proposal, type Strategy } from '../strategy.ts';
import { configUnknown, keyUnknown, noSnapshot } from '../subject-findings.ts';
import { attachmentOf } from './attachments.ts';
import { copyWay, isInTheWay } from './copies.ts';
import { chooseSnapshot } from './recovery-points.ts';
import type { EbsResource } from './runbook.ts';
import { volumeSpec } from './spec.ts';
import { fsr } from './strategies/fsr.ts';
import { lazy } from './strategies/lazy.ts';
import { provisionedRate } from './strategies/provisioned-rate.ts';
import { readThrough } from './strategies/read-through.ts';
import { volumeCopy } from './strategies/volume-copy.ts';
import type { VolumeSubject } from './subject.ts';

export const ebsVolumePlanning: KindPlanning<EbsResource> = {
  subject(member, context): SubjectParts {
    const { index, policy, mode } = context;
    const { resource, sourceId } = member;
    const { copies, readyWhen } = resource;
    const source = index.volume(sourceId);
    const { chosen, excluded } = chooseSnapshot(index.snapshotsOf(sourceId), policy, index);
    const unread = index.whyUnread('DescribeSnapshots');
    const restored = snapshotWay(member, context, chosen, noSnapshot(unread));
    const copied = attached(copyWay(member, context, chosen?.copy.fullSizeGiB), member, context);
    const origin = chosen?.copy ?? ('spec' in copied ? copied.spec : undefined);
    const instanceId = resource.target?.attachTo?.instance ?? source?.attachedTo?.instanceId;
    const throughputMiBps =
      instanceId === undefined ? undefined : index.instance(instanceId)?.ebsThroughputMiBps;
    const isReaderKnown = instanceId !== undefined && throughputMiBps !== undefined;
    return {
      copies,
      excluded,
      ...(unread !== undefined && { unread }),
      ...(isReaderKnown && { reader: { instanceId, throughputMiBps } }),
      // Without a snapshot only a strategy that needs none says why it is not possible.
      hasPoint: chosen !== undefined || resource.strategies.includes('volume-copy'),
      findings: [
        ...(source === undefined && chosen !== undefined
          ? [configUnknown(sourceId, 'it is created as gp3, with the size of its snapshot.')]
          : []),
        ...(origin?.encrypted === true && !index.isKeyKnown(origin.kmsKeyId)
          ? [keyUnknown(origin.kmsKeyId)]
          : []),
      ],
      propose: (pools) => {
        const common = { mode, copies, readyWhen, pools };
        const fsrUnread = index.whyUnread('DescribeFastSnapshotRestores');
        const reading = { readerThroughputMiBps: throughputMiBps, fsrUnread };
        const bySnapshot = ({ name, propose }: Strategy<VolumeSubject>): Proposal =>
          'why' in restored ? refuse(name, restored.why) : propose({ ...restored, ...common, ...reading });
        return [
          ...[fsr, provisionedRate].map(bySnapshot),
          volumeCopy.propose({ way: copied, ...common }),
          ...[readThrough, lazy].map(bySnapshot),
        ];
      },
    };
  },

  quotas({ quotas, snapshots, volumes }, isGone): QuotaStates {
    const states: Partial<Record<PoolName, QuotaState>> = {};
    const { fsrSnapshots, provisionedInitMiBps, snapshotCopies, storageTiB = {} } = quotas;
    // AWS's own limit of every account, also where an inventory names none.
    const { volumeCopies = VOLUME_COPIES_PER_REGION } = quotas;
    const inProgress = volumes.filter((volume) => isInTheWay(volume) && !isGone(volume.id));
    states.volumeCopies = { quota: volumeCopies, used: inProgress.length };
    if (fsrSnapshots !== undefined) {
      const used = snapshots.filter(({ fsr: zones }) =>
        zones.some(({ state }) => state !== 'disabled'),
      ).length;
      states.fsrSnapshots = { quota: fsrSnapshots, used };
    }
    if (provisionedInitMiBps !== undefined)
      states.provisionedInitMiBps = { quota: provisionedInitMiBps, used: 0 };
    if (snapshotCopies !== undefined) states.snapshotCopies = { quota: snapshotCopies, used: 0 };
    for (const [type, quota] of Object.entries(storageTiB)) {
      states[`storageTiB.${type}`] = { quota, used: usedGiB(volumes, type, isGone) / 1_024 };
    }
    return states;
  },
};

type Point = PointChoice<Snapshot>['chosen'];
type SnapshotWay = Pick<VolumeSubject, 'snapshot' | 'point' | 'spec'>;

function snapshotWay(
  member: PlanMember<EbsResource>,
  context: PlanningContext,
  chosen: Point,
  whyNone: string,
): SnapshotWay | { readonly why: string } {
  if (chosen === undefined) return { why: whyNone };
  const { copy: snapshot, point } = chosen;
  const { index, mode, isolation } = context;
  const target = { resource: member.resource, mode, isolation };
  const made = volumeSpec(target, snapshot, index.volume(member.sourceId), index);
  return attached('why' in made ? made : { snapshot, point, spec: made.spec }, member, context);
}

/** The same with what it is attached to; or why that is not possible. */
function attached<Way extends { readonly spec: VolumeSpec }>(
  made: Way | { readonly why: string },
  { planId }: PlanMember,
  context: PlanningContext,
): Way | { readonly why: string } {
  if ('why' in made) return made;
  const way = attachmentOf(planId, context);
  if (way === undefined) return made;
  if ('why' in way) return way;
  const instance = context.index.instance(way.instanceId);
  const { zone } = made.spec;
  if (instance !== undefined && instance.zone !== zone)
    return {
      why: `${instance.id} is in ${instance.zone}, and the volume would be in ${zone}: give target.zone`,
    };
  return { ...made, spec: { ...made.spec, attachTo: way } };
}

function usedGiB(volumes: Inventory['volumes'], wanted: string, isGone: (id: string) => boolean): number {
  let gib = 0;
  for (const { id, type, sizeGiB } of volumes) if (type === wanted && !isGone(id)) gib += sizeGiB;
  return gib;
}
