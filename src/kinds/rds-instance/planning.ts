import type { Isolation } from '../../runbook/schema.ts';
import type { KindPlanning, PlanMember, PlanningContext, QuotaStates, SubjectParts } from '../planning.ts';
import { configUnknown, keyUnknown, noSnapshot, notIsolated } from '../subject-findings.ts';
import { chooseDbSnapshot, choosePointInTime } from './recovery-points.ts';
import { chooseReplica, promotedRecord, type ReplicaWay } from './replicas.ts';
import type { RdsResource } from './runbook.ts';
import { changedFrom, databaseSpec, versionAt } from './spec.ts';
import type { DbInstanceSpec } from '../specs.ts';
import { pointInTime } from './strategies/point-in-time.ts';
import { promoteReplica } from './strategies/promote-replica.ts';
import { restoreSnapshot } from './strategies/restore-snapshot.ts';
import type { DatabaseWay } from './subject.ts';

const STRATEGIES = [promoteReplica, pointInTime, restoreSnapshot] as const;

export const rdsInstancePlanning: KindPlanning<RdsResource> = {
  subject(member, context): SubjectParts {
    const { index, isolation, mode, policy } = context;
    const { resource, sourceId } = member;
    const target = { resource, mode, isolation };
    const source = index.dbInstance(sourceId);
    const snapshots = index.dbSnapshotsOf(sourceId);
    const { chosen, excluded } = chooseDbSnapshot(snapshots, policy, index);
    const unread = index.whyUnread('DescribeDBSnapshots');
    const instant = choosePointInTime(source, member.gone, policy, index);
    const snapshotWay = (): DatabaseWay => {
      if (chosen === undefined) return { why: noSnapshot(unread) };
      const made = databaseSpec(target, { snapshotId: chosen.copy.id }, source, chosen.copy, index);
      return 'why' in made ? made : { point: chosen.point, spec: made.spec };
    };
    const logsWay = (): DatabaseWay => {
      if ('why' in instant) return instant;
      const made = databaseSpec(
        target,
        { sourceId, restoreTime: instant.point.at },
        source,
        undefined,
        index,
        versionAt(source, snapshots, instant.point.at),
      );
      return 'why' in made ? made : { point: instant.point, spec: made.spec };
    };
    const subject = {
      source,
      readyWhen: resource.readyWhen,
      drill: mode === 'drill',
      fromSnapshot: snapshotWay(),
      fromLogs: logsWay(),
      snapshots,
      fromReplica: replicaWay(member, context),
    };
    const encrypted = source?.encrypted ?? chosen?.copy.encrypted ?? false;
    const kmsKeyId = source?.kmsKeyId ?? chosen?.copy.kmsKeyId;
    return {
      copies: 1,
      hasPoint: chosen !== undefined || 'point' in instant || 'point' in subject.fromReplica,
      excluded,
      ...(unread === undefined ? {} : { unread }),
      findings: [
        ...(source === undefined
          ? [
              configUnknown(
                sourceId,
                'only the settings in its target are applied; the rest are AWS defaults.',
              ),
            ]
          : []),
        ...(encrypted && !index.isKeyKnown(kmsKeyId) ? [keyUnknown(kmsKeyId)] : []),
        ...(mode === 'drill' && !isIsolated(isolation) ? [notIsolated()] : []),
      ],
      findingsOn: ({ spec }) => changedFrom(source, spec as DbInstanceSpec, snapshots),
      propose: (pools) => STRATEGIES.map((strategy) => strategy.propose({ ...subject, pools })),
    };
  },

  quotas({ quotas, dbInstances }, isGone): QuotaStates {
    if (quotas.dbInstances === undefined) return {};
    const used = dbInstances.filter(({ id }) => !isGone(id)).length;
    return { dbInstances: { quota: quotas.dbInstances, used } };
  },
};

function replicaWay(
  { resource, sourceId, gone: isSourceGone }: PlanMember<RdsResource>,
  context: PlanningContext,
): ReplicaWay {
  const { index, isolation, mode, policy, capturedAt, now, gone } = context;
  const source = index.dbInstance(sourceId);
  const choice = chooseReplica({ sourceId, source, isSourceGone, gone, policy, capturedAt, now }, index);
  if ('why' in choice) return choice;
  const record = promotedRecord(choice.replica, source);
  // What decides where an instance is made does not move one that exists.
  const { securityGroups } = resource.target ?? {};
  const target = securityGroups === undefined ? {} : { securityGroups };
  const promoted = { resource: { ...resource, target }, mode, isolation };
  const made = databaseSpec(promoted, { replicaId: choice.replica.id }, record, undefined, index);
  return 'why' in made ? made : { ...choice, spec: made.spec };
}

function isIsolated(isolation: Isolation | undefined): boolean {
  return isolation?.subnetGroup !== undefined || isolation?.securityGroups !== undefined;
}
