import { Duration } from 'aws-cdk-lib';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PrivateBucket } from './private-bucket.ts';

/** An upload is one request; what is left of a broken one is of no use. */
const BROKEN_UPLOADS = Duration.days(7);
/** A head that was replaced, or an object that was deleted by mistake, can be restored for so long. */
const OLD_VERSIONS = Duration.days(30);

/**
 * What the backfills of runs have found and sent: requests with their bodies, and the ledger. Nothing expires by itself: a run may be paused for
 * as long as people like, and without its ledger everything would be sent again.
 */
export class Backfills extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, accessLogs: IBucket) {
    super(scope, id);
    this.bucket = new PrivateBucket(this, 'Bucket', {
      versioned: true,
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: BROKEN_UPLOADS, noncurrentVersionExpiration: OLD_VERSIONS },
      ],
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'backfills/',
    });
  }
}
