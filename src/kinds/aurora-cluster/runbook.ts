import * as z from 'zod';
import { resourceBase } from '../../runbook/parts.ts';
import { databaseFields } from '../rds-instance/runbook.ts';

export const auroraClusterResource = z.strictObject({
  ...resourceBase,
  type: z.literal('aurora-cluster'),
  ...databaseFields,
});
