import { advised } from '../../advised.ts';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBackfillDriven, lockBackfill } from '../../../src/backfill/work/lock.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-lock-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const taken = expect.objectContaining({
  code: 'RUN_IS_DRIVEN',
  next: advised('lifeboat backfill status'),
}) as Error;

test('another process cannot work on the same backfill, and the lock dies with its holder', async () => {
  const holder = spawn(process.execPath, [join(__dirname, 'fixtures', 'holder.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  expect(isBackfillDriven(directory)).toBe(true);
  expect(() => lockBackfill(directory)).toThrow(taken);
  const gone = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await gone;
  expect(isBackfillDriven(directory)).toBe(false);
  lockBackfill(directory).release();
});

test('it is free again once it was released', () => {
  const folder = join(directory, 'new', 'folder');
  expect(isBackfillDriven(folder)).toBe(false);
  const lock = lockBackfill(folder);
  expect(() => lockBackfill(folder)).toThrow(taken);
  lock.release();
  lockBackfill(folder).release();
});

test('a folder that cannot be made is told', () => {
  writeFileSync(join(directory, 'file'), '');
  expect(() => lockBackfill(join(directory, 'file', 'x'))).toThrow(
    expect.objectContaining({ code: 'BACKFILL_UNWRITABLE' }) as Error,
  );
});
