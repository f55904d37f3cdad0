import type { Instant } from '../../time.ts';
import { dbStatusAt } from '../model/db-instance-timeline.ts';
import { rdsFailure, rdsFault } from '../service/ec2-rds-errors.ts';
import type {
  DbClusterRecord,
  DbClusterSnapshotRecord,
  DbInstanceRecord,
  DbSnapshotRecord,
} from '../model/records.ts';
import { dbSnapshotStatusAt } from '../model/snapshot-timeline.ts';
import type { WorldState } from '../state/state.ts';

export type ArnKind = 'db' | 'snapshot' | 'cluster' | 'cluster-snapshot';

export function arnOf(state: WorldState, kind: ArnKind, id: string): string {
  return `arn:aws:rds:${state.account.region}:${state.account.id}:${kind}:${id}`;
}

/** The identifier of an instance or a cluster that may be given as an ARN. */
export function plainId(idOrArn: string): string {
  return (idOrArn.split(/:(?:db|cluster):/).at(-1) ?? '').toLowerCase();
}

export type ArnTarget =
  | { readonly kind: 'db'; readonly record: DbInstanceRecord }
  | { readonly kind: 'snapshot'; readonly record: DbSnapshotRecord }
  | { readonly kind: 'cluster'; readonly record: DbClusterRecord }
  | { readonly kind: 'cluster-snapshot'; readonly record: DbClusterSnapshotRecord };

/**
 * What an ARN names.
 *
 * @throws RDSServiceException InvalidParameterValue, DBInstanceNotFound, DBSnapshotNotFound, DBClusterNotFoundFault, DBClusterSnapshotNotFoundFault
 */
export function arnTarget(state: WorldState, arn: string | undefined, now: Instant): ArnTarget {
  const [, kind, id = ''] =
    /^arn:aws[a-z-]*:rds:[^:]*:\d*:(db|snapshot|cluster|cluster-snapshot):(.+)$/.exec(arn ?? '') ?? [];
  switch (kind) {
    case 'db': {
      const record = state.dbInstances.get(id.toLowerCase());
      if (record === undefined || dbStatusAt(record, now) === undefined)
        throw rdsFault('DBInstanceNotFound', `DBInstance ${id} not found.`);
      return { kind, record };
    }
    case 'snapshot':
      return { kind, record: existingDbSnapshot(state, id, now) };
    case 'cluster': {
      const record = state.dbClusters.get(id.toLowerCase());
      if (record === undefined) throw rdsFault('DBClusterNotFoundFault', `DBCluster ${id} not found.`);
      return { kind, record };
    }
    case 'cluster-snapshot': {
      const record = state.dbClusterSnapshots.get(id);
      if (record === undefined)
        throw rdsFault('DBClusterSnapshotNotFoundFault', `DBClusterSnapshot ${id} not found.`);
      return { kind, record };
    }
    default:
      throw rdsFailure('InvalidParameterValue', `Invalid resource name: ${arn ?? ''}`);
  }
}

/** Those made here have lower case identifiers, as RDS stores them; an inventory may have others. */
export function dbSnapshotKey(state: WorldState, id: string): string {
  return state.dbSnapshots.has(id) ? id : id.toLowerCase();
}

/** Writes see the current state; only describes may be stale. */
export function existingDbSnapshot(state: WorldState, id: string, now: Instant): DbSnapshotRecord {
  const record = state.dbSnapshots.get(dbSnapshotKey(state, id));
  if (record === undefined || dbSnapshotStatusAt(record, now) === undefined)
    throw rdsFault('DBSnapshotNotFound', `DBSnapshot ${id} not found.`);
  return record;
}

/** Writes see the current state; only describes may be stale. */
export function existingDbInstance(
  state: WorldState,
  given: string | undefined,
  now: Instant,
): DbInstanceRecord {
  const id = (given ?? '').toLowerCase();
  const instance = state.dbInstances.get(id);
  if (instance === undefined || dbStatusAt(instance, now) === undefined) {
    throw rdsFault('DBInstanceNotFound', `DBInstance ${id} not found.`);
  }
  return instance;
}
