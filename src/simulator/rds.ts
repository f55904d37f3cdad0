import {
  AddTagsToResourceCommand,
  CreateDBSnapshotCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  RemoveTagsFromResourceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { describeDbClusters, describeDbClusterSnapshots } from './db-clusters.ts';
import { describeDbInstances } from './db-reads.ts';
import { restoreFromSnapshot, restoreToPointInTime } from './db-restore.ts';
import { describeDbSnapshots } from './db-snapshot-reads.ts';
import { createDbSnapshot, deleteDbSnapshot } from './db-snapshot-writes.ts';
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from './db-tags.ts';
import { deleteDbInstance, modifyDbInstance } from './db-writes.ts';
import { rdsFailure } from './failures.ts';
import { operation } from './operation.ts';
import type { ServiceDefinition } from './service.ts';

/** The operations of RDS that recovery needs. */
export const RDS_SERVICE: ServiceDefinition = {
  operations: new Map([
    operation(RestoreDBInstanceFromDBSnapshotCommand, 'RestoreDBInstanceFromDBSnapshot', restoreFromSnapshot),
    operation(RestoreDBInstanceToPointInTimeCommand, 'RestoreDBInstanceToPointInTime', restoreToPointInTime),
    operation(ModifyDBInstanceCommand, 'ModifyDBInstance', modifyDbInstance),
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
    rdsFailure('UnknownOperationException', `The simulated RDS has no operation for ${command}.`),
};
