import { DURATIONS } from '../../facts/durations.ts';
import type { DbInstance } from '../../inventory/schema.ts';
import { formatDuration, formatInstant, SECOND_MS, type Instant } from '../../time.ts';
import type { InventoryIndex } from '../inventory-index.ts';
import { pointInTime, type PointPolicy, type RecoveryPoint } from '../recovery-points.ts';
import type { DbInstanceSpec } from '../specs.ts';
import type { Remaining, Thing } from '../things.ts';

/** A replica that can take over, and what it has applied of its source. */
export interface ReplicaChoice {
  readonly replica: DbInstance;
  readonly point: RecoveryPoint;
  readonly lagSeconds: number;
  /** Settings in which it differs from its source and which it keeps, e.g. `class (db.r6g.large, not db.r6g.xlarge)`. */
  readonly keeps: readonly string[];
  readonly remains: readonly Remaining[];
}

export type ReplicaWay = (ReplicaChoice & { readonly spec: DbInstanceSpec }) | { readonly why: string };

/** What is known of the source and the instants. */
export interface ReplicaSearch {
  readonly sourceId: string;
  readonly source: DbInstance | undefined;
  /** The source no longer exists, so its replicas apply nothing more. */
  readonly isSourceGone: boolean;
  readonly policy: PointPolicy;
  /** When the lag was measured. */
  readonly capturedAt: Instant;
  readonly now: Instant;
  /** Ids that only a baseline contains. */
  readonly gone: ReadonlySet<string>;
}

/** The replica that has applied the most, among those that RDS would promote and the policy allows; or why there is none. */
export function chooseReplica(
  search: ReplicaSearch,
  index: InventoryIndex,
): ReplicaChoice | { readonly why: string } {
  const replicas = index.replicasOf(search.sourceId).filter(({ id }) => !search.gone.has(id));
  const whys: string[] = [];
  let best: { readonly replica: DbInstance; readonly lagSeconds: number } | undefined;
  for (const replica of replicas) {
    const why = whyNotPromoted(replica, index) ?? whyAgainstPolicy(replica, search);
    const lagSeconds = replica.replicaLagSeconds;
    if (why !== undefined || lagSeconds === undefined) whys.push(`${replica.id} ${why ?? UNKNOWN_LAG}`);
    else if (best === undefined || lagSeconds < best.lagSeconds) best = { replica, lagSeconds };
  }
  if (best === undefined)
    return { why: whys.length === 0 ? 'no replica of the source is known' : whys.join('; ') };
  const { replica, lagSeconds } = best;
  const at = Math.floor(appliedAt(lagSeconds, search) / SECOND_MS) * SECOND_MS;
  return {
    replica,
    lagSeconds,
    point: pointInTime(replica.id, at, search.policy),
    keeps: keptBy(replica, search.source),
    remains: remainingOf(replica, search, index),
  };
}

const UNKNOWN_LAG = 'does not say how far it is behind, so what it would lose is unknown';

/** RDS promotes an available instance alone. */
function whyNotPromoted(replica: DbInstance, index: InventoryIndex): string | undefined {
  if (replica.status === 'backing-up') return 'is being backed up: RDS refuses to promote it meanwhile';
  if (replica.status !== 'available') return `is '${replica.status}', not 'available'`;
  return replica.encrypted ? index.keyTrouble(replica.kmsKeyId) : undefined;
}

function appliedAt(lagSeconds: number, { capturedAt }: ReplicaSearch): Instant {
  return capturedAt - lagSeconds * SECOND_MS;
}

/** It goes on applying until it is promoted; a promotion that is slow must not let the damage in. */
function whyAgainstPolicy(
  { replicaLagSeconds: lagSeconds }: DbInstance,
  search: ReplicaSearch,
): string | undefined {
  if (lagSeconds === undefined) return UNKNOWN_LAG;
  const { policy, damagedAt, at } = search.policy;
  const until = search.isSourceGone
    ? appliedAt(lagSeconds, search)
    : Math.max(search.now, search.capturedAt) -
      (lagSeconds - DURATIONS.replicaPromotion.p90Seconds) * SECOND_MS;
  const behind = `is only ${formatDuration(lagSeconds)} behind`;
  if (policy === 'before-damage' && until >= damagedAt)
    return `${behind}: it would have applied the damage of ${formatInstant(damagedAt)}`;
  if (policy === 'at' && at !== undefined && until > at)
    return `${behind}: it would have passed ${formatInstant(at)}, the instant to recover to`;
  return undefined;
}

/** Settings that a promotion leaves as they are, and that no modification of an instance should change in a recovery. */
const KEPT = ['class', 'storageGiB', 'storageType', 'zone', 'subnetGroup', 'encrypted', 'kmsKeyId'] as const;

/** What is the replica's own besides. */
const OWN = [...KEPT, 'id', 'engine', 'engineVersion', 'iops', 'throughputMiBps', 'tags'] as const;

function keptBy(replica: DbInstance, source: DbInstance | undefined): readonly string[] {
  if (source === undefined) return [];
  return KEPT.filter((setting) => replica[setting] !== source[setting]).map(
    (setting) => `${setting} (${replica[setting] ?? 'none'}, not ${source[setting] ?? 'none'})`,
  );
}

/**
 * The settings of production for a replica that takes over: those of the source, except for what the replica keeps. Of the runbook's target
 * only what a modification can change applies.
 */
export function promotedRecord(replica: DbInstance, source: DbInstance | undefined): DbInstance {
  if (source === undefined) return replica;
  const own = OWN.map((key) => [key, replica[key]] as const);
  const settings = Object.entries(source).filter(([key]) => !OWN.some((name) => name === key));
  return Object.fromEntries([...settings, ...own].filter(([, value]) => value !== undefined)) as DbInstance;
}

function remainingOf(
  replica: DbInstance,
  { sourceId, isSourceGone, gone }: ReplicaSearch,
  index: InventoryIndex,
): readonly Remaining[] {
  const thing = (id: string): Thing<'existing'> => ({
    kind: 'rds-instance',
    type: 'dbInstance',
    id,
    region: index.region,
    origin: 'existing',
  });
  const those = (of: string, why: Remaining['why']): readonly Remaining[] =>
    index
      .replicasOf(of)
      .filter(({ id }) => id !== replica.id && !gone.has(id))
      .map(({ id }) => ({ thing: thing(id), why }));
  return [
    ...(isSourceGone ? [] : [{ thing: thing(sourceId), why: 'old-primary' as const }]),
    ...those(replica.id, 'own-replica'),
    ...those(sourceId, 'other-replica'),
  ];
}
