import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { allow, arnIn, type Scope } from './scope.ts';

/**
 * Keys of the account, used by EBS and RDS on behalf of the role alone: it can decrypt nothing itself. Which keys the recovery points are encrypted
 * with is known only when they are planned for; the policy of each key may say more.
 */
export function keyStatements(scope: Scope): readonly PolicyStatement[] {
  const keys = [arnIn(scope, 'kms', 'key/*')];
  const throughServices = {
    'kms:ViaService': ['ec2', 'rds'].map((service) => `${service}.${scope.region}.amazonaws.com`),
  };
  return [
    allow(['kms:DescribeKey'], keys),
    allow(
      ['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
      keys,
      { StringEquals: throughServices },
    ),
    allow(['kms:CreateGrant'], keys, {
      StringEquals: throughServices,
      Bool: { 'kms:GrantIsForAWSResource': 'true' },
    }),
  ];
}
