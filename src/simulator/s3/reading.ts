import { Readable } from 'node:stream';
import { InvalidObjectState, NoSuchKey, NotFound } from '@aws-sdk/client-s3';
import type {
  GetObjectCommandInput,
  GetObjectCommandOutput,
  HeadObjectCommandInput,
  HeadObjectCommandOutput,
  StorageClass,
} from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';
import type { ObjectRecord } from '../model/records.ts';
import type { WorldState } from '../state/state.ts';
import { bucketOf, fault, s3Failure } from './buckets.ts';

interface Which {
  readonly Bucket?: string | undefined;
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
}

/** All versions of a key, the newest last. */
export function versionsOf(state: WorldState, bucket: string, key: string): ObjectRecord[] {
  return state.objects.values().filter((object) => object.bucket === bucket && object.key === key);
}

export function getObject(
  state: WorldState,
  input: GetObjectCommandInput,
): Omit<GetObjectCommandOutput, '$metadata'> {
  const object = existing(state, input);
  checkConditions(object, input);
  if (/^(GLACIER|DEEP_ARCHIVE)$/.test(object.storageClass))
    throw fault(InvalidObjectState, "The operation is not valid for the object's storage class", 403);
  const bytes = Buffer.from(object.base64, 'base64');
  const range = rangeOf(input.Range, bytes.length);
  const part = range === undefined ? bytes : bytes.subarray(range.first, range.last + 1);
  return {
    ...described(object),
    ContentLength: part.length,
    ...(range && { ContentRange: `bytes ${range.first}-${range.last}/${bytes.length}` }),
    Body: sdkStreamMixin(Readable.from([part], { objectMode: false })),
  };
}

export function headObject(
  state: WorldState,
  input: HeadObjectCommandInput,
): Omit<HeadObjectCommandOutput, '$metadata'> {
  const object = existing(state, input, () => fault(NotFound, 'Not Found', 404));
  checkConditions(object, input);
  return { ...described(object), ContentLength: object.bytes };
}

function described({
  etag,
  versionId,
  storageClass,
  contentType,
  metadata,
  modifiedAt,
  retainUntil,
}: ObjectRecord) {
  return {
    ...{ AcceptRanges: 'bytes', ETag: etag, LastModified: new Date(modifiedAt) },
    ContentType: contentType ?? 'binary/octet-stream',
    ...(versionId !== 'null' && { VersionId: versionId }),
    ...(storageClass !== 'STANDARD' && { StorageClass: storageClass as StorageClass }),
    ...(metadata && { Metadata: { ...metadata } }),
    ...(retainUntil !== undefined && { ObjectLockRetainUntilDate: new Date(retainUntil) }),
  };
}

function existing(
  state: WorldState,
  { Bucket, Key = '', VersionId }: Which,
  missing: () => Error = () => fault(NoSuchKey, 'The specified key does not exist.', 404),
): ObjectRecord {
  const versions = versionsOf(state, bucketOf(state, Bucket).id, Key);
  if (VersionId === undefined) {
    const latest = versions.at(-1);
    if (latest === undefined || latest.isDeleteMarker) throw missing();
    return latest;
  }
  const version = versions.find(({ versionId }) => versionId === VersionId);
  if (version === undefined) throw s3Failure('NoSuchVersion', 'The specified version does not exist.', 404);
  if (version.isDeleteMarker)
    throw s3Failure('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405);
  return version;
}

export function preconditionFailed(): Error {
  return s3Failure(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    412,
  );
}

function checkConditions(
  { etag }: ObjectRecord,
  { IfMatch, IfNoneMatch }: Pick<GetObjectCommandInput, 'IfMatch' | 'IfNoneMatch'>,
): void {
  const isSame = (wanted: string): boolean =>
    wanted === '*' || wanted.replaceAll('"', '') === etag.replaceAll('"', '');
  if (IfMatch !== undefined && !isSame(IfMatch)) throw preconditionFailed();
  if (IfNoneMatch !== undefined && isSame(IfNoneMatch)) throw s3Failure('NotModified', 'Not Modified', 304);
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** `bytes=5-9`, `bytes=5-` or `bytes=-5`; anything else is left aside, as HTTP has it. */
function rangeOf(text: string | undefined, bytes: number): Range | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(text ?? '') ?? [];
  if (from === undefined || to === undefined || from + to === '') return undefined;
  const first = from === '' ? Math.max(0, bytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (first > last) throw s3Failure('InvalidRange', 'The requested range is not satisfiable', 416);
  return { first, last };
}
