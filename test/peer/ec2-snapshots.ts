import type { Tree } from './answer.ts';
import { chosen, filtered, specifiedTags, tagSet } from './ec2-tags.ts';
import { noVolume } from './ec2-volumes.ts';
import { born, pageOf, read, write, type Call, type Operations } from './operation.ts';
import { Refusal, required } from './refusal.ts';
import { fastRestoreKey, find, visible, type FastRestore, type Snapshot } from './world.ts';

const MOST_SNAPSHOTS_A_CALL = 10;

function noSnapshot(id: string): Refusal {
  return new Refusal('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
}

function stateOf({ state, readyAt }: Snapshot, now: number): string {
  return state ?? (now < readyAt ? 'pending' : 'completed');
}

function snapshotTree(snapshot: Snapshot, owner: string, now: number): { readonly [name: string]: Tree } {
  const { createdAt, readyAt } = snapshot;
  const percent = now >= readyAt ? 100 : Math.floor((100 * (now - createdAt)) / (readyAt - createdAt));
  return {
    snapshotId: snapshot.id,
    volumeId: snapshot.volumeId,
    status: stateOf(snapshot, now),
    startTime: new Date(createdAt),
    ...(now >= readyAt && { completionTime: new Date(readyAt) }),
    progress: `${percent}%`,
    ownerId: owner,
    volumeSize: snapshot.sizeGiB,
    fullSnapshotSizeInBytes: snapshot.fullSizeBytes,
    description: snapshot.description ?? '',
    encrypted: snapshot.encrypted,
    kmsKeyId: snapshot.kmsKeyId,
    storageTier: snapshot.tier,
    tagSet: tagSet(snapshot.tags),
  };
}

function describeSnapshots(call: Call): { readonly [name: string]: Tree } {
  const { input, world, now } = call;
  const owners = input.texts('Owner');
  const mine = owners.length === 0 || owners.includes('self') || owners.includes(world.account);
  const all = mine ? visible(world.snapshots.values(), now) : [];
  const found = filtered(chosen(all, input.texts('SnapshotId'), noSnapshot), input, {
    'snapshot-id': ({ id }) => id,
    'volume-id': ({ volumeId }) => volumeId,
    'owner-id': () => world.account,
    'storage-tier': ({ tier }) => tier,
    status: (snapshot) => stateOf(snapshot, now),
  });
  const { items, next } = pageOf(found, call, input.number('MaxResults'), input.text('NextToken'));
  const item = items.map((snapshot) => snapshotTree(snapshot, world.account, now));
  return { snapshotSet: { item }, nextToken: next };
}

function createSnapshot(call: Call): { readonly [name: string]: Tree } {
  const { input, world, now, delays } = call;
  const volumeId = required(input.text('VolumeId'), 'VolumeId');
  const volume = find(world.volumes, volumeId, now);
  if (volume === undefined || volume.goneAt !== undefined) throw noVolume(volumeId);
  const description = input.text('Description');
  const snapshot: Snapshot = {
    ...born(call, delays.snapshotMs),
    id: call.newId('snap'),
    volumeId,
    sizeGiB: volume.sizeGiB,
    tier: 'standard',
    encrypted: volume.encrypted,
    ...(volume.kmsKeyId !== undefined && { kmsKeyId: volume.kmsKeyId }),
    ...(description !== undefined && { description }),
    tags: specifiedTags(input, 'snapshot'),
  };
  world.snapshots.set(snapshot.id, snapshot);
  return snapshotTree(snapshot, world.account, now);
}

function deleteSnapshot({ input, world, now }: Call): { readonly [name: string]: Tree } {
  const id = required(input.text('SnapshotId'), 'SnapshotId');
  const snapshot = find(world.snapshots, id, now);
  if (snapshot === undefined) throw noSnapshot(id);
  snapshot.goneAt = now;
  return { return: true };
}

function fastRestoreState({ enablingAt, enabledAt, disabledAt }: FastRestore, now: number): string {
  if (disabledAt !== undefined) return 'disabled';
  if (now >= enabledAt) return 'enabled';
  return now - enablingAt < (enabledAt - enablingAt) / 10 ? 'enabling' : 'optimizing';
}

function fastRestoreTree(entry: FastRestore, owner: string, now: number): Tree {
  const { snapshotId, zone, enablingAt, enabledAt, disabledAt } = entry;
  return {
    snapshotId,
    availabilityZone: zone,
    state: fastRestoreState(entry, now),
    stateTransitionReason: 'Client.UserInitiated',
    ownerId: owner,
    enablingTime: new Date(enablingAt),
    ...(now >= enabledAt && { enabledTime: new Date(enabledAt) }),
    ...(disabledAt !== undefined && { disabledTime: new Date(disabledAt) }),
  };
}

function describeFastRestores(call: Call): { readonly [name: string]: Tree } {
  const { input, world, now } = call;
  const found = filtered<FastRestore & { readonly tags?: never }>([...world.fastRestores.values()], input, {
    'snapshot-id': ({ snapshotId }) => snapshotId,
    'availability-zone': ({ zone }) => zone,
    'owner-id': () => world.account,
    state: (entry) => fastRestoreState(entry, now),
  });
  const { items, next } = pageOf(found, call, input.number('MaxResults') ?? 200, input.text('NextToken'));
  const item = items.map((entry) => fastRestoreTree(entry, world.account, now));
  return { fastSnapshotRestoreSet: { item }, nextToken: next };
}

/** What keeps one snapshot from being switched; `undefined` when it was. */
type Switch = (call: Call, snapshotId: string, zone: string) => { code: string; message: string } | undefined;

function switchAll(call: Call, one: Switch): { readonly [name: string]: Tree } {
  const { input, world, now } = call;
  const ids = input.texts('SourceSnapshotId');
  if (ids.length > MOST_SNAPSHOTS_A_CALL)
    throw new Refusal(
      'InvalidRequest',
      'Number of values of parameter SourceSnapshotIds must be less than or equal to 10.',
    );
  const successful: Tree[] = [];
  const unsuccessful: Tree[] = [];
  for (const snapshotId of ids)
    for (const zone of input.texts('AvailabilityZone')) {
      const error = one(call, snapshotId, zone);
      const entry = world.fastRestores.get(fastRestoreKey(snapshotId, zone));
      if (error !== undefined || entry === undefined) {
        const item = { availabilityZone: zone, error };
        unsuccessful.push({ snapshotId, fastSnapshotRestoreStateErrorSet: { item } });
      } else successful.push(fastRestoreTree(entry, world.account, now));
    }
  return { successful: { item: successful }, unsuccessful: { item: unsuccessful } };
}

const enableOne: Switch = ({ world, now, delays }, snapshotId, zone) => {
  if (find(world.snapshots, snapshotId, now) === undefined)
    return { code: 'InvalidSnapshot.NotFound', message: `The snapshot '${snapshotId}' does not exist.` };
  const key = fastRestoreKey(snapshotId, zone);
  const isOn = world.fastRestores.get(key)?.disabledAt === undefined && world.fastRestores.has(key);
  if (isOn) return { code: 'InvalidSnapshot.InvalidState', message: 'Fast snapshot restore is on already.' };
  const on = new Set(
    [...world.fastRestores.values()]
      .filter(({ disabledAt }) => disabledAt === undefined)
      .map((entry) => entry.snapshotId),
  );
  if (!on.has(snapshotId) && on.size >= world.limits.fsrSnapshots)
    return {
      code: 'FastSnapshotRestoreLimitExceeded',
      message: 'The limit of snapshots with fast snapshot restore is reached.',
    };
  world.fastRestores.set(key, { snapshotId, zone, enablingAt: now, enabledAt: now + (delays.fsrMs ?? 0) });
  return undefined;
};

const disableOne: Switch = ({ world, now }, snapshotId, zone) => {
  const entry = world.fastRestores.get(fastRestoreKey(snapshotId, zone));
  if (entry === undefined || entry.disabledAt !== undefined)
    return { code: 'InvalidSnapshot.InvalidState', message: 'Fast snapshot restore is off already.' };
  entry.disabledAt = now;
  return undefined;
};

export const snapshotOperations: Operations = {
  DescribeSnapshots: read(describeSnapshots),
  CreateSnapshot: write(createSnapshot),
  DeleteSnapshot: write(deleteSnapshot),
  DescribeFastSnapshotRestores: read(describeFastRestores),
  EnableFastSnapshotRestores: write((call) => switchAll(call, enableOne)),
  DisableFastSnapshotRestores: write((call) => switchAll(call, disableOne)),
};
