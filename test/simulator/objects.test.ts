import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type {
  CreateBucketCommandInput,
  GetObjectCommandInput,
  PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { DAY_MS, HOUR_MS } from '../../src/time.ts';
import { BEGIN, refusal, stage, type Stage } from './support.ts';

const Bucket = 'logs';
let here: Stage;
beforeEach(() => {
  here = stage();
});
afterEach(() => here.world.close());

const make = (more: Partial<CreateBucketCommandInput> = {}) =>
  here.world.s3.send(new CreateBucketCommand({ Bucket, ...more }));
const put = (Key: string, Body: string, more: Partial<PutObjectCommandInput> = {}) =>
  here.world.s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  here.world.s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
const text = async (Key: string, more: Partial<GetObjectCommandInput> = {}) =>
  (await get(Key, more)).Body?.transformToString();
const list = async (more = {}) => here.world.s3.send(new ListObjectsV2Command({ Bucket, ...more }));
const codeOf = async (call: Promise<unknown>) => {
  const { name, $metadata } = await refusal(call);
  return [name, ($metadata as { httpStatusCode?: number }).httpStatusCode];
};

test('an object is written, described and read, whole and in part', async () => {
  await make();
  const { ETag = '' } = await put('a/b.log', 'hello world', {
    ContentType: 'text/plain',
    Metadata: { run: '1' },
  });
  expect(await here.world.s3.send(new HeadObjectCommand({ Bucket, Key: 'a/b.log' }))).toMatchObject({
    ...{ ContentLength: 11, ETag, ContentType: 'text/plain', Metadata: { run: '1' } },
    LastModified: new Date(BEGIN),
  });
  expect(await text('a/b.log', { IfMatch: ETag })).toBe('hello world');
  const part = await get('a/b.log', { Range: 'bytes=6-' });
  expect([part.ContentRange, await part.Body?.transformToString()]).toEqual(['bytes 6-10/11', 'world']);
  expect(await text('a/b.log', { Range: 'bytes=-5' })).toBe('world');
  expect(await text('a/b.log', { Range: 'bytes=0-4' })).toBe('hello');
});

test('only the first of several writers makes an object, and only who knows it replaces it', async () => {
  await make();
  const { ETag } = await put('x', 'one', { IfNoneMatch: '*' });
  expect(await codeOf(put('x', 'two', { IfNoneMatch: '*' }))).toEqual(['PreconditionFailed', 412]);
  await put('x', 'two', { IfMatch: ETag });
  expect(await codeOf(put('x', 'three', { IfMatch: ETag }))).toEqual(['PreconditionFailed', 412]);
  expect(await codeOf(put('y', 'one', { IfMatch: ETag }))).toEqual(['NoSuchKey', 404]);
  expect(await text('x')).toBe('two');
});

test('a list goes by the bytes of the keys, in pages, with prefixes up to a delimiter', async () => {
  await make();
  for (const key of ['b', 'a/2', 'a/1', '\u{1f600}', '\uff5e', 'c/d/e']) await put(key, key);
  const keys = async (more = {}) => (await list(more)).Contents?.map(({ Key }) => Key);
  expect(await keys()).toEqual(['a/1', 'a/2', 'b', 'c/d/e', '\uff5e', '\u{1f600}']);
  expect(await keys({ Prefix: 'a/' })).toEqual(['a/1', 'a/2']);
  expect(await keys({ StartAfter: 'b' })).toEqual(['c/d/e', '\uff5e', '\u{1f600}']);
  const grouped = await list({ Delimiter: '/' });
  expect(grouped.CommonPrefixes).toEqual([{ Prefix: 'a/' }, { Prefix: 'c/' }]);
  expect(grouped.Contents?.map(({ Key }) => Key)).toEqual(['b', '\uff5e', '\u{1f600}']);
  const seen: (string | undefined)[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await list({ MaxKeys: 2, ContinuationToken });
    expect(page.KeyCount).toBe(2);
    seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  expect(seen).toEqual(await keys());
});

test('a bucket with versions keeps what is replaced and what is deleted', async () => {
  await make();
  await here.world.s3.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const { VersionId: first } = await put('x', 'one');
  const { VersionId: second } = await put('x', 'two');
  expect([await text('x'), await text('x', { VersionId: first })]).toEqual(['two', 'one']);
  const gone = await here.world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'x' }));
  expect(gone.DeleteMarker).toBe(true);
  expect(await codeOf(text('x'))).toEqual(['NoSuchKey', 404]);
  expect((await list()).Contents).toEqual([]);
  const versions = await here.world.s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect(versions.DeleteMarkers).toMatchObject([{ Key: 'x', IsLatest: true, VersionId: gone.VersionId }]);
  expect(versions.Versions).toMatchObject([
    { VersionId: second, IsLatest: false },
    { VersionId: first, IsLatest: false },
  ]);
  await here.world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'x', VersionId: gone.VersionId }));
  expect(await text('x')).toBe('two');
  expect(await codeOf(text('x', { VersionId: 'none' }))).toEqual(['NoSuchVersion', 404]);
});

test('a version that is locked cannot be deleted before its time', async () => {
  await make({ ObjectLockEnabledForBucket: true });
  const until = new Date(BEGIN + DAY_MS);
  const { VersionId } = await put('report', 'x', {
    ObjectLockMode: 'COMPLIANCE',
    ObjectLockRetainUntilDate: until,
  });
  const remove = () => here.world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'report', VersionId }));
  expect(await codeOf(remove())).toEqual(['AccessDenied', 403]);
  here.wait(DAY_MS + HOUR_MS);
  await remove();
  expect((await here.world.s3.send(new ListObjectVersionsCommand({ Bucket }))).Versions).toEqual([]);
});

test('a bucket of another Region is not served here, and says where it is', async () => {
  await make({ CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' } });
  const error = await refusal(here.world.s3.send(new HeadBucketCommand({ Bucket })));
  expect(error).toMatchObject({
    name: 'PermanentRedirect',
    $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } },
  });
});

test.each<[string, [string, number], () => Promise<unknown>]>([
  ['an unknown bucket', ['NoSuchBucket', 404], () => get('x', { Bucket: 'none' })],
  ['an unknown key', ['NoSuchKey', 404], () => get('none')],
  [
    'an unknown key without a body',
    ['NotFound', 404],
    () => here.world.s3.send(new HeadObjectCommand({ Bucket, Key: 'none' })),
  ],
  ['another version of the object', ['PreconditionFailed', 412], () => get('x', { IfMatch: '"other"' })],
  ['what the client has already', ['NotModified', 304], async () => get('x', { IfNoneMatch: '*' })],
  ['bytes behind the end', ['InvalidRange', 416], () => get('x', { Range: 'bytes=3-' })],
  ['an archived object', ['InvalidObjectState', 403], () => get('cold')],
  ['a bucket that exists', ['BucketAlreadyOwnedByYou', 409], () => make()],
  ['a name that is none', ['InvalidBucketName', 400], () => make({ Bucket: 'No' })],
])('%s: %j', async (_, told, ask) => {
  await make();
  await put('x', 'one');
  await put('cold', 'one', { StorageClass: 'DEEP_ARCHIVE' });
  expect(await codeOf(ask())).toEqual(told);
});
