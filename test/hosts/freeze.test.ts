import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { frozenBy, frozenByObjects } from '../../src/hosts/freeze.ts';

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

describe('a freeze file in a bucket', () => {
  const s3 = mockClient(S3Client);
  beforeEach(() => s3.reset());
  const file = 's3://runbooks/freeze/orders';

  test('freezes while the object exists, and only the object of exactly that name', async () => {
    s3.on(ListObjectsV2Command).resolves({ Contents: [{ Key: 'freeze/orders' }] });
    expect(await frozenBy([file])).toEqual([{ file }]);
    expect(s3.commandCalls(ListObjectsV2Command)[0]?.args[0].input).toMatchObject({
      Bucket: 'runbooks',
      Prefix: 'freeze/orders',
    });
    s3.on(ListObjectsV2Command).resolves({ Contents: [{ Key: 'freeze/orders-of-others' }] });
    expect(await frozenBy([file])).toEqual([]);
    s3.on(ListObjectsV2Command).resolves({});
    expect(await frozenBy([file])).toEqual([]);
  });

  test.each(['AccessDenied', 'NoSuchBucket', 'SlowDown'])(
    'freezes when AWS answers %s: without a clear answer the run must not continue',
    async (name) => {
      s3.on(ListObjectsV2Command).rejects(
        new S3ServiceException({ name, message: name, $fault: 'client', $metadata: { httpStatusCode: 403 } }),
      );
      expect(await frozenBy([file])).toEqual([{ file, errno: name }]);
    },
  );

  test('in a function a file on a disk freezes, because the function has a disk of its own', async () => {
    s3.on(ListObjectsV2Command).resolves({});
    expect(await frozenByObjects(['/srv/freeze', file])).toEqual([{ file: '/srv/freeze', errno: 'ENOTSUP' }]);
  });
});
