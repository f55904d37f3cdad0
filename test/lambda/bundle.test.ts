import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MOST_BYTES = 5_000_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-bundle-'));
  execFileSync(process.execPath, ['scripts/build-lambda.js', folder]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs in a process of its own, in the folder of the bundle: no package of this checkout is near. */
function inBundle(code: string, env: Readonly<Record<string, string>> = {}): string {
  const script = `const handlers = await import('./index.mjs');\n${code}`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
}

test('the bundle is whole: it needs no package beside it, and has a handler for each function', () => {
  expect(JSON.parse(inBundle('console.log(JSON.stringify(Object.keys(handlers)))'))).toEqual([
    'check',
    'run',
    'start',
    'wake',
  ]);
});

test('every chunk can be loaded', () => {
  const chunks = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  const code = `for (const chunk of ${JSON.stringify(chunks)}) await import('./' + chunk); console.log('loaded');`;
  expect(inBundle(code).trim()).toBe('loaded');
});

test('the bundle has at most 5 MB unzipped, with the licenses of what it contains', () => {
  const bytes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(MOST_BYTES);
  expect(readFileSync(join(folder, 'THIRD-PARTY-LICENSES'), 'utf8')).toContain(
    '@aws/durable-execution-sdk-js',
  );
});

test('a function without the environment of a deployment says which parts are missing', () => {
  const code = 'await handlers.wake({}).catch(({ code, message }) => console.log(code, message))';
  const said = inBundle(code, { LIFEBOAT_TABLE: 'lifeboat' });
  expect(said).toContain('USAGE');
  expect(said).toContain('LIFEBOAT_TOPIC');
  expect(said).not.toContain('LIFEBOAT_TABLE');
});
