import { Duration } from 'aws-cdk-lib';
import { ObjectLockRetention, type Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PrivateBucket } from './private-bucket.ts';

interface EvidenceProps {
  readonly accessLogs: IBucket;
  /** No report can be deleted or overwritten before. */
  readonly keepDays: number;
}

/** The reports of all runs, under Object Lock: evidence that nobody can change afterwards. */
export class Evidence extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { accessLogs, keepDays }: EvidenceProps) {
    super(scope, id);
    this.bucket = new PrivateBucket(this, 'Bucket', {
      versioned: true,
      objectLockEnabled: true,
      // Governance: whoever has s3:BypassGovernanceRetention can still remove a report that must not exist.
      objectLockDefaultRetention: ObjectLockRetention.governance(Duration.days(keepDays)),
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'evidence/',
    });
  }
}
