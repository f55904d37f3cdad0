import {
  AddRoleToDBInstanceCommand,
  AddTagsToResourceCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  PromoteReadReplicaCommand,
  RebootDBInstanceCommand,
  RemoveTagsFromResourceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { describeDbClusters, describeDbClusterSnapshots } from './clusters.ts';
import { describeDbInstances } from './instance-reads.ts';
import { promoteReadReplica } from './replicas.ts';
import { createDbInstance, restoreFromSnapshot, restoreToPointInTime } from './restore.ts';
import { describeDbSnapshots } from './snapshot-reads.ts';
import { createDbSnapshot, deleteDbSnapshot } from './snapshot-writes.ts';
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from './tags.ts';
import {
  addRoleToDbInstance,
  deleteDbInstance,
  modifyDbInstance,
  rebootDbInstance,
} from './instance-writes.ts';
import { rdsFailure } from '../service/ec2-rds-errors.ts';
import { operation } from '../service/operation.ts';
import type { ServiceDefinition } from '../service/service.ts';

/** The operations of RDS that recovery needs. */
export const RDS_SERVICE: ServiceDefinition = {
  operations: new Map([
    operation(RestoreDBInstanceFromDBSnapshotCommand, 'RestoreDBInstanceFromDBSnapshot', restoreFromSnapshot),
    operation(RestoreDBInstanceToPointInTimeCommand, 'RestoreDBInstanceToPointInTime', restoreToPointInTime),
    operation(CreateDBInstanceCommand, 'CreateDBInstance', createDbInstance),
    operation(ModifyDBInstanceCommand, 'ModifyDBInstance', modifyDbInstance),
    operation(RebootDBInstanceCommand, 'RebootDBInstance', rebootDbInstance),
    operation(PromoteReadReplicaCommand, 'PromoteReadReplica', promoteReadReplica),
    operation(AddRoleToDBInstanceCommand, 'AddRoleToDBInstance', addRoleToDbInstance),
    operation(DeleteDBInstanceCommand, 'DeleteDBInstance', deleteDbInstance),
    operation(DescribeDBInstancesCommand, 'DescribeDBInstances', describeDbInstances),
    operation(DescribeDBSnapshotsCommand, 'DescribeDBSnapshots', describeDbSnapshots),
    operation(CreateDBSnapshotCommand, 'CreateDBSnapshot', createDbSnapshot),
    operation(DeleteDBSnapshotCommand, 'DeleteDBSnapshot', deleteDbSnapshot),
    operation(DescribeDBClustersCommand, 'DescribeDBClusters', describeDbClusters),
    operation(DescribeDBClusterSnapshotsCommand, 'DescribeDBClusterSnapshots', describeDbClusterSnapshots),
    operation(RemoveTagsFromResourceCommand, 'RemoveTagsFromResource', removeTagsFromResource),
    operation(AddTagsToResourceCommand, 'AddTagsToResource', addTagsToResource),
    operation(ListTagsForResourceCommand, 'ListTagsForResource', listTagsForResource),
  ]),
  throttled: () => rdsFailure('ThrottlingException', 'Rate exceeded'),
  serverError: () => rdsFailure('InternalFailure', 'An internal error has occurred', 500),
  dryRun: () => rdsFailure('InvalidParameterValue', 'RDS has no DryRun.'),
  unknownOperation: (command) =>
    rdsFailure('InvalidAction', `The simulated RDS has no operation for ${command}.`),
};
