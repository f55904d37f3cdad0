import { chooseDbSnapshot, choosePointInTime } from './recovery-points.ts';
import { allows, newerOf } from '../kind.ts';
import type { KindReadiness } from '../kind.ts';

export const rdsInstanceReadiness: KindReadiness = {
  newestPoints:
    (_inventory, index, policy) =>
    ({ resource, sourceId, gone }) => {
      const instant = choosePointInTime(index.dbInstance(sourceId), gone, policy, index);
      const copy = chooseDbSnapshot(index.dbSnapshotsOf(sourceId), policy, index).chosen?.point;
      return newerOf(
        allows(resource, 'point-in-time') && 'point' in instant ? instant.point : undefined,
        allows(resource, 'restore-snapshot') ? copy : undefined,
      );
    },
  examples: () => ({}),
  unproven({ name, spec }, takesSnapshots) {
    if (spec.kind !== 'dbInstance') return [];
    const monitors = (spec.monitoringIntervalSeconds ?? 0) > 0;
    return [
      name === 'promote-replica'
        ? 'rds:PromoteReadReplica'
        : 'snapshotId' in spec.from
          ? 'rds:RestoreDBInstanceFromDBSnapshot'
          : 'rds:RestoreDBInstanceToPointInTime',
      ...['rds:AddTagsToResource', 'rds:DeleteDBInstance'],
      ...(spec.deletionProtection || spec.performanceInsights === true || monitors
        ? ['rds:ModifyDBInstance']
        : []),
      ...(monitors ? ['iam:PassRole'] : []),
      ...(takesSnapshots ? ['rds:CreateDBSnapshot'] : []),
    ];
  },
};
