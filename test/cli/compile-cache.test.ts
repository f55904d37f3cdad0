import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { privateFolder } from '../../src/cli/compile-cache.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lifeboat-cache-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(home, { recursive: true });
});

const folder = () => join(home, 'lifeboat');
const chosen = () => privateFolder({ XDG_CACHE_HOME: home });
const modeOf = (path: string) => lstatSync(path).mode & 0o777;

test('a folder of one’s own is made, under the user’s cache', () => {
  expect(chosen()).toBe(folder());
  expect(modeOf(folder())).toBe(0o700);
  expect(chosen()).toBe(folder());
});

test('one that others could read is closed', () => {
  mkdirSync(folder());
  chmodSync(folder(), 0o755);
  expect(chosen()).toBe(folder());
  expect(modeOf(folder())).toBe(0o700);
});

test.each<readonly [string, () => void]>([
  ['that others can write', () => (mkdirSync(folder()), chmodSync(folder(), 0o777))],
  ['that the group can write', () => (mkdirSync(folder()), chmodSync(folder(), 0o770))],
  ['that is a link', () => symlinkSync(mkdtempSync(join(home, 'planted-')), folder())],
  ['that is a file', () => writeFileSync(folder(), '')],
  ['whose parent others can write', () => chmodSync(home, 0o777)],
])('none is used %s', (_, plant) => {
  plant();
  expect(chosen()).toBeUndefined();
});

test('none is used that belongs to another user', () => {
  expect(chosen()).toBe(folder());
  jest.spyOn(process, 'getuid').mockReturnValue((process.getuid?.() ?? 0) + 1);
  expect(chosen()).toBeUndefined();
});

test('none is used where it cannot be made', () => {
  writeFileSync(join(home, 'file'), '');
  expect(privateFolder({ XDG_CACHE_HOME: join(home, 'file', 'x') })).toBeUndefined();
});
