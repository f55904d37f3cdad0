import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initCommand } from '../../../src/cli/commands/init.ts';
import { createTerminal } from '../../../src/cli/session/terminal.ts';
import { loadLog } from '../../../src/cli/session/log.ts';
import { parseRunbook } from '../../../src/runbook/parse.ts';
import { fakeStreams } from '../streams.ts';

const INVENTORY = join(__dirname, '../../../runbooks/inventories/orders.yaml');
const outside = { ...process.env };
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-init-'));
  // Without credentials no account is read.
  process.env = {
    PATH: outside['PATH'],
    HOME: folder,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'eu-west-1',
  };
});
afterEach(() => {
  process.env = outside;
  rmSync(folder, { recursive: true });
});

async function init(file: string | undefined, options: object = {}, json = false) {
  const streams = fakeStreams();
  const terminal = createTerminal(json, streams);
  const session = { terminal, openLog: () => loadLog('warn') };
  const exitCode = await initCommand.run(session, [file] as unknown as readonly string[], options);
  await terminal.flush();
  return { exitCode, ...streams.said() };
}

test('a runbook for what an inventory holds', async () => {
  const file = join(folder, 'Orders (prod).yaml');
  const { exitCode, stdout, stderr } = await init(file, { inventory: INVENTORY });
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Wrote .*: 3 resources of account 111111111111 in us-east-1\. .*lifeboat check /);
  const { runbook } = parseRunbook(readFileSync(file), file);
  expect(runbook).toMatchObject({ name: 'orders-prod', region: 'us-east-1' });
  expect(runbook.resources).toHaveLength(3);
});

test('without credentials it is a template, and says why', async () => {
  const file = join(folder, 'lifeboat.yaml');
  const { exitCode, stdout, stderr } = await init(file, { name: 'orders' });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/a template/);
  expect(stderr).toMatch(/^Note: The account could not be read, so this is a template .*Sign in/);
  const { runbook } = parseRunbook(readFileSync(file), file);
  expect(runbook).toMatchObject({ name: 'orders', region: 'eu-west-1' });
});

test('standard output holds the runbook alone', async () => {
  const { stdout } = await init('-', { simulate: INVENTORY, name: 'shop' });
  expect(parseRunbook(stdout, '-').runbook.name).toBe('shop');
  const { stdout: json } = await init('-', { simulate: INVENTORY, name: 'shop' }, true);
  const document = JSON.parse(json) as { readonly text: string };
  expect(document).toMatchObject({ schema: 'lifeboat.init/v1', file: null, template: false, resources: 3 });
  expect(document.text.trimEnd()).toBe(stdout.trimEnd());
});

test('the directory gives the name where the file is called as all are', async () => {
  mkdirSync(join(folder, 'Web_Shop'));
  const file = join(folder, 'Web_Shop', 'lifeboat.yaml');
  await init(file, { inventory: INVENTORY });
  expect(parseRunbook(readFileSync(file), file).runbook.name).toBe('web-shop');
});

test('nothing is overwritten', async () => {
  const file = join(folder, 'lifeboat.yaml');
  writeFileSync(file, 'dear: diary\n');
  await expect(init(file, { inventory: INVENTORY })).rejects.toMatchObject({
    code: 'USAGE',
    message: `${file} exists already.`,
  });
  await expect(init(folder, { inventory: INVENTORY })).rejects.toMatchObject({ code: 'USAGE' });
  expect(readFileSync(file, 'utf8')).toBe('dear: diary\n');
});

test.each([
  ['a name that is none', { name: 'No name' }, 'USAGE'],
  ['two inventories', { inventory: INVENTORY, simulate: INVENTORY }, 'USAGE'],
  ['an inventory that is none', { inventory: __filename }, 'INVALID_DOCUMENT'],
  ['an inventory that is not there', { inventory: '/nonexistent' }, 'FILE_UNREADABLE'],
  ['an inventory of another Region', { inventory: INVENTORY, region: 'eu-west-1' }, 'INVALID_INVENTORY'],
])('%s is refused, and nothing is written', async (_, options, code) => {
  const file = join(folder, 'orders.yaml');
  await expect(init(file, options)).rejects.toMatchObject({ code });
  expect(() => readFileSync(file)).toThrow('ENOENT');
});

test('a place that cannot be written', async () => {
  await expect(init(join(folder, 'no', 'orders.yaml'), { inventory: INVENTORY })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('Cannot write'),
  });
});

test('with tags only what has all of them is drafted, and its selector has them too', async () => {
  const drafted = async (tags: Readonly<Record<string, string>>) =>
    parseRunbook((await init('-', { simulate: INVENTORY, name: 'shop', tags })).stdout, '-').runbook
      .resources;
  expect(await drafted({ app: 'events' })).toMatchObject([
    { type: 'ebs-volume', source: { tags: { app: 'events' } } },
  ]);
  expect(await drafted({ app: 'events', shard: '2' })).toMatchObject([
    { type: 'ebs-volume', source: expect.stringMatching(/^vol-/) },
  ]);
  expect(await drafted({ app: 'orders' })).toMatchObject([{ type: 'rds-instance' }]);
});

test('tags that nothing has are refused, and nothing is written', async () => {
  const file = join(folder, 'none.yaml');
  await expect(init(file, { simulate: INVENTORY, tags: { app: 'Orders' } })).rejects.toMatchObject({
    message: expect.stringContaining('has the tags app=Orders'),
  });
  expect(readdirSync(folder)).toEqual([]);
});
