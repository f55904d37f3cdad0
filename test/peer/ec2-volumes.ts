import type { Tree } from './answer.ts';
import { chosen, filtered, specifiedTags, tagSet } from './ec2-tags.ts';
import { born, pageOf, read, write, type Call, type Operations } from './operation.ts';
import { invalid, Refusal, required } from './refusal.ts';
import { fastRestoreKey, find, visible, type Volume } from './world.ts';

const TYPES: ReadonlySet<string> = new Set(['standard', 'gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1']);
const IOPS_TYPES: ReadonlySet<string> = new Set(['gp3', 'io1', 'io2']);

export function noVolume(id: string): Refusal {
  return new Refusal('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
}

function stateOf(volume: Volume, now: number): string {
  if (volume.goneAt !== undefined) return 'deleting';
  if (now < volume.readyAt) return 'creating';
  return volume.attachedTo === undefined ? 'available' : 'in-use';
}

function attachments(volume: Volume): Tree {
  const { attachedTo } = volume;
  if (attachedTo === undefined) return {};
  const { instanceId, device } = attachedTo;
  return {
    item: { volumeId: volume.id, instanceId, device, status: 'attached', deleteOnTermination: false },
  };
}

function volumeTree(volume: Volume, now: number): { readonly [name: string]: Tree } {
  return {
    volumeId: volume.id,
    size: volume.sizeGiB,
    snapshotId: volume.snapshotId ?? '',
    availabilityZone: volume.zone,
    status: stateOf(volume, now),
    createTime: new Date(volume.createdAt),
    attachmentSet: attachments(volume),
    volumeType: volume.type,
    iops: volume.iops,
    throughput: volume.throughput,
    encrypted: volume.encrypted,
    kmsKeyId: volume.kmsKeyId,
    multiAttachEnabled: false,
    fastRestored: volume.fastRestored,
    volumeInitializationRate: volume.rate,
    tagSet: tagSet(volume.tags),
  };
}

function createVolume(call: Call): { readonly [name: string]: Tree } {
  const { input, world, now } = call;
  const token = input.text('ClientToken');
  const parameters = JSON.stringify(input.plain);
  const earlier = token === undefined || call.ignoresTokens ? undefined : world.tokens.get(token);
  if (earlier !== undefined) {
    if (earlier.parameters !== parameters)
      throw new Refusal('IdempotentParameterMismatch', 'The client token was used with other parameters.');
    const volume = world.volumes.get(earlier.volumeId);
    if (volume !== undefined) return volumeTree(volume, now);
  }
  const volume = newVolume(call);
  world.volumes.set(volume.id, volume);
  if (token !== undefined) world.tokens.set(token, { volumeId: volume.id, parameters });
  // The answer never tells whether fast snapshot restore was used.
  return { ...volumeTree(volume, now), fastRestored: undefined };
}

function newVolume(call: Call): Volume {
  const { input, world, now, delays } = call;
  const zone = required(input.text('AvailabilityZone'), 'AvailabilityZone');
  if (!world.zones.includes(zone))
    throw new Refusal('InvalidZone.NotFound', `The zone '${zone}' does not exist.`);
  const { sizeGiB, snapshotId, encrypted, kmsKeyId } = origin(call);
  const type = input.text('VolumeType') ?? 'gp2';
  const iops = input.number('Iops');
  const throughput = input.number('Throughput');
  const rate = input.number('VolumeInitializationRate');
  if (!TYPES.has(type)) throw invalid(`Value (${type}) for parameter VolumeType is invalid.`);
  if (iops !== undefined && !IOPS_TYPES.has(type))
    throw new Refusal(
      'InvalidParameterCombination',
      `The parameter iops is not supported for ${type} volumes.`,
    );
  if (throughput !== undefined && type !== 'gp3')
    throw new Refusal(
      'InvalidParameterCombination',
      `The parameter Throughput is not supported for ${type} volumes.`,
    );
  if (rate !== undefined && (snapshotId === undefined || rate < 100 || rate > 300))
    throw invalid(
      'The volume initialization rate must be from 100 to 300 MiB/s, for a volume from a snapshot.',
    );
  const fsr = snapshotId === undefined ? undefined : world.fastRestores.get(fastRestoreKey(snapshotId, zone));
  const life = born(call, delays.volumeMs);
  return {
    ...life,
    id: call.newId('vol'),
    zone,
    type,
    sizeGiB,
    ...(snapshotId !== undefined && { snapshotId }),
    ...(iops !== undefined ? { iops } : type === 'gp3' ? { iops: 3_000 } : {}),
    ...(type === 'gp3' && { throughput: throughput ?? 125 }),
    encrypted,
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    ...(rate !== undefined && { rate }),
    ...(fsr !== undefined && fsr.disabledAt === undefined && now >= fsr.enabledAt && { fastRestored: true }),
    hydratedAt: life.readyAt + (delays.hydrationMs ?? 0),
    tags: specifiedTags(input, 'volume'),
  };
}

interface Origin {
  readonly sizeGiB: number;
  readonly snapshotId?: string;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string;
}

/** What it is made from. */
function origin({ input, world, now }: Call): Origin {
  const encrypted = input.flag('Encrypted');
  const kmsKeyId = input.text('KmsKeyId');
  const snapshotId = input.text('SnapshotId');
  const size = input.number('Size');
  if (snapshotId === undefined || snapshotId === '') {
    if (size === undefined)
      throw new Refusal('MissingParameter', 'The request must contain the parameter size or snapshotId');
    return { sizeGiB: size, encrypted: encrypted ?? false, ...(kmsKeyId !== undefined && { kmsKeyId }) };
  }
  const snapshot = find(world.snapshots, snapshotId, now);
  if (snapshot === undefined)
    throw new Refusal('InvalidSnapshot.NotFound', `The snapshot '${snapshotId}' does not exist.`);
  if (now < snapshot.readyAt || (snapshot.state ?? 'completed') !== 'completed')
    throw new Refusal('IncorrectState', `Snapshot is in invalid state - ${snapshot.state ?? 'pending'}`);
  if (snapshot.encrypted && encrypted === false)
    throw invalid('The parameter encrypted cannot be false for a volume from an encrypted snapshot.');
  if (size !== undefined && size < snapshot.sizeGiB)
    throw invalid(`Volume of ${size}GiB is too small; must be at least ${snapshot.sizeGiB}GiB`);
  const key = kmsKeyId ?? snapshot.kmsKeyId;
  return {
    sizeGiB: size ?? snapshot.sizeGiB,
    snapshotId,
    encrypted: (encrypted ?? false) || snapshot.encrypted,
    ...(key !== undefined && { kmsKeyId: key }),
  };
}

function deleteVolume({ input, world, now, delays }: Call): { readonly [name: string]: Tree } {
  const id = required(input.text('VolumeId'), 'VolumeId');
  const volume = find(world.volumes, id, now);
  if (volume === undefined || volume.goneAt !== undefined) throw noVolume(id);
  if (volume.attachedTo !== undefined)
    throw new Refusal('VolumeInUse', `Volume ${id} is currently attached to ${volume.attachedTo.instanceId}`);
  volume.goneAt = now + (delays.deleteMs ?? 0);
  return { return: true };
}

function describeVolumes(call: Call): { readonly [name: string]: Tree } {
  const { input, world, now } = call;
  const named = chosen(visible(world.volumes.values(), now), input.texts('VolumeId'), noVolume);
  const found = filtered(named, input, {
    'volume-id': ({ id }) => id,
    'availability-zone': ({ zone }) => zone,
    'snapshot-id': ({ snapshotId }) => snapshotId,
    'volume-type': ({ type }) => type,
    status: (volume) => stateOf(volume, now),
    'attachment.instance-id': ({ attachedTo }) => attachedTo?.instanceId,
  });
  const { items, next } = pageOf(found, call, input.number('MaxResults'), input.text('NextToken'));
  return { volumeSet: { item: items.map((volume) => volumeTree(volume, now)) }, nextToken: next };
}

function describeVolumeStatus(call: Call): { readonly [name: string]: Tree } {
  const { input, world, now } = call;
  const named = chosen(visible(world.volumes.values(), now), input.texts('VolumeId'), noVolume);
  const { items, next } = pageOf(named, call, input.number('MaxResults'), input.text('NextToken'));
  return { volumeStatusSet: { item: items.map((volume) => statusTree(volume, now)) }, nextToken: next };
}

function statusTree(volume: Volume, now: number): Tree {
  const progress = hydration(volume, now);
  const isDone = progress === 100;
  const details = [
    { name: 'io-enabled', status: 'passed' },
    { name: 'io-performance', status: 'not-applicable' },
    { name: 'initialization-state', status: isDone ? 'completed' : 'initializing' },
  ];
  return {
    volumeId: volume.id,
    availabilityZone: volume.zone,
    volumeStatus: { status: 'ok', details: { item: details } },
    initializationStatusDetails: {
      initializationType: volume.rate === undefined ? 'default' : 'provisioned-rate',
      progress,
    },
    actionsSet: {},
    eventsSet: {},
  };
}

function hydration({ readyAt, hydratedAt, fastRestored }: Volume, now: number): number {
  if (fastRestored === true || now >= hydratedAt) return 100;
  return Math.max(0, Math.min(99, Math.floor((100 * (now - readyAt)) / (hydratedAt - readyAt))));
}

export const volumeOperations: Operations = {
  CreateVolume: write(createVolume),
  DeleteVolume: write(deleteVolume),
  DescribeVolumes: read(describeVolumes),
  DescribeVolumeStatus: read(describeVolumeStatus),
};
