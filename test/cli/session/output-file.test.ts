import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refuseUnwritable, writeWhole } from '../../../src/cli/session/output-file.ts';

let folder: string;

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lifeboat-output-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a new file, and nothing beside it', () => {
  const file = join(folder, 'new.yaml');
  writeWhole(file, 'whole');
  expect(readFileSync(file, 'utf8')).toBe('whole');
  expect(readdirSync(folder)).toEqual(['new.yaml']);
  expect(statSync(file).mode & 0o111).toBe(0);
});

test('an existing file keeps its permissions, and a link stays a link', () => {
  const [file, link] = [join(folder, 'old.yaml'), join(folder, 'link.yaml')];
  writeFileSync(file, 'old');
  chmodSync(file, 0o600);
  symlinkSync(file, link);
  writeWhole(link, 'new');
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

test.each([
  ['a directory', '.', 'USAGE', /is a directory/],
  ['a folder that is not there', 'gone/file.yaml', 'USAGE', /there is no directory/],
  ['a name that is too long', 'x'.repeat(300), 'OUTPUT_UNWRITABLE', /Cannot write/],
])('%s is refused, and told', (_what, name, code, words) => {
  mkdirSync(join(folder, 'sub'));
  const file = join(folder, name);
  expect(() => writeWhole(file, 'text')).toThrow(
    expect.objectContaining({ name: 'LifeboatError', code, message: expect.stringMatching(words) }),
  );
  expect(readdirSync(folder)).toEqual(['sub']);
});

test('what could be written is not refused, and not touched', () => {
  const file = join(folder, 'later.yaml');
  refuseUnwritable(file);
  expect(readdirSync(folder)).toEqual([]);
});
