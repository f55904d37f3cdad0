import * as z from 'zod';
import { instant } from '../document/scalars.ts';

const id = z.string().min(1).max(255);
const tags = z.record(z.string(), z.string()).default({});
const gib = z
  .number()
  .int()
  .positive()
  .max(65_536 * 16);
const count = z.number().int().nonnegative();

/** The account's limits; existing resources count against them; an absent quota does not bind. */
const quotas = z.strictObject({
  /** Snapshots with fast snapshot restore enabled, per Region. */
  fsrSnapshots: count.optional(),
  /** Provisioned initialization, MiB/s, cumulative per Region. */
  provisionedInitMiBps: count.optional(),
  snapshotCopies: count.optional(),
  dbInstances: count.optional(),
  dbClusters: count.optional(),
  /** Storage per volume type, TiB. */
  storageTiB: z.record(z.string(), z.number().nonnegative()).optional(),
});

const VOLUME_TYPES = ['gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard'] as const;

const volume = z.strictObject({
  id,
  zone: z.string(),
  type: z.enum(VOLUME_TYPES),
  sizeGiB: gib,
  iops: count.optional(),
  throughputMiBps: count.optional(),
  encrypted: z.boolean().default(false),
  kmsKeyId: z.string().optional(),
  state: z.enum(['creating', 'available', 'in-use', 'deleting', 'error']).optional(),
  attachedTo: z.strictObject({ instanceId: id, device: z.string() }).optional(),
  tags,
});

const fsr = z.strictObject({
  zone: z.string(),
  state: z.enum(['enabling', 'optimizing', 'enabled', 'disabling', 'disabled']),
  credits: z.number().nonnegative().optional(),
});

const snapshot = z.strictObject({
  id,
  volumeId: id,
  startedAt: instant,
  state: z.enum(['pending', 'completed', 'error', 'recoverable', 'recovering']),
  /** Size of the volume it was taken from. */
  sizeGiB: gib,
  /** Data it holds; what initialization has to read. Absent: sizeGiB. */
  fullSizeGiB: z.number().nonnegative().optional(),
  tier: z.enum(['standard', 'archive']).default('standard'),
  region: z.string().optional(),
  encrypted: z.boolean().default(false),
  kmsKeyId: z.string().optional(),
  fsr: z.array(fsr).default([]),
  tags,
});

const database = {
  engine: z.string(),
  engineVersion: z.string(),
  encrypted: z.boolean().default(false),
  kmsKeyId: z.string().optional(),
};

const dbInstance = z.strictObject({
  id,
  ...database,
  class: z.string(),
  storageGiB: gib,
  storageType: z.string().default('gp3'),
  iops: count.optional(),
  throughputMiBps: count.optional(),
  zone: z.string().optional(),
  multiAz: z.boolean().default(false),
  subnetGroup: z.string().nullish(),
  securityGroups: z.array(z.string()).default([]),
  parameterGroup: z.string().nullish(),
  optionGroup: z.string().nullish(),
  publiclyAccessible: z.boolean().optional(),
  deletionProtection: z.boolean().default(false),
  backupRetentionDays: count.default(0),
  iamAuth: z.boolean().default(false),
  logExports: z.array(z.string()).default([]),
  monitoringIntervalSeconds: count.optional(),
  monitoringRole: z.string().optional(),
  performanceInsights: z.boolean().optional(),
  port: z.int().min(1).max(65_535).optional(),
  status: z.string().default('available'),
  earliestRestorableTime: instant.optional(),
  latestRestorableTime: instant.optional(),
  replicaOf: id.optional(),
  replicaLagSeconds: z.number().nonnegative().optional(),
  clusterId: id.optional(),
  tags,
});

const dbSnapshot = z.strictObject({
  id,
  dbInstanceId: id,
  at: instant,
  state: z.string().default('available'),
  source: z.enum(['automated', 'manual', 'awsbackup']).default('manual'),
  storageGiB: gib,
  region: z.string().optional(),
  ...database,
  tags,
});

const dbCluster = z.strictObject({
  id,
  ...database,
  members: z.array(id).default([]),
  subnetGroup: z.string().nullish(),
  securityGroups: z.array(z.string()).default([]),
  parameterGroup: z.string().nullish(),
  deletionProtection: z.boolean().default(false),
  backupRetentionDays: count.default(1),
  status: z.string().default('available'),
  earliestRestorableTime: instant.optional(),
  latestRestorableTime: instant.optional(),
  storageGiB: gib.optional(),
  globalClusterId: id.optional(),
  tags,
});

const dbClusterSnapshot = z.strictObject({
  id,
  dbClusterId: id,
  at: instant,
  state: z.string().default('available'),
  source: z.enum(['automated', 'manual', 'awsbackup']).default('manual'),
  storageGiB: gib.optional(),
  region: z.string().optional(),
  ...database,
  tags,
});

const instance = z.strictObject({
  id,
  zone: z.string(),
  state: z.string().default('running'),
  ebsThroughputMiBps: count.optional(),
  managedBySsm: z.boolean().default(false),
  tags,
});

const kmsKey = z.strictObject({
  id,
  state: z.enum([
    'Enabled',
    'Disabled',
    'PendingDeletion',
    'PendingImport',
    'Unavailable',
    'Creating',
    'Updating',
    'PendingReplicaDeletion',
  ]),
});

export const GAP_REASONS = ['unsupported', 'denied', 'failed'] as const;

/** Something that a capture could not read, and what that means for a plan. */
const gap = z.strictObject({
  /** The API's operation, e.g. `DescribeFastSnapshotRestores`. */
  operation: z.string().min(1).max(100),
  /** `unsupported`: the endpoint has no such operation. `denied`: a permission is missing. `failed`: it answered with errors only. */
  reason: z.enum(GAP_REASONS),
  /** What the endpoint said. */
  message: z.string().max(500),
  /** What follows from it. */
  means: z.string().max(500),
});

/** What an account holds that a runbook can recover; captured, or written by hand. */
export const inventorySchema = z.strictObject({
  /** Of the document that `inventory --json` prints, so that it can be read back; not about the account. */
  schema: z.literal('lifeboat.inventory/v1').optional(),
  apiVersion: z.literal('lifeboat/v1'),
  kind: z.literal('Inventory'),
  capturedAt: instant,
  /**
   * `lifeboat inventory` sets it: settings are as AWS reported them, and are not checked against its limits, which rise. An inventory written by
   * hand is checked.
   */
  asReported: z.boolean().optional(),
  account: z
    .string()
    .regex(/^\d{12}$/, 'the twelve digits of an account, quoted')
    .default('000000000000'),
  region: z.string().min(1),
  zones: z.array(z.string()).default([]),
  quotas: quotas.default({}),
  volumes: z.array(volume).default([]),
  snapshots: z.array(snapshot).default([]),
  dbInstances: z.array(dbInstance).default([]),
  dbSnapshots: z.array(dbSnapshot).default([]),
  dbClusters: z.array(dbCluster).default([]),
  dbClusterSnapshots: z.array(dbClusterSnapshot).default([]),
  instances: z.array(instance).default([]),
  kmsKeys: z.array(kmsKey).default([]),
  gaps: z.array(gap).default([]),
});

/** An inventory after parsing: instants are milliseconds since the epoch, absent lists are empty. */
export type Inventory = Omit<z.output<typeof inventorySchema>, 'schema'>;
export type Volume = Inventory['volumes'][number];
export type Snapshot = Inventory['snapshots'][number];
export type DbInstance = Inventory['dbInstances'][number];
export type DbSnapshot = Inventory['dbSnapshots'][number];
export type DbCluster = Inventory['dbClusters'][number];
export type DbClusterSnapshot = Inventory['dbClusterSnapshots'][number];
export type Gap = Inventory['gaps'][number];
export type Quotas = Inventory['quotas'];
export type FsrState = Snapshot['fsr'][number]['state'];
