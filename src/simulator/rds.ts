import {
  AddTagsToResourceCommand,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ListTagsForResourceCommand,
  ModifyDBInstanceCommand,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { describeDbInstances, describeDbSnapshots, listTagsForResource } from './db-reads.ts';
import { restoreFromSnapshot, restoreToPointInTime } from './db-restore.ts';
import { addTagsToResource, deleteDbInstance, modifyDbInstance } from './db-writes.ts';
import { rdsFailure } from './failures.ts';
import { operation } from './operation.ts';
import type { ServiceDefinition } from './service.ts';

/** The operations of RDS that recovery needs. */
export const RDS_SERVICE: ServiceDefinition = {
  operations: new Map([
    operation(
      RestoreDBInstanceFromDBSnapshotCommand,
      'RestoreDBInstanceFromDBSnapshot',
      restoreFromSnapshot,
      (input) => input.DBInstanceIdentifier,
    ),
    operation(
      RestoreDBInstanceToPointInTimeCommand,
      'RestoreDBInstanceToPointInTime',
      restoreToPointInTime,
      (input) => input.TargetDBInstanceIdentifier,
    ),
    operation(
      ModifyDBInstanceCommand,
      'ModifyDBInstance',
      modifyDbInstance,
      (input) => input.DBInstanceIdentifier,
    ),
    operation(
      DeleteDBInstanceCommand,
      'DeleteDBInstance',
      deleteDbInstance,
      (input) => input.DBInstanceIdentifier,
    ),
    operation(DescribeDBInstancesCommand, 'DescribeDBInstances', describeDbInstances),
    operation(DescribeDBSnapshotsCommand, 'DescribeDBSnapshots', describeDbSnapshots),
    operation(
      AddTagsToResourceCommand,
      'AddTagsToResource',
      addTagsToResource,
      (input) => input.ResourceName,
    ),
    operation(ListTagsForResourceCommand, 'ListTagsForResource', listTagsForResource),
  ]),
  throttled: () => rdsFailure('ThrottlingException', 'Rate exceeded'),
  serverError: () => rdsFailure('InternalFailure', 'An internal error has occurred', 500),
  dryRun: () => rdsFailure('InvalidParameterValue', 'RDS has no DryRun.'),
  unknownOperation: (command) =>
    rdsFailure('UnknownOperationException', `The simulated RDS has no operation for ${command}.`),
};
