import { foundBy, type FoundOfKind } from '../found.ts';
import { describeAllDbInstances, describeDbSnapshotsWhere, type RdsAccess } from './reads.ts';

/** All DB instances and snapshots that carry the runbook's tag. RDS cannot filter by tag: all are read. */
export async function findDatabases(aws: RdsAccess, runbook: string): Promise<readonly FoundOfKind[]> {
  const instances = await describeAllDbInstances(aws);
  const snapshots = await describeDbSnapshotsWhere(aws, { SnapshotType: 'manual' });
  const of = { kind: 'rds-instance', region: aws.region, runbook } as const;
  return [
    ...instances.flatMap(({ TagList: tags, DBInstanceIdentifier: id, ...instance }) => {
      const { InstanceCreateTime: at, DBInstanceStatus: status = 'creating' } = instance;
      return foundBy({ ...of, type: 'dbInstance', tags, id, at, from: undefined, status });
    }),
    ...snapshots.flatMap(({ TagList: tags, DBSnapshotIdentifier: id, ...snapshot }) => {
      const { SnapshotCreateTime: at, Status: status = 'creating', DBInstanceIdentifier: from } = snapshot;
      return foundBy({ ...of, type: 'dbSnapshot', tags, id, at, from, status });
    }),
  ];
}
