import { SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { dbDownSince } from './db-instance-timeline.ts';
import type { DbInstanceRecord } from './records.ts';

/** The replication of a replica at an instant. */
export interface Replication {
  readonly source: string;
  /** Stopped while the source or the replica is down, and once a promotion is accepted. */
  readonly isRunning: boolean;
  /** The changes of the source up to here are applied: it follows the clock at the replica's lag, and stands while replication is stopped. */
  readonly dataAt: Instant;
}

/**
 * `undefined` for an instance that is not a replica, or no longer one. `source` is its record if it belongs to this account and Region; a
 * source elsewhere is taken as up. ? Changes that were sent and not applied when the source failed count as lost.
 */
export function replicationAt(
  replica: DbInstanceRecord,
  source: DbInstanceRecord | undefined,
  now: Instant,
): Replication | undefined {
  const { replicaOf, promotion, replicaLagSeconds = 0 } = replica;
  if (replicaOf === undefined || (promotion !== undefined && now >= promotion.detachesAt)) return undefined;
  if (promotion !== undefined && now >= promotion.acceptedAt)
    return { source: replicaOf, isRunning: false, dataAt: promotion.dataAt };
  const stops = [source && dbDownSince(source, now), dbDownSince(replica, now)].filter(
    (at) => at !== undefined && at <= now,
  );
  const until = Math.min(now, ...stops.map((at) => at ?? now));
  return { source: replicaOf, isRunning: stops.length === 0, dataAt: until - replicaLagSeconds * SECOND_MS };
}

/** Seconds that CloudWatch shows as ReplicaLag: MySQL and MariaDB report -1 while replication is stopped, for others it grows. */
export function replicaLagAt(
  replica: DbInstanceRecord,
  source: DbInstanceRecord | undefined,
  now: Instant,
): number | undefined {
  const replication = replicationAt(replica, source, now);
  if (replication === undefined || (replica.promotion !== undefined && now >= replica.promotion.acceptedAt))
    return undefined;
  if (!replication.isRunning && /^(mysql|mariadb)/.test(replica.engine)) return -1;
  return replica.replicaLagSeconds === undefined ? undefined : (now - replication.dataAt) / SECOND_MS;
}
