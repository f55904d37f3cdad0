import * as z from 'zod';
import { awsName, resourceBase, strategyList } from '../../runbook/parts.ts';

export const RDS_STRATEGIES = ['promote-replica', 'point-in-time', 'restore-snapshot'] as const;

/** What a database has in a runbook, as an instance and as a cluster. */
export const databaseFields = {
  source: awsName,
  strategies: strategyList(RDS_STRATEGIES),
  warmup: z
    .strictObject({
      postgres: z.strictObject({ relations: z.array(z.string().min(1)).min(1) }).optional(),
      sql: z.array(z.string().min(1)).optional(),
    })
    .optional(),
  target: z
    .strictObject({
      zone: z.string().optional(),
      class: z.string().optional(),
      subnetGroup: z.string().optional(),
      parameterGroup: z.string().optional(),
      optionGroup: z.string().optional(),
      securityGroups: z.array(z.string()).optional(),
    })
    .optional(),
};

export const rdsInstanceResource = z.strictObject({
  ...resourceBase,
  type: z.literal('rds-instance'),
  ...databaseFields,
});

export type RdsResource = z.output<typeof rdsInstanceResource>;
export type DatabaseStrategy = (typeof RDS_STRATEGIES)[number];
