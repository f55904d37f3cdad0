import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runHere } from '../cli/run-here.ts';
import { useCli, ORDERS, ROOT } from './cli.ts';
import type { Ended } from './cli.ts';

jest.setTimeout(60_000);

const cli = useCli();
const runbook = readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8');
const inventory = readFileSync(join(ROOT, 'runbooks/inventories/orders.yaml'), 'utf8');
const simulate = ORDERS.slice(1);
/** Without a process of its own: most tests are about what is read and said. */
const here = (...args: readonly string[]): Promise<Ended> => runHere(args, { folder: cli.folder });

beforeAll(() => {
  const write = (name: string, content: string | Uint8Array): void =>
    writeFileSync(join(cli.folder, name), content);
  write('empty.yaml', '');
  write(
    'binary.yaml',
    Uint8Array.from({ length: 2_000 }, (_, index) => (index * 7) % 256),
  );
  write('prose.yaml', 'dear: [diary');
  write('misspelt.yaml', runbook.replace('\nobjectives:', '\nobjectvies:'));
  write('types.yaml', runbook.replace('rto: 6h', 'rto: soon').replace('name: orders', 'name: [1]'));
  write('unknown.yaml', runbook.replace('source: orders-prod', 'source: orders-prd'));
  write('later.yaml', runbook.replace('strategies: [auto]', 'strategies: [read-through]'));
  mkdirSync(join(cli.folder, 'folder.yaml'));
  const enormous = openSync(join(cli.folder, 'enormous.yaml'), 'w');
  ftruncateSync(enormous, 2 ** 33);
  closeSync(enormous);
});

test.each([
  ['missing.yaml', 'FILE_UNREADABLE', /there is no such file/],
  ['folder.yaml', 'FILE_UNREADABLE', /it is a directory/],
  ['empty.yaml', 'INVALID_DOCUMENT', /the file is empty/],
  ['binary.yaml', 'INVALID_DOCUMENT', /binary|control character/],
  ['enormous.yaml', 'FILE_TOO_LARGE', /at most 1048576/],
  ['prose.yaml', 'INVALID_DOCUMENT', /not valid YAML/],
  ['misspelt.yaml', 'INVALID_RUNBOOK', /objectvies.*objectives/s],
  ['types.yaml', 'INVALID_RUNBOOK', /name.*rto/s],
])('%s is refused with a place and a next step', async (file, code, words) => {
  const [person, script] = await Promise.all([
    here('check', file, ...simulate),
    here('drill', file, ...simulate, '--json'),
  ]);
  expect([person.exitCode, person.stdout]).toEqual([2, '']);
  expect(person.stderr).toMatch(/^Error: .+\n(?: {2}.+\n)*Try: .+\n$/);
  expect(person.stderr).toMatch(words);
  // Of what was not read no line is named.
  const wasRead = code === 'INVALID_DOCUMENT' || code === 'INVALID_RUNBOOK';
  expect(new RegExp(`${file}:\\d+:\\d+`).test(person.stderr)).toBe(wasRead);
  expect(script.exitCode).toBe(2);
  expect(JSON.parse(script.stdout)).toMatchObject({
    schema: 'lifeboat.error/v1',
    code,
    at: wasRead ? { file, line: expect.any(Number), column: expect.any(Number) } : { file },
  });
});

test('several files are complained about at once', async () => {
  const { exitCode, stderr } = await cli.run([
    'check',
    'missing.yaml',
    'misspelt.yaml',
    ORDERS[0] ?? '',
    '--lint',
  ]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/2 of 3 files/);
  expect(stderr).toMatch(/missing\.yaml: .*\n.*misspelt\.yaml:\d+/);
});

test('an inventory in the place of a runbook, and the reverse', async () => {
  const { exitCode, stderr } = await here('plan', ORDERS[2] ?? '', ...simulate);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('Inventory')]);
  const other = await here('plan', ORDERS[0] ?? '', '--simulate', ORDERS[0] ?? '');
  expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining('Runbook')]);
});

test('a resource unknown to account and baseline is always reported', async () => {
  const [check, plan, drill] = await Promise.all([
    here('check', 'unknown.yaml', ...simulate, '--json'),
    here('plan', 'unknown.yaml', ...simulate, '--json'),
    here('drill', 'unknown.yaml', ...simulate),
  ]);
  expect(check.exitCode).toBe(5);
  expect(JSON.parse(check.stdout)).toMatchObject({ schema: 'lifeboat.check/v1', ready: false });
  expect(plan.exitCode).toBe(5);
  const { problems } = JSON.parse(plan.stdout) as { problems: readonly { message: string }[] };
  expect(problems[0]).toMatchObject({
    severity: 'error',
    code: 'UNKNOWN_SOURCE',
    message: expect.stringMatching(/orders-prd.*unknown\.yaml:\d+:\d+.*Did you mean 'orders-prod'/),
  });
  expect(drill.exitCode).toBe(5);
  expect(drill.stderr).toMatch(/unknown\.yaml:\d+:\d+: .*orders-prd/);
});

test('unsupported settings are found by check and refused by a run', async () => {
  const [check, lint, drill] = await Promise.all([
    here('check', 'later.yaml', ...simulate),
    here('check', 'later.yaml', '--lint', '--json'),
    here('drill', 'later.yaml', ...simulate, '--json'),
  ]);
  expect([check.exitCode, check.stdout]).toEqual([
    5,
    expect.stringMatching(/NOT_YET_SUPPORTED: later\.yaml:\d+/),
  ]);
  expect(lint.exitCode).toBe(5);
  expect(JSON.parse(lint.stdout)).toMatchObject({ ready: null, findings: [{ resource: 'events' }] });
  expect(drill.exitCode).toBe(5);
  expect(JSON.parse(drill.stdout)).toMatchObject({ code: 'NOT_YET_SUPPORTED', at: { file: 'later.yaml' } });
});

test('a ready account becomes the baseline, and a lost source is still recovered', async () => {
  const state = ['--state', 'baseline'];
  const checked = await here('check', ...ORDERS, ...state, '--json');
  expect([checked.exitCode, checked.stderr]).toEqual([0, '']);
  expect(JSON.parse(checked.stdout)).toMatchObject({ schema: 'lifeboat.check/v1', ready: true });
  const volume = /^ {2}- id: vol-0b2d4f6081a32c5e7\n(?: {4}.*\n)+/m;
  expect(inventory).toMatch(volume);
  writeFileSync(
    join(cli.folder, 'disaster.yaml'),
    inventory
      .replace(volume, '')
      .replace(/(volumeId: vol-0b2d4f6081a32c5e7[^]*?tags: )\{ app: events \}/g, '$1{}'),
  );
  const after = ['plan', ORDERS[0] ?? '', '--simulate', 'disaster.yaml', '--json'];
  const ids = async (...more: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await here(...after, ...more);
    return (JSON.parse(stdout) as { resources: { id: string }[] }).resources.map(({ id }) => id);
  };
  expect(await ids(...state)).toContain('events/vol-0b2d4f6081a32c5e7');
  expect(await ids(...state, '--no-baseline')).not.toContain('events/vol-0b2d4f6081a32c5e7');
  expect(await ids('--state', 'other', '--baseline', ORDERS[2] ?? '')).toContain(
    'events/vol-0b2d4f6081a32c5e7',
  );
});

test('a saved baseline of another account is not quietly left aside', async () => {
  const state = ['--state', 'foreign'];
  expect((await here('check', ...ORDERS, ...state)).exitCode).toBe(0);
  writeFileSync(
    join(cli.folder, 'other.yaml'),
    inventory.replace(/account: '\d+'/, "account: '222222222222'"),
  );
  const { exitCode, stderr } = await here('plan', ORDERS[0] ?? '', '--simulate', 'other.yaml', ...state);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--no-baseline')]);
});

test('a plan that would miss an objective exits 3', async () => {
  writeFileSync(join(cli.folder, 'hasty.yaml'), runbook.replace('rto: 6h', 'rto: 10m'));
  const { exitCode, stdout } = await here('plan', 'hasty.yaml', ...simulate, '--json');
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 'lifeboat.plan/v1', meets: { rto: false, rpo: true } });
});

test('a runbook from standard input', async () => {
  const { exitCode, stdout } = await cli.run(['check', '-', '--lint'], { input: runbook });
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Valid: orders (<stdin>)')]);
});

test('the schema is one JSON document', async () => {
  const { exitCode, stdout } = await here('schema');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ title: 'Lifeboat runbook', type: 'object' });
});

test.each([
  ['no credentials', {}, 'AWS_CREDENTIALS'],
  [
    'an endpoint that no server listens on',
    { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' },
    'AWS_UNREACHABLE',
  ],
])('%s', async (_, env, code) => {
  const { exitCode, stdout, stderr } = await cli.run(['check', ORDERS[0] ?? '', '--json'], { env });
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 'lifeboat.error/v1', code });
  expect(stderr).toMatch(/^Error: .+\nTry: .+\n$/);
});

/** What each library says that nothing else does: the build may keep it apart or put it into a file of its own. */
const LIBRARIES: Readonly<Record<string, RegExp>> = {
  yaml: /\bYAMLParseError\b/,
  zod: /\$ZodError/,
  xstate: /xstate\.(init|raise)/,
  simulator: /CREATE TABLE entity/,
};

test('a command loads only what it needs', async () => {
  const hook = [
    "import { registerHooks } from 'node:module';",
    "import { writeSync } from 'node:fs';",
    'registerHooks({ resolve(name, context, next) {',
    '  const found = next(name, context); writeSync(2, `${found.url}\\n`); return found;',
    '} });',
  ].join('');
  const nodeOptions = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];
  const loaded = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { exitCode, stderr } = await cli.run(args, { nodeOptions });
    expect(exitCode).toBe(0);
    const urls = stderr.split('\n').filter((line) => line.startsWith('file:'));
    const external = ['pino', '@aws-sdk'].filter((name) => stderr.includes(`/node_modules/${name}/`));
    const own = urls.filter((url) => !url.includes('/node_modules/') || url.includes('/.cache/'));
    const text = own.map((url) => readFileSync(fileURLToPath(url), 'utf8')).join('\n');
    expect(text).toContain('lifeboat');
    return [...external, ...Object.keys(LIBRARIES).filter((name) => LIBRARIES[name]?.test(text))];
  };
  expect(await loaded('--version')).toEqual([]);
  expect((await loaded('check', ...ORDERS)).toSorted()).toEqual(['yaml', 'zod']);
  expect(await loaded('drill', ...ORDERS, '--state', 'loaded')).toEqual(
    expect.arrayContaining(['yaml', 'zod', 'xstate', 'simulator']),
  );
});
