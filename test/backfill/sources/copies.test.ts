import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { findCopies, stemOf, type Comparable } from '../../../src/backfill/sources/copies.ts';
import type { ObjectStore } from '../../../src/backfill/sources/object-store.ts';
import { openTextSources } from '../../../src/backfill/sources/text-sources.ts';
import { fc } from '../../property.ts';
import { closeAll, linesFrom, scratchFolder } from '../scan/logs.ts';

const scratch = scratchFolder();
const spoolDirectory = join(scratch.path, 'spool');
/** Longer than what logs are told apart by at first. */
const TEXT = linesFrom(0, 500, 502);
const MORE = linesFrom(500, 20, 502);
const OTHER = `${TEXT.slice(0, -4)}999\n`;

type Files = Readonly<Record<string, string | Uint8Array>>;
let count = 0;

function folderOf(files: Files): string {
  count += 1;
  const folder = join(scratch.path, `copies-${count}`);
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** Names of what is read, and what is said of each. */
async function read(
  paths: readonly string[],
  folder: string,
  options: Partial<Parameters<typeof openTextSources>[1]> = {},
): Promise<Readonly<Record<string, readonly string[]>>> {
  const short = (text: string): string => text.replaceAll(`${folder}/`, '');
  const sources = await openTextSources(
    paths.map((path) => ({ path: path.includes(':') || path === '-' ? path : join(folder, path) })),
    { spoolDirectory, ...options },
  );
  expect(sources.map(({ number }) => number)).toEqual(sources.map((_, index) => index + 1));
  await closeAll(sources);
  return Object.fromEntries(sources.map(({ name, remarks }) => [short(name), remarks.map(short)]));
}

test.each<[string, Files, Readonly<Record<string, readonly string[]>>]>([
  [
    'a rotated log beside its gzip',
    { 'a.log.1': TEXT, 'a.log.1.gz': gzipSync(TEXT) },
    { 'a.log.1': ['identical to a.log.1.gz: read once'] },
  ],
  [
    'renamed and compressed meanwhile',
    { 'a.log.1': TEXT, 'a.log.2.zst': zstdCompressSync(TEXT) },
    { 'a.log.1': ['identical to a.log.2.zst: read once'] },
  ],
  [
    'compressed in several members',
    {
      'a.gz': Buffer.concat([gzipSync(TEXT.slice(0, 99)), gzipSync(TEXT.slice(99))]),
      'b.gz': gzipSync(TEXT),
    },
    { 'a.gz': ['identical to b.gz: read once'] },
  ],
  [
    'a copy of a log that grew on',
    { 'a.log': TEXT + MORE, 'a.log.1': TEXT },
    { 'a.log': ['it begins with the whole content of a.log.1: read once'] },
  ],
  [
    'copies in the middle of a line, and one of a copy',
    { a: TEXT.slice(0, 700), b: TEXT.slice(0, 9_001), c: TEXT, d: TEXT },
    { c: ['identical to d: read once', 'it begins with the whole content of a, b: read once'] },
  ],
  [
    'gzip that is cut short beside the whole',
    { 'a.log': TEXT, 'a.log.gz': gzipSync(TEXT).subarray(0, 1_500) },
    { 'a.log': ['it begins with the whole content of a.log.gz: read once'] },
  ],
  [
    'copies of a log that another one goes on from',
    { a: TEXT + MORE, b: TEXT, 'c.gz': gzipSync(TEXT) },
    { a: ['it begins with the whole content of b, c.gz: read once'] },
  ],
  ['logs that differ in the end', { a: TEXT, b: OTHER }, { a: [], b: [] }],
  ['logs that part after the same beginning', { a: TEXT + MORE, b: TEXT + OTHER }, { a: [], b: [] }],
  ['empty files', { a: '', b: '', c: TEXT }, { a: [], b: [], c: [] }],
  [
    'many',
    Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`f${index}`, TEXT])),
    { f0: ['identical to f1, f2, f3, f4, f5 and 3 more: read once'] },
  ],
])('%s', async (_, files, expected) => {
  const folder = folderOf(files);
  expect(await read(['*'], folder)).toEqual(expected);
  // Given one by one, and with a format: all the same.
  expect(await read(Object.keys(files), folder)).toEqual(expected);
});

test('links, two patterns, and a copy beside them: one log is read once', async () => {
  const folder = folderOf({ 'a.log': TEXT, 'copy.log': TEXT });
  linkSync(join(folder, 'a.log'), join(folder, 'hard.log'));
  symlinkSync('a.log', join(folder, 'soft.log'));
  expect(await read(['*.log', 'a*', '*'], folder)).toEqual({
    'a.log': [
      'also given as hard.log: read once',
      'also given as soft.log: read once',
      'given twice: read once',
      'identical to copy.log: read once',
    ],
  });
});

test('standard input is compared too, and its copy goes away', async () => {
  const folder = folderOf({ 'a.log.gz': gzipSync(TEXT) });
  const stdin = Readable.from([TEXT]);
  expect(await read(['a.log.gz', '-'], folder, { stdin })).toEqual({
    'a.log.gz': ['identical to -: read once'],
  });
});

/** Counts how often each object is opened. */
function bucketOf(objects: Files, opened: string[] = []): ObjectStore {
  return {
    async *list() {
      for (const [key, data] of Object.entries(objects))
        yield {
          key,
          bytes: data.length,
          etag: `"${Buffer.from(data).toString('latin1').length % 97}-${key}"`,
        };
    },
    async *open(_, key) {
      opened.push(key);
      yield Buffer.from(objects[key] ?? '');
    },
  };
}

test('objects: copies are found by name, size or tag, and others are not looked at for it', async () => {
  const opened: string[] = [];
  const objects = bucketOf(
    {
      'logs/a.log': TEXT,
      'old/a.log-20261120.gz': gzipSync(TEXT),
      'old/b.log': MORE + TEXT,
      'new/c.log': MORE + TEXT,
      'other/d.log': linesFrom(7_000, 30),
    },
    opened,
  );
  expect(await read(['s3://bucket/'], scratch.path, { objects })).toEqual({
    's3://bucket/logs/a.log': ['identical to s3://bucket/old/a.log-20261120.gz: read once'],
    's3://bucket/old/b.log': ['identical to s3://bucket/new/c.log: read once'],
    's3://bucket/other/d.log': [],
  });
  expect(opened).not.toContain('other/d.log');
});

test('an object that is the copy of a file is read once', async () => {
  const folder = folderOf({ 'a.log': TEXT });
  const objects = bucketOf({ 'x/a.log.gz': gzipSync(TEXT), 'x/b.log': MORE });
  expect(await read(['a.log', 's3://bucket/x'], folder, { objects })).toEqual({
    'a.log': ['identical to s3://bucket/x/a.log.gz: read once'],
    's3://bucket/x/b.log': [],
  });
});

test.each([
  ['logs/access.log', 'access.log'],
  ['access.log.1', 'access.log'],
  ['access.log.12.gz', 'access.log'],
  ['access.log-20261120.zst', 'access.log'],
  ['access.log.2026-11-20-03.gz', 'access.log'],
  ['E2.2026-11-20-03.abcdef.gz', 'E2.2026-11-20-03.abcdef'],
  ['node7', 'node7'],
])('the name of %s without rotation is %s', (name, stem) => {
  expect(stemOf(name)).toBe(stem);
});

test('whatever the texts: each is in one that is read, and none that is read is in another', async () => {
  const text = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 6 }).map((all) => all.join(''));
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      async (texts, length) => {
        const logs = texts.map((whole, index): Comparable & { readonly whole: string } => ({
          name: String(index),
          whole,
          beginning: Buffer.from(whole.slice(0, length)),
          text: () => Readable.from([...whole].map((one) => Buffer.from(one))),
        }));
        const copies = await findCopies(logs);
        for (const { copy, of, isBeginning } of copies) {
          expect(of.whole.startsWith(copy.whole)).toBe(true);
          expect(isBeginning).toBe(of.whole !== copy.whole);
        }
        const left = new Set(logs.filter((log) => copies.every(({ copy }) => copy !== log)));
        for (const one of left)
          for (const other of left) if (one !== other) expect(other.whole.startsWith(one.whole)).toBe(false);
        expect(new Set(copies.map(({ copy }) => copy)).size).toBe(copies.length);
      },
    ),
  );
});
