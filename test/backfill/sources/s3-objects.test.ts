import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { createS3Objects } from '../../../src/backfill/sources/s3-objects.ts';
import type { ObjectStore } from '../../../src/backfill/sources/object-store.ts';
import { clientsOf, type Clients } from '../../endpoint/clients.ts';
import { startAccount, type TestAccount } from '../../endpoint/account.ts';
import { makeBucket } from '../../endpoint/seeds.ts';
import { QUICK } from '../queue/queues.ts';

const BIG = 'line of a log\n'.repeat(40_000);
let account: TestAccount;
let clients: Clients;
let store: ObjectStore;
beforeEach(async () => {
  const objects = {
    'alb/': '',
    'alb/2026/empty.log': '',
    'alb/2026/b c+d.log': 'two\n',
    'alb/2026/a.log': BIG,
    'other/x.log': 'x\n',
    'cold/old.log': { text: 'old\n', storageClass: 'GLACIER' },
  } as const;
  account = await startAccount();
  await makeBucket(account, 'logs', objects);
  await makeBucket(account, 'far', {}, 'eu-west-1');
  clients = clientsOf(account.url);
  store = createS3Objects(clients.s3, { policy: QUICK, silenceMs: 300, mostPages: 20 });
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await account.close();
});

async function listed(prefix: string, bucket = 'logs') {
  const found = [];
  for await (const object of store.list(bucket, prefix)) found.push(object);
  return found;
}

async function read(key: string, etag?: string): Promise<string> {
  const object = await account.world.s3
    .send(new HeadObjectCommand({ Bucket: 'logs', Key: key }))
    .catch(() => undefined);
  const known = etag ?? object?.ETag ?? '"none"';
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.open('logs', key, known, object?.ContentLength ?? 1))
    chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

const reads = () =>
  account.requests
    .filter(({ operation }) => operation === 'GetObject')
    .map(({ input }) => (input as { readonly Range?: string }).Range);

test('a prefix is listed over all pages, without folders and empty objects', async () => {
  account.setQuirks({ keysPerPage: 1 });
  const found = await listed('alb/');
  expect(found.map(({ key, bytes }) => [key, bytes])).toEqual([
    ['alb/2026/a.log', BIG.length],
    ['alb/2026/b c+d.log', 4],
  ]);
  expect(await listed('none/')).toEqual([]);
});

test('an object is read as it was listed', async () => {
  for (const { key, etag } of await listed('alb/2026/')) expect(await read(key, etag)).toMatch(/^(line|two)/);
  expect(await read('alb/2026/b c+d.log')).toBe('two\n');
  expect(await read('alb/2026/a.log')).toBe(BIG);
});

test('a broken connection is taken up where it broke', async () => {
  account.setQuirks({ faults: [{ does: 'cut', operations: ['GetObject'], times: 3 }] });
  expect(await read('alb/2026/a.log')).toBe(BIG);
  const [first, ...rest] = reads();
  expect(first).toBeUndefined();
  expect(rest).toHaveLength(3);
  for (const range of rest) expect(range).toMatch(/^bytes=[1-9]\d*-$/);
});

test('a connection that breaks for ever is given up', async () => {
  account.setQuirks({ faults: [{ does: 'reset', operations: ['GetObject'] }] });
  await expect(read('alb/2026/a.log')).rejects.toMatchObject({
    code: 'AWS_FAILED',
    message: expect.stringContaining('s3://logs/alb/2026/a.log could not be read beyond byte 0'),
  });
  expect(reads()).toHaveLength(QUICK.attempts);
});

test.each([
  ['stall', 'other/x.log'],
  ['drip', 'alb/2026/a.log'],
] as const)(
  'a connection without progress is taken up again, and given up in the end: %s',
  async (does, hopeless) => {
    account.setQuirks({ faults: [{ does, operations: ['GetObject'], times: 1 }] });
    expect(await read('alb/2026/a.log')).toBe(BIG);
    account.setQuirks({ faults: [{ does, operations: ['GetObject'] }] });
    await expect(read(hopeless)).rejects.toMatchObject({ code: 'AWS_FAILED' });
  },
);

test('an object longer than it was listed is not read without end', async () => {
  account.setQuirks({ faults: [{ does: 'flood', operations: ['GetObject'] }] });
  await expect(read('other/x.log')).rejects.toThrow('is not S3');
});

test.each(['fresh', 'same'] as const)(
  'a list whose pages do not end: tokens are %s',
  async (endlessPages) => {
    account.setQuirks({ endlessPages });
    await expect(listed('none/')).rejects.toMatchObject({ code: 'AWS_FAILED' });
  },
);

test('throttled reads and lists are asked for again', async () => {
  account.setQuirks({ faults: [{ does: 'throttle', times: 2 }] });
  expect(await listed('other/')).toHaveLength(1);
  account.setQuirks({ faults: [{ does: 'throttle', times: 2 }] });
  expect(await read('other/x.log')).toBe('x\n');
});

test('an object that is written anew while it is read is not mixed', async () => {
  const { etag = '', bytes = 0 } = (await listed('alb/2026/a'))[0] ?? {};
  account.setQuirks({ faults: [{ does: 'cut', operations: ['GetObject'], times: 1 }] });
  const chunks = store.open('logs', 'alb/2026/a.log', etag, bytes)[Symbol.asyncIterator]();
  expect((await chunks.next()).done).toBe(false);
  await account.world.s3.send(
    new PutObjectCommand({ Bucket: 'logs', Key: 'alb/2026/a.log', Body: 'new\n'.repeat(9) }),
  );
  const rest = async () => {
    while ((await chunks.next()).done !== true);
  };
  await expect(rest()).rejects.toMatchObject({
    message: expect.stringContaining('was changed while it was read'),
  });
});

test.each([
  ['none', '', 'There is no bucket', 'AWS_FAILED'],
  ['far', '', 'in the Region eu-west-1', 'AWS_FAILED'],
  ['logs', 'cold/', 's3://logs/cold/old.log is archived', 'AWS_FAILED'],
])('what cannot be listed: %s %s', async (bucket, prefix, said, code) => {
  await expect(listed(prefix, bucket)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(said),
  });
});

test('an object that is gone, archived or denied is told by its name', async () => {
  await expect(read('alb/none.log')).rejects.toThrow('s3://logs/alb/none.log was deleted');
  await expect(read('cold/old.log')).rejects.toThrow('s3://logs/cold/old.log is archived');
  account.setQuirks({ faults: [{ does: 'deny' }] });
  await expect(read('other/x.log')).rejects.toMatchObject({
    code: 'AWS_DENIED',
    next: expect.stringContaining('s3:GetObject'),
  });
});

test('a reader that stops in the middle closes the connection', async () => {
  const { etag = '' } = (await listed('other/'))[0] ?? {};
  for await (const chunk of store.open('logs', 'other/x.log', etag, 2)) {
    expect(Buffer.from(chunk).toString()).toBe('x\n');
    break;
  }
  expect(await read('other/x.log')).toBe('x\n');
});

describe('answers that a real store gives seldom', () => {
  const s3 = new S3Client({ region: 'us-east-1' });
  const mock = mockClient(s3);
  beforeEach(() => mock.reset());
  const mocked = () => createS3Objects(s3, { policy: QUICK });
  const first = (objects: AsyncIterable<unknown>) => objects[Symbol.asyncIterator]().next();

  test('pages without end', async () => {
    mock
      .on(ListObjectsV2Command)
      .resolves({ IsTruncated: true, NextContinuationToken: 'same', Contents: [] });
    await expect(first(mocked().list('logs', ''))).rejects.toMatchObject({ code: 'AWS_FAILED' });
    expect(mock.commandCalls(ListObjectsV2Command)).toHaveLength(2);
  });

  test('an archived object that was restored for a while is listed', async () => {
    const Contents = [
      {
        Key: 'a',
        Size: 1,
        ETag: '"e"',
        StorageClass: 'GLACIER' as const,
        RestoreStatus: { RestoreExpiryDate: new Date() },
      },
    ];
    mock.on(ListObjectsV2Command).resolves({ Contents });
    expect(await first(mocked().list('logs', ''))).toEqual({
      done: false,
      value: { key: 'a', bytes: 1, etag: '"e"' },
    });
  });

  test('the Region in the words of a refused signature', async () => {
    const error = Object.assign(new Error("The authorization header is malformed; expecting 'eu-west-3'"), {
      name: 'AuthorizationHeaderMalformed',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
    });
    mock.on(ListObjectsV2Command).rejects(error);
    await expect(first(mocked().list('logs', ''))).rejects.toThrow('in the Region eu-west-3');
  });

  test('an answer without a body', async () => {
    mock.on(GetObjectCommand).resolves({});
    await expect(first(mocked().open('logs', 'a', '"e"', 1))).rejects.toThrow('is not S3');
  });
});
