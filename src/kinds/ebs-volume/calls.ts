import type { KindCalls } from '../kind-calls.ts';

export type EbsOperation =
  | 'createVolume'
  | 'copyVolume'
  | 'enableFsr'
  | 'disableFsr'
  | 'attachVolume'
  | 'detachVolume'
  | 'takeSnapshot';

const READS_FSR = 'ec2:DescribeFastSnapshotRestores';
const READS = [
  'ec2:DescribeVolumes',
  'ec2:DescribeVolumeStatus',
  'ec2:DescribeSnapshots',
  READS_FSR,
] as const;

export const ebsVolumeCalls: KindCalls<EbsOperation> = {
  operations: {
    createVolume: ['ec2:DescribeVolumes', 'ec2:CreateVolume', 'ec2:CreateTags'],
    copyVolume: ['ec2:DescribeVolumes', 'ec2:CopyVolumes', 'ec2:CreateTags'],
    enableFsr: [READS_FSR, 'ec2:EnableFastSnapshotRestores'],
    disableFsr: [READS_FSR, 'ec2:DisableFastSnapshotRestores'],
    attachVolume: ['ec2:DescribeVolumes', 'ec2:AttachVolume'],
    detachVolume: ['ec2:DescribeVolumes', 'ec2:DetachVolume'],
    takeSnapshot: ['ec2:DescribeVolumes', 'ec2:DescribeSnapshots', 'ec2:CreateSnapshot', 'ec2:CreateTags'],
  },
  parts: { protection: ['ec2:DeleteSnapshot'] },
  beside: [...READS, 'ec2:DeleteVolume', 'ec2:CreateTags', 'ec2:DeleteTags'],
  capture: [
    ...READS,
    'ec2:DescribeInstances',
    'ec2:DescribeInstanceTypes',
    'ec2:DescribeAvailabilityZones',
    'ssm:DescribeInstanceInformation',
  ],
};
