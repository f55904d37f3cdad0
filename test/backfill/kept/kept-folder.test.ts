import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeptFolder, MOST_RECORDS } from '../../../src/backfill/kept/kept-folder.ts';
import { PART_BYTES } from '../../../src/backfill/kept/parts.ts';
import type { Sender } from '../../../src/aws/clients.ts';
import { Bucket, killedAt, type Outcome, type Request } from './bucket.ts';
import { IS_THOROUGH } from '../../thorough.ts';

const PLACE = { bucket: 'kept', prefix: 'backfills/orders-1' };
const QUICK = { baseMs: 0, capMs: 0, attempts: 3 };

let scratch = '';
let bucket: Bucket;
let machines = 0;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'lifeboat-kept-'));
  bucket = new Bucket();
  machines = 0;
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

interface Machine {
  readonly folder: KeptFolder;
  readonly directory: string;
}

/** A process on a machine of its own. */
async function machine(s3: Sender<'s3'> = bucket.client()): Promise<Machine> {
  machines += 1;
  const directory = join(scratch, `machine-${machines}`);
  return { folder: await KeptFolder.open({ place: PLACE, directory, s3, policy: QUICK }), directory };
}

async function append({ folder, directory }: Machine, file: string, text: string): Promise<void> {
  appendFileSync(join(directory, file), text);
  await folder.append(file, Buffer.from(text));
}

async function replace(
  { folder, directory }: Machine,
  file: string,
  content: string | Buffer,
): Promise<void> {
  writeFileSync(join(directory, file), content);
  await folder.keep(file);
}

function textOf({ directory }: Machine, file: string): string | undefined {
  const path = join(directory, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

test('what was kept is there for the next process, whether or not the last one closed it', async () => {
  const first = await machine();
  await replace(first, 'definition.json', '{}');
  await append(first, 'ledger.log', 'one\n');
  await append(first, 'ledger.log', 'two\n');
  const second = await machine();
  expect([textOf(second, 'definition.json'), textOf(second, 'ledger.log')]).toEqual(['{}', 'one\ntwo\n']);
  await append(second, 'ledger.log', 'three\n');
  await replace(second, 'definition.json', '{"a":1}');
  await second.folder.close();
  expect(existsSync(second.directory)).toBe(false);
  const third = await machine();
  expect([textOf(third, 'definition.json'), textOf(third, 'ledger.log')]).toEqual([
    '{"a":1}',
    'one\ntwo\nthree\n',
  ]);
});

test('what the working copy holds and was not kept is gone in the next process', async () => {
  const first = await machine();
  writeFileSync(join(first.directory, 'work.sqlite'), 'an interrupted scan');
  await append(first, 'ledger.log', 'one\n');
  appendFileSync(join(first.directory, 'ledger.log'), 'two\n');
  await first.folder.close();
  const second = await machine();
  expect([textOf(second, 'work.sqlite'), textOf(second, 'ledger.log')]).toEqual([undefined, 'one\n']);
});

test('once another process has opened the folder, the one before can keep nothing more', async () => {
  const old = await machine();
  await append(old, 'ledger.log', 'one\n');
  const now = await machine();
  await expect(append(old, 'ledger.log', 'late\n')).rejects.toMatchObject({ code: 'RUN_IS_DRIVEN' });
  await expect(replace(old, 'definition.json', '{}')).rejects.toMatchObject({ code: 'RUN_IS_DRIVEN' });
  await append(now, 'ledger.log', 'two\n');
  expect(textOf(await machine(), 'ledger.log')).toBe('one\ntwo\n');
});

test('a process that comes back after the next one has moved the head can keep nothing either, and its head does no harm', async () => {
  const old = await machine();
  await append(old, 'ledger.log', 'one\n');
  const now = await machine();
  for (let number = 0; number < 5; number += 1) await append(now, 'ledger.log', `${number}\n`);
  await now.folder.close();
  await expect(append(old, 'ledger.log', 'late\n')).rejects.toMatchObject({ code: 'RUN_IS_DRIVEN' });
  const older = await machine();
  await append(older, 'ledger.log', 'more\n');
  const newest = await machine();
  await append(newest, 'ledger.log', 'end\n');
  await newest.folder.close();
  const head = bucket.objects.get(bucket.keys('head')[0] ?? '');
  await older.folder.close();
  expect(bucket.objects.get(bucket.keys('head')[0] ?? '')).not.toEqual(head);
  expect(textOf(await machine(), 'ledger.log')).toBe('one\n0\n1\n2\n3\n4\nmore\nend\n');
});

test('of two processes that open the folder at once one has it, and that one knows everything', async () => {
  const first = await machine();
  await append(first, 'ledger.log', 'one\n');
  const [left, right] = await Promise.all([machine(), machine()]);
  const written = await Promise.allSettled([
    append(left, 'ledger.log', 'l\n'),
    append(right, 'ledger.log', 'r\n'),
  ]);
  expect(written.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(textOf(await machine(), 'ledger.log')).toMatch(/^one\n[lr]\n$/);
});

test.each<[string, Outcome]>([
  ['an answer that is lost', 'lost'],
  ['a throttled request', 'throttled'],
  ['a conflict of conditional requests', 'conflict'],
])('after %s the request is repeated, and counts once', async (_, outcome) => {
  const seen = new Set<string>();
  const s3 = bucket.client(({ operation, key }) => {
    const isFirst = seen.size < seen.add(`${operation} ${key}`).size;
    return isFirst && (outcome !== 'conflict' || operation === 'put') ? outcome : 'answered';
  });
  const writer = await machine(s3);
  await replace(writer, 'definition.json', '{}');
  for (const text of ['one\n', 'two\n', 'three\n']) await append(writer, 'ledger.log', text);
  expect(textOf(await machine(), 'ledger.log')).toBe('one\ntwo\nthree\n');
});

test('after a failure nothing more is kept: what the failed request has written is unknown', async () => {
  let isDown = false;
  const writer = await machine(bucket.client(() => (isDown ? 'throttled' : 'answered')));
  await append(writer, 'ledger.log', 'one\n');
  isDown = true;
  await expect(append(writer, 'ledger.log', 'two\n')).rejects.toMatchObject({ code: 'AWS_FAILED' });
  isDown = false;
  await expect(append(writer, 'ledger.log', 'three\n')).rejects.toMatchObject({ code: 'AWS_FAILED' });
  expect(textOf(await machine(), 'ledger.log')).toBe('one\n');
});

/** What one process does; returns what it was told is kept. */
async function work(s3: Sender<'s3'>, tag: string): Promise<string> {
  let told = '';
  try {
    const writer = await machine(s3);
    told = textOf(writer, 'ledger.log') ?? '';
    for (let number = 0; number < 3; number += 1) {
      await append(writer, 'ledger.log', `${tag}${number}\n`);
      told += `${tag}${number}\n`;
    }
    await replace(writer, 'definition.json', tag);
    await writer.folder.close();
  } catch {
    // Killed.
  }
  return told;
}

test('killed at any request, carried out or not: whatever it was told is kept is kept, in order, and the folder can be opened', async () => {
  const whole = bucket.client();
  await work(whole, 'a');
  for (let at = 0; at <= whole.requests.length; at += 1) {
    for (const isCarriedOut of IS_THOROUGH ? [false, true] : [at % 2 === 0]) {
      bucket = new Bucket();
      await work(bucket.client(), 'a');
      const told = await work(bucket.client(killedAt(at, { isCarriedOut })), 'b');
      const next = await machine();
      const kept = textOf(next, 'ledger.log') ?? '';
      expect(kept.startsWith(told === '' ? 'a0\na1\na2\n' : told)).toBe(true);
      expect('a0\na1\na2\nb0\nb1\nb2\n'.startsWith(kept)).toBe(true);
      await append(next, 'ledger.log', 'c\n');
      await next.folder.close();
      expect(textOf(await machine(), 'ledger.log')).toBe(`${kept}c\n`);
    }
  }
});

test('a long log moves the head as it grows: the next process reads few records', async () => {
  const writer = await machine();
  let all = '';
  for (let number = 0; number < MOST_RECORDS + 20; number += 1) {
    await append(writer, 'ledger.log', `${number}\n`);
    all += `${number}\n`;
  }
  const reader = bucket.client();
  const next = await machine(reader);
  expect(textOf(next, 'ledger.log')).toBe(all);
  expect(reader.requests.length).toBeLessThan(60);
});

test('a file of several parts is kept and fetched whole, and what is appended to it replaces only its last part', async () => {
  const content = Buffer.alloc(PART_BYTES + 1_000);
  for (let at = 0; at < content.length; at += 4)
    content.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
  const writer = await machine();
  await replace(writer, 'work.sqlite', content);
  const puts = bucket.client();
  const next = await machine(puts);
  expect(readFileSync(join(next.directory, 'work.sqlite')).equals(content)).toBe(true);
  await append(next, 'work.sqlite', 'end');
  await next.folder.close();
  expect(
    puts.requests.filter(({ operation, key }) => operation === 'put' && key.includes('parts')),
  ).toHaveLength(1);
  const third = await machine();
  expect(readFileSync(join(third.directory, 'work.sqlite')).length).toBe(content.length + 3);
});

test('a file that has not changed is not kept again', async () => {
  const writer = await machine();
  await replace(writer, 'definition.json', '{}');
  const before = bucket.keys().length;
  await replace(writer, 'definition.json', '{}');
  expect(bucket.keys()).toHaveLength(before);
});

async function damage(part: string, change: (bytes: Buffer) => Buffer | undefined): Promise<string> {
  const writer = await machine();
  await replace(writer, 'definition.json', '{}');
  for (const text of ['one\n', 'two\n']) await append(writer, 'ledger.log', text);
  await writer.folder.close();
  const last = await machine();
  await append(last, 'ledger.log', 'three\n');
  await append(last, 'ledger.log', 'four\n');
  const keys = bucket.keys(part);
  const key = keys.at(part === 'log/' ? -2 : 0) ?? '';
  const changed = change(bucket.objects.get(key) ?? Buffer.alloc(0));
  if (changed === undefined) bucket.objects.delete(key);
  else bucket.objects.set(key, changed);
  return key;
}

const flip = (bytes: Buffer): Buffer => {
  const flipped = Buffer.from(bytes);
  flipped[flipped.length - 3] = (flipped[flipped.length - 3] ?? 0) ^ 1;
  return flipped;
};

test.each<[string, string, (bytes: Buffer) => Buffer | undefined]>([
  ['a record that is missing', 'log/', () => undefined],
  ['a record with a changed byte', 'log/', flip],
  ['a record that was cut', 'log/', (bytes) => bytes.subarray(0, -2)],
  ['an empty record', 'log/', () => Buffer.alloc(0)],
  ['a part that is missing', 'parts/', () => undefined],
  ['a part with a changed byte', 'parts/', flip],
  ['a head that is no JSON', 'head', () => Buffer.from('{')],
  [
    'a head that names a file outside of the folder',
    'head',
    (bytes) => Buffer.from(bytes.toString().replace('ledger.log', '../../ledger.log')),
  ],
])('%s is found: nothing is opened, and the message names the object', async (_, part, change) => {
  const key = await damage(part, change);
  await expect(machine()).rejects.toMatchObject({
    code: 'BACKFILL_DAMAGED',
    message: expect.stringContaining(`s3://kept/${key}`) as string,
  });
});

test('what a later version has kept is refused', async () => {
  await damage('head', (bytes) => Buffer.from(bytes.toString().replace('"version":1', '"version":2')));
  await expect(machine()).rejects.toMatchObject({ code: 'FORMAT_TOO_NEW' });
});

test('an object store that ignores If-None-Match is refused', async () => {
  bucket.isConditional = false;
  await expect(machine()).rejects.toMatchObject({
    code: 'AWS_FAILED',
    message: expect.stringContaining('If-None-Match') as string,
  });
});

test('a role without permission learns which permission is missing', async () => {
  const denied = (request: Request): Outcome => (request.operation === 'get' ? 'refused' : 'answered');
  await expect(machine(bucket.client(denied))).rejects.toMatchObject({
    code: 'AWS_DENIED',
    next: expect.stringContaining('s3:ListBucket') as string,
  });
});
