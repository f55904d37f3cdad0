import * as z from 'zod';
import { instant } from '../document/scalars.ts';
import { INVENTORY_LISTS, INVENTORY_QUOTAS } from '../kinds/schemas.ts';
import { count, id, tags } from './parts.ts';

/** The account's limits; existing resources count against them; an absent quota does not bind. */
const quotas = z.strictObject(INVENTORY_QUOTAS);

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
  ...INVENTORY_LISTS,
  instances: z.array(instance).default([]),
  kmsKeys: z.array(kmsKey).default([]),
  gaps: z.array(gap).default([]),
});

/** An inventory after parsing: instants are milliseconds since the epoch, absent lists are empty. */
export type Inventory = Omit<z.output<typeof inventorySchema>, 'schema'>;
export type Gap = Inventory['gaps'][number];
export type Quotas = Inventory['quotas'];
export type { FsrState, Snapshot, Volume } from '../kinds/ebs-volume/inventory.ts';
export type { DbInstance, DbSnapshot } from '../kinds/rds-instance/inventory.ts';
export type { DbCluster, DbClusterSnapshot } from '../kinds/aurora-cluster/inventory.ts';
