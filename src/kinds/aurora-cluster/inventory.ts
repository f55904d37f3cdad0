import * as z from 'zod';
import { instant } from '../../document/scalars.ts';
import { count, gib, id, tags } from '../../inventory/parts.ts';
import { database } from '../rds-instance/inventory.ts';

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

export const auroraClusterQuotas = { dbClusters: count.optional() };

export const auroraClusterLists = {
  dbClusters: z.array(dbCluster).default([]),
  dbClusterSnapshots: z.array(dbClusterSnapshot).default([]),
};

export type DbCluster = z.output<typeof dbCluster>;
export type DbClusterSnapshot = z.output<typeof dbClusterSnapshot>;
