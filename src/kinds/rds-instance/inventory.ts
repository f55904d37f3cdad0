import * as z from 'zod';
import { instant } from '../../document/scalars.ts';
import { count, encryption, gib, id, tags } from '../../inventory/parts.ts';
import { schemasOf } from '../settings.ts';
import { DB_SETTINGS } from './settings.ts';

/** What an instance, a cluster and their snapshots have alike. */
export const database = { engine: z.string(), engineVersion: z.string(), ...encryption };

const dbInstance = z.strictObject({
  id,
  engine: z.string(),
  engineVersion: z.string(),
  ...schemasOf(DB_SETTINGS),
  status: z.string().default('available'),
  earliestRestorableTime: instant.optional(),
  latestRestorableTime: instant.optional(),
  replicaOf: id.optional(),
  replicaLagSeconds: z.number().nonnegative().optional(),
  clusterId: id.optional(),
  /** What it has that no recovery gives back: names of LOST_PROPERTIES. */
  lost: z.array(z.string()).optional(),
  tags,
});

const dbSnapshot = z.strictObject({
  id,
  dbInstanceId: id,
  at: instant,
  state: z.string().default('available'),
  source: z.enum(['automated', 'manual', 'awsbackup']).default('manual'),
  storageGiB: gib,
  /** What it is restored with unless the request says otherwise; absent in what older versions captured. */
  storageType: z.string().optional(),
  iops: count.optional(),
  throughputMiBps: count.optional(),
  port: z.int().min(1).max(65_535).optional(),
  optionGroup: z.string().optional(),
  region: z.string().optional(),
  ...database,
  tags,
});

export const rdsInstanceQuotas = { dbInstances: count.optional() };

export const rdsInstanceLists = {
  dbInstances: z.array(dbInstance).default([]),
  dbSnapshots: z.array(dbSnapshot).default([]),
};

export type DbInstance = z.output<typeof dbInstance>;
export type DbSnapshot = z.output<typeof dbSnapshot>;
