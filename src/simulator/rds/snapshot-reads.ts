import type {
  DBSnapshot,
  DescribeDBSnapshotsCommandInput,
  DescribeDBSnapshotsCommandOutput,
} from '@aws-sdk/client-rds';
import type { Instant } from '../../time.ts';
import { rdsFault } from '../service/ec2-rds-errors.ts';
import type { Call } from '../service/operation.ts';
import { arnOf, dbSnapshotKey, plainId } from './arns.ts';
import { compileRdsFilters, rdsPage } from './paging.ts';
import type { DbSnapshotRecord } from '../model/records.ts';
import { dbSnapshotStatusAt, writtenAt } from '../model/snapshot-timeline.ts';
import type { WorldState } from '../state/state.ts';
import { tagList } from '../service/tags.ts';

export function describeDbSnapshots(
  state: WorldState,
  input: DescribeDBSnapshotsCommandInput,
  call: Call,
): Omit<DescribeDBSnapshotsCommandOutput, '$metadata'> {
  const holds = compileRdsFilters<DbSnapshotRecord>(input.Filters, {
    'db-snapshot-id': ({ id }) => id,
    'db-instance-id': ({ dbInstanceId }) => dbInstanceId,
    'snapshot-type': ({ source }) => source,
    engine: ({ engine }) => engine,
  });
  const id = input.DBSnapshotIdentifier;
  const found = state.dbSnapshots
    .allSeen(call.now, id === undefined ? undefined : [dbSnapshotKey(state, id)])
    .filter(({ value }) => dbSnapshotStatusAt(value, call.now) !== undefined);
  if (id !== undefined && found.length === 0)
    throw rdsFault('DBSnapshotNotFound', `DBSnapshot ${id} not found.`);
  const matching = found.filter(
    ({ value }) =>
      holds(value) &&
      (input.DBInstanceIdentifier === undefined ||
        value.dbInstanceId.toLowerCase() === plainId(input.DBInstanceIdentifier)) &&
      (input.SnapshotType === undefined || value.source === input.SnapshotType),
  );
  const page = rdsPage(matching, input);
  return {
    DBSnapshots: page.items.map(({ value }) => dbSnapshotShape(state, value, call.now)),
    Marker: page.next,
  };
}

/** A DB snapshot as DescribeDBSnapshots writes it. One that is being taken has no time yet. */
export function dbSnapshotShape(state: WorldState, snapshot: DbSnapshotRecord, now: Instant): DBSnapshot {
  const status = dbSnapshotStatusAt(snapshot, now) ?? 'deleted';
  const hasTime = snapshot.course === undefined || status === 'available';
  return {
    DBSnapshotIdentifier: snapshot.id,
    DBSnapshotArn: arnOf(state, 'snapshot', snapshot.id),
    DBInstanceIdentifier: snapshot.dbInstanceId,
    ...(hasTime
      ? { SnapshotCreateTime: new Date(snapshot.at), OriginalSnapshotCreateTime: new Date(snapshot.at) }
      : {}),
    Status: status,
    SnapshotType: snapshot.source,
    AllocatedStorage: snapshot.storageGiB,
    StorageType: snapshot.storageType,
    Iops: snapshot.iops,
    StorageThroughput: snapshot.throughputMiBps,
    Port: snapshot.port,
    OptionGroupName: snapshot.optionGroup,
    Engine: snapshot.engine,
    EngineVersion: snapshot.engineVersion,
    Encrypted: snapshot.encrypted,
    KmsKeyId: snapshot.kmsKeyId,
    PercentProgress: writtenAt(snapshot, snapshot.at, now) ?? (status === 'creating' ? 50 : 100),
    TagList: tagList(snapshot.tags),
  };
}
