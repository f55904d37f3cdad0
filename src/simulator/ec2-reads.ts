import type {
  CreateTagsCommandInput,
  DescribeAvailabilityZonesCommandInput,
  DescribeAvailabilityZonesCommandOutput,
  DescribeInstancesCommandInput,
  DescribeInstancesCommandOutput,
  DescribeSnapshotsCommandInput,
  DescribeSnapshotsCommandOutput,
  InstanceStateName,
  Snapshot,
} from '@aws-sdk/client-ec2';
import { checkIds, ec2Page } from './ec2-paging.ts';
import { ec2Failure } from './failures.ts';
import { compileFilters, idsInFilter } from './filters.ts';
import type { Call } from './operation.ts';
import { EC2_PAGE } from './rates.ts';
import type { InstanceRecord, SnapshotRecord } from './records.ts';
import type { WorldState } from './state.ts';
import { mergeTags, tagList } from './tags.ts';
import { volumeStateAt } from './volume-timeline.ts';
import { zoneIdOf } from './zones.ts';

type Answer<T> = Omit<T, '$metadata'>;

export function describeSnapshots(
  state: WorldState,
  input: DescribeSnapshotsCommandInput,
  call: Call,
): Answer<DescribeSnapshotsCommandOutput> {
  checkIds(input.SnapshotIds);
  const holds = compileFilters<SnapshotRecord>(input.Filters, {
    'snapshot-id': ({ id }) => [id],
    'volume-id': ({ volumeId }) => [volumeId],
    'volume-size': ({ sizeGiB }) => [String(sizeGiB)],
    status: (snapshot) => [snapshot.state],
    encrypted: ({ encrypted }) => [String(encrypted)],
    'owner-id': () => [state.account.id],
    'storage-tier': ({ tier }) => [tier],
  });
  const isOurs = (input.OwnerIds ?? ['self']).some((owner) => owner === 'self' || owner === state.account.id);
  const ids = input.SnapshotIds ?? idsInFilter(input.Filters, 'snapshot-id');
  const found = isOurs ? state.snapshots.allSeen(call.now, ids) : [];
  refuseUnknown(input.SnapshotIds, found, (id) =>
    ec2Failure('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`),
  );
  const page = ec2Page(
    found.filter(({ value }) => holds(value)),
    input,
    EC2_PAGE,
  );
  return { Snapshots: page.items.map(({ value }) => snapshotShape(state, value)), NextToken: page.next };
}

function snapshotShape(state: WorldState, snapshot: SnapshotRecord): Snapshot {
  return {
    SnapshotId: snapshot.id,
    VolumeId: snapshot.volumeId,
    State: snapshot.state,
    StartTime: new Date(snapshot.startedAt),
    Progress: snapshot.state === 'pending' ? '50%' : '100%',
    VolumeSize: snapshot.sizeGiB,
    FullSnapshotSizeInBytes: Math.round(snapshot.fullSizeGiB * 1024 ** 3),
    StorageTier: snapshot.tier,
    Encrypted: snapshot.encrypted,
    KmsKeyId: snapshot.kmsKeyId,
    OwnerId: state.account.id,
    Description: '',
    Tags: tagList(snapshot.tags),
  };
}

export function describeInstances(
  state: WorldState,
  input: DescribeInstancesCommandInput,
  call: Call,
): Answer<DescribeInstancesCommandOutput> {
  checkIds(input.InstanceIds);
  if (input.InstanceIds !== undefined && input.MaxResults !== undefined) {
    throw ec2Failure(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  }
  const holds = compileFilters<InstanceRecord>(input.Filters, {
    'instance-id': ({ id }) => [id],
    'availability-zone': ({ zone }) => [zone],
    'instance-state-name': (instance) => [instance.state],
  });
  const ids = input.InstanceIds ?? idsInFilter(input.Filters, 'instance-id');
  const found = state.instances.allSeen(call.now, ids);
  refuseUnknown(input.InstanceIds, found, (id) =>
    ec2Failure('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`),
  );
  const page = ec2Page(
    found.filter(({ value }) => holds(value)),
    input,
    EC2_PAGE,
  );
  return {
    Reservations: page.items.map(({ value }) => ({
      ReservationId: `r-${state.dice.hex(17, `reservation/${value.id}`)}`,
      OwnerId: state.account.id,
      Instances: [
        {
          InstanceId: value.id,
          State: { Name: value.state as InstanceStateName },
          Placement: { AvailabilityZone: value.zone },
          BlockDeviceMappings: attachedTo(state, value.id, call),
          Tags: tagList(value.tags),
        },
      ],
    })),
    NextToken: page.next,
  };
}

function attachedTo(state: WorldState, instanceId: string, call: Call) {
  return state.volumes
    .values()
    .filter(
      (volume) =>
        volume.attachment?.instanceId === instanceId && volumeStateAt(volume, call.now) === 'in-use',
    )
    .map((volume) => ({ DeviceName: volume.attachment?.device, Ebs: { VolumeId: volume.id } }));
}

export function describeAvailabilityZones(
  state: WorldState,
  input: DescribeAvailabilityZonesCommandInput,
): Answer<DescribeAvailabilityZonesCommandOutput> {
  const { account } = state;
  const holds = compileFilters<{ readonly name: string; readonly tags?: never }>(input.Filters, {
    'zone-name': ({ name }) => [name],
    'zone-id': ({ name }) => [zoneIdOf(account, name)],
    'region-name': () => [account.region],
    'zone-type': () => ['availability-zone'],
    state: () => ['available'],
  });
  const unknown = (input.ZoneNames ?? []).find((name) => !account.zones.includes(name));
  if (unknown !== undefined)
    throw ec2Failure('InvalidParameterValue', `Invalid availability zone: [${unknown}]`);
  return {
    AvailabilityZones: account.zones
      .filter((name) => (input.ZoneNames?.includes(name) ?? true) && holds({ name }))
      .map((name) => ({
        ZoneName: name,
        ZoneId: zoneIdOf(account, name),
        RegionName: account.region,
        State: 'available',
        ZoneType: 'availability-zone',
        OptInStatus: 'opt-in-not-required',
      })),
  };
}

/** All or nothing: one unknown resource refuses the whole call. */
export function createTags(state: WorldState, input: CreateTagsCommandInput, call: Call): object {
  const ids = input.Resources ?? [];
  if (ids.length === 0 || (input.Tags ?? []).length === 0) {
    throw ec2Failure('MissingParameter', 'The request must contain the parameters resourceIdSet and tagSet');
  }
  const changes = ids.map((id) => retagged(state, id, input, call));
  for (const change of changes) change();
  return {};
}

function retagged(state: WorldState, id: string, input: CreateTagsCommandInput, call: Call): () => void {
  const volume = state.volumes.get(id);
  if (volume !== undefined && volumeStateAt(volume, call.now) !== 'deleted') {
    const tags = mergeTags(volume.tags, input.Tags, ec2Failure);
    return () => state.putVolume({ ...volume, tags }, call.now);
  }
  const snapshot = state.snapshots.get(id);
  if (snapshot !== undefined) {
    const tags = mergeTags(snapshot.tags, input.Tags, ec2Failure);
    return () => state.snapshots.put({ ...snapshot, tags }, call.now);
  }
  const instance = state.instances.get(id);
  if (instance !== undefined) {
    const tags = mergeTags(instance.tags, input.Tags, ec2Failure);
    return () => state.instances.put({ ...instance, tags }, call.now);
  }
  if (id.startsWith('vol-')) throw ec2Failure('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
  if (id.startsWith('snap-'))
    throw ec2Failure('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
  throw ec2Failure('InvalidID', `The ID '${id}' is not valid`);
}

function refuseUnknown<T extends { readonly id: string }>(
  asked: readonly string[] | undefined,
  found: readonly { readonly value: T }[],
  refusal: (id: string) => Error,
): void {
  if (asked === undefined) return;
  const known = new Set(found.map(({ value }) => value.id));
  const unknown = asked.find((id) => !known.has(id));
  if (unknown !== undefined) throw refusal(unknown);
}
