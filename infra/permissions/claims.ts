import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CLAIM_TAG } from '../../src/tags.ts';
import { allow, arnIn, snapshotArn, type Scope } from './scope.ts';

/** The claim on a runbook: a parameter, and one tag on a source, the only thing that a drill ever writes on production. */
export function claimStatements(scope: Scope): readonly PolicyStatement[] {
  const onlyTheClaim = {
    'ForAllValues:StringEquals': { 'aws:TagKeys': CLAIM_TAG },
    Null: { 'aws:TagKeys': 'false' },
  };
  return [
    allow(
      ['ssm:GetParameter', 'ssm:PutParameter', 'ssm:DeleteParameter'],
      scope.runbooks.map(({ name }) => arnIn(scope, 'ssm', `parameter/lifeboat/${name}/run`)),
    ),
    allow(
      ['ec2:CreateTags', 'ec2:DeleteTags'],
      [arnIn(scope, 'ec2', 'volume/*'), snapshotArn(scope)],
      onlyTheClaim,
    ),
    allow(
      ['rds:AddTagsToResource', 'rds:RemoveTagsFromResource'],
      [arnIn(scope, 'rds', 'db:*'), arnIn(scope, 'rds', 'snapshot:*')],
      onlyTheClaim,
    ),
  ];
}
