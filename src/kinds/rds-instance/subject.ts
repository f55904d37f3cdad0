import type { DbInstance, DbSnapshot } from '../../inventory/schema.ts';
import type { ReadyWhen } from '../../runbook/schema.ts';
import type { Pools } from '../pools.ts';
import type { RecoveryPoint } from '../recovery-points.ts';
import type { DbInstanceSpec } from '../specs.ts';
import type { ReplicaWay } from './replicas.ts';

/** One way to restore a DB instance from its backups: the recovery point and the request, or why there is none. */
export type DatabaseWay =
  { readonly point: RecoveryPoint; readonly spec: DbInstanceSpec } | { readonly why: string };

/** A DB instance to recover. */
export interface DatabaseSubject {
  readonly source: DbInstance | undefined;
  readonly readyWhen: ReadyWhen;
  readonly drill: boolean;
  readonly fromSnapshot: DatabaseWay;
  readonly fromLogs: DatabaseWay;
  /** The source's snapshots, to tell how much log a point in time has to replay. */
  readonly snapshots: readonly DbSnapshot[];
  readonly fromReplica: ReplicaWay;
  readonly pools: Pools;
}
