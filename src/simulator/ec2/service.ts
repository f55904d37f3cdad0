import {
  AttachVolumeCommand,
  CopyVolumesCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DeleteVolumeCommand,
  DescribeAvailabilityZonesCommand,
  DescribeFastSnapshotRestoresCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeSnapshotsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DescribeVolumeStatusCommand,
  DetachVolumeCommand,
  DisableFastSnapshotRestoresCommand,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import { attachVolume, detachVolume } from './attachments.ts';
import { describeInstances, describeInstanceTypes } from './instance-reads.ts';
import { describeAvailabilityZones } from './zones.ts';
import { createTags, deleteTags, describeTags } from './tags.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { describeFsr, disableFsr, enableFsr } from './fsr.ts';
import { operation } from '../service/operation.ts';
import type { ServiceDefinition } from '../service/service.ts';
import { describeSnapshots } from './snapshot-reads.ts';
import { createSnapshot, deleteSnapshot } from './snapshot-writes.ts';
import { describeVolumes, describeVolumeStatus } from './volume-reads.ts';
import { copyVolumes } from './volume-copies.ts';
import { createVolume, deleteVolume } from './volume-writes.ts';

/** The operations of EC2 that recovery needs. */
export const EC2_SERVICE: ServiceDefinition = {
  operations: new Map([
    operation(CreateVolumeCommand, 'CreateVolume', createVolume),
    operation(CopyVolumesCommand, 'CopyVolumes', copyVolumes),
    operation(DeleteVolumeCommand, 'DeleteVolume', deleteVolume),
    operation(AttachVolumeCommand, 'AttachVolume', attachVolume),
    operation(DetachVolumeCommand, 'DetachVolume', detachVolume),
    operation(DescribeVolumesCommand, 'DescribeVolumes', describeVolumes),
    operation(DescribeVolumeStatusCommand, 'DescribeVolumeStatus', describeVolumeStatus),
    operation(CreateSnapshotCommand, 'CreateSnapshot', createSnapshot),
    operation(DeleteSnapshotCommand, 'DeleteSnapshot', deleteSnapshot),
    operation(DescribeSnapshotsCommand, 'DescribeSnapshots', describeSnapshots),
    operation(EnableFastSnapshotRestoresCommand, 'EnableFastSnapshotRestores', enableFsr),
    operation(DisableFastSnapshotRestoresCommand, 'DisableFastSnapshotRestores', disableFsr),
    operation(DescribeFastSnapshotRestoresCommand, 'DescribeFastSnapshotRestores', describeFsr),
    operation(CreateTagsCommand, 'CreateTags', createTags),
    operation(DeleteTagsCommand, 'DeleteTags', deleteTags),
    operation(DescribeTagsCommand, 'DescribeTags', describeTags),
    operation(DescribeInstanceTypesCommand, 'DescribeInstanceTypes', describeInstanceTypes),
    operation(DescribeInstancesCommand, 'DescribeInstances', describeInstances),
    operation(DescribeAvailabilityZonesCommand, 'DescribeAvailabilityZones', describeAvailabilityZones),
  ]),
  throttled: () => ec2Failure('RequestLimitExceeded', 'Request limit exceeded.', 503),
  serverError: () => ec2Failure('InternalError', 'An internal error has occurred', 500),
  dryRun: () => ec2Failure('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412),
  unknownOperation: (command) =>
    ec2Failure('InvalidAction', `The simulated EC2 has no operation for ${command}.`),
};
