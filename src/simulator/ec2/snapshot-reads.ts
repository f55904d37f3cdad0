import type {
  DescribeSnapshotsCommandInput,
  DescribeSnapshotsCommandOutput,
  Snapshot,
  SnapshotState,
} from '@aws-sdk/client-ec2';
import type { Instant } from '../../time.ts';
import { checkIds, ec2Page, refuseUnknown } from './paging.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { compileFilters, idsInFilter } from '../service/filters.ts';
import type { Call } from '../service/operation.ts';
import { EC2_PAGE } from '../model/rates.ts';
import type { SnapshotRecord } from '../model/records.ts';
import { snapshotStateAt, writtenAt } from '../model/snapshot-timeline.ts';
import type { WorldState } from '../state/state.ts';
import { tagList } from '../service/tags.ts';

type Answer<T> = Omit<T, '$metadata'>;

export function describeSnapshots(
  state: WorldState,
  input: DescribeSnapshotsCommandInput,
  call: Call,
): Answer<DescribeSnapshotsCommandOutput> {
  checkIds(input.SnapshotIds);
  const holds = compileFilters<SnapshotRecord>(input.Filters, {
    'snapshot-id': ({ id }) => [id],
    'volume-id': ({ volumeId }) => [volumeId],
    'volume-size': ({ sizeGiB }) => [String(sizeGiB)],
    status: (snapshot) => [snapshotStateAt(snapshot, call.now)],
    description: ({ description }) => [description],
    encrypted: ({ encrypted }) => [String(encrypted)],
    'owner-id': () => [state.account.id],
    'storage-tier': ({ tier }) => [tier],
  });
  const isOurs = (input.OwnerIds ?? ['self']).some((owner) => owner === 'self' || owner === state.account.id);
  const ids = input.SnapshotIds ?? idsInFilter(input.Filters, 'snapshot-id');
  const found = (isOurs ? state.snapshots.allSeen(call.now, ids) : []).filter(
    ({ value }) => snapshotStateAt(value, call.now) !== undefined,
  );
  refuseUnknown(input.SnapshotIds, found, snapshotNotFound);
  const page = ec2Page(
    found.filter(({ value }) => holds(value)),
    input,
    EC2_PAGE,
  );
  return {
    Snapshots: page.items.map(({ value }) => snapshotShape(state, value, call.now)),
    NextToken: page.next,
  };
}

export function snapshotNotFound(id: string): Error {
  return ec2Failure('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
}

/** A snapshot as DescribeSnapshots writes it. */
export function snapshotShape(state: WorldState, snapshot: SnapshotRecord, now: Instant): Snapshot {
  const current = snapshotStateAt(snapshot, now);
  return {
    SnapshotId: snapshot.id,
    VolumeId: snapshot.volumeId,
    State: current as SnapshotState,
    StateMessage: current === 'error' ? 'The snapshot could not be completed.' : undefined,
    StartTime: new Date(snapshot.startedAt),
    Progress: `${writtenAt(snapshot, snapshot.startedAt, now) ?? (current === 'pending' ? 50 : 100)}%`,
    VolumeSize: snapshot.sizeGiB,
    ...(snapshot.fullSizeUntold === true
      ? {}
      : { FullSnapshotSizeInBytes: Math.round(snapshot.fullSizeGiB * 1024 ** 3) }),
    StorageTier: snapshot.tier,
    Encrypted: snapshot.encrypted,
    KmsKeyId: snapshot.kmsKeyId,
    OwnerId: state.account.id,
    Description: snapshot.description ?? '',
    Tags: tagList(snapshot.tags),
  };
}
