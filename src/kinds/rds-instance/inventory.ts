import * as z from 'zod';
import { instant } from '../../document/scalars.ts';
import { count, encryption, gib, id, tags } from '../../inventory/parts.ts';

/** What an instance, a cluster and their snapshots have alike. */
export const database = { engine: z.string(), engineVersion: z.string(), ...encryption };

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

export const rdsInstanceLists = {
  dbInstances: z.array(dbInstance).default([]),
  dbSnapshots: z.array(dbSnapshot).default([]),
};

export type DbInstance = z.output<typeof dbInstance>;
export type DbSnapshot = z.output<typeof dbSnapshot>;
