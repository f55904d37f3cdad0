import type {
  ListObjectsV2CommandInput,
  ListObjectsV2CommandOutput,
  ListObjectVersionsCommandInput,
  ListObjectVersionsCommandOutput,
  ObjectStorageClass,
} from '@aws-sdk/client-s3';
import { OBJECT_KEYS_PER_PAGE } from '../model/rates.ts';
import type { ObjectRecord } from '../model/records.ts';
import type { WorldState } from '../state/state.ts';
import { bucketOf, s3Failure } from './buckets.ts';

/** S3 lists by the bytes of the keys in UTF-8. */
function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** Versions of each key, the keys in their order. */
function keysOf(state: WorldState, bucket: string, prefix: string): [string, ObjectRecord[]][] {
  const keys = new Map<string, ObjectRecord[]>();
  for (const object of state.objects.values()) {
    if (object.bucket !== bucket || !object.key.startsWith(prefix)) continue;
    const versions = keys.get(object.key);
    if (versions === undefined) keys.set(object.key, [object]);
    else versions.push(object);
  }
  return [...keys].sort(([one], [other]) => byBytes(one, other));
}

/** What stands in a list: an object, or all that have one beginning, up to the delimiter. */
type Entry = { readonly name: string; readonly object?: ObjectRecord };

export function listObjectsV2(
  state: WorldState,
  input: ListObjectsV2CommandInput,
): Omit<ListObjectsV2CommandOutput, '$metadata'> {
  const { Prefix: prefix = '', Delimiter: delimiter, ContinuationToken: token, StartAfter: start } = input;
  const bucket = bucketOf(state, input.Bucket);
  const after = token === undefined ? start : Buffer.from(token, 'base64url').toString();
  const entries = grouped(latestOf(state, bucket.id, prefix), prefix, delimiter).filter(
    ({ name }) => after === undefined || byBytes(name, after) > 0,
  );
  const page = entries.slice(0, Math.min(input.MaxKeys ?? OBJECT_KEYS_PER_PAGE, OBJECT_KEYS_PER_PAGE));
  const isTruncated = page.length < entries.length;
  return {
    ...{ Name: bucket.id, Prefix: prefix, KeyCount: page.length, IsTruncated: isTruncated },
    MaxKeys: input.MaxKeys ?? OBJECT_KEYS_PER_PAGE,
    ...(delimiter !== undefined && { Delimiter: delimiter }),
    ...(token !== undefined && { ContinuationToken: token }),
    ...(isTruncated && { NextContinuationToken: Buffer.from(page.at(-1)?.name ?? '').toString('base64url') }),
    Contents: page.flatMap(({ object }) => (object === undefined ? [] : [shapeOf(object)])),
    CommonPrefixes: page.flatMap(({ name, object }) => (object === undefined ? [{ Prefix: name }] : [])),
  };
}

function latestOf(state: WorldState, bucket: string, prefix: string): ObjectRecord[] {
  return keysOf(state, bucket, prefix).flatMap(([, versions]) => {
    const latest = versions.at(-1);
    return latest === undefined || latest.isDeleteMarker ? [] : [latest];
  });
}

function grouped(objects: readonly ObjectRecord[], prefix: string, delimiter: string | undefined): Entry[] {
  const entries: Entry[] = [];
  for (const object of objects) {
    const end =
      delimiter === undefined || delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    const name = end === -1 ? object.key : object.key.slice(0, end + (delimiter?.length ?? 0));
    if (end === -1) entries.push({ name, object });
    else if (entries.at(-1)?.name !== name) entries.push({ name });
  }
  return entries;
}

function shapeOf({ key, etag, bytes, storageClass, modifiedAt }: ObjectRecord) {
  return {
    ...{ Key: key, ETag: etag, Size: bytes, LastModified: new Date(modifiedAt) },
    StorageClass: storageClass as ObjectStorageClass,
  };
}

/** All versions, the newest of a key first. ? Pages end with whole keys here; on AWS also between the versions of one. */
export function listObjectVersions(
  state: WorldState,
  input: ListObjectVersionsCommandInput,
): Omit<ListObjectVersionsCommandOutput, '$metadata'> {
  const { Prefix: prefix = '', KeyMarker: marker, MaxKeys: most = OBJECT_KEYS_PER_PAGE } = input;
  const bucket = bucketOf(state, input.Bucket);
  if (input.Delimiter !== undefined)
    throw s3Failure('NotImplemented', 'The simulated S3 lists versions without a delimiter.', 501);
  const keys = keysOf(state, bucket.id, prefix).filter(
    ([key]) => marker === undefined || byBytes(key, marker) > 0,
  );
  const page = keys.slice(0, most);
  const isTruncated = page.length < keys.length;
  const versions = page.flatMap(([, all]) =>
    all.toReversed().map((object, index) => ({ object, IsLatest: index === 0 })),
  );
  const told = ({ object, IsLatest }: (typeof versions)[number]) => ({
    ...{ Key: object.key, VersionId: object.versionId, IsLatest, LastModified: new Date(object.modifiedAt) },
  });
  return {
    ...{ Name: bucket.id, Prefix: prefix, MaxKeys: most, IsTruncated: isTruncated },
    ...(isTruncated && { NextKeyMarker: page.at(-1)?.[0] }),
    Versions: versions
      .filter(({ object }) => !object.isDeleteMarker)
      .map((version) => ({
        ...told(version),
        ...{ ETag: version.object.etag, Size: version.object.bytes, StorageClass: 'STANDARD' as const },
      })),
    DeleteMarkers: versions.filter(({ object }) => object.isDeleteMarker).map(told),
  };
}
