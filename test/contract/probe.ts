import {
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeAvailabilityZonesCommand,
  DescribeFastSnapshotRestoresCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Feature, Lacks } from './executor-stage.ts';

// What the endpoint of AWS_ENDPOINT_URL lacks, as JSON on standard output: node test/contract/probe.ts. A process of its own, for tests have
// to be named before anything can be awaited.

const configuration = { maxAttempts: 1 };
const ec2 = new EC2Client(configuration);
const ssm = new SSMClient(configuration);

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

async function fastSnapshotRestore(): Promise<string | undefined> {
  // Twelve of them for an hour are not a test's to spend.
  if (/\.amazonaws\.com/.test(process.env['AWS_ENDPOINT_URL'] ?? '')) return 'it costs money there';
  try {
    await ec2.send(new DescribeFastSnapshotRestoresCommand({}));
    return undefined;
  } catch (error) {
    return `the endpoint says ${nameOf(error)}`;
  }
}

async function parameters(): Promise<string | undefined> {
  try {
    await ssm.send(new GetParameterCommand({ Name: '/lifeboat/probe' }));
    return undefined;
  } catch (error) {
    return nameOf(error) === 'ParameterNotFound' ? undefined : `the endpoint says ${nameOf(error)}`;
  }
}

async function clientTokens(): Promise<string | undefined> {
  const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
  const input = {
    ...{
      AvailabilityZone: AvailabilityZones[0]?.ZoneName ?? 'us-east-1a',
      Size: 1,
      VolumeType: 'gp3' as const,
    },
    ClientToken: `lifeboat-probe-${Date.now().toString(36)}`,
  };
  const ids = new Set<string>();
  for (let count = 0; count < 2; count += 1)
    ids.add((await ec2.send(new CreateVolumeCommand(input))).VolumeId ?? '');
  for (const VolumeId of ids) await ec2.send(new DeleteVolumeCommand({ VolumeId }));
  return ids.size === 1 ? undefined : 'the endpoint ignores them';
}

const found: Partial<Record<Feature, string | undefined>> = {
  'fast snapshot restore': await fastSnapshotRestore(),
  parameters: await parameters(),
  'client tokens': await clientTokens(),
};
const lacks: Lacks = Object.fromEntries(Object.entries(found).filter(([, why]) => why !== undefined));
process.stdout.write(JSON.stringify(lacks));
