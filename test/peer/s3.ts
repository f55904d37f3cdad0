import { read, Whole, type Call, type Fields, type Operations } from './operation.ts';
import { Refusal, required } from './refusal.ts';
import { OBJECT } from './saying.ts';
import type { Bucket, StoredObject } from './world.ts';

function bucketOf({ input, world }: Call): Bucket {
  const bucket = world.buckets.get(required(input.text('Bucket'), 'Bucket'));
  if (bucket === undefined) throw new Refusal('NoSuchBucket', 'The specified bucket does not exist', 404);
  if (bucket.region !== world.region)
    throw new Refusal(
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint.',
      301,
      { 'x-amz-bucket-region': bucket.region },
    );
  return bucket;
}

function listObjects(call: Call): Whole | Fields {
  const { input, largestPage, endlessPages } = call;
  const { objects } = bucketOf(call);
  const prefix = input.text('Prefix') ?? '';
  const after = input.text('ContinuationToken');
  const all = [...objects]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([one], [other]) => byBytes(one, other));
  const rest = after === undefined ? all : all.filter(([key]) => byBytes(key, after) > 0);
  const page = rest.slice(0, Math.min(largestPage, input.number('MaxKeys') ?? 1_000));
  const isTruncated = endlessPages !== undefined || page.length < rest.length;
  const next = endlessPages === 'same' ? 'again' : (page.at(-1)?.[0] ?? `${after}~`);
  return {
    Name: input.text('Bucket') ?? '',
    Prefix: prefix,
    KeyCount: page.length,
    IsTruncated: isTruncated,
    NextContinuationToken: isTruncated ? next : undefined,
    Contents: page.map(([Key, { body, etag, storageClass, changedAt }]) => ({
      Key,
      LastModified: new Date(changedAt),
      ETag: etag,
      Size: body.length,
      StorageClass: storageClass,
    })),
  };
}

/** S3 lists by the bytes of the keys in UTF-8. */
function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function getObject(call: Call): Whole {
  const { input } = call;
  const object = bucketOf(call).objects.get(input.text('Key') ?? '');
  if (object === undefined) throw new Refusal('NoSuchKey', 'The specified key does not exist.', 404);
  const { body, etag, storageClass } = object;
  const wanted = input.text('IfMatch');
  if (wanted !== undefined && wanted !== etag)
    throw new Refusal(
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      412,
    );
  if (storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE')
    throw new Refusal('InvalidObjectState', "The operation is not valid for the object's storage class", 403);
  return partOf(object, body, input.text('Range'));
}

function partOf({ etag }: StoredObject, body: Buffer, range: string | undefined): Whole {
  if (range === undefined) return new Whole(200, OBJECT, { etag }, body);
  const [, from = '', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(range) ?? [];
  const last = to === '' ? body.length - 1 : Math.min(Number(to), body.length - 1);
  if (from === '' || Number(from) > last)
    throw new Refusal('InvalidRange', 'The requested range is not satisfiable', 416);
  const headers = { etag, 'content-range': `bytes ${from}-${last}/${body.length}` };
  return new Whole(206, OBJECT, headers, body.subarray(Number(from), last + 1));
}

export const s3Operations: Operations = {
  ListObjectsV2: read(listObjects),
  GetObject: read(getObject),
};
