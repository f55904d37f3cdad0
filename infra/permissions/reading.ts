import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { actionsIn, isRead } from '../../src/kinds/calls.ts';
import { allow, type Scope } from './scope.ts';

/** What a plan, a run and a check read. None of these actions takes a resource. */
export function readingStatements({ mode, region }: Scope): readonly PolicyStatement[] {
  const reads = [
    'cloudwatch:GetMetricData',
    'servicequotas:ListServiceQuotas',
    ...[...actionsIn(mode)].filter(isRead),
  ];
  return [allow(reads, ['*'], { StringEquals: { 'aws:RequestedRegion': region } })];
}
