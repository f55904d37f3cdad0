import type {
  DescribeVolumesCommandInput,
  DescribeVolumesCommandOutput,
  DescribeVolumeStatusCommandInput,
  DescribeVolumeStatusCommandOutput,
  InitializationStatusDetails,
  Volume,
  VolumeAttachment,
  VolumeStatusItem,
  VolumeType,
} from '@aws-sdk/client-ec2';
import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { compileFilters, idsInFilter } from '../service/filters.ts';
import type { FilterFields } from '../service/filters.ts';
import { checkIds, ec2Page } from './paging.ts';
import type { Call } from '../service/operation.ts';
import { EC2_PAGE } from '../model/rates.ts';
import type { VolumeRecord } from '../model/records.ts';
import type { WorldState } from '../state/state.ts';
import type { Seen } from '../state/table.ts';
import { tagList } from '../service/tags.ts';
import {
  attachmentsAt,
  hydrationAt,
  initializationEndsAt,
  publishedAt,
  volumeStateAt,
} from '../model/volume-timeline.ts';
import type { AttachmentAt } from '../model/volume-timeline.ts';
import { zoneIdOf } from './zones.ts';

type Answer<T> = Omit<T, '$metadata'>;

export function describeVolumes(
  state: WorldState,
  input: DescribeVolumesCommandInput,
  call: Call,
): Answer<DescribeVolumesCommandOutput> {
  const page = ec2Page(foundVolumes(state, input, call.now), input, EC2_PAGE);
  return {
    Volumes: page.items.map(({ value }) => volumeShape(state, value, call.now)),
    NextToken: page.next,
  };
}

/** Hydration as it was last published: up to five minutes old. */
export function describeVolumeStatus(
  state: WorldState,
  input: DescribeVolumeStatusCommandInput,
  call: Call,
): Answer<DescribeVolumeStatusCommandOutput> {
  if (input.VolumeIds !== undefined && input.MaxResults !== undefined) {
    throw ec2Failure(
      'InvalidParameterCombination',
      'The parameter volumeIds cannot be used with the parameter maxResults',
    );
  }
  const page = ec2Page(foundVolumes(state, input, call.now), input, EC2_PAGE);
  return {
    VolumeStatuses: page.items.map(({ value }) => statusShape(state, value, call.now)),
    NextToken: page.next,
  };
}

function foundVolumes(
  state: WorldState,
  input: DescribeVolumesCommandInput,
  now: Instant,
): Seen<VolumeRecord>[] {
  checkIds(input.VolumeIds);
  const exists = ({ value }: Seen<VolumeRecord>): boolean => volumeStateAt(value, now) !== 'deleted';
  const holds = compileFilters(input.Filters, volumeFields(state, now));
  const found = state.volumes
    .allSeen(now, input.VolumeIds ?? idsInFilter(input.Filters, 'volume-id'))
    .filter(exists);
  if (input.VolumeIds !== undefined) {
    const known = new Set(found.map(({ value }) => value.id));
    const unknown = input.VolumeIds.filter((id) => !known.has(id));
    if (unknown.length > 0) throw volumesNotFound(unknown);
  }
  return found.filter(({ value }) => holds(value));
}

function volumesNotFound(ids: readonly string[]): Error {
  const message =
    ids.length === 1
      ? `The volume '${ids[0]}' does not exist.`
      : `The volumes '${ids.join(', ')}' do not exist.`;
  return ec2Failure('InvalidVolume.NotFound', message);
}

const volumeFields = (state: WorldState, now: Instant): FilterFields<VolumeRecord> => ({
  'volume-id': ({ id }) => [id],
  'snapshot-id': ({ snapshotId }) => [snapshotId],
  'availability-zone': ({ zone }) => [zone],
  'availability-zone-id': ({ zone }) => [zoneIdOf(state.account, zone)],
  status: (volume) => [volumeStateAt(volume, now)],
  'volume-type': ({ type }) => [type],
  size: ({ sizeGiB }) => [String(sizeGiB)],
  encrypted: ({ encrypted }) => [String(encrypted)],
  'fast-restored': ({ fastRestored }) => [String(fastRestored)],
  'attachment.instance-id': (volume) => attachmentsAt(volume, now).map(({ instanceId }) => instanceId),
  'attachment.device': (volume) => attachmentsAt(volume, now).map(({ device }) => device),
  'attachment.status': (volume) => attachmentsAt(volume, now).map(({ state: status }) => status),
  'multi-attach-enabled': ({ multiAttach }) => [String(multiAttach ?? false)],
  'volume-status.status': (volume) => [
    volumeStateAt(volume, now) === 'creating' ? 'insufficient-data' : 'ok',
  ],
});

/** A volume as DescribeVolumes writes it. */
export function volumeShape(state: WorldState, volume: VolumeRecord, now: Instant): Volume {
  return {
    VolumeId: volume.id,
    AvailabilityZone: volume.zone,
    AvailabilityZoneId: zoneIdOf(state.account, volume.zone),
    VolumeType: volume.type as VolumeType,
    Size: volume.sizeGiB,
    Iops: volume.iops,
    Throughput: volume.throughputMiBps,
    Encrypted: volume.encrypted,
    KmsKeyId: volume.kmsKeyId,
    SnapshotId: volume.snapshotId ?? '',
    SourceVolumeId: volume.sourceVolumeId,
    VolumeInitializationRate: volume.rateMiBps,
    FastRestored: volume.fastRestored,
    MultiAttachEnabled: volume.multiAttach ?? false,
    State: volumeStateAt(volume, now),
    CreateTime: new Date(volume.createdAt),
    Tags: tagList(volume.tags),
    Attachments: attachmentsAt(volume, now).map((attachment) => attachmentShape(volume.id, attachment)),
  };
}

/** An attachment as EC2 writes it. */
export function attachmentShape(
  VolumeId: string,
  { instanceId, device, state, at }: AttachmentAt,
): VolumeAttachment {
  return {
    VolumeId,
    InstanceId: instanceId,
    Device: device,
    State: state,
    AttachTime: new Date(at),
    DeleteOnTermination: false,
  };
}

function statusShape(state: WorldState, volume: VolumeRecord, now: Instant): VolumeStatusItem {
  const asOf = publishedAt(volume, now, state.dice.draw(`published/${volume.id}`));
  const percent = Math.floor(hydrationAt(volume, asOf));
  const isCreating = volumeStateAt(volume, now) === 'creating';
  const initializes = (volume.snapshotId ?? volume.sourceVolumeId) !== undefined;
  return {
    VolumeId: volume.id,
    AvailabilityZone: volume.zone,
    AvailabilityZoneId: zoneIdOf(state.account, volume.zone),
    VolumeStatus: {
      Status: isCreating ? 'insufficient-data' : 'ok',
      Details: [
        { Name: 'io-enabled', Status: isCreating ? 'insufficient-data' : 'passed' },
        ...(initializes
          ? [{ Name: 'initialization-state' as const, Status: percent >= 100 ? 'completed' : 'initializing' }]
          : []),
      ],
    },
    Actions: [],
    Events: [],
    AttachmentStatuses: [],
    ...(initializes ? { InitializationStatusDetails: initializationShape(volume, asOf, percent) } : {}),
  };
}

function initializationShape(
  volume: VolumeRecord,
  asOf: Instant,
  percent: number,
): InitializationStatusDetails {
  const rateMiBps = volume.rateMiBps;
  if (volume.sourceVolumeId !== undefined) return { InitializationType: 'volume-copy', Progress: percent };
  if (rateMiBps === undefined) return { InitializationType: 'default', Progress: percent };
  const left = Math.max(0, initializationEndsAt({ ...volume, rateMiBps }) - asOf);
  return {
    InitializationType: 'provisioned-rate',
    Progress: percent,
    EstimatedTimeToCompleteInSeconds: percent >= 100 ? 0 : Math.ceil(left / SECOND_MS),
  };
}
