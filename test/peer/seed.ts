import type { Tree } from './answer.ts';
import { queuesOf, type SeedQueue } from './queues.ts';
import { arnOf } from './rds-things.ts';
import { bucketsOf, type SeedBucket } from './buckets.ts';
import { fastRestoreKey, type DbThing, type Metric, type Quota, type Tags, type World } from './world.ts';

/** What an account holds at the start. Instants are ISO 8601; what is absent has a harmless default. */
export interface Seed {
  readonly account?: string;
  readonly region?: string;
  readonly zones?: readonly string[];
  readonly limits?: Partial<World['limits']>;
  readonly volumes?: readonly SeedVolume[];
  readonly snapshots?: readonly SeedSnapshot[];
  readonly fastRestores?: readonly { readonly snapshotId: string; readonly zone: string }[];
  readonly instances?: readonly SeedInstance[];
  readonly dbInstances?: readonly SeedDb[];
  readonly dbSnapshots?: readonly SeedDb[];
  readonly dbClusters?: readonly SeedDb[];
  readonly dbClusterSnapshots?: readonly SeedDb[];
  readonly parameters?: Readonly<Record<string, string>>;
  /** State by key id. */
  readonly keys?: Readonly<Record<string, string>>;
  readonly quotas?: readonly (Omit<Quota, 'defaultValue'> & { readonly defaultValue?: number })[];
  readonly metrics?: readonly Metric[];
  readonly queues?: readonly SeedQueue[];
  readonly buckets?: Readonly<Record<string, SeedBucket>>;
  /** A folder of buckets: `FOLDER/BUCKET/KEY`. */
  readonly bucketsFolder?: string;
}

export interface SeedVolume {
  readonly id: string;
  readonly zone?: string;
  readonly type?: string;
  readonly sizeGiB?: number;
  readonly iops?: number;
  readonly throughput?: number;
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
  readonly createdAt?: string;
  readonly attachedTo?: { readonly instanceId: string; readonly device: string };
  readonly tags?: Tags;
}

export interface SeedSnapshot {
  readonly id: string;
  readonly volumeId: string;
  readonly startedAt: string;
  readonly sizeGiB?: number;
  readonly fullSizeBytes?: number;
  readonly tier?: string;
  readonly state?: string;
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
  readonly tags?: Tags;
}

export interface SeedInstance {
  readonly id: string;
  readonly zone?: string;
  readonly type?: string;
  readonly state?: string;
  readonly managed?: boolean;
  readonly tags?: Tags;
}

/** Fields as RDS tells them. A text that is an instant is one, or JSON could not seed it. */
export interface SeedDb {
  readonly id: string;
  readonly status?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly tags?: Tags;
}

const LONG_AGO = Date.parse('2026-01-01T00:00:00Z');
const life = (at = LONG_AGO) => ({ createdAt: at, readyAt: at, visibleAt: at });

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

function fieldOf(value: unknown): Tree {
  if (typeof value === 'string' && INSTANT.test(value)) return new Date(value);
  if (Array.isArray(value)) return value.map(fieldOf);
  if (typeof value === 'object' && value !== null && !(value instanceof Date))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fieldOf(inner)]));
  return value as Tree;
}

const DB_INSTANCE = {
  Engine: 'postgres',
  EngineVersion: '16.4',
  DBInstanceClass: 'db.t4g.medium',
  AllocatedStorage: 20,
  StorageType: 'gp3',
  MultiAZ: false,
  StorageEncrypted: false,
  BackupRetentionPeriod: 7,
  DeletionProtection: false,
  PubliclyAccessible: false,
};
const DB_SNAPSHOT = {
  Engine: 'postgres',
  EngineVersion: '16.4',
  AllocatedStorage: 20,
  StorageType: 'gp3',
  SnapshotType: 'automated',
  Encrypted: false,
};

/** What a new account may use, by the codes of Service Quotas. */
const QUOTAS: readonly Quota[] = [
  { service: 'rds', code: 'L-7B6409FD', name: 'DB instances', value: 40, defaultValue: 40 },
  { service: 'rds', code: 'L-952B80B9', name: 'DB clusters', value: 40, defaultValue: 40 },
];

function byId<Thing extends { readonly id: string }>(things: readonly Thing[]): Map<string, Thing> {
  return new Map(things.map((thing) => [thing.id, thing]));
}

function dbThings(
  { account = '111111111111', region = 'us-east-1' }: Seed,
  kind: Parameters<typeof arnOf>[1],
  defaults: Readonly<Record<string, unknown>>,
  seeds: readonly SeedDb[] = [],
): Map<string, DbThing> {
  return byId(
    seeds.map(({ id, status, fields, tags }) => ({
      ...life(),
      id,
      arn: arnOf({ account, region }, kind, id),
      fields: Object.fromEntries(
        Object.entries({ ...defaults, ...fields }).map(([name, value]) => [name, fieldOf(value)]),
      ),
      ...(status !== undefined && { status }),
      tags: tags ?? {},
    })),
  );
}

export function worldOf(seed: Seed): World {
  const { zones = ['us-east-1a', 'us-east-1b'] } = seed;
  const [zone = 'us-east-1a'] = zones;
  return {
    account: seed.account ?? '111111111111',
    region: seed.region ?? 'us-east-1',
    zones,
    limits: { fsrSnapshots: 5, dbInstances: 40, ...seed.limits },
    volumes: byId(
      (seed.volumes ?? []).map(({ createdAt, ...volume }) => {
        const at = createdAt === undefined ? LONG_AGO : Date.parse(createdAt);
        const defaults = {
          zone,
          type: 'gp3',
          sizeGiB: 1,
          iops: 3_000,
          throughput: 125,
          encrypted: false,
          tags: {},
        };
        return { ...defaults, ...life(at), hydratedAt: at, ...volume };
      }),
    ),
    snapshots: byId(
      (seed.snapshots ?? []).map(({ startedAt, ...snapshot }) => ({
        ...{ sizeGiB: 1, tier: 'standard', encrypted: false, tags: {} },
        ...life(Date.parse(startedAt)),
        ...snapshot,
      })),
    ),
    fastRestores: new Map(
      (seed.fastRestores ?? []).map(({ snapshotId, zone: where }) => [
        fastRestoreKey(snapshotId, where),
        { snapshotId, zone: where, enablingAt: LONG_AGO, enabledAt: LONG_AGO },
      ]),
    ),
    instances: byId(
      (seed.instances ?? []).map((instance) => ({
        zone,
        type: 'm6i.large',
        state: 'running',
        managed: true,
        tags: {},
        ...instance,
      })),
    ),
    dbInstances: dbThings(seed, 'db', { AvailabilityZone: zone, ...DB_INSTANCE }, seed.dbInstances),
    dbSnapshots: dbThings(seed, 'snapshot', DB_SNAPSHOT, seed.dbSnapshots),
    dbClusters: dbThings(seed, 'cluster', {}, seed.dbClusters),
    dbClusterSnapshots: dbThings(seed, 'cluster-snapshot', {}, seed.dbClusterSnapshots),
    parameters: new Map(
      Object.entries(seed.parameters ?? {}).map(([name, value]) => [
        name,
        { name, value, version: 1, type: 'String', changedAt: LONG_AGO },
      ]),
    ),
    keys: new Map(Object.entries(seed.keys ?? {}).map(([id, state]) => [id, { id, state }])),
    quotas: seed.quotas?.map((quota) => ({ defaultValue: quota.value, ...quota })) ?? QUOTAS,
    metrics: seed.metrics ?? [],
    notices: [],
    queues: queuesOf(seed.queues),
    buckets: bucketsOf(seed.buckets, seed.bucketsFolder, seed.region),
    tokens: new Map(),
  };
}
