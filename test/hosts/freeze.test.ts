import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { frozenBy } from '../../src/hosts/freeze.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freeze-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const frozen = async (file: string) => (await frozenBy([file])).map(({ errno }) => errno);

test('a missing file freezes nothing', async () => {
  expect(await frozenBy([])).toEqual([]);
  expect(await frozen(join(folder, 'none'))).toEqual([]);
  expect(await frozen(join(folder, 'no-folder', 'none'))).toEqual([]);
});

test('a file, a folder, a link that leads nowhere: all of them freeze', async () => {
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'folder'));
  symlinkSync(join(folder, 'none'), join(folder, 'link'));
  for (const name of ['file', 'folder', 'link'])
    expect(await frozen(join(folder, name))).toEqual([undefined]);
});

test.each([
  ['below a file', (at: string) => join(at, 'file', 'freeze'), 'ENOTDIR'],
  ['in a circle of links', (at: string) => join(at, 'circle', 'freeze'), 'ELOOP'],
  ['with a name too long', (at: string) => join(at, 'a'.repeat(300)), 'ENAMETOOLONG'],
  ['with a name that cannot be', (at: string) => join(at, '\0'), 'ERR_INVALID_ARG_VALUE'],
])('%s: what cannot be looked at freezes', async (_, fileIn, code) => {
  writeFileSync(join(folder, 'file'), '');
  symlinkSync(join(folder, 'circle'), join(folder, 'circle'));
  expect(await frozen(fileIn(folder))).toEqual([code]);
});

test('each is named, and only those that freeze', async () => {
  const [one, other, none] = ['one', 'other', 'none'].map((name) => join(folder, name));
  writeFileSync(one ?? '', '');
  writeFileSync(other ?? '', '');
  expect(await frozenBy([one ?? '', none ?? '', other ?? ''])).toEqual([{ file: one }, { file: other }]);
  rmSync(one ?? '');
  expect(await frozenBy([one ?? ''])).toEqual([]);
});
