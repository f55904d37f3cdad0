import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_INVENTORY_BYTES } from '../document/limits.ts';
import { LifeboatError } from '../errors.ts';
import type { Inventory } from '../inventory/schema.ts';
import type { Instant } from '../time.ts';
import type { CallAws } from '../workflow/ports.ts';
import { documentName, readDocument } from './files.ts';
import type { WorldOptions } from './options.ts';

/** Reading the account is given up after so many attempts at one page: a person is waiting for it. */
const READ_ATTEMPTS = 3;
const READ_POLICY = { baseMs: 500, capMs: 8_000, attempts: READ_ATTEMPTS } as const;

export async function readInventory(path: string): Promise<Inventory> {
  const { parseInventory } = await import('../inventory/parse.ts');
  return parseInventory(readDocument(path, MAX_INVENTORY_BYTES), documentName(path));
}

/**
 * What the account holds now: the inventory of `--simulate`, or what is captured in `region`.
 * @throws LifeboatError `INVALID_INVENTORY` and others for a file, `AWS_*` for an account
 */
export async function readAccount(options: WorldOptions, region: string, now: Instant): Promise<Inventory> {
  if (options.simulate === undefined) return captureAccount(region, now);
  const inventory = await readInventory(options.simulate);
  if (inventory.region !== region) {
    throw new LifeboatError(
      'INVALID_INVENTORY',
      `${documentName(options.simulate)} is an inventory of ${inventory.region}, but the recovery is to run in ${region}.`,
      `Give an inventory of ${region}, or recover elsewhere with --region ${inventory.region}.`,
    );
  }
  return inventory;
}

/** The SDK stumbles over what is no URL with an error of its own making. */
function refuseBadEndpoint(env: NodeJS.ProcessEnv): void {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_EC2', 'AWS_ENDPOINT_URL_RDS']) {
    const url = env[name];
    if (url === undefined || url === '' || (/^https?:\/\//.test(url) && URL.canParse(url))) continue;
    throw new LifeboatError(
      'USAGE',
      `${name} is '${url}', which is not the address of an endpoint.`,
      `Set ${name} to an address such as https://ec2.us-east-1.amazonaws.com, or unset it.`,
    );
  }
}

async function captureAccount(region: string, now: Instant): Promise<Inventory> {
  refuseBadEndpoint(process.env);
  const [{ captureInventory }, { createClients }, { classify, toLifeboatError }, { backoffMs }] =
    await Promise.all([
      import('../aws/capture.ts'),
      import('../aws/clients.ts'),
      import('../aws/failures.ts'),
      import('../workflow/retry.ts'),
    ]);
  const call: CallAws = async (operation, send) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        const { class: kind } = classify(error);
        if ((kind !== 'throttled' && kind !== 'transient') || attempt >= READ_ATTEMPTS) throw error;
        await sleep(backoffMs(READ_POLICY, operation, attempt));
      }
    }
  };
  const { ec2, rds } = await createClients({ region });
  try {
    return await captureInventory({ ec2, rds, call, region, now });
  } catch (error) {
    throw toLifeboatError(classify(error), error);
  } finally {
    ec2.destroy();
    rds.destroy();
  }
}

/**
 * What there was before the disaster: `--baseline`, or what the last successful check saved; `undefined` where there is neither.
 * A saved one of another account or Region is never quietly left aside: it may be all that remembers what there was.
 */
export async function loadBaseline(
  options: WorldOptions,
  runbook: string,
  account: Inventory,
): Promise<Inventory | undefined> {
  if (options.baseline === false) return undefined;
  if (typeof options.baseline === 'string') return readInventory(options.baseline);
  const { baselineFile, readBaseline } = await import('../journal/baselines.ts');
  const text = readBaseline(options.state, runbook);
  if (text === undefined) return undefined;
  const { parseInventory } = await import('../inventory/parse.ts');
  const file = baselineFile(options.state, runbook);
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
