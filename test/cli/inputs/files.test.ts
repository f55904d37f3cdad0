import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDocument } from '../../../src/cli/inputs/files.ts';
import { wholeFile } from '../../../src/errors.ts';
import { MAX_DOCUMENT_BYTES } from '../../../src/document/limits.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-files-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the bytes of a file', () => {
  writeFileSync(join(folder, 'some.yaml'), 'a: 1\n');
  expect(new TextDecoder().decode(readDocument(join(folder, 'some.yaml')))).toBe('a: 1\n');
});

test('the largest document is read, one byte more is refused', () => {
  writeFileSync(join(folder, 'full.yaml'), Buffer.alloc(MAX_DOCUMENT_BYTES, 97));
  expect(readDocument(join(folder, 'full.yaml')).byteLength).toBe(MAX_DOCUMENT_BYTES);
  writeFileSync(join(folder, 'over.yaml'), Buffer.alloc(MAX_DOCUMENT_BYTES + 1, 97));
  expect(() => readDocument(join(folder, 'over.yaml'))).toThrow(
    expect.objectContaining({ code: 'FILE_TOO_LARGE' }),
  );
});

test('an enormous file is refused by its size, unread', () => {
  const file = join(folder, 'enormous.yaml');
  const handle = openSync(file, 'w');
  ftruncateSync(handle, 2 ** 40);
  closeSync(handle);
  expect(() => readDocument(file)).toThrow(
    expect.objectContaining({ code: 'FILE_TOO_LARGE', at: wholeFile(file) }),
  );
});

test('a device without end is refused too', () => {
  expect(() => readDocument('/dev/zero')).toThrow(expect.objectContaining({ code: 'FILE_TOO_LARGE' }));
});

test.each([
  ['missing.yaml', 'there is no such file'],
  ['folder.yaml', 'it is a directory'],
  ['some.yaml/x', 'a part of the path is a file'],
])('%s: %s', (name, why) => {
  mkdirSync(join(folder, 'folder.yaml'), { recursive: true });
  writeFileSync(join(folder, 'some.yaml'), 'a: 1\n');
  const file = join(folder, name);
  expect(() => readDocument(file)).toThrow(
    expect.objectContaining({
      code: 'FILE_UNREADABLE',
      message: `Cannot read ${file}: ${why}.`,
      at: wholeFile(file),
    }),
  );
});
