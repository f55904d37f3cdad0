import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');

jest.setTimeout(400_000);

test('a drill in the cloud, approved from the command line, survives three deaths of its function', async () => {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'demo:cloud'], { cwd: ROOT });
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^The demo held: (\d+) of \1 claims\.$/);
});

test('missed requests are replayed in the cloud, each once or reported, though the function is killed twice meanwhile', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['test/demo/cloud-backfill.ts'], {
    cwd: ROOT,
  });
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('The backfill held.');
});
