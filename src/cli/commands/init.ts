import { advise, lifeboat, type Advice } from '../../advice.ts';
import { existsSync, writeFileSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { LifeboatError } from '../../errors.ts';
import type { Inventory } from '../../inventory/schema.ts';
import type { Tags } from '../../kinds/kind-draft.ts';
import { plain } from '../../report/layout/plain.ts';
import { captureAccount, gapNote, readInventory, refuseOtherRegion } from '../inputs/account.ts';
import { defineCommand } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';
import { namedArgument, worldOptions } from '../session/options.ts';

interface InitOptions {
  readonly region?: string;
  readonly inventory?: string;
  readonly simulate?: string;
  readonly name?: string;
  readonly tags?: Tags;
}

const DEFAULT_FILE = 'lifeboat.yaml';
const STANDARD_OUTPUT = '-';
/** The region of a template. It is a placeholder: a comment in the template asks for the right one. */
const TEMPLATE_REGION = 'us-east-1';
const RUNBOOK_NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** What a runbook is drafted from, and why it is a template if it is one. */
interface Source {
  readonly account?: Inventory;
  readonly why?: LifeboatError;
}

export const initCommand = defineCommand<[string | undefined], InitOptions>({
  usage: 'init [file]',
  summary: 'writes a commented runbook, from what the account holds',
  description:
    `Writes a runbook with comments that say what to decide (default: ${DEFAULT_FILE}; - is standard output). It names what the ` +
    'account holds, or an inventory; where neither can be read it is a template. Reads only, and overwrites nothing.',
  options: [
    regionOption(),
    new Option('--inventory <file>', 'name what this inventory holds, instead of the account'),
    new Option('--simulate <inventory>', 'the same as --inventory'),
    new Option('--tags <tags>', 'only what has all of these tags, such as app=orders,env=prod').argParser(
      tagsArgument,
    ),
    new Option('--name <name>', 'what the runbook is called (default: the file, or the directory)').argParser(
      namedArgument,
    ),
  ],
  examples: [
    'lifeboat init orders.yaml',
    'lifeboat init orders.yaml --tags app=orders,env=prod',
    'lifeboat init - --inventory runbooks/inventories/orders.yaml',
  ],
  async run({ terminal }, [given], options) {
    const file = given ?? DEFAULT_FILE;
    const name = await nameFor(file, options);
    // Before an account is read, which takes its time.
    if (file !== STANDARD_OUTPUT && existsSync(file)) throw alreadyThere(file);
    const { account, why } = await sourceOf(options);
    const { tags } = options;
    const { draftRunbook } = await import('../../runbook/draft.ts');
    const region = options.region ?? account?.region ?? process.env['AWS_REGION'] ?? TEMPLATE_REGION;
    const draft = draftRunbook({
      name,
      region,
      ...(account !== undefined && { account: { ...account, onlyTags: tags } }),
    });
    if (tags !== undefined && account !== undefined && draft.resources === 0)
      throw nothingTagged(tags, account);
    if (file !== STANDARD_OUTPUT) writeNew(file, draft.text);
    terminal.document({
      schema: 'lifeboat.init/v1',
      file: file === STANDARD_OUTPUT ? null : file,
      name,
      template: account === undefined,
      resources: draft.resources,
      ...(file === STANDARD_OUTPUT && { text: draft.text }),
    });
    if (why !== undefined) {
      terminal.note(
        advise`Note: The account could not be read, so this is a template (${plain(why.message)}) ${why.next}`,
      );
    }
    for (const gap of account?.gaps ?? []) terminal.note(gapNote(gap));
    if (file === STANDARD_OUTPUT) terminal.print(draft.text.trimEnd());
    else terminal.print(wroteSentence(file, draft.resources, account));
    return EXIT.done;
  },
});

/** `app=orders,env=prod`; a value may be empty. */
function tagsArgument(text: string): Tags {
  const pairs = text.split(',').map((pair) => /^([^=]+)=(.*)$/s.exec(pair));
  if (pairs.every((pair) => pair !== null))
    return Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, value]));
  throw new InvalidArgumentError('Expected tags such as app=orders,env=prod.');
}

function nothingTagged(tags: Tags, { account, region }: Inventory): LifeboatError {
  const given = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return new LifeboatError(
    'USAGE',
    `Nothing of account ${account} in ${plain(region)} that could be recovered has the tags ${plain(given.join(','))}.`,
    advise`Correct --tags: keys and values must be equal to the letter. ${lifeboat('inventory')} shows the tags of what there is.`,
  );
}

/** As elsewhere, but with another default. */
function regionOption(): Option {
  const parse = worldOptions().find(({ long }) => long === '--region')?.parseArg;
  const region = new Option('--region <region>', "which Region (default: AWS_REGION or the profile's)");
  return parse === undefined ? region : region.argParser((text: string) => parse(text, undefined));
}

function wroteSentence(file: string, resources: number, account: Inventory | undefined): Advice {
  const what =
    account === undefined
      ? 'a template'
      : `${resources} ${resources === 1 ? 'resource' : 'resources'} of account ${account.account} in ${plain(account.region)}`;
  return advise`Wrote ${plain(file)}: ${what}. Read it, correct it, then: ${lifeboat('check', file)}`;
}

/** An inventory that was asked for must be readable; an account is only hoped for. */
async function sourceOf({ inventory, simulate, region }: InitOptions): Promise<Source> {
  const file = inventory ?? simulate;
  if (inventory !== undefined && simulate !== undefined) {
    throw new LifeboatError('USAGE', '--inventory and --simulate are both given.', 'Give one of them.');
  }
  if (file !== undefined) {
    const account = await readInventory(file);
    if (region !== undefined) refuseOtherRegion(account, file, region);
    return { account };
  }
  try {
    return { account: await captureAccount(region, Date.now()) };
  } catch (error) {
    if (error instanceof LifeboatError && error.code.startsWith('AWS_')) return { why: error };
    throw error;
  }
}

/** The default name: the file's, or its directory's when the file has the default name. */
async function nameFor(file: string, { name }: InitOptions): Promise<string> {
  if (name !== undefined) {
    if (RUNBOOK_NAME.test(name)) return name;
    throw new LifeboatError(
      'USAGE',
      `'${plain(name, 80)}' cannot be the name of a runbook.`,
      'Give lower-case letters, digits and hyphens, at most 40, beginning with a letter.',
    );
  }
  const { slug } = await import('../../runbook/draft-names.ts');
  const own =
    file === STANDARD_OUTPUT || basename(file) === DEFAULT_FILE ? '' : basename(file, extname(file));
  const folder = basename(resolve(file === STANDARD_OUTPUT ? '.' : `${file}/..`));
  return slug(own) ?? slug(folder) ?? 'system';
}

function alreadyThere(file: string, cause?: unknown): LifeboatError {
  return new LifeboatError(
    'USAGE',
    `${plain(file)} exists already.`,
    'Give another name; or - to see the draft, and take from it what you need.',
    cause === undefined ? {} : { cause },
  );
}

/** @throws LifeboatError when the file exists: a draft must not overwrite a runbook */
function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    if (typeof error !== 'object' || error === null || !('syscall' in error)) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw alreadyThere(file, error);
    throw new LifeboatError(
      'USAGE',
      `Cannot write ${plain(file)}: ${plain(message)}.`,
      'Give a place that can be written, or - for standard output.',
      { cause: error },
    );
  }
}
