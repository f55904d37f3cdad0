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
import { operation } from '../service/operation.ts';
import type { ServiceDefinition } from '../service/service.ts';
import { createBucket, headBucket, putBucketVersioning, s3Failure } from './buckets.ts';
import { listObjectsV2, listObjectVersions } from './listing.ts';
import { getObject, headObject } from './reading.ts';
import { deleteObject, putObject } from './writing.ts';

/** The operations of S3 that logs, evidence and runbooks in buckets need, and those that make a bucket. */
export const S3_SERVICE: ServiceDefinition = {
  operations: new Map([
    operation(CreateBucketCommand, 'CreateBucket', createBucket),
    operation(HeadBucketCommand, 'HeadBucket', headBucket),
    operation(PutBucketVersioningCommand, 'PutBucketVersioning', putBucketVersioning),
    operation(PutObjectCommand, 'PutObject', putObject),
    operation(GetObjectCommand, 'GetObject', getObject),
    operation(HeadObjectCommand, 'HeadObject', headObject),
    operation(DeleteObjectCommand, 'DeleteObject', deleteObject),
    operation(ListObjectsV2Command, 'ListObjectsV2', listObjectsV2),
    operation(ListObjectVersionsCommand, 'ListObjectVersions', listObjectVersions),
  ]),
  throttled: () => s3Failure('SlowDown', 'Please reduce your request rate.', 503),
  serverError: () => s3Failure('InternalError', 'We encountered an internal error. Please try again.', 500),
  dryRun: () => s3Failure('InvalidRequest', 'S3 has no DryRun.'),
  unknownOperation: (command) =>
    s3Failure('NotImplemented', `The simulated S3 has no operation for ${command}.`, 501),
};
