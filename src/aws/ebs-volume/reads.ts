import {
  DescribeFastSnapshotRestoresCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DescribeVolumeStatusCommand,
} from '@aws-sdk/client-ec2';
import type {
  DescribeFastSnapshotRestoreSuccessItem,
  EC2Client,
  Filter,
  Snapshot,
  Volume,
  VolumeStatusItem,
} from '@aws-sdk/client-ec2';
import type { CallAws } from '../../workflow/base/executor.ts';
import { FILTER_VALUES_PER_CALL, readInChunks, readPages } from '../pages.ts';

/** What every request to EC2 needs. */
export interface Ec2Access {
  readonly client: Pick<EC2Client, 'send'>;
  readonly call: CallAws;
  readonly region: string;
}

const VOLUMES_PER_PAGE = 500;
const SNAPSHOTS_PER_PAGE = 1_000;
const FSR_PER_PAGE = 200;
/** DescribeVolumeStatus takes ids, not a filter for them; this many a call work. */
const STATUSES_PER_CALL = 500;

/** The volumes among `ids` that exist: asked by filter, so that an unknown id does not fail the page. */
export function describeVolumes(aws: Ec2Access, ids: readonly string[]): Promise<readonly Volume[]> {
  return readInChunks(ids, FILTER_VALUES_PER_CALL, (chunk) =>
    describeVolumesWhere(aws, [{ Name: 'volume-id', Values: [...chunk] }]),
  );
}

export function describeVolumesWhere(
  { client, call }: Ec2Access,
  filters: Filter[],
): Promise<readonly Volume[]> {
  return readPages('DescribeVolumes', async (token) => {
    const command = new DescribeVolumesCommand({
      ...(filters.length > 0 && { Filters: filters }),
      MaxResults: VOLUMES_PER_PAGE,
      ...(token !== undefined && { NextToken: token }),
    });
    const page = await call('DescribeVolumes', () => client.send(command));
    return { items: page.Volumes, next: page.NextToken };
  });
}

export function describeVolumeStatus(
  { client, call }: Ec2Access,
  ids: readonly string[],
): Promise<readonly VolumeStatusItem[]> {
  return readInChunks(ids, STATUSES_PER_CALL, (chunk) =>
    readPages('DescribeVolumeStatus', async (token) => {
      const command = new DescribeVolumeStatusCommand({
        VolumeIds: [...chunk],
        ...(token !== undefined && { NextToken: token }),
      });
      const page = await call('DescribeVolumeStatus', () => client.send(command));
      return { items: page.VolumeStatuses, next: page.NextToken };
    }),
  );
}

/** The snapshots among `ids` that exist. */
export function describeSnapshots(aws: Ec2Access, ids: readonly string[]): Promise<readonly Snapshot[]> {
  return readInChunks(ids, FILTER_VALUES_PER_CALL, (chunk) =>
    describeSnapshotsWhere(aws, { Filters: [{ Name: 'snapshot-id', Values: [...chunk] }] }),
  );
}

export function describeSnapshotsWhere(
  { client, call }: Ec2Access,
  which: { readonly Filters: Filter[] } | { readonly OwnerIds: string[] },
): Promise<readonly Snapshot[]> {
  return readPages('DescribeSnapshots', async (token) => {
    const command = new DescribeSnapshotsCommand({
      ...which,
      MaxResults: SNAPSHOTS_PER_PAGE,
      ...(token !== undefined && { NextToken: token }),
    });
    const page = await call('DescribeSnapshots', () => client.send(command));
    return { items: page.Snapshots, next: page.NextToken };
  });
}

/** Fast snapshot restore of these snapshots, in every zone where it is or was on. */
export function describeFsr(
  aws: Ec2Access,
  snapshotIds: readonly string[],
): Promise<readonly DescribeFastSnapshotRestoreSuccessItem[]> {
  return readInChunks(snapshotIds, FILTER_VALUES_PER_CALL, (chunk) =>
    describeFsrWhere(aws, [{ Name: 'snapshot-id', Values: [...chunk] }]),
  );
}

export function describeFsrWhere(
  { client, call }: Ec2Access,
  filters: Filter[],
): Promise<readonly DescribeFastSnapshotRestoreSuccessItem[]> {
  return readPages('DescribeFastSnapshotRestores', async (token) => {
    const command = new DescribeFastSnapshotRestoresCommand({
      ...(filters.length > 0 && { Filters: filters }),
      MaxResults: FSR_PER_PAGE,
      ...(token !== undefined && { NextToken: token }),
    });
    const page = await call('DescribeFastSnapshotRestores', () => client.send(command));
    return { items: page.FastSnapshotRestores, next: page.NextToken };
  });
}
