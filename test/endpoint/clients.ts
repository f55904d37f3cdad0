import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient } from '@aws-sdk/client-kms';
import { RDSClient } from '@aws-sdk/client-rds';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';

/** The SDK's own clients, pointed at an endpoint; one attempt a request. */
export function clientsOf(
  endpoint: string,
  { accessKeyId = 'AKIDALEX', region = 'us-east-1', requestTimeout = 10_000 } = {},
) {
  const configuration = {
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: { requestTimeout, throwOnRequestTimeout: true },
  };
  return {
    ec2: new EC2Client(configuration),
    rds: new RDSClient(configuration),
    sts: new STSClient(configuration),
    sns: new SNSClient(configuration),
    ssm: new SSMClient(configuration),
    kms: new KMSClient(configuration),
    quotas: new ServiceQuotasClient(configuration),
    s3: new S3Client({ ...configuration, forcePathStyle: true }),
    sqs: new SQSClient(configuration),
    cloudwatch: new CloudWatchClient(configuration),
  };
}

export type Clients = ReturnType<typeof clientsOf>;

/** Code and status of the refusal that this ends with. */
export async function refusalOf(asked: Promise<unknown>): Promise<readonly [string, number | undefined]> {
  try {
    await asked;
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return [name, $metadata?.httpStatusCode];
  }
  throw new Error('expected a refusal');
}
