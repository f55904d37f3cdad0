import { advised } from '../../advised.ts';
import { execFileSync, spawn } from 'node:child_process';
import fs, { linkSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { ObjectStore } from '../../../src/backfill/sources/object-store.ts';
import { openTextSources } from '../../../src/backfill/sources/text-sources.ts';
import type { TextSource } from '../../../src/backfill/sources/text-source.ts';
import type { SourceSpec } from '../../../src/runbook/backfill-schema.ts';
import { ALB_LOG, albChunk } from '../formats/alb-log.ts';
import { closeAll, commonLine, scratchFolder } from '../scan/logs.ts';

const scratch = scratchFolder();
const spoolDirectory = join(scratch.path, 'spool');
const one = `${commonLine(1)}\n${commonLine(2)}\n`;

/** Opens, looks and closes. */
async function opened<T>(
  specs: readonly SourceSpec[],
  look: (sources: readonly TextSource[]) => Promise<T> | T,
  options: Partial<Parameters<typeof openTextSources>[1]> = {},
): Promise<T> {
  const sources = await openTextSources(specs, { spoolDirectory, ...options });
  try {
    return await look(sources);
  } finally {
    await closeAll(sources);
  }
}

async function textOf(source: TextSource | undefined): Promise<string> {
  let text = '';
  for await (const chunk of source?.chunks() ?? []) text += Buffer.from(chunk).toString('latin1');
  return text;
}

const names = (specs: readonly SourceSpec[]) =>
  opened(specs, (sources) =>
    sources.map(({ name, number }) => `${number} ${name.slice(scratch.path.length + 1)}`),
  );

function refusal(specs: readonly SourceSpec[], options: Partial<Parameters<typeof openTextSources>[1]> = {}) {
  return opened(specs, () => undefined, options).then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('files come in the order they are given, those of a pattern by name, folders not', async () => {
  const folder = join(scratch.path, 'many');
  mkdirSync(join(folder, 'deep', 'er'), { recursive: true });
  for (const [index, name] of ['b.log', 'a.log', 'deep/c.log', 'deep/er/d.log', 'x.txt'].entries())
    writeFileSync(join(folder, name), `${commonLine(index)}\n`);
  const at = (path: string): SourceSpec => ({ path: join(folder, path) });
  expect(await names([at('x.txt'), at('?.log')])).toEqual(['1 many/x.txt', '2 many/a.log', '3 many/b.log']);
  expect(await names([at('**/*.log')])).toEqual([
    '1 many/a.log',
    '2 many/b.log',
    '3 many/deep/c.log',
    '4 many/deep/er/d.log',
  ]);
  expect(await names([at('*')])).toHaveLength(3);
});

test('a file whose name looks like a pattern is that file', async () => {
  scratch.file('access[1].log', one);
  scratch.file('access1.log', `${commonLine(3)}\n`);
  expect(await names([{ path: join(scratch.path, 'access[1].log') }])).toEqual(['1 access[1].log']);
});

test('the same file is read once, by whatever name, and says so', async () => {
  const path = scratch.file('same.log', one);
  symlinkSync(path, join(scratch.path, 'link.log'));
  linkSync(path, join(scratch.path, 'hard.log'));
  const specs = ['same.log', 'link.log', 'hard.log', 'same.log'].map((name) => ({
    path: join(scratch.path, name),
  }));
  await opened(specs, (sources) => {
    expect(sources).toHaveLength(1);
    expect(sources[0]?.remarks).toEqual([
      `also given as ${specs[1]?.path}: read once`,
      `also given as ${specs[2]?.path}: read once`,
      'given twice: read once',
    ]);
  });
});

test('the format is detected, also in what is compressed, or given; an empty file takes that of the others', async () => {
  const alb = albChunk(0, 5, ALB_LOG);
  scratch.file('f1.fmt', '');
  scratch.file('f2.fmt', alb);
  const other = albChunk(1, 6, ALB_LOG);
  scratch.file('f3.fmt', gzipSync(other));
  const path = join(scratch.path, '*.fmt');
  await opened([{ path }], async (sources) => {
    expect(sources.map(({ formatName, compressed }) => [formatName, compressed])).toEqual([
      ['alb', false],
      ['alb', false],
      ['alb', true],
    ]);
    expect(await textOf(sources[2])).toBe(other.toString('latin1'));
    expect(await textOf(sources[2])).toBe(other.toString('latin1'));
  });
  await opened([{ path, format: 'common' }], (sources) =>
    expect(sources.map(({ format }) => format.name)).toEqual(['common', 'common', 'common']),
  );
  await opened([{ path: join(scratch.path, 'f1.fmt') }], (sources) => expect(sources).toHaveLength(1));
  await opened([{ path, fields: { time: 'when' } }], ([first]) =>
    expect(first).toMatchObject({ formatName: 'json', details: { fields: { time: 'when' } } }),
  );
});

test.each([
  ['a missing file', 'nowhere.log', 'there is no such file'],
  ['a directory', '', 'it is a directory'],
  ['a pattern that matches nothing', '*.nothing', 'No file matches'],
  ['a device', '/dev/null', 'neither a file nor a pipe'],
  ['a broken link', 'broken.log', 'there is no such file'],
  ['what is no log', 'odd.bin', 'in none of the known formats'],
])('%s is refused by name, with what to do', async (_, name, why) => {
  scratch.file('odd.bin', 'what is this\n'.repeat(3));
  if (name === 'broken.log') symlinkSync('nowhere', join(scratch.path, name));
  const path = name.startsWith('/') ? name : join(scratch.path, name);
  expect(await refusal([{ path }])).toMatchObject({
    name: 'LifeboatError',
    code: 'FILE_UNREADABLE',
    message: expect.stringContaining(why),
    next: expect.stringMatching(/^[A-Z].*[.*|)-]?/),
    at: { file: path },
  });
  expect(await refusal([{ path }])).toMatchObject({
    message: expect.stringContaining(path.replace(/\/$/, '')),
  });
});

describe('what is no text made of lines', () => {
  const bytes = (...list: (number | string)[]): Buffer =>
    Buffer.concat(
      list.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part, 'latin1'))),
    );
  const json = '{"time":"2026-10-10T13:55:36Z","method":"GET","url":"/a","status":502}';

  test.each<[string, Uint8Array, string, string]>([
    ['x.log.xz', bytes(0xfd, '7zXZ', 0, 0, 4), 'compressed with xz', 'xz -dc'],
    ['x.log.bz2', bytes('BZh91AY&SY', 0, 1, 2), 'compressed with bzip2', 'bzip2 -dc'],
    ['x.log.lz4', bytes(0x04, 0x22, 0x4d, 0x18, 0x64), 'compressed with lz4', 'lz4 -dc'],
    ['x.log.lz', bytes('LZIP', 1, 0x0c, 0), 'compressed with lzip', 'lzip -dc'],
    ['x.log.Z', bytes(0x1f, 0x9d, 0x90), 'compressed with compress', 'gzip -dc'],
    ['x.zip', bytes('PK', 3, 4, 20, 0), 'a zip archive', 'unzip -p'],
    ['x.7z', bytes('7z', 0xbc, 0xaf, 0x27, 0x1c), 'a 7z archive', '7z x'],
    ['x.tar', bytes('a.log', Buffer.alloc(252).toString('latin1'), 'ustar', 0), 'a tar archive', 'tar -xO'],
    ['x.parquet', bytes('PAR1', 0x15, 4), 'a table in Parquet', 'lines of JSON'],
    ['x.gz', gzipSync(gzipSync(one)), 'compressed twice', 'gzip -dc'],
    ['x.xz.gz', gzipSync(bytes(0xfd, '7zXZ', 0, 0, 4)), 'compressed with xz', 'xz -dc'],
    ['x.utf16', Buffer.from(`\ufeff${one}`, 'utf16le'), 'text in UTF-16', 'iconv'],
    ['x.png', bytes(0x89, 'PNG\r\n', 0x1a, '\n', 0, 0), 'binary data', 'Leave it out'],
    ['x.json', bytes(`[${json},\n${json}]`), 'one array of JSON', "jq -c '.[]'"],
    ['lines.json', bytes(`[\n${json},\n${json}\n]\n`), 'one array of JSON', "jq -c '.[]'"],
    ['y.json', bytes(`{"Records":[${json}]}`), 'one document of JSON', "jq -c '.Records[]'"],
    ['cut.gz', gzipSync('x').subarray(0, 10), 'its compressed data ends too early', 'Fetch it again'],
    ['z.json', bytes(`{\n  "time": 1\n}\n`), 'span several lines', "jq -c '.'"],
  ])('%s is refused by name, with what it is and what to do', async (name, content, why, next) => {
    const path = scratch.file(name, content);
    const refused = await refusal([{ path }]);
    expect(refused).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining(`${path}: it`),
      next: advised(next),
    });
    expect(String(refused)).toContain(why);
    expect(JSON.stringify(refused)).not.toContain('--format');
  });

  test('what was compressed empty is a log without lines', async () => {
    const path = scratch.file('quiet.log.gz', gzipSync(''));
    expect(await opened([{ path }], ([only]) => only?.unread)).toBeUndefined();
  });

  test('with a format given it is the same', async () => {
    for (const [name, format] of [
      ['x.log.xz', 'common'],
      ['lines.json', 'json'],
      ['z.json', 'json'],
    ] as const)
      expect(await refusal([{ path: join(scratch.path, name), format }])).toMatchObject({
        code: 'FILE_UNREADABLE',
      });
  });

  test('a line that begins with such letters is text', async () => {
    for (const text of ['BZh.example', 'PAR1', 'ORC-7', 'LZIP']) {
      const path = scratch.file('letters.log', one.replaceAll('192.0.2.1 ', `${text} `));
      await opened([{ path }], (sources) => expect(sources).toHaveLength(1));
    }
  });

  test.each(['a local pattern', 's3'])(
    'in %s it is left out with a note; alone it is refused',
    async (kind) => {
      const files = {
        'a.log': Buffer.from(one),
        'b.log.xz': bytes(0xfd, '7zXZ', 0, 0, 4),
        'c.txt': Buffer.from('what is this?\n'),
      };
      const folder = join(scratch.path, `odd-${kind}`);
      mkdirSync(folder);
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
      const [path, prefix] = kind === 's3' ? ['s3://logs/', 's3://logs/'] : [join(folder, '*'), `${folder}/`];
      const options = { objects: bucketOf(files) };
      for (const format of [undefined, 'common'] as const) {
        const spec = { path, ...(format !== undefined && { format }) };
        await opened(
          [spec],
          async (sources) => {
            expect(sources.map(({ name, formatName }) => [name.replace(prefix, ''), formatName])).toEqual([
              ['a.log', 'common'],
              ['b.log.xz', 'common'],
              ['c.txt', 'common'],
            ]);
            expect(sources[1]).toMatchObject({
              remarks: ['not read: it is compressed with xz'],
              unread: expect.stringContaining('xz -dc'),
            });
            expect(await textOf(sources[1])).toBe('');
            expect(await textOf(sources[2])).toBe('what is this?\n');
          },
          options,
        );
      }
      const alone = path.replace(/\*?$/, kind === 's3' ? 'b' : 'b*');
      expect(await refusal([{ path: alone }], options)).toMatchObject({
        next: advised('xz -dc'),
      });
    },
  );
});

test('a directory is refused with the pattern to write instead', async () => {
  expect(await refusal([{ path: scratch.path }])).toMatchObject({
    next: expect.stringContaining(`${scratch.path}/*`),
  });
});

test('when one source is refused nothing stays open', async () => {
  const descriptors = () => readdirSync('/proc/self/fd').length;
  const path = scratch.file('open.log', one);
  const before = descriptors();
  await refusal([{ path }, { path: '-' }, { path: join(scratch.path, 'nowhere.log') }], {
    stdin: Readable.from([one]),
  });
  expect(descriptors()).toBe(before);
  expect(readdirSync(spoolDirectory)).toEqual([]);
});

test('many files are opened again one by one, and must still be the same', async () => {
  const folder = join(scratch.path, 'crowd');
  mkdirSync(folder);
  for (let index = 0; index < 300; index += 1)
    writeFileSync(join(folder, `${String(index).padStart(3, '0')}.log`), `${commonLine(index)}\n`);
  const before = readdirSync('/proc/self/fd').length;
  await opened([{ path: join(folder, '*') }], async (sources) => {
    expect(readdirSync('/proc/self/fd').length - before).toBeLessThan(260);
    expect(await textOf(sources[299])).toBe(`${commonLine(299)}\n`);
    expect(await textOf(sources[299])).toBe(`${commonLine(299)}\n`);
    renameSync(join(folder, '299.log'), join(folder, 'old'));
    writeFileSync(join(folder, '299.log'), one);
    await expect(textOf(sources[299])).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining('another file has taken its place'),
    });
  });
});

test('standard input is kept in a file while it is needed, and can be read twice', async () => {
  const child = spawn('printf', ['%s', one]);
  await opened(
    [{ path: '-' }, { path: '-' }],
    async (sources) => {
      expect(sources.map(({ name, remarks }) => [name, remarks])).toEqual([
        ['-', ['given twice: read once']],
      ]);
      expect(await textOf(sources[0])).toBe(one);
      expect(await textOf(sources[0])).toBe(one);
      expect(readdirSync(spoolDirectory)).toHaveLength(1);
    },
    { stdin: child.stdout },
  );
  expect(readdirSync(spoolDirectory)).toEqual([]);
});

test('compressed standard input is read as what it is', async () => {
  const look = async ([source]: readonly TextSource[]) => [source?.compressed, await textOf(source)];
  expect(await opened([{ path: '-' }], look, { stdin: Readable.from([gzipSync(one)]) })).toEqual([true, one]);
});

test('a named pipe is copied like standard input', async () => {
  const path = join(scratch.path, 'pipe');
  execFileSync('mkfifo', [path]);
  const writer = spawn('sh', ['-c', `printf '%s' "$1" > "$2"`, 'sh', one, path]);
  expect(await opened([{ path }], ([source]) => textOf(source))).toBe(one);
  expect(writer.exitCode === null || writer.exitCode === 0).toBe(true);
});

test('no room for standard input is an error that says what to do', async () => {
  const spoolDirectory = scratch.file('no-folder', '');
  expect(await refusal([{ path: '-' }], { spoolDirectory, stdin: Readable.from([one]) })).toMatchObject({
    name: 'LifeboatError',
    code: 'SCRATCH_UNWRITABLE',
    message: expect.stringContaining('standard input'),
  });
});

test('a full disk is named as such, and leaves no copy behind', async () => {
  const spoolDirectory = join(scratch.path, 'full');
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  jest.spyOn(fs, 'writeSync').mockImplementationOnce(() => {
    throw full;
  });
  expect(await refusal([{ path: '-' }], { spoolDirectory, stdin: Readable.from([one]) })).toMatchObject({
    code: 'SCRATCH_UNWRITABLE',
    message: expect.stringContaining('the disk is full'),
  });
  expect(readdirSync(spoolDirectory)).toEqual([]);
});

test('an input that breaks is told', async () => {
  const stdin = new Readable({ read: () => undefined });
  setImmediate(() =>
    stdin.destroy(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' })),
  );
  expect(await refusal([{ path: '-' }], { stdin })).toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringContaining('standard input'),
  });
});

test('an input that is interrupted ends with the reason', async () => {
  const stop = new AbortController();
  async function* endless() {
    for (let count = 0; ; count += 1) {
      if (count === 3) stop.abort(new Error('enough'));
      yield one;
    }
  }
  expect(
    await refusal([{ path: '-' }], { stdin: Readable.from(endless()), signal: stop.signal }),
  ).toMatchObject({
    message: 'enough',
  });
});

/** Objects by key; counts how often each is opened. */
function bucketOf(
  objects: Readonly<Record<string, Uint8Array>>,
): ObjectStore & { readonly openings: Record<string, number> } {
  const openings: Record<string, number> = {};
  return {
    openings,
    async *list(_, prefix) {
      for (const key of Object.keys(objects).sort()) {
        if (key.startsWith(prefix)) yield { key, bytes: objects[key]?.length ?? 0, etag: `"${key}"` };
      }
    },
    async *open(_, key) {
      openings[key] = (openings[key] ?? 0) + 1;
      const data = objects[key] ?? Buffer.alloc(0);
      for (let at = 0; at < data.length; at += 1) yield data.subarray(at, at + 1);
    },
  };
}

test('objects under a prefix are sources; the format of the first that is a log is that of all', async () => {
  const alb = albChunk(0, 3, ALB_LOG);
  // As the load balancer names them: no two look like copies.
  const keys = Array.from(
    { length: 9 },
    (_, index) => [`alb/${index + 1}.log.gz`, gzipSync(albChunk(0, 3 + index, ALB_LOG))] as const,
  );
  const objects = bucketOf({
    'alb/0-test': Buffer.from('a test object\n'),
    ...Object.fromEntries(keys),
    other: Buffer.from(one),
  });
  const path = 's3://logs/alb/';
  await opened(
    [{ path }, { path }],
    async (sources) => {
      expect(sources).toHaveLength(10);
      expect(new Set(sources.map(({ formatName }) => formatName))).toEqual(new Set(['alb']));
      expect(sources[1]).toMatchObject({
        number: 2,
        name: 's3://logs/alb/1.log.gz',
        remarks: ['given twice: read once'],
      });
      expect(await textOf(sources[1])).toBe(alb.toString('latin1'));
      expect(await textOf(sources[0])).toBe('a test object\n');
    },
    { objects },
  );
  expect(objects.openings['alb/9.log.gz']).toBeUndefined();
});

test.each([
  ['s3://logs/none', 'No object has a key'],
  ['s3://logs/odd', 'in none of the known formats'],
  ['s3://', 'names no bucket'],
])('%s is refused: %s', async (path, why) => {
  const objects = bucketOf({ odd: Buffer.from('what is this\n') });
  expect(await refusal([{ path }], { objects })).toMatchObject({
    name: 'LifeboatError',
    message: expect.stringContaining(why),
  });
});
