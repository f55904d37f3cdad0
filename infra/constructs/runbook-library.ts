import { IgnoreMode } from 'aws-cdk-lib';
import { Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Bucket, IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PrivateBucket } from './private-bucket.ts';

interface RunbookLibraryProps {
  readonly folder: string;
  readonly accessLogs: IBucket;
}

/**
 * The runbooks and baselines that the functions know: those of the deployment, as a layer at `/opt`, and a bucket whose objects take precedence, so
 * that a runbook can be corrected without a deployment. The bucket keeps every version: the last one that parses is used.
 */
export class RunbookLibrary extends Construct {
  readonly layer: LayerVersion;
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { folder, accessLogs }: RunbookLibraryProps) {
    super(scope, id);
    this.layer = new LayerVersion(this, 'Layer', {
      description: 'Runbooks and baselines of this deployment.',
      code: Code.fromAsset(folder, {
        // Logs and generators beside the runbooks stay out.
        exclude: ['*', '!*/', '!*.yaml', '!*.yml'],
        ignoreMode: IgnoreMode.GIT,
      }),
    });
    this.bucket = new PrivateBucket(this, 'Bucket', {
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'runbooks/',
    });
  }
}
