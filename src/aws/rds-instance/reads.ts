import { DescribeDBInstancesCommand, DescribeDBSnapshotsCommand } from '@aws-sdk/client-rds';
import type { DBInstance, DBSnapshot, DescribeDBInstancesMessage, RDSClient } from '@aws-sdk/client-rds';
import type { CallAws } from '../../workflow/base/executor.ts';
import { classify } from '../request-failures.ts';
import { DB_IDS_PER_CALL, readInChunks, readPages } from '../pages.ts';

/** What every request to RDS needs. */
export interface RdsAccess {
  readonly client: Pick<RDSClient, 'send'>;
  readonly call: CallAws;
  readonly region: string;
}

const RECORDS_PER_PAGE = 100;

/** The DB instances among `ids` that exist. An endpoint that fails the call for an unknown id is asked for each alone. */
export function describeDbInstances(aws: RdsAccess, ids: readonly string[]): Promise<readonly DBInstance[]> {
  return readInChunks(ids, DB_IDS_PER_CALL, async (chunk) => {
    const found = await unlessGone(() => describeDbInstancesBy(aws, chunk));
    if (found !== undefined) return found;
    if (chunk.length === 1) return [];
    return readInChunks(
      chunk,
      1,
      async (one) => (await unlessGone(() => describeDbInstancesBy(aws, one))) ?? [],
    );
  });
}

function describeDbInstancesBy(aws: RdsAccess, ids: readonly string[]): Promise<readonly DBInstance[]> {
  return describeDbInstancesWhere(aws, { Filters: [{ Name: 'db-instance-id', Values: [...ids] }] });
}

/** All DB instances of the account and Region. */
export function describeAllDbInstances(aws: RdsAccess): Promise<readonly DBInstance[]> {
  return describeDbInstancesWhere(aws, {});
}

function describeDbInstancesWhere(
  { client, call }: RdsAccess,
  which: Pick<DescribeDBInstancesMessage, 'Filters'>,
): Promise<readonly DBInstance[]> {
  return readPages('DescribeDBInstances', async (marker) => {
    const command = new DescribeDBInstancesCommand({
      ...which,
      MaxRecords: RECORDS_PER_PAGE,
      ...(marker !== undefined && { Marker: marker }),
    });
    const page = await call('DescribeDBInstances', () => client.send(command));
    return { items: page.DBInstances, next: page.Marker };
  });
}

/** One DB instance; `undefined` when no read shows it. */
export async function describeDbInstance(aws: RdsAccess, id: string): Promise<DBInstance | undefined> {
  const [instance] = await describeDbInstances(aws, [id]);
  return instance;
}

/** One DB snapshot; `undefined` when it does not exist. */
export async function describeDbSnapshot(aws: RdsAccess, id: string): Promise<DBSnapshot | undefined> {
  const found = await unlessGone(() => describeDbSnapshotsWhere(aws, { DBSnapshotIdentifier: id }));
  return found?.[0];
}

export function describeDbSnapshotsWhere(
  { client, call }: RdsAccess,
  which: { readonly DBSnapshotIdentifier?: string; readonly SnapshotType?: string },
): Promise<readonly DBSnapshot[]> {
  return readPages('DescribeDBSnapshots', async (marker) => {
    const command = new DescribeDBSnapshotsCommand({
      ...which,
      MaxRecords: RECORDS_PER_PAGE,
      ...(marker !== undefined && { Marker: marker }),
    });
    const page = await call('DescribeDBSnapshots', () => client.send(command));
    return { items: page.DBSnapshots, next: page.Marker };
  });
}

async function unlessGone<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (classify(error).class === 'gone') return undefined;
    throw error;
  }
}

/** Finds DB instances by identifier, in whatever case it is given. */
export function finderOf(instances: readonly DBInstance[]): (id: string) => DBInstance | undefined {
  const byId = new Map(
    instances.map((instance) => [instance.DBInstanceIdentifier?.toLowerCase() ?? '', instance]),
  );
  return (id) => byId.get(id.toLowerCase());
}

/** RDS keeps identifiers in lower case, whatever case was given. */
export function sameDbId(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}
