import { chooseDbSnapshot, choosePointInTime } from './recovery-points.ts';
import { allows, newerOf } from '../kind.ts';
import type { KindReadiness } from '../kind.ts';
import type { DbInstanceSpec } from '../specs.ts';
import { LOST_PROPERTIES } from './lost.ts';

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
  lost: ({ dbInstances }, sourceId) => {
    const names = dbInstances.find(({ id }) => id === sourceId)?.lost ?? [];
    const replicas = dbInstances.filter(({ replicaOf }) => replicaOf === sourceId);
    return [
      ...names.flatMap((name) => {
        const known = Object.hasOwn(LOST_PROPERTIES, name) ? LOST_PROPERTIES[name] : undefined;
        return known === undefined ? [] : [{ name, label: known.label, next: known.next }];
      }),
      ...replicas.map(({ id }) => ({
        name: 'readReplicas',
        label: `its read replica ${id}, which goes on replicating the source`,
        next: 'After a recovery create replicas of the new instance.',
      })),
    ];
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
      ...(modifies(spec) ? ['rds:ModifyDBInstance'] : []),
      ...((spec.associatedRoles ?? []).length > 0 ? ['rds:AddRoleToDBInstance'] : []),
      ...(monitors || (spec.associatedRoles ?? []).length > 0 ? ['iam:PassRole'] : []),
      ...(takesSnapshots ? ['rds:CreateDBSnapshot'] : []),
    ];
  },
};

/** Whether the spec has a setting that no restore takes. */
function modifies(spec: DbInstanceSpec): boolean {
  return [
    ...[spec.deletionProtection, spec.performanceInsights, spec.managedMasterSecret],
    ...[spec.maintenanceWindow, spec.maxStorageGiB, spec.monitoringIntervalSeconds, spec.databaseInsights],
  ].some((value) => value !== undefined && value !== false && value !== 0);
}
