import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Functions } from '../constructs/functions.ts';
import type { Notices } from '../constructs/notices.ts';
import { functionArn, LIVE, RUN_FUNCTIONS } from '../names.ts';

/** The parts of the deployment that its functions use. */
export interface Parts {
  readonly table: ITable;
  readonly runbooks: IBucket;
  readonly evidence: IBucket;
  readonly backfills: IBucket;
  readonly notices: Notices;
}

/** What the journal does with its table. */
export const JOURNAL: readonly string[] = ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'].map(
  (name) => `dynamodb:${name}`,
);

/** What the functions may do with the deployment itself. Of the account they get nothing here. */
export function grantDeployment({ drill, restore, start, wake }: Functions, parts: Parts): void {
  for (const { role } of [drill.handler, restore.handler]) mayWriteRuns(role, parts);
  mayKeepBackfills(restore.handler.role, parts);
  for (const { role } of [drill.handler, restore.handler, start]) mayReadAndTell(role, parts);
  const runFunctions = Object.values(RUN_FUNCTIONS);
  allow(
    start.role,
    ['lambda:InvokeFunction'],
    runFunctions.map((name) => functionArn(start, name, LIVE)),
  );
  // Whether an alarm still holds. The action takes no resource.
  allow(start.role, ['cloudwatch:DescribeAlarms'], ['*']);
  allow(wake.role, ['dynamodb:GetItem', 'dynamodb:Query'], [parts.table.tableArn]);
  allow(
    wake.role,
    ['lambda:SendDurableExecutionCallbackSuccess'],
    runFunctions.map((name) => functionArn(wake, name, '*/durable-execution/*/*')),
  );
}

/** The tag of a volume or snapshot says which run an event is about. The action takes no resource. */
export function mayReadTags(): PolicyStatement {
  return new PolicyStatement({ actions: ['ec2:DescribeTags'], resources: ['*'] });
}

/** Reads runbooks, and tells people. */
function mayReadAndTell(role: Role, { runbooks, notices }: Parts): void {
  allow(role, ['s3:GetObject', 's3:GetObjectVersion'], [runbooks.arnForObjects('*')]);
  allow(role, ['s3:ListBucket', 's3:ListBucketVersions'], [runbooks.bucketArn]);
  allow(role, ['sns:Publish'], [notices.topic.topicArn]);
  allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], [notices.key.keyArn]);
}

/** Only restores replay. Without `s3:ListBucket` an object that is missing would look like one that may not be read. */
function mayKeepBackfills(role: Role, { backfills }: Parts): void {
  allow(role, ['s3:GetObject', 's3:PutObject'], [backfills.arnForObjects('backfills/*')]);
  allow(role, ['s3:ListBucket'], [backfills.bucketArn]);
}

/** Reads and writes journals, and adds reports to the evidence. It can neither read nor delete any of those. */
function mayWriteRuns(role: Role, { table, evidence }: Parts): void {
  allow(role, JOURNAL, [table.tableArn]);
  allow(role, ['s3:PutObject'], [evidence.arnForObjects('*')]);
}

function allow(role: Role, actions: readonly string[], resources: readonly string[]): void {
  role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
}
