import { BucketAlreadyOwnedByYou, NoSuchBucket, S3ServiceException } from '@aws-sdk/client-s3';
import type {
  CreateBucketCommandInput,
  CreateBucketCommandOutput,
  HeadBucketCommandInput,
  HeadBucketCommandOutput,
  PutBucketVersioningCommandInput,
} from '@aws-sdk/client-s3';
import type { BucketRecord } from '../model/records.ts';
import { failureMetadata, failuresOf } from '../service/aws-errors.ts';
import type { Call } from '../service/operation.ts';
import type { WorldState } from '../state/state.ts';

export const s3Failure = failuresOf(S3ServiceException);

/** The SDK's class of an error, with its message. */
export function fault<E extends Error>(
  Fault: new (options: { message: string; $metadata: ReturnType<typeof failureMetadata> }) => E,
  message: string,
  status: number,
): E {
  return new Fault({ message, $metadata: failureMetadata(status) });
}

/** @throws S3ServiceException NoSuchBucket; PermanentRedirect, which names the Region of a bucket that is elsewhere */
export function bucketOf(state: WorldState, name: string | undefined): BucketRecord {
  const bucket = state.buckets.get(name ?? '');
  if (bucket === undefined) throw fault(NoSuchBucket, 'The specified bucket does not exist', 404);
  if (bucket.region === state.account.region) return bucket;
  const moved = s3Failure(
    'PermanentRedirect',
    'The bucket you are attempting to access must be addressed using the specified endpoint.',
    301,
  );
  throw Object.assign(moved, { $response: { headers: { 'x-amz-bucket-region': bucket.region } } });
}

export function createBucket(
  state: WorldState,
  input: CreateBucketCommandInput,
  call: Call,
): Omit<CreateBucketCommandOutput, '$metadata'> {
  const { Bucket: id = '', CreateBucketConfiguration: where, ObjectLockEnabledForBucket: isLocked } = input;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(id))
    throw s3Failure('InvalidBucketName', 'The specified bucket is not valid.');
  if (state.buckets.has(id))
    throw fault(
      BucketAlreadyOwnedByYou,
      'Your previous request to create the named bucket succeeded and you already own it.',
      409,
    );
  const region = where?.LocationConstraint ?? state.account.region;
  state.buckets.putHidden({ id, region, isVersioned: isLocked === true, createdAt: call.now });
  return { Location: `/${id}` };
}

export function putBucketVersioning(state: WorldState, input: PutBucketVersioningCommandInput): object {
  const bucket = bucketOf(state, input.Bucket);
  const isVersioned = input.VersioningConfiguration?.Status === 'Enabled';
  if (bucket.isVersioned && !isVersioned)
    throw s3Failure('NotImplemented', 'The simulated S3 cannot suspend versioning.', 501);
  state.buckets.putHidden({ ...bucket, isVersioned });
  return {};
}

export function headBucket(
  state: WorldState,
  input: HeadBucketCommandInput,
): Omit<HeadBucketCommandOutput, '$metadata'> {
  return { BucketRegion: bucketOf(state, input.Bucket).region };
}
