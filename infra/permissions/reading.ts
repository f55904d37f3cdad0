import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { allow, type Scope } from './scope.ts';

/** What a plan, a run and a check read. None of these actions takes a resource. */
const READ = [
  'cloudwatch:GetMetricData',
  'ec2:DescribeAvailabilityZones',
  'ec2:DescribeFastSnapshotRestores',
  'ec2:DescribeInstanceTypes',
  'ec2:DescribeInstances',
  'ec2:DescribeSnapshots',
  'ec2:DescribeVolumeStatus',
  'ec2:DescribeVolumes',
  'rds:DescribeDBClusterSnapshots',
  'rds:DescribeDBClusters',
  'rds:DescribeDBInstances',
  'rds:DescribeDBSnapshots',
  'servicequotas:ListServiceQuotas',
  'ssm:DescribeInstanceInformation',
];

export function readingStatements({ region }: Scope): readonly PolicyStatement[] {
  return [allow(READ, ['*'], { StringEquals: { 'aws:RequestedRegion': region } })];
}
