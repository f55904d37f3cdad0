import { DescribeInstancesCommand, DescribeInstanceTypesCommand } from '@aws-sdk/client-ec2';
import type { Instance, InstanceTypeInfo, Reservation } from '@aws-sdk/client-ec2';
import { DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import type { InstanceInformation } from '@aws-sdk/client-ssm';
import type { Inventory } from '../../inventory/schema.ts';
import type { CallAws } from '../../workflow/base/executor.ts';
import type { CaptureReads, LeftOut } from './reads.ts';
import { namesOf, textOf } from '../../kinds/values.ts';
import { tagsOf } from './values.ts';
import type { Sender } from '../clients.ts';
import type { Ec2Access } from '../ebs-volume/reads.ts';
import { readInChunks, readPages } from '../pages.ts';

export interface CapturedInstances {
  readonly account: string | undefined;
  readonly instances: Inventory['instances'];
}

type CapturedInstance = Inventory['instances'][number];

const INSTANCES_PER_PAGE = 1_000;
/** EC2's largest page of types: one call tells of so many. */
const TYPES_PER_CALL = 100;
/** Systems Manager's largest page. */
const MANAGED_PER_PAGE = 50;
/** The agent has not been heard of for a while: a command would not arrive. */
const OUT_OF_TOUCH: ReadonlySet<string> = new Set(['ConnectionLost', 'Inactive']);

/** Instances, what each can read from its volumes, and whether a command reaches it. */
export async function captureInstances(
  reads: CaptureReads,
  aws: Ec2Access,
  ssm: Sender<'ssm'> | undefined,
): Promise<CapturedInstances> {
  const reservations = await reads.read('ec2', 'DescribeInstances', () => describeReservations(aws));
  const found = (reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
  const present = found.filter(({ State }) => State?.Name !== 'terminated');
  const throughputOf = await readThroughputs(reads, aws, present);
  const managed = await readManaged(reads, ssm, aws.call, present);
  return {
    account: textOf(reservations?.[0]?.OwnerId),
    instances: reads.keep('DescribeInstances', present, (instance) =>
      inventoryInstance(instance, throughputOf, managed),
    ),
  };
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

/** Throughput by instance type, MiB/s. Asked by filter: a type that the Region has never heard of must not fail the others. */
async function readThroughputs(
  reads: CaptureReads,
  aws: Ec2Access,
  instances: readonly Instance[],
): Promise<(instance: Instance) => number | undefined> {
  const types = namesOf(instances.map(({ InstanceType }) => InstanceType)).sort();
  if (types.length === 0) return () => undefined;
  const infos = await reads.read('ec2', 'DescribeInstanceTypes', () =>
    readInChunks(types, TYPES_PER_CALL, (chunk) => describeTypes(aws, chunk)),
  );
  const byType = new Map((infos ?? []).map((info) => [info.InstanceType as string | undefined, info]));
  return (instance) => throughputMiBps(byType.get(instance.InstanceType), instance);
}

function describeTypes(
  { client, call }: Ec2Access,
  types: readonly string[],
): Promise<readonly InstanceTypeInfo[]> {
  return readPages('DescribeInstanceTypes', async (token) => {
    const command = new DescribeInstanceTypesCommand({
      Filters: [{ Name: 'instance-type', Values: [...types] }],
      ...(token !== undefined && { NextToken: token }),
    });
    const page = await call('DescribeInstanceTypes', () => client.send(command));
    return { items: page.InstanceTypes, next: page.NextToken };
  });
}

/**
 * What it can keep up for good: bursts end before a large volume is read. AWS gives megabytes, which are taken for MiB as they are
 * everywhere in its tables of instances: the two differ by 5 %, far less than what a forecast leaves open.
 */
function throughputMiBps(info: InstanceTypeInfo | undefined, { EbsOptimized }: Instance): number | undefined {
  const baseline = info?.EbsInfo?.EbsOptimizedInfo?.BaselineThroughputInMBps;
  if (baseline === undefined || !Number.isFinite(baseline) || baseline < 0) return undefined;
  // An old type that was not asked for it shares its bandwidth with the network.
  if (info?.EbsInfo?.EbsOptimizedSupport === 'supported' && EbsOptimized === false) return undefined;
  return Math.floor(baseline);
}

async function readManaged(
  reads: CaptureReads,
  ssm: Sender<'ssm'> | undefined,
  call: CallAws,
  instances: readonly Instance[],
): Promise<ReadonlySet<string>> {
  if (instances.length === 0) return new Set();
  if (ssm === undefined) {
    reads.lacking('DescribeInstanceInformation');
    return new Set();
  }
  const managed = await reads.read('ssm', 'DescribeInstanceInformation', () => describeManaged(ssm, call));
  return new Set(
    (managed ?? []).flatMap(({ InstanceId, PingStatus }) =>
      InstanceId === undefined || OUT_OF_TOUCH.has(PingStatus ?? '') ? [] : [InstanceId],
    ),
  );
}

function describeManaged(ssm: Sender<'ssm'>, call: CallAws): Promise<readonly InstanceInformation[]> {
  return readPages('DescribeInstanceInformation', async (token) => {
    const command = new DescribeInstanceInformationCommand({
      MaxResults: MANAGED_PER_PAGE,
      ...(token !== undefined && { NextToken: token }),
    });
    const page = await call('DescribeInstanceInformation', () => ssm.send(command));
    return { items: page.InstanceInformationList, next: page.NextToken };
  });
}

function inventoryInstance(
  instance: Instance,
  throughputOf: (instance: Instance) => number | undefined,
  managed: ReadonlySet<string>,
): CapturedInstance | LeftOut {
  const id = textOf(instance.InstanceId);
  const zone = textOf(instance.Placement?.AvailabilityZone);
  if (id === undefined) return { leftOut: 'an instance without an id' };
  if (zone === undefined) return { leftOut: `${id}: its zone is not told` };
  const ebsThroughputMiBps = throughputOf(instance);
  return {
    id,
    zone,
    state: instance.State?.Name ?? 'unknown',
    ...(ebsThroughputMiBps !== undefined && { ebsThroughputMiBps }),
    managedBySsm: managed.has(id),
    tags: tagsOf(instance.Tags),
  };
}
