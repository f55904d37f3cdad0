import { inventorySchema } from '../../src/inventory/schema.ts';
import type { Inventory } from '../../src/inventory/schema.ts';

/** An inventory with what a test says, and the least of everything else. */
export function inventoryOf(lists: Readonly<Record<string, unknown>>): Inventory {
  return inventorySchema.parse({
    apiVersion: 'lifeboat/v1',
    kind: 'Inventory',
    capturedAt: '2026-11-20T03:00:00Z',
    region: 'us-east-1',
    ...lists,
  });
}

export const volume = (id: string, tags: Readonly<Record<string, string>> = {}) => ({
  id,
  zone: 'us-east-1a',
  type: 'gp3',
  sizeGiB: 100,
  tags,
});

export const snapshot = (id: string, volumeId: string, tags: Readonly<Record<string, string>> = {}) => ({
  id,
  volumeId,
  startedAt: '2026-11-20T02:00:00Z',
  state: 'completed',
  sizeGiB: 100,
  tags,
});

export const dbInstance = (id: string) => ({
  id,
  engine: 'postgres',
  engineVersion: '16.4',
  class: 'db.r6g.large',
  storageGiB: 100,
});

export const dbSnapshot = (id: string, dbInstanceId: string) => ({
  id,
  dbInstanceId,
  at: '2026-11-20T02:00:00Z',
  storageGiB: 100,
  engine: 'postgres',
  engineVersion: '16.4',
});
