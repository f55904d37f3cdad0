import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const RUNBOOK = `apiVersion: lifeboat/v1
kind: Runbook
name: fleet
objectives: { rto: 6h, rpo: 2h }
region: us-east-1
resources:
  - { id: events, type: ebs-volume, source: { tags: { app: events } }, strategies: [auto] }
`;

/** Writes a runbook and an inventory of so many volumes, whose default quotas bind; an account's capture of this size is JSON too. */
export function writeFleet(folder: string, volumes: number): readonly [runbook: string, inventory: string] {
  const runbook = join(folder, `fleet-${volumes}.yaml`);
  const inventory = join(folder, `fleet-${volumes}-inventory.json`);
  writeFileSync(runbook, RUNBOOK);
  const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
  const each = Array.from({ length: volumes }, (_, n) => ({ n, sizeGiB: 100 + (n % 400) }));
  const parts = {
    apiVersion: 'lifeboat/v1',
    kind: 'Inventory',
    capturedAt: '2026-11-20T03:00:00Z',
    account: '111111111111',
    region: 'us-east-1',
    zones,
    quotas: { fsrSnapshots: 5, provisionedInitMiBps: 5_000, storageTiB: { gp3: 20_000 } },
    volumes: each.map(({ n, sizeGiB }) => ({
      id: `vol-${n}`,
      zone: zones[n % zones.length],
      type: 'gp3',
      sizeGiB,
      encrypted: false,
      tags: { app: 'events' },
    })),
    snapshots: each.map(({ n, sizeGiB }) => ({
      id: `snap-${n}`,
      volumeId: `vol-${n}`,
      startedAt: `2026-11-20T02:${String(n % 60).padStart(2, '0')}:00Z`,
      state: 'completed',
      sizeGiB,
      fullSizeGiB: Math.floor(sizeGiB * 0.6),
      tier: 'standard',
      encrypted: false,
    })),
  };
  writeFileSync(inventory, JSON.stringify(parts, null, 1));
  return [runbook, inventory];
}
