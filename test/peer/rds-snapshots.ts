import type { Tree } from './answer.ts';
import { born, pageOf, read, write, type Call, type Operations } from './operation.ts';
import {
  arnOf,
  dbFiltered,
  dbTags,
  newIdentifier,
  noDbSnapshot,
  noInstance,
  pageSize,
  tagList,
} from './rds-things.ts';
import { invalid, Refusal, required } from './refusal.ts';
import { find, visible, type DbThing } from './world.ts';

type Fields = { readonly [name: string]: Tree };

function snapshotStatus({ status, readyAt }: DbThing, now: number): string {
  return status ?? (now < readyAt ? 'creating' : 'available');
}

function snapshotTree(snapshot: DbThing, now: number): Fields {
  const { createdAt, readyAt } = snapshot;
  return {
    DBSnapshotIdentifier: snapshot.id,
    DBSnapshotArn: snapshot.arn,
    Status: snapshotStatus(snapshot, now),
    PercentProgress: now >= readyAt ? 100 : Math.floor((100 * (now - createdAt)) / (readyAt - createdAt)),
    // One still being taken has no time yet.
    ...(now >= readyAt && { SnapshotCreateTime: new Date(createdAt) }),
    ...snapshot.fields,
    TagList: tagList(snapshot.tags),
  };
}

function describeSnapshots(call: Call): Fields {
  const { input, world, now } = call;
  const id = input.text('DBSnapshotIdentifier')?.toLowerCase();
  const of = input.text('DBInstanceIdentifier')?.toLowerCase();
  const type = input.text('SnapshotType');
  const all = visible(world.dbSnapshots.values(), now);
  const named = id === undefined ? all : all.filter((snapshot) => snapshot.id === id || snapshot.arn === id);
  if (id !== undefined && named.length === 0) throw noDbSnapshot(id);
  const wanted = named.filter(
    ({ fields }) =>
      (of === undefined || fields['DBInstanceIdentifier'] === of) &&
      (type === undefined || fields['SnapshotType'] === type),
  );
  const found = dbFiltered(wanted, input, {
    'db-snapshot-id': (snapshot) => snapshot.id,
    'db-instance-id': ({ fields }) => fields['DBInstanceIdentifier'],
    'snapshot-type': ({ fields }) => fields['SnapshotType'],
    engine: ({ fields }) => fields['Engine'],
  });
  const { items, next } = pageOf(found, call, pageSize(input), input.text('Marker'));
  return { DBSnapshots: { DBSnapshot: items.map((snapshot) => snapshotTree(snapshot, now)) }, Marker: next };
}

const COPIED = ['Engine', 'EngineVersion', 'AllocatedStorage', 'StorageType', 'KmsKeyId', 'DBInstanceClass'];

function createSnapshot(call: Call): Fields {
  const { input, world, now, delays } = call;
  const id = newIdentifier(input.text('DBSnapshotIdentifier'), 'DBSnapshotIdentifier', 255);
  const instanceId = required(input.text('DBInstanceIdentifier'), 'DBInstanceIdentifier').toLowerCase();
  if (find(world.dbSnapshots, id, now) !== undefined)
    throw new Refusal(
      'DBSnapshotAlreadyExists',
      `Cannot create the snapshot because a snapshot with the identifier ${id} already exists.`,
    );
  const instance = find(world.dbInstances, instanceId, now);
  if (instance === undefined) throw noInstance(instanceId);
  if (now < instance.readyAt || instance.goneAt !== undefined)
    throw new Refusal('InvalidDBInstanceState', 'DB instance is not in available state.');
  const snapshot: DbThing = {
    ...born(call, delays.dbSnapshotMs),
    id,
    arn: arnOf(world, 'snapshot', id),
    fields: {
      DBInstanceIdentifier: instanceId,
      SnapshotType: 'manual',
      Encrypted: instance.fields['StorageEncrypted'] ?? false,
      ...Object.fromEntries(COPIED.map((name) => [name, instance.fields[name]])),
    },
    tags: dbTags(input.groups('Tags')),
  };
  world.dbSnapshots.set(id, snapshot);
  return { DBSnapshot: snapshotTree(snapshot, now) };
}

function deleteSnapshot({ input, world, now }: Call): Fields {
  const id = required(input.text('DBSnapshotIdentifier'), 'DBSnapshotIdentifier').toLowerCase();
  const snapshot = find(world.dbSnapshots, id, now);
  if (snapshot === undefined) throw noDbSnapshot(id);
  if (snapshot.fields['SnapshotType'] === 'automated')
    throw new Refusal('InvalidDBSnapshotState', 'Automated snapshots cannot be deleted.');
  snapshot.goneAt = now;
  return { DBSnapshot: snapshotTree({ ...snapshot, status: 'deleted' }, now) };
}

function clusters(call: Call): Fields {
  const found = clusterThings(call, 'dbClusters', 'DBClusterIdentifier', 'DBClusterNotFoundFault');
  const DBCluster = found.items.map(({ id, arn, fields, tags }) => ({
    DBClusterIdentifier: id,
    DBClusterArn: arn,
    Status: 'available',
    ...fields,
    TagList: tagList(tags),
  }));
  return { DBClusters: { DBCluster }, Marker: found.next };
}

function clusterSnapshots(call: Call): Fields {
  const found = clusterThings(
    call,
    'dbClusterSnapshots',
    'DBClusterSnapshotIdentifier',
    'DBClusterSnapshotNotFoundFault',
  );
  const DBClusterSnapshot = found.items.map(({ id, arn, fields, tags }) => ({
    DBClusterSnapshotIdentifier: id,
    DBClusterSnapshotArn: arn,
    Status: 'available',
    ...fields,
    TagList: tagList(tags),
  }));
  return { DBClusterSnapshots: { DBClusterSnapshot }, Marker: found.next };
}

function clusterThings(call: Call, list: 'dbClusters' | 'dbClusterSnapshots', name: string, missing: string) {
  const { input, world, now } = call;
  const id = input.text(name)?.toLowerCase();
  const all = visible(world[list].values(), now);
  const named = id === undefined ? all : all.filter((thing) => thing.id === id);
  if (id !== undefined && named.length === 0) throw new Refusal(missing, `${id} not found.`, 404);
  return pageOf(named, call, pageSize(input), input.text('Marker'));
}

function taggedThing({ input, world, now }: Call): DbThing {
  const arn = required(input.text('ResourceName'), 'ResourceName');
  if (!arn.startsWith('arn:aws:rds:')) throw invalid(`The parameter ResourceName must be an ARN: ${arn}`);
  const id = arn.split(':').slice(6).join(':');
  const isSnapshot = arn.split(':')[5] === 'snapshot';
  const thing = find(isSnapshot ? world.dbSnapshots : world.dbInstances, id, now);
  if (thing === undefined) throw isSnapshot ? noDbSnapshot(id) : noInstance(id);
  return thing;
}

export const dbSnapshotOperations: Operations = {
  DescribeDBSnapshots: read(describeSnapshots),
  CreateDBSnapshot: write(createSnapshot),
  DeleteDBSnapshot: write(deleteSnapshot),
  DescribeDBClusters: read(clusters),
  DescribeDBClusterSnapshots: read(clusterSnapshots),
  ListTagsForResource: read((call) => ({ TagList: tagList(taggedThing(call).tags) })),
  AddTagsToResource: write((call) => {
    const thing = taggedThing(call);
    thing.tags = dbTags(call.input.groups('Tags'), thing.tags);
    return {};
  }),
  RemoveTagsFromResource: write((call) => {
    const thing = taggedThing(call);
    const keys = new Set(call.input.texts('TagKeys'));
    thing.tags = Object.fromEntries(Object.entries(thing.tags).filter(([key]) => !keys.has(key)));
    return {};
  }),
};
