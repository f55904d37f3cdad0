import type * as z from 'zod';
import { parseDocument } from '../document/parse.ts';
import { contradictionsOf } from './contradictions.ts';
import { inventorySchema } from './schema.ts';
import type { Inventory } from './schema.ts';

/**
 * The inventory in a file of YAML. `file` is only named in complaints.
 * Throws one `LifeboatError` (`INVALID_INVENTORY`, `INVALID_DOCUMENT`, `FILE_TOO_LARGE`) with all complaints.
 */
export function parseInventory(input: string | Uint8Array, file: string): Inventory {
  const inventory: z.output<typeof inventorySchema> = parseDocument(input, file, inventorySchema, {
    kind: 'inventory',
    contradictions: contradictionsOf,
  });
  delete inventory.schema;
  return inventory;
}
