import {
  AttachVolumeCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeAvailabilityZonesCommand,
  DescribeFastSnapshotRestoresCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DescribeVolumeStatusCommand,
  DetachVolumeCommand,
  DisableFastSnapshotRestoresCommand,
  EnableFastSnapshotRestoresCommand,
} from '@aws-sdk/client-ec2';
import { createTags, describeAvailabilityZones, describeInstances, describeSnapshots } from './ec2-reads.ts';
import { ec2Failure } from './failures.ts';
import { describeFsr, disableFsr, enableFsr } from './fsr.ts';
import { operation } from './operation.ts';
import type { ServiceDefinition } from './service.ts';
import { describeVolumes, describeVolumeStatus } from './volume-reads.ts';
import { attachVolume, createVolume, deleteVolume, detachVolume } from './volume-writes.ts';

interface FsrRequest {
  readonly SourceSnapshotIds?: readonly string[] | undefined;
  readonly AvailabilityZones?: readonly string[] | undefined;
}

const fsrIdentity = ({ SourceSnapshotIds: ids = [], AvailabilityZones: zones = [] }: FsrRequest): string =>
  [...[...ids].sort(), '@', ...[...zones].sort()].join(',');

/** The operations of EC2 that recovery needs. */
export const EC2_SERVICE: ServiceDefinition = {
  operations: new Map([
    operation(CreateVolumeCommand, 'CreateVolume', createVolume, (input) => input.ClientToken),
    operation(DeleteVolumeCommand, 'DeleteVolume', deleteVolume, (input) => input.VolumeId),
    operation(AttachVolumeCommand, 'AttachVolume', attachVolume, (input) => input.VolumeId),
    operation(DetachVolumeCommand, 'DetachVolume', detachVolume, (input) => input.VolumeId),
    operation(DescribeVolumesCommand, 'DescribeVolumes', describeVolumes),
    operation(DescribeVolumeStatusCommand, 'DescribeVolumeStatus', describeVolumeStatus),
    operation(DescribeSnapshotsCommand, 'DescribeSnapshots', describeSnapshots),
    operation(EnableFastSnapshotRestoresCommand, 'EnableFastSnapshotRestores', enableFsr, fsrIdentity),
    operation(DisableFastSnapshotRestoresCommand, 'DisableFastSnapshotRestores', disableFsr, fsrIdentity),
    operation(DescribeFastSnapshotRestoresCommand, 'DescribeFastSnapshotRestores', describeFsr),
    operation(CreateTagsCommand, 'CreateTags', createTags, (input) => input.Resources?.join(',')),
    operation(DescribeInstancesCommand, 'DescribeInstances', describeInstances),
    operation(DescribeAvailabilityZonesCommand, 'DescribeAvailabilityZones', describeAvailabilityZones),
  ]),
  throttled: () => ec2Failure('RequestLimitExceeded', 'Request limit exceeded.', 503),
  serverError: () => ec2Failure('InternalError', 'An internal error has occurred', 500),
  dryRun: () => ec2Failure('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412),
  unknownOperation: (command) =>
    ec2Failure('UnknownOperationException', `The simulated EC2 has no operation for ${command}.`),
};
