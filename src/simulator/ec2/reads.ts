import type {
  DescribeAvailabilityZonesCommandInput,
  DescribeAvailabilityZonesCommandOutput,
  DescribeInstancesCommandInput,
  DescribeInstancesCommandOutput,
  DescribeInstanceTypesCommandInput,
  DescribeInstanceTypesCommandOutput,
  InstanceStateName,
  InstanceTypeInfo,
  _InstanceType,
} from '@aws-sdk/client-ec2';
import { checkIds, ec2Page, refuseUnknown } from './paging.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { compileFilters, idsInFilter } from '../service/filters.ts';
import type { Call } from '../service/operation.ts';
import { EC2_INSTANCE_TYPES_PER_CALL, EC2_PAGE, INSTANCE_TYPE_PAGE } from '../model/rates.ts';
import type { InstanceRecord } from '../model/records.ts';
import type { WorldState } from '../state/state.ts';
import { tagList } from '../service/tags.ts';
import { volumeStateAt } from '../model/volume-timeline.ts';
import { zoneIdOf } from './zones.ts';

type Answer<T> = Omit<T, '$metadata'>;

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
          InstanceType: typeOf(value) as _InstanceType,
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

/** A made-up type for each throughput that instances have: an inventory knows no types. */
function typeOf({ ebsThroughputMiBps }: InstanceRecord): string {
  return ebsThroughputMiBps === undefined ? 'sim.plain' : `sim.ebs${ebsThroughputMiBps}`;
}

export function describeInstanceTypes(
  state: WorldState,
  input: DescribeInstanceTypesCommandInput,
): Answer<DescribeInstanceTypesCommandOutput> {
  const asked: readonly string[] | undefined = input.InstanceTypes;
  if (asked !== undefined && asked.length > EC2_INSTANCE_TYPES_PER_CALL)
    throw ec2Failure(
      'InvalidParameterValue',
      `A request takes at most ${EC2_INSTANCE_TYPES_PER_CALL} instance types; it has ${asked.length}.`,
    );
  const throughputs = new Map(
    state.instances.values().map((instance) => [typeOf(instance), instance.ebsThroughputMiBps]),
  );
  const types = [...throughputs]
    .map(([id, ebsThroughputMiBps]) => ({ id, ebsThroughputMiBps }))
    .map((value, serial) => ({ serial, value }))
    .filter(({ value }) => asked?.includes(value.id) ?? true);
  refuseUnknown(asked, types, (id) =>
    ec2Failure('InvalidInstanceType', `The following supplied instance types do not exist: [${id}]`),
  );
  const holds = compileFilters<{ readonly id: string; readonly tags?: never }>(input.Filters, {
    'instance-type': ({ id }) => [id],
  });
  const page = ec2Page(
    types.filter(({ value }) => holds(value)),
    input,
    INSTANCE_TYPE_PAGE,
  );
  return {
    InstanceTypes: page.items.map(({ value }) => typeShape(value.id, value.ebsThroughputMiBps)),
    NextToken: page.next,
  };
}

function typeShape(type: string, ebsThroughputMiBps: number | undefined): InstanceTypeInfo {
  return {
    InstanceType: type as _InstanceType,
    CurrentGeneration: true,
    ...(ebsThroughputMiBps === undefined
      ? {}
      : {
          EbsInfo: {
            EbsOptimizedSupport: 'default',
            EbsOptimizedInfo: {
              BaselineThroughputInMBps: ebsThroughputMiBps,
              MaximumThroughputInMBps: ebsThroughputMiBps,
            },
          },
        }),
  };
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
