import { DeleteItemCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateSnapshotCommand, CreateTagsCommand, CreateVolumeCommand } from '@aws-sdk/client-ec2';
import { DeleteSnapshotCommand, DeleteTagsCommand, DeleteVolumeCommand } from '@aws-sdk/client-ec2';
import { DescribeFastSnapshotRestoresCommand, DescribeSnapshotsCommand } from '@aws-sdk/client-ec2';
import { DescribeVolumesCommand, DescribeVolumeStatusCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DisableFastSnapshotRestoresCommand, EnableFastSnapshotRestoresCommand } from '@aws-sdk/client-ec2';
import { AddTagsToResourceCommand, CreateDBSnapshotCommand, RDSClient } from '@aws-sdk/client-rds';
import { DeleteDBInstanceCommand, DeleteDBSnapshotCommand } from '@aws-sdk/client-rds';
import { DescribeDBInstancesCommand, DescribeDBSnapshotsCommand } from '@aws-sdk/client-rds';
import { ModifyDBInstanceCommand, RemoveTagsFromResourceCommand } from '@aws-sdk/client-rds';
import { RestoreDBInstanceFromDBSnapshotCommand } from '@aws-sdk/client-rds';
import { RestoreDBInstanceToPointInTimeCommand } from '@aws-sdk/client-rds';
import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { SSMClient } from '@aws-sdk/client-ssm';
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

/** Of the SDK a function that drives a run loads as much: the commands of its executors and of its journal. */
const COMMANDS = [
  ...[DeleteItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand],
  ...[CreateSnapshotCommand, CreateTagsCommand, CreateVolumeCommand],
  ...[DeleteSnapshotCommand, DeleteTagsCommand, DeleteVolumeCommand],
  ...[DescribeFastSnapshotRestoresCommand, DescribeSnapshotsCommand],
  ...[DescribeVolumesCommand, DescribeVolumeStatusCommand],
  ...[DisableFastSnapshotRestoresCommand, EnableFastSnapshotRestoresCommand],
  ...[AddTagsToResourceCommand, CreateDBSnapshotCommand, DeleteDBInstanceCommand, DeleteDBSnapshotCommand],
  ...[DescribeDBInstancesCommand, DescribeDBSnapshotsCommand, ModifyDBInstanceCommand],
  ...[RemoveTagsFromResourceCommand, RestoreDBInstanceFromDBSnapshotCommand],
  ...[RestoreDBInstanceToPointInTimeCommand],
  ...[DeleteParameterCommand, GetParameterCommand, PutParameterCommand],
];

/** A durable function that does nothing but what each one on the same SDKs must: it makes the clients, reads one row, and decides something. */
export const run = withDurableExecution(async (_request: unknown, context) => {
  const [table, ...others] = [DynamoDBClient, EC2Client, RDSClient, SSMClient].map(
    (Client) => new Client({}),
  );
  return context.step('decide', async () => {
    const Key = { pk: { S: 'RUNS' }, sk: { S: 'none' } };
    const command = new GetItemCommand({ TableName: process.env['LIFEBOAT_TABLE'], Key });
    await (table as DynamoDBClient).send(command);
    process.stdout.write(others.length + COMMANDS.length === 0 ? '' : 'decided');
  });
});
