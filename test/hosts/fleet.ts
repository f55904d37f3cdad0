import { parseInventory } from '../../src/inventory/parse.ts';
import { parseRunbook } from '../../src/runbook/parse.ts';
import type { Scenario } from './support.ts';

/** Of ten resources one is a database and nine are volumes. */
const DATABASE_EVERY = 10;
/** An initialisation may take at most this much of the quota. */
const RATE_MAX_MIBPS = 300;

/**
 * An account of `size` resources. Its quotas grow with it, so that at every size half of the volumes initialise at once and the drill takes the
 * same simulated time: what a resource costs is compared, not how long it queues. `fullSizeGiB`: of each volume; with 3,100 that time is six hours.
 */
export function fleetOf(size: number, fullSizeGiB = 150): Scenario {
  const sizeGiB = Math.ceil((fullSizeGiB * 4) / 3);
  const databases = Array.from({ length: size / DATABASE_EVERY }, (_, index) => `db-${index}`);
  const volumes = Array.from({ length: size - databases.length }, (_, index) => `vol-${index}`);
  const inventory = {
    ...{ apiVersion: 'lifeboat/v1', kind: 'Inventory', capturedAt: '2026-11-20T03:00:00Z' },
    ...{ account: '111111111111', region: 'us-east-1', zones: ['us-east-1a'] },
    quotas: {
      provisionedInitMiBps: Math.ceil(volumes.length / 2) * RATE_MAX_MIBPS,
      dbInstances: 2 * databases.length,
    },
    volumes: volumes.map((id) => ({
      ...{ id, zone: 'us-east-1a', type: 'gp3', sizeGiB, iops: 3_000, throughputMiBps: 250 },
      tags: { app: 'events' },
    })),
    snapshots: volumes.map((volumeId, index) => ({
      ...{ id: `snap-${index}`, volumeId, startedAt: '2026-11-20T02:00:00Z', state: 'completed' },
      ...{ sizeGiB, fullSizeGiB },
    })),
    dbInstances: databases.map((id) => ({
      ...{ id, engine: 'postgres', engineVersion: '16.4', class: 'db.r6g.large', storageGiB: 100 },
      ...{ zone: 'us-east-1a', backupRetentionDays: 1 },
    })),
    dbSnapshots: databases.map((dbInstanceId) => ({
      ...{ id: `${dbInstanceId}-backup`, dbInstanceId, at: '2026-11-20T02:00:00Z', storageGiB: 100 },
      ...{ engine: 'postgres', engineVersion: '16.4' },
    })),
  };
  const runbook = {
    ...{ apiVersion: 'lifeboat/v1', kind: 'Runbook', name: 'fleet', region: 'us-east-1' },
    objectives: { rto: '6h', rpo: '2h' },
    resources: [
      ...databases.map((id) => ({ id, type: 'rds-instance', source: id })),
      { id: 'events', type: 'ebs-volume', source: { tags: { app: 'events' } }, dependsOn: ['db-0'] },
    ],
  };
  // JSON is YAML.
  return {
    runbook: parseRunbook(JSON.stringify(runbook), 'fleet.yaml').runbook,
    inventory: parseInventory(JSON.stringify(inventory), 'fleet-inventory.yaml'),
  };
}
