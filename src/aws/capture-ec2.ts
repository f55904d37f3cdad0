import { DescribeAvailabilityZonesCommand, DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import type {
  DescribeFastSnapshotRestoreSuccessItem,
  Instance,
  Reservation,
  Snapshot as Ec2Snapshot,
  Volume as Ec2Volume,
} from '@aws-sdk/client-ec2';
import type { Inventory, Snapshot, Volume } from '../inventory/schema.ts';
import { attempt } from './answers.ts';
import {
  describeFsrWhere,
  describeSnapshotsWhere,
  describeVolumesWhere,
  type Ec2Access,
} from './ec2-reads.ts';
import { malformedAnswer, RequestFailure } from './failures.ts';
import { readPages } from './pages.ts';
import { tagRecord } from './tags.ts';

export interface CapturedEc2 {
  readonly account: string | undefined;
  /** Those that the Region offers; empty when the endpoint does not tell. */
  readonly zones: readonly string[];
  readonly volumes: Volume[];
  readonly snapshots: Snapshot[];
  readonly instances: Inventory['instances'];
}

const INSTANCES_PER_PAGE = 1_000;
const BYTES_PER_GIB = 1_024 ** 3;
const VOLUME_TYPES: ReadonlySet<string> = new Set(['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard']);

export async function captureEc2(aws: Ec2Access): Promise<CapturedEc2> {
  const volumes = await describeVolumesWhere(aws, []);
  const snapshots = await describeSnapshotsWhere(aws, { OwnerIds: ['self'] });
  const fsr = groupBySnapshot(await ifOffered(() => describeFsrWhere(aws, [])));
  const reservations = await describeReservations(aws);
  const zones = await ifOffered(() => describeZones(aws));
  const instances = reservations.flatMap(({ Instances }) => Instances ?? []);
  return {
    account: snapshots[0]?.OwnerId ?? reservations[0]?.OwnerId,
    zones,
    volumes: volumes.flatMap(inventoryVolume),
    snapshots: snapshots.flatMap((snapshot) =>
      inventorySnapshot(snapshot, fsr.get(snapshot.SnapshotId ?? '') ?? []),
    ),
    instances: instances.flatMap(inventoryInstance),
  };
}

/** An endpoint may lack an API that is not vital here; every other failure counts. */
async function ifOffered<Item>(read: () => Promise<readonly Item[]>): Promise<readonly Item[]> {
  const result = await attempt(read);
  if (result.ok) return result.result;
  if (result.failure.class === 'invalid') return [];
  throw new RequestFailure(result.failure);
}

function describeReservations({ client, call }: Ec2Access): Promise<readonly Reservation[]> {
  return readPages('DescribeInstances', async (token) => {
    const command = new DescribeInstancesCommand({
      MaxResults: INSTANCES_PER_PAGE,
      ...(token !== undefined && { NextToken: token }),
    });
    const page = await call('DescribeInstances', () => client.send(command));
    return { items: page.Reservations, next: page.NextToken };
  });
}

async function describeZones({ client, call }: Ec2Access): Promise<readonly string[]> {
  const filter = { Name: 'zone-type', Values: ['availability-zone'] };
  const command = new DescribeAvailabilityZonesCommand({ Filters: [filter] });
  const { AvailabilityZones: zones } = await call('DescribeAvailabilityZones', () => client.send(command));
  if (zones === undefined) throw malformedAnswer('DescribeAvailabilityZones');
  return zones.flatMap(({ ZoneName }) => (ZoneName === undefined ? [] : [ZoneName])).sort();
}

function groupBySnapshot(
  entries: readonly DescribeFastSnapshotRestoreSuccessItem[],
): ReadonlyMap<string, Snapshot['fsr']> {
  const groups = new Map<string, Snapshot['fsr']>();
  for (const { SnapshotId: id, AvailabilityZone: zone, State: state } of entries) {
    if (id === undefined || zone === undefined || state === undefined) continue;
    groups.set(id, [...(groups.get(id) ?? []), { zone, state }]);
  }
  return groups;
}

/** A volume that an inventory cannot describe (no zone, an unknown type) is none that a runbook can recover. */
function inventoryVolume(volume: Ec2Volume): Volume[] {
  const { VolumeId: id, AvailabilityZone: zone, VolumeType: type, Size: sizeGiB, State: state } = volume;
  if (id === undefined || zone === undefined || sizeGiB === undefined || !isVolumeType(type)) return [];
  if (state === 'deleted') return [];
  const [attachment] = volume.Attachments ?? [];
  const { InstanceId: instanceId, Device: device } = attachment ?? {};
  return [
    {
      id,
      zone,
      type,
      sizeGiB,
      ...(volume.Iops !== undefined && { iops: volume.Iops }),
      ...(volume.Throughput !== undefined && { throughputMiBps: volume.Throughput }),
      encrypted: volume.Encrypted ?? false,
      ...(volume.KmsKeyId !== undefined && { kmsKeyId: volume.KmsKeyId }),
      ...(state !== undefined && { state }),
      ...(instanceId !== undefined && device !== undefined && { attachedTo: { instanceId, device } }),
      tags: tagRecord(volume.Tags),
    },
  ];
}

function isVolumeType(type: string | undefined): type is Volume['type'] {
  return type !== undefined && VOLUME_TYPES.has(type);
}

function inventorySnapshot(snapshot: Ec2Snapshot, fsr: Snapshot['fsr']): Snapshot[] {
  const { SnapshotId: id, VolumeId: volumeId, StartTime, VolumeSize: sizeGiB, State: state } = snapshot;
  if (id === undefined || volumeId === undefined || StartTime === undefined) return [];
  if (sizeGiB === undefined || sizeGiB === 0 || state === undefined) return [];
  const bytes = snapshot.FullSnapshotSizeInBytes;
  const isArchived = snapshot.StorageTier === 'archive' && snapshot.RestoreExpiryTime === undefined;
  return [
    {
      id,
      volumeId,
      startedAt: StartTime.getTime(),
      state,
      sizeGiB,
      ...(bytes !== undefined && { fullSizeGiB: bytes / BYTES_PER_GIB }),
      tier: isArchived ? 'archive' : 'standard',
      encrypted: snapshot.Encrypted ?? false,
      ...(snapshot.KmsKeyId !== undefined && { kmsKeyId: snapshot.KmsKeyId }),
      fsr,
      tags: tagRecord(snapshot.Tags),
    },
  ];
}

function inventoryInstance(instance: Instance): Inventory['instances'] {
  const { InstanceId: id, Placement, State } = instance;
  const zone = Placement?.AvailabilityZone;
  if (id === undefined || zone === undefined || State?.Name === 'terminated') return [];
  return [{ id, zone, state: State?.Name ?? 'running', managedBySsm: false, tags: tagRecord(instance.Tags) }];
}
