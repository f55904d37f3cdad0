import type { Inventory } from '../../inventory/schema.ts';
import type { InventoryIndex } from '../inventory-index.ts';
import type { KindPlanning, QuotaState, QuotaStates, SubjectParts } from '../planning.ts';
import type { PoolName } from '../pools.ts';
import type { VolumeSpec } from '../specs.ts';
import { refuse } from '../strategy.ts';
import { configUnknown, keyUnknown, noSnapshot } from '../subject-findings.ts';
import { attachmentOf, type AttachWay } from './attachments.ts';
import { chooseSnapshot } from './recovery-points.ts';
import type { EbsResource } from './runbook.ts';
import { volumeSpec } from './spec.ts';
import { fsr } from './strategies/fsr.ts';
import { lazy } from './strategies/lazy.ts';
import { provisionedRate } from './strategies/provisioned-rate.ts';
import { readThrough } from './strategies/read-through.ts';

const STRATEGIES = [fsr, provisionedRate, readThrough, lazy] as const;

export const ebsVolumePlanning: KindPlanning<EbsResource> = {
  subject({ resource, planId, sourceId }, context): SubjectParts {
    const { index, policy, mode, isolation } = context;
    const { copies, readyWhen } = resource;
    const source = index.volume(sourceId);
    const { chosen, excluded } = chooseSnapshot(index.snapshotsOf(sourceId), policy, index);
    const unread = index.whyUnread('DescribeSnapshots');
    const common = { copies, excluded, ...(unread === undefined ? {} : { unread }) };
    const refuseAll = (why: string) => () => STRATEGIES.map(({ name }) => refuse(name, why));
    if (chosen === undefined)
      return { ...common, hasPoint: false, findings: [], propose: refuseAll(noSnapshot(unread)) };
    const { copy: snapshot, point } = chosen;
    const findings = [
      ...(source === undefined
        ? [configUnknown(sourceId, 'it is created as gp3, with the size of its snapshot.')]
        : []),
      ...(snapshot.encrypted && !index.isKeyKnown(snapshot.kmsKeyId) ? [keyUnknown(snapshot.kmsKeyId)] : []),
    ];
    const made = volumeSpec({ resource, mode, isolation }, snapshot, source, index);
    if ('why' in made) return { ...common, hasPoint: true, findings, propose: refuseAll(made.why) };
    const way = attachmentOf(planId, context);
    const whyNot = whyNotAttached(way, made.spec.zone, index);
    if (whyNot !== undefined) return { ...common, hasPoint: true, findings, propose: refuseAll(whyNot) };
    const spec: VolumeSpec =
      way !== undefined && 'devices' in way ? { ...made.spec, attachTo: way } : made.spec;
    const instanceId = resource.target?.attachTo?.instance ?? source?.attachedTo?.instanceId;
    const readerThroughputMiBps =
      instanceId === undefined ? undefined : index.instance(instanceId)?.ebsThroughputMiBps;
    const isReaderKnown = instanceId !== undefined && readerThroughputMiBps !== undefined;
    return {
      ...common,
      ...(isReaderKnown ? { reader: { instanceId, throughputMiBps: readerThroughputMiBps } } : {}),
      hasPoint: true,
      findings,
      propose: (pools) => {
        const reading = { readerThroughputMiBps, fsrUnread: index.whyUnread('DescribeFastSnapshotRestores') };
        const subject = { snapshot, point, spec, mode, copies, readyWhen, pools, ...reading };
        return STRATEGIES.map((strategy) => strategy.propose(subject));
      },
    };
  },

  quotas({ quotas, snapshots, volumes }, isGone): QuotaStates {
    const states: Partial<Record<PoolName, QuotaState>> = {};
    const { fsrSnapshots, provisionedInitMiBps, snapshotCopies, storageTiB = {} } = quotas;
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

function whyNotAttached(way: AttachWay | undefined, zone: string, index: InventoryIndex): string | undefined {
  if (way === undefined) return undefined;
  if ('why' in way) return way.why;
  const instance = index.instance(way.instanceId);
  if (instance === undefined || instance.zone === zone) return undefined;
  return `${instance.id} is in ${instance.zone}, and the volume would be in ${zone}: give target.zone`;
}

function usedGiB(volumes: Inventory['volumes'], wanted: string, isGone: (id: string) => boolean): number {
  let gib = 0;
  for (const { id, type, sizeGiB } of volumes) if (type === wanted && !isGone(id)) gib += sizeGiB;
  return gib;
}
