import type { RunMode } from '../../../src/plan/types.ts';
import { ACCOUNT, type IamRequest } from './request.ts';

type Tags = Readonly<Record<string, string>>;

const REGION = 'us-east-1';
const at = (service: string, resource: string): string =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const snapshot = (id: string): string => `arn:aws:ec2:${REGION}::snapshot/${id}`;
const tagged = (tags: Tags, key = 'aws:ResourceTag'): IamRequest['context'] =>
  Object.fromEntries(Object.entries(tags).map(([name, value]) => [`${key}/${name}`, value]));

/** The tags of what a run of the runbook `orders` made. */
const made = (mode: RunMode): Tags => ({
  'lifeboat:run': 'orders-20261120T0300-1',
  'lifeboat:runbook': 'orders',
  'lifeboat:make': `${mode}/lazy/0.1.1`,
});
const taken = (mode: RunMode, purpose: string): Tags => ({
  'lifeboat:run': 'orders-20261120T0300-1',
  'lifeboat:runbook': 'orders',
  'lifeboat:mode': mode,
  'lifeboat:purpose': purpose,
});
const without = (tags: Tags, key: string): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([name]) => name !== key));
const other = (mode: RunMode): RunMode => (mode === 'drill' ? 'restore' : 'drill');

function request(action: string, resource: string, context: IamRequest['context'] = {}): IamRequest {
  return { action, resource, context };
}

const VOLUME = at('ec2', 'volume/vol-0c3a5e7092b4d6f81');
const PRODUCTION = at('rds', 'db:orders-prod');
const REPLICA = at('rds', 'db:orders-replica');
const MADE = at('rds', 'db:orders-prod-orders-20261120t0300-1');
const ROLE = `arn:aws:iam::${ACCOUNT}:role`;

/** What looks dangerous and is meant: each is allowed, so that the requests below are refused for their own reason and not for a slip in them. */
export function meant(mode: RunMode): Readonly<Record<string, IamRequest>> {
  return {
    'deletes a volume that a run of its mode made': request('ec2:DeleteVolume', VOLUME, tagged(made(mode))),
    'makes a volume with the tags of a run': request(
      'ec2:CreateVolume',
      VOLUME,
      tagged(made(mode), 'aws:RequestTag'),
    ),
    'makes a database with the tags of a run': request(
      'rds:RestoreDBInstanceToPointInTime',
      MADE,
      tagged(made(mode), 'aws:RequestTag'),
    ),
    'deletes a database that a run of its mode made': request(
      'rds:DeleteDBInstance',
      MADE,
      tagged(made(mode)),
    ),
    'changes a database that a run of its mode made': request(
      'rds:ModifyDBInstance',
      MADE,
      tagged(made(mode)),
    ),
    'marks a source with the claim': request('ec2:CreateTags', VOLUME, {
      ...tagged({ 'lifeboat:claim': 'x' }, 'aws:RequestTag'),
      'aws:TagKeys': ['lifeboat:claim'],
    }),
    'switches fast snapshot restore of its own snapshot, in the zone of drills': request(
      'ec2:DisableFastSnapshotRestores',
      snapshot('snap-1'),
      { ...tagged({ app: 'events' }), 'ec2:AvailabilityZone': 'us-east-1b' },
    ),
    'gives a database the role for monitoring': request('iam:PassRole', `${ROLE}/rds-monitoring`, {
      'iam:PassedToService': 'monitoring.rds.amazonaws.com',
    }),
    'decrypts through EBS': request('kms:Decrypt', at('kms', 'key/key-orders'), {
      'kms:ViaService': `ec2.${REGION}.amazonaws.com`,
    }),
  };
}

/** What neither a drill nor a restore may do. */
export function dangers(mode: RunMode): Readonly<Record<string, IamRequest>> {
  const mine = made(mode);
  const makes = (tags: Tags) => request('ec2:CreateVolume', VOLUME, tagged(tags, 'aws:RequestTag'));
  const asIfMade = { ...tagged(mine, 'aws:RequestTag'), 'aws:TagKeys': Object.keys(mine) };
  return {
    'deletes a volume without tags': request('ec2:DeleteVolume', VOLUME),
    'deletes what a run of the other mode made': request(
      'ec2:DeleteVolume',
      VOLUME,
      tagged(made(other(mode))),
    ),
    'deletes what a run of a foreign runbook made': request(
      'ec2:DeleteVolume',
      VOLUME,
      tagged({ ...mine, 'lifeboat:runbook': 'foreign' }),
    ),
    'deletes what a run made in another Region': request(
      'ec2:DeleteVolume',
      VOLUME.replace(REGION, 'us-west-2'),
      tagged(mine),
    ),
    'makes a volume without tags': makes({}),
    'makes a volume without the run tag': makes(without(mine, 'lifeboat:run')),
    'makes a volume for the other mode': makes(made(other(mode))),
    'copies a volume of which no runbook says so': request('ec2:CopyVolumes', VOLUME),
    'makes a database without the run tag': request(
      'rds:RestoreDBInstanceToPointInTime',
      MADE,
      tagged(without(mine, 'lifeboat:run'), 'aws:RequestTag'),
    ),
    'makes a database from a snapshot without the run tag': request(
      'rds:RestoreDBInstanceFromDBSnapshot',
      MADE,
      tagged(without(mine, 'lifeboat:run'), 'aws:RequestTag'),
    ),
    'makes a database under a foreign name': request(
      'rds:RestoreDBInstanceToPointInTime',
      at('rds', 'db:billing'),
      tagged(mine, 'aws:RequestTag'),
    ),
    'gives a volume in production the tags of a run': request('ec2:CreateTags', VOLUME, asIfMade),
    'hides the tags of a run behind a claim': request('ec2:CreateTags', VOLUME, {
      ...asIfMade,
      'aws:TagKeys': ['lifeboat:claim', ...Object.keys(mine)],
    }),
    'gives a database in production the tags of a run': request(
      'rds:AddTagsToResource',
      PRODUCTION,
      asIfMade,
    ),
    'takes tags from a volume': request('ec2:DeleteTags', VOLUME, { 'aws:TagKeys': ['app'] }),
    'takes tags from a database': request('rds:RemoveTagsFromResource', PRODUCTION, {
      'aws:TagKeys': ['app'],
    }),
    'deletes the database in production': request('rds:DeleteDBInstance', PRODUCTION),
    'deletes the database in production, though it has the tags of a run': request(
      'rds:DeleteDBInstance',
      PRODUCTION,
      tagged(mine),
    ),
    'changes the database in production': request('rds:ModifyDBInstance', PRODUCTION),
    'deletes what it promoted': request('rds:DeleteDBInstance', REPLICA),
    'promotes a replica that the deployment does not name': request(
      'rds:PromoteReadReplica',
      at('rds', 'db:billing-replica'),
    ),
    'restarts the database in production': request('rds:RebootDBInstance', PRODUCTION),
    'changes a volume in production': request('ec2:ModifyVolume', VOLUME),
    'attaches a volume in production': request('ec2:AttachVolume', VOLUME),
    'detaches a volume in production': request('ec2:DetachVolume', VOLUME),
    'terminates a machine': request('ec2:TerminateInstances', at('ec2', 'instance/i-1')),
    'deletes a snapshot without tags': request('ec2:DeleteSnapshot', snapshot('snap-1')),
    'deletes evidence': request('ec2:DeleteSnapshot', snapshot('snap-1'), tagged(taken(mode, 'forensics'))),
    'deletes a snapshot of the database in production': request(
      'rds:DeleteDBSnapshot',
      at('rds', 'snapshot:before-the-release'),
    ),
    'shares a snapshot': request('ec2:ModifySnapshotAttribute', snapshot('snap-1')),
    'switches off fast snapshot restore of a foreign snapshot': request(
      'ec2:DisableFastSnapshotRestores',
      snapshot('snap-1'),
      { ...tagged({ app: 'billing' }), 'ec2:AvailabilityZone': 'us-east-1b' },
    ),
    'switches off fast snapshot restore of a snapshot of a foreign volume': request(
      'ec2:DisableFastSnapshotRestores',
      snapshot('snap-1'),
      { 'ec2:ParentVolume': at('ec2', 'volume/vol-foreign'), 'ec2:AvailabilityZone': 'us-east-1b' },
    ),
    'moves traffic by DNS': request('route53:ChangeResourceRecordSets', 'arn:aws:route53:::hostedzone/Z1'),
    'moves traffic by a load balancer': request(
      'elasticloadbalancing:ModifyListener',
      at('elasticloadbalancing', 'listener/app/shop/1/2'),
    ),
    'reads a foreign parameter': request('ssm:GetParameter', at('ssm', 'parameter/billing/password')),
    'reads a foreign secret': request(
      'secretsmanager:GetSecretValue',
      at('secretsmanager', 'secret:billing-AbCdEf'),
    ),
    'overwrites what the command line finds the deployment by': request(
      'ssm:PutParameter',
      at('ssm', 'parameter/lifeboat/deployment'),
    ),
    'passes a foreign role': request('iam:PassRole', `${ROLE}/admin`, {
      'iam:PassedToService': 'monitoring.rds.amazonaws.com',
    }),
    'passes the role for monitoring to something else': request('iam:PassRole', `${ROLE}/rds-monitoring`, {
      'iam:PassedToService': 'ec2.amazonaws.com',
    }),
    'changes a role': request('iam:PutRolePolicy', `${ROLE}/lifeboat`),
    'assumes a role': request('sts:AssumeRole', `${ROLE}/admin`),
    'changes its own code': request('lambda:UpdateFunctionCode', at('lambda', `function:lifeboat-${mode}`)),
    'starts a run of the other mode': request(
      'lambda:InvokeFunction',
      at('lambda', `function:lifeboat-${other(mode)}`),
    ),
    'decrypts by itself': request('kms:Decrypt', at('kms', 'key/key-orders')),
    'shares a key with a stranger': request('kms:CreateGrant', at('kms', 'key/key-orders'), {
      'kms:ViaService': `ec2.${REGION}.amazonaws.com`,
      'kms:GrantIsForAWSResource': 'false',
    }),
    'deletes a key': request('kms:ScheduleKeyDeletion', at('kms', 'key/key-orders')),
    'reads a foreign table': request('dynamodb:GetItem', at('dynamodb', 'table/billing')),
    'writes a foreign table': request('dynamodb:PutItem', at('dynamodb', 'table/billing')),
    'deletes a foreign table': request('dynamodb:DeleteTable', at('dynamodb', 'table/billing')),
    'reads a foreign bucket': request('s3:GetObject', 'arn:aws:s3:::billing/invoice.pdf'),
    'writes a foreign bucket': request('s3:PutObject', 'arn:aws:s3:::billing/invoice.pdf'),
    'publishes to a foreign topic': request('sns:Publish', at('sns', 'billing')),
    'subscribes to a topic': request('sns:Subscribe', at('sns', 'billing')),
    'sends to a foreign queue': request('sqs:SendMessage', at('sqs', 'billing')),
    'deletes logs': request('logs:DeleteLogGroup', at('logs', 'log-group:lifeboat')),
  };
}

/** What a restore may do, and a drill may not. */
export function onlyOfRestores(mode: RunMode): Readonly<Record<string, IamRequest>> {
  return {
    'switches fast snapshot restore in the zone of production': request(
      'ec2:EnableFastSnapshotRestores',
      snapshot('snap-1'),
      { ...tagged({ app: 'events' }), 'ec2:AvailabilityZone': 'us-east-1a' },
    ),
    'makes a database in the network of production': request(
      'rds:RestoreDBInstanceToPointInTime',
      at('rds', 'subgrp:prod'),
      tagged(made(mode), 'aws:RequestTag'),
    ),
    'promotes a replica that the deployment names': request('rds:PromoteReadReplica', REPLICA),
    'gives it the settings of production': request('rds:ModifyDBInstance', REPLICA),
    'takes a snapshot of what it promoted': request(
      'rds:CreateDBSnapshot',
      REPLICA,
      tagged(taken(mode, 'protection'), 'aws:RequestTag'),
    ),
    'gives a database a role': request('rds:AddRoleToDBInstance', MADE, tagged(made(mode))),
    'takes a snapshot': request(
      'ec2:CreateSnapshot',
      snapshot('snap-new'),
      tagged(taken(mode, 'protection'), 'aws:RequestTag'),
    ),
  };
}

/** What no function may do with the deployment itself. */
export function dangersToDeployment(
  own: (type: string, id: RegExp) => string,
): Readonly<Record<string, IamRequest>> {
  const table = own('AWS::DynamoDB::Table', /Journal/);
  const evidence = `${own('AWS::S3::Bucket', /Evidence/)}/orders/report.json`;
  const runbook = `${own('AWS::S3::Bucket', /Runbooks/)}/orders.yaml`;
  return {
    'deletes the journal': request('dynamodb:DeleteTable', table),
    'ends the protection of the journal': request('dynamodb:UpdateTable', table),
    'deletes a report': request('s3:DeleteObject', evidence),
    'deletes a version of a report': request('s3:DeleteObjectVersion', evidence),
    'shortens the retention of a report': request('s3:PutObjectRetention', evidence),
    'bypasses the retention of a report': request('s3:BypassGovernanceRetention', evidence),
    'overwrites a runbook': request('s3:PutObject', runbook),
    'empties the dead-letter queue': request('sqs:PurgeQueue', own('AWS::SQS::Queue', /DeadLetters/)),
    'subscribes to the notices': request('sns:Subscribe', own('AWS::SNS::Topic', /Notices/)),
    'switches off alarms': request(
      'cloudwatch:DisableAlarmActions',
      at('cloudwatch', 'alarm:lifeboat-dead-letters'),
    ),
    'stops an execution': request(
      'lambda:StopDurableExecution',
      at('lambda', 'function:lifeboat-restore:1/durable-execution/orders-1/1'),
    ),
  };
}
