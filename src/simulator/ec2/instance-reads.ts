import type {
  DescribeInstancesCommandInput,
  DescribeInstancesCommandOutput,
  DescribeInstanceTypesCommandInput,
  DescribeInstanceTypesCommandOutput,
  Instance,
  InstanceStateName,
  InstanceTypeInfo,
  _InstanceType,
} from '@aws-sdk/client-ec2';
import { attachmentPoint, isNitro, NITRO_ATTACHMENTS } from '../../facts/ebs.ts';
import type { Instant } from '../../time.ts';
import { checkIds, ec2Page, refuseUnknown } from './paging.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { compileFilters, idsInFilter } from '../service/filters.ts';
import type { Call } from '../service/operation.ts';
import { EC2_INSTANCE_TYPES_PER_CALL, EC2_PAGE, INSTANCE_TYPE_PAGE } from '../model/rates.ts';
import type { InstanceRecord } from '../model/records.ts';
import type { WorldState } from '../state/state.ts';
import { tagList } from '../service/tags.ts';
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
  refuseUnknown(input.InstanceIds, found, instanceNotFound);
  const page = ec2Page(
    found.filter(({ value }) => holds(value)),
    input,
    EC2_PAGE,
  );
  return {
    Reservations: page.items.map(({ value }) => ({
      ReservationId: `r-${state.dice.hex(17, `reservation/${value.id}`)}`,
      OwnerId: state.account.id,
      Instances: [instanceShape(state, value, call.now)],
    })),
    NextToken: page.next,
  };
}

export function instanceNotFound(id: string): Error {
  return ec2Failure('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
}

const STATE_CODES: Readonly<Record<string, number>> = {
  ...{ pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 },
};

function instanceShape(state: WorldState, instance: InstanceRecord, now: Instant): Instance {
  const attached = state.attachedTo(instance.id, now, true).map(({ volume, attachment }) => ({
    DeviceName: attachment.device,
    Ebs: {
      VolumeId: volume.id,
      // Here a busy one is detaching.
      Status: attachment.state === 'busy' ? ('detaching' as const) : attachment.state,
      AttachTime: new Date(attachment.at),
      DeleteOnTermination: false,
    },
  }));
  return {
    InstanceId: instance.id,
    InstanceType: typeOf(instance) as _InstanceType,
    State: { Name: instance.state as InstanceStateName, Code: STATE_CODES[instance.state] },
    Placement: {
      AvailabilityZone: instance.zone,
      AvailabilityZoneId: zoneIdOf(state.account, instance.zone),
    },
    // EC2 says xen of Nitro instances, too: their types tell.
    Hypervisor: 'xen',
    RootDeviceType: 'ebs',
    RootDeviceName: attached.find(({ DeviceName }) => isRootDevice(DeviceName))?.DeviceName,
    BlockDeviceMappings: attached,
    Tags: tagList(instance.tags),
  };
}

/** ? Which device is the root follows from the image, which an inventory does not tell. */
export function isRootDevice(device: string): boolean {
  return ['sda', 'sda1'].includes(attachmentPoint(device) ?? '');
}

/** Where the inventory tells no type, a made-up one for each throughput that instances have. */
export function typeOf({ type, ebsThroughputMiBps }: InstanceRecord): string {
  return type ?? (ebsThroughputMiBps === undefined ? 'sim.plain' : `sim.ebs${ebsThroughputMiBps}`);
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
    Hypervisor: isNitro(type) ? 'nitro' : 'xen',
    EbsInfo: {
      NvmeSupport: isNitro(type) ? 'required' : 'unsupported',
      ...(isNitro(type)
        ? { MaximumEbsAttachments: NITRO_ATTACHMENTS, AttachmentLimitType: 'shared' as const }
        : {}),
      ...(ebsThroughputMiBps === undefined
        ? {}
        : {
            EbsOptimizedSupport: 'default' as const,
            EbsOptimizedInfo: {
              BaselineThroughputInMBps: ebsThroughputMiBps,
              MaximumThroughputInMBps: ebsThroughputMiBps,
            },
          }),
    },
  };
}
