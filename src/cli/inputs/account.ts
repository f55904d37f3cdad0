import { MAX_INVENTORY_BYTES } from '../../document/limits.ts';
import { LifeboatError } from '../../errors.ts';
import type { Inventory } from '../../inventory/schema.ts';
import type { Instant } from '../../time.ts';
import { captureAccount } from './account-reading.ts';
import { documentName, readDocument } from './files.ts';
import type { WorldOptions } from '../session/options.ts';
import { storeIn } from '../stored/stored-run.ts';

export async function readInventory(path: string): Promise<Inventory> {
  const { parseInventory } = await import('../../inventory/parse.ts');
  return parseInventory(readDocument(path, MAX_INVENTORY_BYTES), documentName(path));
}

/**
 * What the account holds now: the inventory of `--simulate`, or what is captured in `region`.
 * @throws LifeboatError `INVALID_INVENTORY` and others for a file, `AWS_*` for an account
 */
export async function readAccount(options: WorldOptions, region: string, now: Instant): Promise<Inventory> {
  if (options.simulate === undefined) return captureAccount(region, now);
  const inventory = await readInventory(options.simulate);
  refuseOtherRegion(inventory, options.simulate, region);
  return inventory;
}

/** @throws LifeboatError `INVALID_INVENTORY` */
export function refuseOtherRegion(inventory: Inventory, file: string, region: string): void {
  if (inventory.region !== region) {
    throw new LifeboatError(
      'INVALID_INVENTORY',
      `${documentName(file)} is an inventory of ${inventory.region}, but the recovery is to run in ${region}.`,
      `Give an inventory of ${region}, or recover elsewhere with --region ${inventory.region}.`,
    );
  }
}

/**
 * What there was before the disaster: `--baseline`, or what the last successful check of the account (or of a simulation, for a simulation)
 * saved; `undefined` where there is neither.
 * A saved one of another account or Region is never quietly left aside: it may be all that remembers what there was.
 */
export async function loadBaseline(
  options: WorldOptions,
  runbook: string,
  account: Inventory,
): Promise<Inventory | undefined> {
  if (options.baseline === false) return undefined;
  if (typeof options.baseline === 'string') return readInventory(options.baseline);
  const world = options.simulate === undefined ? 'account' : 'simulation';
  const saved = await (await storeIn(options.state)).baseline(runbook, world);
  if (saved === undefined) return undefined;
  const { parseInventory } = await import('../../inventory/parse.ts');
  const { place: file, text } = saved;
  const baseline = parseInventory(text, file);
  for (const name of ['account', 'region'] as const) {
    if (baseline[name] === account[name]) continue;
    throw new LifeboatError(
      'INVALID_INVENTORY',
      `The saved baseline ${file} is of ${name} ${baseline[name]}, but the recovery is to run in ${name} ${account[name]}.`,
      'Give the right one with --baseline FILE, keep them apart with --state DIR, or go on without: --no-baseline.',
    );
  }
  return baseline;
}
