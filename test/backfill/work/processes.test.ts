import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openWorkStore } from '../../../src/backfill/work/sqlite-work.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-scanner-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Lets a process scan; kills it after `killAfter` lines, or lets no file grow beyond `maxFileBlocks` (512 bytes each). */
function scan(options: {
  readonly killAfter?: number;
  readonly maxFileBlocks?: number;
}): Promise<readonly string[]> {
  const { killAfter, maxFileBlocks = 'unlimited' } = options;
  const args = [join(__dirname, 'fixtures', 'scanner.ts'), directory];
  const child = spawn('sh', ['-c', `ulimit -f ${maxFileBlocks}; exec "$0" "$@"`, process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    lines.push(line);
    if (lines.length === killAfter) child.kill('SIGKILL');
  });
  return new Promise((resolve) => reader.once('close', () => resolve(lines)));
}

test.each([
  ['killed', { killAfter: 6 }],
  ['on a full disk', { maxFileBlocks: 8_000 }],
])('a scan that was %s leaves nothing, and another one can begin', async (_, options) => {
  const lines = await scan(options);
  expect(lines.length).toBeGreaterThan(2);
  if ('maxFileBlocks' in options) {
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      code: 'BACKFILL_UNWRITABLE',
      next: expect.stringContaining(directory) as string,
    });
  }
  const reader = openWorkStore(directory, { readOnly: true });
  expect(reader.facts).toBeUndefined();
  expect(reader.identity).toBeUndefined();
  reader.close();
  const store = openWorkStore(directory);
  expect(store.facts).toBeUndefined();
  const writer = store.beginScan();
  writer.add(1, 0, { at: 1, method: 'GET', url: '/', headers: [], payload: 'whole' }, undefined);
  writer.remove(1, 0, 1);
  writer.add(1, 9, { at: 1, method: 'GET', url: '/9', headers: [], payload: 'whole' }, undefined);
  expect(store.facts).toBeUndefined();
  store.close();
});
