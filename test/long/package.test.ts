import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT, runProcess } from '../e2e/cli.ts';

const PACKED = [
  'package.json',
  'tsconfig.json',
  'tsconfig.types.json',
  'src',
  'runbooks',
  'CHANGELOG.md',
  'scripts',
];
const LONGEST_MS = 240_000;

jest.setTimeout(60_000);

let elsewhere = '';
let installed = '';

/** What an outer npm tells the scripts it runs would mislead an inner one about where it is. */
function npmEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(lifecycle|package|command|config_local_prefix)|^INIT_CWD$|^NODE_OPTIONS$/.test(name),
  );
  const path = [join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  return { ...Object.fromEntries(inherited), PATH: path };
}

function npm(cwd: string, ...args: readonly string[]): void {
  execFileSync('npm', args, {
    cwd,
    env: npmEnvironment(),
    timeout: LONGEST_MS / 2,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

beforeAll(() => {
  elsewhere = mkdtempSync(join(tmpdir(), 'lifeboat-package-'));
  // Packing builds, and building tidies up first: in a copy, so that nobody else's build is lost.
  const copy = join(elsewhere, 'copy');
  for (const name of PACKED.filter((each) => existsSync(join(ROOT, each)))) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  npm(copy, 'pack', '--pack-destination', elsewhere);
  const tarball = readdirSync(elsewhere).find((name) => name.endsWith('.tgz')) ?? '';
  const empty = join(elsewhere, 'empty');
  mkdirSync(empty);
  // A package of its own: without one npm would install into any `node_modules` further up.
  writeFileSync(join(empty, 'package.json'), '{"private":true}\n');
  npm(
    empty,
    'install',
    '--omit=dev',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    join(elsewhere, tarball),
  );
  installed = join(empty, 'node_modules');
}, LONGEST_MS);
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

const lifeboat = (...args: readonly string[]) =>
  runProcess(join(installed, '.bin/lifeboat'), args, join(elsewhere, 'empty'));

test('the package brings what it needs and nothing of the development', () => {
  expect(readdirSync(join(installed, 'lifeboat')).toSorted()).toEqual(
    expect.arrayContaining(['dist', 'package.json', 'runbooks']),
  );
  for (const name of ['src', 'test', 'node_modules']) {
    expect(existsSync(join(installed, 'lifeboat', name))).toBe(false);
  }
  for (const name of ['typescript', 'jest', 'esbuild', 'node']) {
    expect(existsSync(join(installed, name))).toBe(false);
  }
});

test('the installed command says its version and runs a drill on the packaged runbooks', async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(await lifeboat('--version')).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  const runbooks = join(installed, 'lifeboat/runbooks');
  const drill = await lifeboat(
    'drill',
    join(runbooks, 'orders.yaml'),
    '--simulate',
    join(runbooks, 'inventories/orders.yaml'),
    '--json',
  );
  expect([drill.exitCode, drill.stderr]).toEqual([0, '']);
  expect(JSON.parse(drill.stdout)).toMatchObject({ status: 'completed', leftovers: [] });
});

test('the library can be imported, and has its types', async () => {
  const code =
    "import('lifeboat').then((all) => console.log(typeof all.planRecovery, typeof all.parseRunbook))";
  const { stdout } = await runProcess('-e', [code], join(elsewhere, 'empty'));
  expect(stdout).toBe('function function\n');
  expect(existsSync(join(installed, 'lifeboat/dist/types/index.d.ts'))).toBe(true);
});
