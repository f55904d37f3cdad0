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
  readonly notices: Notices;
}

const READ_JOURNAL = ['dynamodb:GetItem', 'dynamodb:Query'];
const WRITE_JOURNAL = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];

/** What the functions may do with the deployment itself. Of the account they get nothing here. */
export function grantDeployment({ drill, restore, start, wake }: Functions, parts: Parts): void {
  const roles = [drill.handler, restore.handler, start, wake].map(({ role }) => role);
  for (const role of roles) mayRead(role, parts);
  for (const { handler } of [drill, restore]) mayWriteRuns(handler.role, parts);
  allow(
    start.role,
    ['lambda:InvokeFunction'],
    Object.values(RUN_FUNCTIONS).map((name) => functionArn(start, name, LIVE)),
  );
  // Whether an alarm still holds. The action takes no resource.
  allow(start.role, ['cloudwatch:DescribeAlarms'], ['*']);
  allow(
    wake.role,
    ['lambda:SendDurableExecutionCallbackSuccess'],
    Object.values(RUN_FUNCTIONS).map((name) => functionArn(wake, name, '*/durable-execution/*/*')),
  );
  // The tag of a volume or snapshot says which run an event is about; the API takes no resource.
  allow(wake.role, ['ec2:DescribeTags'], ['*']);
}

/** Reads journals and runbooks, and tells people. */
function mayRead(role: Role, { table, runbooks, notices }: Parts): void {
  allow(role, READ_JOURNAL, [table.tableArn]);
  allow(role, ['s3:GetObject', 's3:GetObjectVersion'], [runbooks.arnForObjects('*')]);
  allow(role, ['s3:ListBucket', 's3:ListBucketVersions'], [runbooks.bucketArn]);
  allow(role, ['sns:Publish'], [notices.topic.topicArn]);
  allow(role, ['kms:Decrypt', 'kms:GenerateDataKey'], [notices.key.keyArn]);
}

/** Writes journals, and adds reports to the evidence. It can neither read nor delete any. */
function mayWriteRuns(role: Role, { table, evidence }: Parts): void {
  allow(role, WRITE_JOURNAL, [table.tableArn]);
  allow(role, ['s3:PutObject'], [evidence.arnForObjects('*')]);
}

function allow(role: Role, actions: readonly string[], resources: readonly string[]): void {
  role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
}
