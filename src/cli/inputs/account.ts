import { MAX_INVENTORY_BYTES } from '../../document/limits.ts';
import { LifeboatError } from '../../errors.ts';
import type { Gap, Inventory } from '../../inventory/schema.ts';
import type { OpenAccount } from '../../preparation/account.ts';
import { plain } from '../../report/layout/plain.ts';
import type { Instant } from '../../time.ts';
import { documentName, readDocument } from './files.ts';
import type { FaultsName, WorldOptions } from '../session/options.ts';
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
 * @throws LifeboatError `INVALID_INVENTORY`, also for a saved one of another account or Region
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
  const { parseBaseline } = await import('../../preparation/prepare.ts');
  return parseBaseline(
    saved,
    account,
    'Give the right one with --baseline FILE, keep them apart with --state DIR, or go on without: --no-baseline.',
  );
}

/**
 * Opens the account that the SDK's standard configuration leads to.
 * @param region absent: AWS_REGION or the profile's
 * @throws LifeboatError `AWS_*`, or `USAGE` for an endpoint that is no address
 */
export async function inAccount<T>(
  region: string | undefined,
  use: (account: OpenAccount) => Promise<T>,
): Promise<T> {
  const [{ accountAt }, { realClock }] = await Promise.all([
    import('../../preparation/account.ts'),
    import('../../hosts/clock.ts'),
  ]);
  return accountAt(realClock)(region, use);
}

/** Captures the account that the SDK's standard configuration leads to; otherwise like {@link inAccount}. */
export async function captureAccount(region: string | undefined, now: Instant): Promise<Inventory> {
  const { captureAccount: capture } = await import('../../preparation/account.ts');
  return inAccount(region, (account) => capture(account, now));
}

/** Captures the simulated account that `inventory` makes, at the instant of its capture. */
export async function captureSimulated(
  inventory: Inventory,
  { seed = 1, faults = 'none' }: { readonly seed?: number; readonly faults?: FaultsName },
): Promise<Inventory> {
  const [{ captureInventory }, { patientCalls }, { openWorld, SimulatedClock }, { virtualClock }] =
    await Promise.all([
      import('../../aws/capture/capture.ts'),
      import('../../preparation/account.ts'),
      import('../../simulator/index.ts'),
      import('../../hosts/clock.ts'),
    ]);
  const { region, account, capturedAt } = inventory;
  const clock = new SimulatedClock(capturedAt);
  const world = openWorld({ path: ':memory:', inventory, seed, faults, clock });
  try {
    const call = await patientCalls(virtualClock(clock, Number.POSITIVE_INFINITY, () => undefined));
    return await captureInventory({ clients: world, call, region, now: capturedAt, account });
  } finally {
    world.close();
  }
}

const REASONS: Readonly<Record<Gap['reason'], string>> = {
  unsupported: 'the endpoint does not offer it',
  denied: 'access is denied',
  failed: 'it failed',
};

/**
 * A gap as a person is told of it, on one line.
 *
 * @example gapNote(gap) // 'Note: ListServiceQuotas: access is denied. Therefore quotas are taken to be ... (AccessDenied: ...)'
 */
export function gapNote({ operation, reason, means, message }: Gap): string {
  return plain(`Note: ${operation}: ${REASONS[reason]}. Therefore ${means}. (${message})`);
}
