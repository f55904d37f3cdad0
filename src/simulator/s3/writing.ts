import { createHash } from 'node:crypto';
import { NoSuchKey } from '@aws-sdk/client-s3';
import type {
  DeleteObjectCommandInput,
  DeleteObjectCommandOutput,
  PutObjectCommandInput,
  PutObjectCommandOutput,
} from '@aws-sdk/client-s3';
import type { BucketRecord, ObjectRecord } from '../model/records.ts';
import type { Call } from '../service/operation.ts';
import type { WorldState } from '../state/state.ts';
import { bucketOf, fault, s3Failure } from './buckets.ts';
import { preconditionFailed, versionsOf } from './reading.ts';

/** Atomic: of several writers with `IfNoneMatch: *` only the first is accepted. */
export function putObject(
  state: WorldState,
  input: PutObjectCommandInput,
  call: Call,
): Omit<PutObjectCommandOutput, '$metadata'> {
  const bucket = bucketOf(state, input.Bucket);
  const { Key: key = '', IfMatch, IfNoneMatch } = input;
  if (key === '' || Buffer.byteLength(key) > 1_024)
    throw s3Failure('KeyTooLongError', 'Your key is too long');
  const latest = versionsOf(state, bucket.id, key).at(-1);
  const present = latest?.isDeleteMarker === true ? undefined : latest;
  if (IfNoneMatch !== undefined && present !== undefined) throw preconditionFailed();
  if (IfMatch !== undefined && present === undefined)
    throw fault(NoSuchKey, 'The specified key does not exist.', 404);
  if (IfMatch !== undefined && IfMatch.replaceAll('"', '') !== present?.etag.replaceAll('"', ''))
    throw preconditionFailed();
  const body = bytesOf(input.Body);
  const object = put(state, bucket, key, call, {
    ...{ isDeleteMarker: false, base64: body.toString('base64'), bytes: body.length },
    etag: `"${createHash('md5').update(body).digest('hex')}"`,
    storageClass: input.StorageClass ?? 'STANDARD',
    contentType: input.ContentType,
    metadata: input.Metadata,
    retainUntil: input.ObjectLockRetainUntilDate?.getTime(),
  });
  return { ETag: object.etag, ...versionTold(object) };
}

/** Without a version: the object is gone, or in a bucket with versions hidden by a delete marker. */
export function deleteObject(
  state: WorldState,
  { Bucket, Key: key = '', VersionId }: DeleteObjectCommandInput,
  call: Call,
): Omit<DeleteObjectCommandOutput, '$metadata'> {
  const bucket = bucketOf(state, Bucket);
  if (VersionId === undefined && bucket.isVersioned) {
    const marker = put(state, bucket, key, call, {
      ...{ isDeleteMarker: true, base64: '', bytes: 0, etag: '', storageClass: 'STANDARD' },
    });
    return { DeleteMarker: true, ...versionTold(marker) };
  }
  const doomed = versionsOf(state, bucket.id, key).find(
    ({ versionId }) => versionId === (VersionId ?? 'null'),
  );
  if (doomed === undefined) return {};
  if (doomed.retainUntil !== undefined && doomed.retainUntil > call.now)
    throw s3Failure('AccessDenied', 'Access Denied because object protected by object lock.', 403);
  state.objects.remove(doomed.id);
  return versionTold(doomed);
}

function versionTold({ versionId }: ObjectRecord): { VersionId?: string } {
  return versionId === 'null' ? {} : { VersionId: versionId };
}

/** Another version in a bucket that keeps them; otherwise in the place of what is there. */
function put(
  state: WorldState,
  bucket: BucketRecord,
  key: string,
  call: Call,
  fields: Omit<ObjectRecord, 'id' | 'bucket' | 'key' | 'versionId' | 'modifiedAt'>,
): ObjectRecord {
  const versionId = bucket.isVersioned ? state.dice.hex(32, `version/${state.nth('version')}`) : 'null';
  const id = JSON.stringify([bucket.id, key, versionId]);
  const object = { ...fields, id, bucket: bucket.id, key, versionId, modifiedAt: call.now };
  state.objects.putHidden(object);
  return object;
}

function bytesOf(body: PutObjectCommandInput['Body']): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body);
  throw s3Failure(
    'NotImplemented',
    'Within the process the simulated S3 takes texts and bytes, no streams.',
    501,
  );
}
