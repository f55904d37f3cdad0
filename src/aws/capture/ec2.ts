import { DescribeAvailabilityZonesCommand } from '@aws-sdk/client-ec2';
import type {
  AvailabilityZone,
  DescribeFastSnapshotRestoreSuccessItem,
  Snapshot as Ec2Snapshot,
  Volume as Ec2Volume,
} from '@aws-sdk/client-ec2';
import type { Snapshot, Volume } from '../../inventory/schema.ts';
import { VOLUME_ROWS, VOLUME_TYPES } from '../../kinds/ebs-volume/settings.ts';
import { captured } from '../../kinds/settings.ts';
import { gibOf, textOf, wholeOf } from '../../kinds/values.ts';
import { captureInstances, type CapturedInstances } from './db-instances.ts';
import type { CaptureReads, LeftOut } from './reads.ts';
import { encryptionOf, instantOf, tagsOf } from './values.ts';
import type { Sender } from '../clients.ts';
import {
  describeFsrWhere,
  describeSnapshotsWhere,
  describeVolumesWhere,
  describeVolumeStatus,
  type Ec2Access,
} from '../ebs-volume/reads.ts';
import { isInitialized } from '../ebs-volume/observe.ts';
import { malformedAnswer } from '../request-failures.ts';

export interface CapturedEc2 {
  readonly account: string | undefined;
  /** Those that the Region offers; empty when the endpoint does not tell. */
  readonly zones: readonly string[];
  /** Of these, the ones that AWS says are unavailable. */
  readonly zonesDown: readonly string[];
  readonly volumes: Volume[];
  readonly snapshots: Snapshot[];
  readonly instances: CapturedInstances['instances'];
}

type Fsr = Snapshot['fsr'][number];

const BYTES_PER_GIB = 1_024 ** 3;
const VOLUME_STATES: ReadonlySet<string> = new Set(['creating', 'available', 'in-use', 'deleting', 'error']);
const SNAPSHOT_STATES: ReadonlySet<string> = new Set([
  ...(['pending', 'completed', 'error', 'recoverable', 'recovering'] as const),
]);
const FSR_STATES: ReadonlySet<string> = new Set([
  ...(['enabling', 'optimizing', 'enabled', 'disabling', 'disabled'] as const),
]);

export async function captureEc2(
  reads: CaptureReads,
  aws: Ec2Access,
  ssm: Sender<'ssm'> | undefined,
): Promise<CapturedEc2> {
  const volumes = await reads.read('ec2', 'DescribeVolumes', () => describeVolumesWhere(aws, []));
  const snapshots = await reads.read('ec2', 'DescribeSnapshots', () =>
    describeSnapshotsWhere(aws, { OwnerIds: ['self'] }),
  );
  const fsr = await reads.read('ec2', 'DescribeFastSnapshotRestores', () => describeFsrWhere(aws, []));
  const { account, instances } = await captureInstances(reads, aws, ssm);
  const zones = await reads.read('ec2', 'DescribeAvailabilityZones', () => describeZones(aws));
  const fsrOf = fsrBySnapshot(fsr ?? []);
  const initialized = await initializedCopies(reads, aws, volumes ?? []);
  return {
    account: textOf(snapshots?.[0]?.OwnerId) ?? account,
    zones: namesOf(zones ?? []),
    zonesDown: namesOf((zones ?? []).filter(({ State }) => State === 'unavailable')),
    volumes: reads.keep('DescribeVolumes', volumes ?? [], (volume) => inventoryVolume(volume, initialized)),
    snapshots: reads.keep('DescribeSnapshots', snapshots ?? [], (snapshot) =>
      inventorySnapshot(snapshot, fsrOf.get(snapshot.SnapshotId ?? '') ?? []),
    ),
    instances,
  };
}

async function describeZones({ client, call }: Ec2Access): Promise<readonly AvailabilityZone[]> {
  const filter = { Name: 'zone-type', Values: ['availability-zone'] };
  const command = new DescribeAvailabilityZonesCommand({ Filters: [filter] });
  const { AvailabilityZones: zones } = await call('DescribeAvailabilityZones', () => client.send(command));
  if (zones === undefined) throw malformedAnswer('DescribeAvailabilityZones');
  return zones;
}

function namesOf(zones: readonly AvailabilityZone[]): readonly string[] {
  return zones.flatMap(({ ZoneName }) => textOf(ZoneName) ?? []).sort();
}

/** Of the volumes that are copies of another one, those whose status says that they are initialized. */
async function initializedCopies(
  reads: CaptureReads,
  aws: Ec2Access,
  volumes: readonly Ec2Volume[],
): Promise<ReadonlySet<string>> {
  const copies = volumes.flatMap(({ VolumeId: id, SourceVolumeId: source }) =>
    id === undefined || textOf(source) === undefined ? [] : [id],
  );
  if (copies.length === 0) return new Set();
  const read = () => describeVolumeStatus(aws, copies);
  const statuses = (await reads.read('ec2', 'DescribeVolumeStatus', read)) ?? [];
  return new Set(statuses.filter(isInitialized).flatMap(({ VolumeId: id }) => id ?? []));
}

/** One entry for each snapshot and zone; one whose state is not told tells nothing. */
function fsrBySnapshot(
  entries: readonly DescribeFastSnapshotRestoreSuccessItem[],
): ReadonlyMap<string, readonly Fsr[]> {
  const groups = new Map<string, Map<string, Fsr>>();
  for (const { SnapshotId: id, AvailabilityZone: zone, State: state } of entries) {
    if (id === undefined || zone === undefined || state === undefined || !FSR_STATES.has(state)) continue;
    const group = groups.get(id) ?? new Map<string, Fsr>();
    groups.set(id, group.set(zone, { zone, state }));
  }
  return new Map([...groups].map(([id, group]) => [id, [...group.values()]]));
}

/** A volume that an inventory cannot describe (no zone, an unknown type) is none that a runbook can recover. */
function inventoryVolume(volume: Ec2Volume, initialized: ReadonlySet<string>): Volume | LeftOut | undefined {
  const id = textOf(volume.VolumeId);
  const { State: state } = volume;
  const { zone, sizeGiB, type, ...settings } = captured(VOLUME_ROWS, volume) as Partial<Volume>;
  if (state === 'deleted') return undefined;
  if (id === undefined) return { leftOut: 'a volume without an id' };
  if (zone === undefined) return { leftOut: `${id}: its zone is not told` };
  if (sizeGiB === undefined) return { leftOut: `${id}: its size is not told` };
  if (!isVolumeType(type)) return { leftOut: `${id}: its type is ${type ?? 'not told'}` };
  const attachedTo = attachmentOf(volume);
  const copyingFrom = initialized.has(id) ? undefined : textOf(volume.SourceVolumeId);
  return {
    ...{ id, zone, type, sizeGiB },
    ...(settings as Omit<Volume, 'id' | 'zone' | 'type' | 'sizeGiB'>),
    ...(isVolumeState(state) && { state }),
    ...(attachedTo !== undefined && { attachedTo }),
    ...(copyingFrom !== undefined && { copyingFrom }),
    tags: tagsOf(volume.Tags),
  };
}

/** A volume can be attached to several instances; an inventory knows the first. */
function attachmentOf({ Attachments, State }: Ec2Volume): Volume['attachedTo'] | undefined {
  // Servers that change states at once may still list what was detached.
  const [attachment] =
    State === 'available' ? [] : (Attachments ?? []).filter((candidate) => candidate.State !== 'detached');
  const instanceId = textOf(attachment?.InstanceId);
  const device = textOf(attachment?.Device);
  return instanceId === undefined || device === undefined ? undefined : { instanceId, device };
}

function isVolumeType(type: string | undefined): type is Volume['type'] {
  return VOLUME_TYPES.some((known) => known === type);
}

function isVolumeState(state: string | undefined): state is NonNullable<Volume['state']> {
  return state !== undefined && VOLUME_STATES.has(state);
}

function inventorySnapshot(snapshot: Ec2Snapshot, fsr: readonly Fsr[]): Snapshot | LeftOut {
  const id = textOf(snapshot.SnapshotId);
  const volumeId = textOf(snapshot.VolumeId);
  const startedAt = instantOf(snapshot.StartTime);
  const sizeGiB = gibOf(snapshot.VolumeSize);
  const { State: state } = snapshot;
  if (id === undefined) return { leftOut: 'a snapshot without an id' };
  if (volumeId === undefined) return { leftOut: `${id}: its volume is not told` };
  if (startedAt === undefined) return { leftOut: `${id}: when it was taken is not told` };
  if (sizeGiB === undefined) return { leftOut: `${id}: its size is not told` };
  if (!isSnapshotState(state)) return { leftOut: `${id}: its state is ${state ?? 'not told'}` };
  const bytes = wholeOf(snapshot.FullSnapshotSizeInBytes);
  const isArchived = snapshot.StorageTier === 'archive' && snapshot.RestoreExpiryTime === undefined;
  return {
    id,
    volumeId,
    startedAt,
    state,
    sizeGiB,
    ...(bytes !== undefined && { fullSizeGiB: Math.min(sizeGiB, bytes / BYTES_PER_GIB) }),
    tier: isArchived ? 'archive' : 'standard',
    ...encryptionOf(snapshot.Encrypted, snapshot.KmsKeyId),
    // Archiving switches it off; a list read before that may not know.
    fsr: isArchived ? fsr.filter(isOff) : [...fsr],
    tags: tagsOf(snapshot.Tags),
  };
}

function isOff({ state }: Fsr): boolean {
  return state === 'disabled' || state === 'disabling';
}

function isSnapshotState(state: string | undefined): state is Snapshot['state'] {
  return state !== undefined && SNAPSHOT_STATES.has(state);
}
