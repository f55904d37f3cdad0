import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  DescribeAvailabilityZonesCommand,
  DescribeFastSnapshotRestoresCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { ListServiceQuotasCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { DescribeInstanceInformationCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { captureInventory, type CaptureClients, type CaptureOptions } from '../../src/aws/capture/capture.ts';
import type { Inventory } from '../../src/inventory/schema.ts';
import { recordingCall } from './fixtures.ts';

export const NOW = Date.UTC(2026, 10, 20, 3);
export const hoursAgo = (hours: number) => new Date(NOW - hours * 3_600_000);

export const ec2 = mockClient(EC2Client);
export const rds = mockClient(RDSClient);
export const ssm = mockClient(SSMClient);
export const kms = mockClient(KMSClient);
export const quotas = mockClient(ServiceQuotasClient);
export const cloudwatch = mockClient(CloudWatchClient);

/** Every service answers, and the account is empty. */
export function emptyAccount(): void {
  for (const mock of [ec2, rds, ssm, kms, quotas, cloudwatch]) mock.reset();
  ec2.on(DescribeVolumesCommand).resolves({ Volumes: [] });
  ec2.on(DescribeSnapshotsCommand).resolves({ Snapshots: [] });
  ec2.on(DescribeFastSnapshotRestoresCommand).resolves({ FastSnapshotRestores: [] });
  ec2.on(DescribeInstancesCommand).resolves({ Reservations: [] });
  ec2.on(DescribeInstanceTypesCommand).resolves({ InstanceTypes: [] });
  ec2.on(DescribeAvailabilityZonesCommand).resolves({ AvailabilityZones: [] });
  rds.on(DescribeDBInstancesCommand).resolves({ DBInstances: [] });
  rds.on(DescribeDBSnapshotsCommand).resolves({ DBSnapshots: [] });
  rds.on(DescribeDBClustersCommand).resolves({ DBClusters: [] });
  rds.on(DescribeDBClusterSnapshotsCommand).resolves({ DBClusterSnapshots: [] });
  ssm.on(DescribeInstanceInformationCommand).resolves({ InstanceInformationList: [] });
  kms.on(DescribeKeyCommand).resolves({ KeyMetadata: { KeyId: 'any', KeyState: 'Enabled' } });
  quotas.on(ListServiceQuotasCommand).resolves({ Quotas: [] });
  cloudwatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [] });
}

const region = 'us-east-1';
export const clients = {
  ec2: new EC2Client({ region }),
  rds: new RDSClient({ region }),
  ssm: new SSMClient({ region }),
  kms: new KMSClient({ region }),
  quotas: new ServiceQuotasClient({ region }),
  cloudwatch: new CloudWatchClient({ region }),
} satisfies CaptureClients;

export function capture(options: Partial<CaptureOptions> = {}): Promise<Inventory> {
  const { call } = recordingCall();
  return captureInventory({ clients, call, region, now: NOW, ...options });
}
