import type { Scenario } from '../hosts/support.ts';
import { inventorySchema } from '../../src/inventory/schema.ts';
import { runbookSchema, type Runbook } from '../../src/runbook/schema.ts';

/** Two volumes that are restored and loaded in some five minutes, if nothing else is given. `gates` as in a runbook. */
export function small(
  gates: readonly object[] = [],
  { strategies = ['provisioned-rate'], sizeGiB = 40 } = {},
): Scenario {
  const volumes = ['vol-1', 'vol-2'];
  const runbook: Runbook = runbookSchema.parse({
    ...{ apiVersion: 'lifeboat/v1', kind: 'Runbook', name: 'small', region: 'us-east-1' },
    objectives: { rto: sizeGiB > 100 ? '4h' : '1h', rpo: '2h' },
    resources: volumes.map((source) => ({
      ...{ id: `of-${source}`, type: 'ebs-volume', source, strategies },
    })),
    gates,
  });
  const inventory = inventorySchema.parse({
    ...{ apiVersion: 'lifeboat/v1', kind: 'Inventory', capturedAt: '2026-11-20T03:00:00Z' },
    ...{ account: '111111111111', region: 'us-east-1', zones: ['us-east-1a'] },
    quotas: { provisionedInitMiBps: 5_000 },
    volumes: volumes.map((id) => ({ id, zone: 'us-east-1a', type: 'gp3', sizeGiB })),
    snapshots: volumes.map((volumeId, index) => ({
      ...{ id: `snap-${index}`, volumeId, startedAt: '2026-11-20T02:00:00Z', state: 'completed' },
      ...{ sizeGiB, fullSizeGiB: (sizeGiB * 3) / 4 },
    })),
  });
  return { runbook, inventory };
}
