import type * as z from 'zod';
import { refused } from '../../runbook/unsupported.ts';
import type { KindRunbook } from '../kind-runbook.ts';
import { databaseNames } from '../rds-instance/runbook-rules.ts';
import type { auroraClusterResource } from './runbook.ts';

export const auroraClusterRunbook: KindRunbook<'aurora-cluster', z.output<typeof auroraClusterResource>> = {
  name: 'aurora-cluster',
  ...databaseNames,
  unsupported: ({ id }, path) => [
    refused(path, 'aurora-cluster', `The Aurora cluster '${id}' cannot be restored yet`),
  ],
};
