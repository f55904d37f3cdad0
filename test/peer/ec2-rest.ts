import type { Tree } from './answer.ts';
import { checkedTags, chosen, filtered, tagSet } from './ec2-tags.ts';
import { noVolume } from './ec2-volumes.ts';
import { pageOf, read, write, type Call, type Operations } from './operation.ts';
import { Refusal } from './refusal.ts';
import { find, type Instance, type Snapshot, type Volume } from './world.ts';

const STATE_CODES: Readonly<Record<string, number>> = {
  pending: 0,
  running: 16,
  terminated: 48,
  stopped: 80,
};

function instanceTree({ id, zone, type, state, tags }: Instance): Tree {
  return {
    instanceId: id,
    instanceType: type,
    placement: { availabilityZone: zone, tenancy: 'default' },
    instanceState: { code: STATE_CODES[state] ?? 0, name: state },
    tagSet: tagSet(tags),
  };
}

/** One instance a reservation, as launches one by one make them. */
function describeInstances(call: Call): { readonly [name: string]: Tree } {
  const { input, world } = call;
  const missing = (id: string) =>
    new Refusal('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  const named = chosen([...world.instances.values()], input.texts('InstanceId'), missing);
  const found = filtered(named, input, {
    'instance-id': ({ id }) => id,
    'instance-state-name': ({ state }) => state,
    'availability-zone': ({ zone }) => zone,
  });
  const { items, next } = pageOf(found, call, input.number('MaxResults'), input.text('NextToken'));
  const item = items.map((instance) => ({
    reservationId: `r-${instance.id.slice(2)}`,
    ownerId: world.account,
    groupSet: {},
    instancesSet: { item: instanceTree(instance) },
  }));
  return { reservationSet: { item }, nextToken: next };
}

/** Throughput in MB/s by size, from small to large. */
const THROUGHPUT: Readonly<Record<string, number>> = {
  medium: 81.25,
  large: 81.25,
  xlarge: 143.75,
  '2xlarge': 287.5,
  '4xlarge': 593.75,
};

function describeInstanceTypes(call: Call): { readonly [name: string]: Tree } {
  const { input, world } = call;
  const asked = input.texts('InstanceType');
  const known =
    asked.length > 0 ? asked : [...new Set([...world.instances.values()].map(({ type }) => type))];
  const { items, next } = pageOf(known, call, input.number('MaxResults'), input.text('NextToken'));
  const item = items.map((instanceType) => {
    const [, size = ''] = instanceType.split('.');
    const baselineThroughputInMBps = THROUGHPUT[size] ?? 1_187.5;
    const ebsOptimizedInfo = {
      baselineBandwidthInMbps: Math.round(baselineThroughputInMBps * 8),
      baselineThroughputInMBps,
      baselineIops: 40_000,
      maximumBandwidthInMbps: 10_000,
      maximumThroughputInMBps: 1_250,
      maximumIops: 40_000,
    };
    return {
      instanceType,
      ebsInfo: { ebsOptimizedSupport: 'default', encryptionSupport: 'supported', ebsOptimizedInfo },
    };
  });
  return { instanceTypeSet: { item }, nextToken: next };
}

function describeZones(call: Call): { readonly [name: string]: Tree } {
  const { input, world } = call;
  const zones = world.zones.map((zone, index) => ({ zone, id: `use1-az${index + 1}` }));
  const found = filtered<{ zone: string; id: string; readonly tags?: never }>(zones, input, {
    'zone-name': ({ zone }) => zone,
    'zone-id': ({ id }) => id,
    'zone-type': () => 'availability-zone',
    'region-name': () => world.region,
    state: () => 'available',
  });
  const item = found.map(({ zone, id }) => ({
    zoneName: zone,
    zoneId: id,
    zoneState: 'available',
    zoneType: 'availability-zone',
    regionName: world.region,
    optInStatus: 'opt-in-not-required',
    messageSet: {},
  }));
  return { availabilityZoneInfo: { item } };
}

function taggable({ input, world, now }: Call): readonly (Volume | Snapshot)[] {
  return input.texts('ResourceId').map((id) => {
    const thing = find(world.volumes, id, now) ?? find(world.snapshots, id, now);
    if (thing !== undefined) return thing;
    if (id.startsWith('snap-'))
      throw new Refusal('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
    throw noVolume(id);
  });
}

function createTags(call: Call): { readonly [name: string]: Tree } {
  for (const thing of taggable(call)) thing.tags = checkedTags(call.input.groups('Tag'), thing.tags);
  return { return: true };
}

/** A value that is given must be the present one. */
function deleteTags(call: Call): { readonly [name: string]: Tree } {
  for (const thing of taggable(call)) {
    const doomed = call.input.groups('Tag').flatMap((tag) => {
      const key = tag.text('Key') ?? '';
      const value = tag.text('Value');
      return value === undefined || thing.tags[key] === value ? [key] : [];
    });
    thing.tags = Object.fromEntries(Object.entries(thing.tags).filter(([key]) => !doomed.includes(key)));
  }
  return { return: true };
}

export const otherEc2Operations: Operations = {
  DescribeInstances: read(describeInstances),
  DescribeInstanceTypes: read(describeInstanceTypes),
  DescribeAvailabilityZones: read(describeZones),
  CreateTags: write(createTags),
  DeleteTags: write(deleteTags),
};
