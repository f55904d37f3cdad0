import type { KindCalls } from '../kind-calls.ts';

export type RdsOperation = 'restoreDbInstance' | 'promoteReplica' | 'configureDbInstance' | 'takeSnapshot';

const READS = ['rds:DescribeDBInstances', 'rds:DescribeDBSnapshots'] as const;

export const rdsInstanceCalls: KindCalls<RdsOperation> = {
  operations: {
    restoreDbInstance: [
      'rds:DescribeDBInstances',
      'rds:RestoreDBInstanceFromDBSnapshot',
      'rds:RestoreDBInstanceToPointInTime',
      'rds:AddTagsToResource',
    ],
    promoteReplica: ['rds:DescribeDBInstances', 'rds:PromoteReadReplica'],
    configureDbInstance: ['rds:DescribeDBInstances', 'rds:ModifyDBInstance'],
    takeSnapshot: [...READS, 'rds:CreateDBSnapshot', 'rds:AddTagsToResource'],
  },
  parts: { databaseRoles: ['rds:AddRoleToDBInstance'], protection: ['rds:DeleteDBSnapshot'] },
  beside: [
    ...READS,
    'rds:ModifyDBInstance',
    'rds:DeleteDBInstance',
    'rds:AddTagsToResource',
    'rds:RemoveTagsFromResource',
  ],
  capture: READS,
};
