import { phasesOf } from '../phases.ts';
import type { Count, MakingPlan, PlannedWork } from '../planning.ts';
import type { RunMode } from '../specs.ts';
import type { DbInstanceSpec } from '../specs.ts';
import type { PlannedStrategy } from '../strategy.ts';

/** DescribeDBInstances: records a page. */
const DB_INSTANCES_PER_DESCRIBE = 100;

export const dbInstanceMaking: MakingPlan = {
  protection: 'CreateDBSnapshot',

  countCalls(databases, mode, count, polls): void {
    for (const { strategy } of databases) countMaking(specOf(strategy), mode, count);
    count('DescribeDBInstances', polls(databases, DB_INSTANCES_PER_DESCRIBE, underWay));
    count('DescribeDBInstances', (2 * databases.length) / DB_INSTANCES_PER_DESCRIBE);
  },

  radius(strategy) {
    const { from, storageGiB } = specOf(strategy);
    if ('replicaId' in from) return { changes: [from.replicaId] };
    return {
      dbInstances: 1,
      storageGiB,
      reads: ['snapshotId' in from ? from.snapshotId : from.sourceId],
    };
  },
};

function specOf({ spec }: PlannedStrategy): DbInstanceSpec {
  if (spec.kind !== 'dbInstance') throw new Error(`a ${spec.kind} is no DB instance`);
  return spec;
}

function countMaking(spec: DbInstanceSpec, mode: RunMode, count: Count): void {
  const { from, monitoringIntervalSeconds, performanceInsights } = spec;
  if ('replicaId' in from) {
    for (const operation of ['PromoteReadReplica', 'ModifyDBInstance', 'DescribeDBInstances'])
      count(operation, 1);
    return;
  }
  count('snapshotId' in from ? 'RestoreDBInstanceFromDBSnapshot' : 'RestoreDBInstanceToPointInTime', 1);
  count('snapshotId' in from ? 'DescribeDBSnapshots' : 'DescribeDBInstances', 1);
  if ((monitoringIntervalSeconds ?? 0) > 0 || performanceInsights === true) count('ModifyDBInstance', 1);
  if (mode === 'drill') count('DeleteDBInstance', 1);
}

function underWay({ slot, strategy }: PlannedWork): readonly [number, number] {
  return [slot.startSeconds + phasesOf(strategy).accelerate.p50Seconds, slot.readySeconds];
}
