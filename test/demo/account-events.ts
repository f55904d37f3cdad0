import {
  DescribeFastSnapshotRestoresCommand,
  DescribeVolumesCommand,
  DescribeVolumeStatusCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { DescribeDBInstancesCommand, type RDSClient } from '@aws-sdk/client-rds';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsEvent } from '../../src/hosts/lambda/wake.ts';
import { RUN_TAG } from '../../src/tags.ts';

/** Of real time. */
const LOOK_EVERY_MS = 500;

export interface EventOptions {
  readonly ec2: EC2Client;
  readonly rds: RDSClient;
  readonly deliver: (event: AwsEvent) => Promise<void>;
  /** Told of each copy that a run has made, as often as it is there. */
  readonly onCopy: (id: string) => void;
}

/**
 * Sends EBS's and RDS's events about a simulated account, as EventBridge would: an endpoint of AWS's APIs has none. Each look is compared with the one
 * before; what has come to a new state is told. Until `stop` aborts.
 */
export async function sendEvents(
  { ec2, rds, deliver, onCopy }: EventOptions,
  stop: AbortSignal,
): Promise<void> {
  let before = await standing(ec2, rds);
  while (!stop.aborted) {
    await sleep(LOOK_EVERY_MS);
    const now = await standing(ec2, rds);
    for (const [thing, { state, isCopy, event }] of now) {
      if (isCopy) onCopy(thing);
      if (before.get(thing)?.state !== state && !stop.aborted) await deliver(event);
    }
    before = now;
  }
}

interface Thing {
  readonly state: string;
  /** A run has made it. */
  readonly isCopy: boolean;
  /** That tells of it. */
  readonly event: AwsEvent;
}

async function standing(ec2: EC2Client, rds: RDSClient): Promise<ReadonlyMap<string, Thing>> {
  const [{ Volumes = [] }, { VolumeStatuses = [] }, { FastSnapshotRestores = [] }, { DBInstances = [] }] =
    await Promise.all([
      ec2.send(new DescribeVolumesCommand({ Filters: [{ Name: 'tag-key', Values: [RUN_TAG] }] })),
      ec2.send(new DescribeVolumeStatusCommand({ MaxResults: 500 })),
      ec2.send(new DescribeFastSnapshotRestoresCommand({})),
      rds.send(new DescribeDBInstancesCommand({})),
    ]);
  const initialized = new Set(
    VolumeStatuses.filter(({ VolumeStatus }) =>
      VolumeStatus?.Details?.some(
        ({ Name, Status }) => Name === 'initialization-state' && Status === 'completed',
      ),
    ).map(({ VolumeId }) => VolumeId),
  );
  return new Map<string, Thing>([
    ...Volumes.map(({ VolumeId = '', State }): [string, Thing] => [
      VolumeId,
      { state: `${State} ${initialized.has(VolumeId)}`, isCopy: true, event: aboutVolume(VolumeId) },
    ]),
    ...FastSnapshotRestores.map(({ SnapshotId, AvailabilityZone, State }): [string, Thing] => [
      `${SnapshotId} ${AvailabilityZone}`,
      {
        state: String(State),
        isCopy: false,
        event: { 'detail-type': 'EBS Fast Snapshot Restore State-change Notification' },
      },
    ]),
    ...DBInstances.map(({ DBInstanceIdentifier = '', DBInstanceStatus, TagList = [] }): [string, Thing] => [
      DBInstanceIdentifier,
      {
        state: String(DBInstanceStatus),
        isCopy: TagList.some(({ Key }) => Key === RUN_TAG),
        event: {
          'detail-type': 'RDS DB Instance Event',
          detail: { Tags: Object.fromEntries(TagList.map(({ Key, Value }) => [Key, Value])) },
        },
      },
    ]),
  ]);
}

function aboutVolume(id: string): AwsEvent {
  return {
    'detail-type': 'EBS Volume Notification',
    resources: [`arn:aws:ec2:us-east-1:111111111111:volume/${id}`],
  };
}
