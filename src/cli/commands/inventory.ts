import { Option } from 'commander';
import { formatMiB, MAX_INVENTORY_BYTES } from '../../document/limits.ts';
import { LifeboatError } from '../../errors.ts';
import type { Inventory } from '../../inventory/schema.ts';
import { counted, plain } from '../../report/layout/plain.ts';
import { captureAccount, captureSimulated, gapNote, readInventory } from '../inputs/account.ts';
import { defineCommand } from '../session/command.ts';
import type { Session } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';
import { documentName } from '../inputs/files.ts';
import { namedArgument, refuseStrayOptions, worldOptions } from '../session/options.ts';
import type { WorldOptions } from '../session/options.ts';
import { refuseUnwritable, writeWhole } from '../session/output-file.ts';

interface InventoryOptions extends Pick<WorldOptions, 'simulate' | 'seed' | 'faults' | 'region'> {
  readonly output?: string;
  readonly diff?: string;
}

/** An account that holds it cannot say which it is. */
const UNNAMED_ACCOUNT = '000000000000';

const SIMULATION_OPTIONS: ReadonlySet<string> = new Set(['simulate', 'seed', 'faults']);

export const inventoryCommand = defineCommand<[], InventoryOptions>({
  usage: 'inventory',
  summary: 'what the account holds that could be recovered; reads only',
  description:
    'Captures volumes, snapshots, DB instances and clusters, their snapshots, instances, keys and quotas. Reads only. What could ' +
    'not be read is said on standard error, with what it means for a plan. The file can be edited, rehearsed on with --simulate, ' +
    'and given as --baseline.',
  options: options(),
  examples: [
    'lifeboat inventory -o production.yaml',
    'lifeboat inventory --region eu-central-1 --diff production.yaml',
    'lifeboat inventory --simulate runbooks/inventories/orders.yaml --json',
  ],
  async run(session, _, given) {
    refuseStrayOptions({ ...given, state: '' });
    const { output, diff } = given;
    if (output !== undefined && output !== '-') refuseUnwritable(output);
    const earlier =
      diff === undefined ? undefined : { file: documentName(diff), inventory: await readInventory(diff) };
    const captured = await capture(given);
    for (const gap of captured.gaps) session.terminal.note(gapNote(gap));
    if (earlier !== undefined) refuseOtherAccount(earlier, captured);
    await say(session, captured, given, earlier?.inventory);
    return EXIT.done;
  },
});

function options(): readonly Option[] {
  const shared = worldOptions();
  const parseRegion = shared.find((option) => option.attributeName() === 'region')?.parseArg;
  const region = new Option('--region <region>', "which Region (default: AWS_REGION or the profile's)");
  if (parseRegion !== undefined) region.argParser((value: string) => parseRegion(value, undefined));
  return [
    new Option('-o, --output <file>', 'write it to a file (default: standard output)').argParser(
      namedArgument,
    ),
    region,
    new Option('--diff <inventory>', 'tell what has changed since an earlier capture').argParser(
      namedArgument,
    ),
    ...shared.filter((option) => SIMULATION_OPTIONS.has(option.attributeName())),
  ];
}

async function capture({ simulate, region, ...chances }: InventoryOptions): Promise<Inventory> {
  if (simulate === undefined) return captureAccount(region, Date.now());
  const inventory = await readInventory(simulate);
  if (region !== undefined && inventory.region !== region) {
    throw new LifeboatError(
      'INVALID_INVENTORY',
      `${documentName(simulate)} is an inventory of ${inventory.region}, not of ${region}.`,
      'Leave out --region, or give an inventory of that Region.',
    );
  }
  return captureSimulated(inventory, chances);
}

function refuseOtherAccount(
  earlier: { readonly file: string; readonly inventory: Inventory },
  captured: Inventory,
): void {
  for (const name of ['account', 'region'] as const) {
    const [before, now] = [earlier.inventory[name], captured[name]];
    if (before === now || (name === 'account' && [before, now].includes(UNNAMED_ACCOUNT))) continue;
    throw new LifeboatError(
      'INVALID_INVENTORY',
      `${earlier.file} is of ${name} ${plain(before)}, but what was captured is of ${name} ${plain(now)}.`,
      'Give an earlier capture of the same account and Region with --diff.',
    );
  }
}

async function say(
  { terminal }: Session,
  captured: Inventory,
  { output, diff }: InventoryOptions,
  earlier: Inventory | undefined,
): Promise<void> {
  const { formatInventory, inventoryDocument } = await import('../../inventory/serialize.ts');
  const file = output === '-' ? undefined : output;
  if (file !== undefined) {
    const text = formatInventory(captured);
    writeWhole(file, text);
    terminal.print(`Wrote ${plain(file)}: ${await summaryOf(captured)}.`);
    if (Buffer.byteLength(text) > MAX_INVENTORY_BYTES) {
      terminal.note(
        `Note: ${plain(file)} is larger than ${formatMiB(MAX_INVENTORY_BYTES)}, the most that is read back.`,
      );
    }
  }
  if (diff !== undefined && earlier !== undefined) {
    const [{ diffInventories }, { renderInventoryDiff }] = await Promise.all([
      import('../../inventory/diff.ts'),
      import('../../report/render/render-inventory-diff.ts'),
    ]);
    const found = diffInventories(earlier, captured);
    terminal.document(found);
    terminal.print(renderInventoryDiff(found, terminal.palette, terminal.width));
    return;
  }
  if (terminal.json) terminal.document(inventoryDocument(captured));
  else if (file === undefined) terminal.print(formatInventory(captured).trimEnd());
}

async function summaryOf(inventory: Inventory): Promise<string> {
  // Schemas take long to load: other commands start without them.
  const { LIST_NAMES, LIST_NOUNS } = await import('../../kinds/schemas.ts');
  const counts = [
    ...LIST_NAMES.map((list) => counted(inventory[list].length, LIST_NOUNS[list])),
    counted(inventory.instances.length, 'instance'),
  ];
  return `${counts.join(', ')} of account ${inventory.account} in ${plain(inventory.region)}`;
}
