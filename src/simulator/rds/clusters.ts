import type {
  DBCluster,
  DBClusterSnapshot,
  DescribeDBClustersCommandInput,
  DescribeDBClustersCommandOutput,
  DescribeDBClusterSnapshotsCommandInput,
  DescribeDBClusterSnapshotsCommandOutput,
} from '@aws-sdk/client-rds';
import type { Instant } from '../../time.ts';
import { rdsFault } from '../service/ec2-rds-errors.ts';
import type { Call } from '../service/operation.ts';
import { arnOf, plainId } from './arns.ts';
import { compileRdsFilters, rdsPage } from './paging.ts';
import type { DbClusterRecord, DbClusterSnapshotRecord } from '../model/records.ts';
import type { WorldState } from '../state/state.ts';
import { tagList } from '../service/tags.ts';

type Answer<T> = Omit<T, '$metadata'>;

export function describeDbClusters(
  state: WorldState,
  input: DescribeDBClustersCommandInput,
  call: Call,
): Answer<DescribeDBClustersCommandOutput> {
  const holds = compileRdsFilters<DbClusterRecord>(input.Filters, {
    'db-cluster-id': ({ id }) => id,
    engine: ({ engine }) => engine,
  });
  const asked = input.DBClusterIdentifier === undefined ? undefined : plainId(input.DBClusterIdentifier);
  const found = state.dbClusters.allSeen(call.now, asked === undefined ? undefined : [asked]);
  if (asked !== undefined && found.length === 0)
    throw rdsFault('DBClusterNotFoundFault', `DBCluster ${asked} not found.`);
  const page = rdsPage(
    found.filter(({ value }) => holds(value)),
    input,
  );
  return {
    DBClusters: page.items.map(({ value }) => clusterShape(state, value, call.now)),
    Marker: page.next,
  };
}

function clusterShape(state: WorldState, cluster: DbClusterRecord, now: Instant): DBCluster {
  return {
    DBClusterIdentifier: cluster.id,
    DBClusterArn: arnOf(state, 'cluster', cluster.id),
    Engine: cluster.engine,
    EngineVersion: cluster.engineVersion,
    EngineMode: 'provisioned',
    Status: cluster.status,
    StorageEncrypted: cluster.encrypted,
    KmsKeyId: cluster.kmsKeyId,
    DBClusterMembers: cluster.members.map((id, index) => ({
      DBInstanceIdentifier: id.toLowerCase(),
      IsClusterWriter: index === 0,
      DBClusterParameterGroupStatus: 'in-sync',
    })),
    DBSubnetGroup: cluster.subnetGroup ?? undefined,
    VpcSecurityGroups: cluster.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    DBClusterParameterGroup: cluster.parameterGroup ?? undefined,
    DeletionProtection: cluster.deletionProtection,
    BackupRetentionPeriod: cluster.backupRetentionDays,
    EarliestRestorableTime: dateOf(cluster.earliestRestorableTime),
    LatestRestorableTime: dateOf(latestAt(state, cluster, now)),
    AllocatedStorage: cluster.storageGiB,
    GlobalClusterIdentifier: cluster.globalClusterId,
    TagList: tagList(cluster.tags),
  };
}

/** Aurora's backups are continuous: it moves with the clock while the cluster is up. */
function latestAt(state: WorldState, cluster: DbClusterRecord, now: Instant): Instant | undefined {
  const at = cluster.latestRestorableTime;
  if (at === undefined || cluster.status !== 'available') return at;
  return at + Math.max(0, now - state.account.beganAt);
}

const dateOf = (at: Instant | undefined): Date | undefined => (at === undefined ? undefined : new Date(at));

export function describeDbClusterSnapshots(
  state: WorldState,
  input: DescribeDBClusterSnapshotsCommandInput,
  call: Call,
): Answer<DescribeDBClusterSnapshotsCommandOutput> {
  const holds = compileRdsFilters<DbClusterSnapshotRecord>(input.Filters, {
    'db-cluster-snapshot-id': ({ id }) => id,
    'db-cluster-id': ({ dbClusterId }) => dbClusterId,
    'snapshot-type': ({ source }) => source,
    engine: ({ engine }) => engine,
  });
  const id = input.DBClusterSnapshotIdentifier;
  const found = state.dbClusterSnapshots.allSeen(call.now, id === undefined ? undefined : [id]);
  if (id !== undefined && found.length === 0)
    throw rdsFault('DBClusterSnapshotNotFoundFault', `DBClusterSnapshot ${id} not found.`);
  const matching = found.filter(
    ({ value }) =>
      holds(value) &&
      (input.DBClusterIdentifier === undefined ||
        value.dbClusterId.toLowerCase() === plainId(input.DBClusterIdentifier)) &&
      (input.SnapshotType === undefined || value.source === input.SnapshotType),
  );
  const page = rdsPage(matching, input);
  return {
    DBClusterSnapshots: page.items.map(({ value }) => clusterSnapshotShape(state, value)),
    Marker: page.next,
  };
}

function clusterSnapshotShape(state: WorldState, snapshot: DbClusterSnapshotRecord): DBClusterSnapshot {
  return {
    DBClusterSnapshotIdentifier: snapshot.id,
    DBClusterSnapshotArn: arnOf(state, 'cluster-snapshot', snapshot.id),
    DBClusterIdentifier: snapshot.dbClusterId,
    SnapshotCreateTime: new Date(snapshot.at),
    Status: snapshot.state,
    SnapshotType: snapshot.source,
    AllocatedStorage: snapshot.storageGiB,
    Engine: snapshot.engine,
    EngineVersion: snapshot.engineVersion,
    StorageEncrypted: snapshot.encrypted,
    KmsKeyId: snapshot.kmsKeyId,
    PercentProgress: snapshot.state === 'creating' ? 50 : 100,
    TagList: tagList(snapshot.tags),
  };
}
