import { readFileSync } from 'node:fs';
import { coldRestoreInventory } from '../../runbooks/generate-cold-restore.ts';
import { MAX_DOCUMENT_BYTES } from '../../src/document/limits.ts';
import { parseInventory } from '../../src/inventory/parse.ts';
import { HOUR_MS } from '../../src/time.ts';

const FILE = 'runbooks/inventories/cold-restore.yaml';
const text = readFileSync(FILE, 'utf8');

test('the committed inventory is what the generator makes', () => {
  const made = coldRestoreInventory().split('\n');
  const committed = text.split('\n');
  // The first line that differs says more than a comparison of half a megabyte.
  const different = made.findIndex((line, index) => line !== committed[index]);
  expect([different, made[different]]).toEqual([-1, undefined]);
  expect(committed).toHaveLength(made.length);
  expect(text.length).toBeLessThan(MAX_DOCUMENT_BYTES);
});

test('it is incident A at its real size', () => {
  const inventory = parseInventory(text, FILE);
  const damagedAt = Date.UTC(2026, 10, 20, 2, 10);
  expect(inventory.volumes).toHaveLength(512);
  expect(inventory.volumes.reduce((sum, { sizeGiB }) => sum + sizeGiB, 0)).toBe(1_024 * 1_024);
  expect(new Set(inventory.volumes.map(({ zone }) => zone)).size).toBe(3);
  for (const { id } of inventory.volumes) {
    const points = inventory.snapshots
      .filter(({ volumeId }) => volumeId === id)
      .map(({ startedAt }) => startedAt);
    const good = points.filter((at) => at < damagedAt);
    expect(points).toHaveLength(2);
    expect(good).toHaveLength(1);
    for (const at of points) expect(inventory.capturedAt - at).toBeLessThan(2 * HOUR_MS);
  }
});
