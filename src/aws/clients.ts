import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity } from '@smithy/types';
import { hasCredentials } from '../addresses.ts';
import { LifeboatError } from '../errors.ts';
import { limitCalls, type CallLimits } from './limits.ts';
import { malformedAnswer } from './request-failures.ts';

/** ? No source says what is right for every network: a connection takes well under a second, the slowest reads some ten. */
const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;

export interface ClientOptions {
  /** Absent: AWS_REGION or the profile's. */
  readonly region?: string;
  /** Overrides the environment and the profile. */
  readonly endpoint?: string;
  readonly limits?: CallLimits;
  /** A role to act in, e.g. in another account. It is assumed with the process's own credentials. */
  readonly roleArn?: string | undefined;
}

/** The SDK's clients by the short names that Lifeboat has for the services. */
export interface AwsClients {
  readonly ec2: EC2Client;
  readonly rds: RDSClient;
  readonly ssm: SSMClient;
  readonly sts: STSClient;
  readonly kms: KMSClient;
  readonly quotas: ServiceQuotasClient;
  readonly cloudwatch: CloudWatchClient;
  readonly sns: SNSClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  readonly lambda: LambdaClient;
}

export type ServiceName = keyof AwsClients;

/** What executors and captures need of a client: real, simulated or mocked. */
export type Sender<Name extends ServiceName> = Pick<AwsClients[Name], 'send'>;

/** One attempt a request: retries, their count and their pace are the workflow's. The rest is the SDK's standard configuration. */
function configuration({ region, endpoint, roleArn }: ClientOptions) {
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(roleArn === undefined ? {} : { credentials: () => assumed(roleArn, region) }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      // Without it the SDK only warns, and a silent endpoint holds up the run.
      throwOnRequestTimeout: true,
    },
  };
}

/** The name of the session in CloudTrail. */
const SESSION = 'lifeboat';

/** Credentials of a role; the SDK keeps them until shortly before they expire. */
async function assumed(roleArn: string, region: string | undefined): Promise<AwsCredentialIdentity> {
  const { AssumeRoleCommand } = await import('./sdk/sts.ts');
  const sts = await createClient('sts', region === undefined ? {} : { region });
  try {
    const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: SESSION });
    const { Credentials: made } = await sts.send(command);
    if (made?.AccessKeyId === undefined || made.SecretAccessKey === undefined)
      throw malformedAnswer('AssumeRole');
    return {
      ...{ accessKeyId: made.AccessKeyId, secretAccessKey: made.SecretAccessKey },
      ...(made.SessionToken !== undefined && { sessionToken: made.SessionToken }),
      ...(made.Expiration !== undefined && { expiration: made.Expiration }),
    };
  } finally {
    sts.destroy();
  }
}

type Configuration = ReturnType<typeof configuration>;

/** Whether the service has a configured endpoint, such as a test server or an AWS-compatible store. */
function hasOwnEndpoint(service: 'S3' | 'SQS', env: Readonly<Record<string, string | undefined>>): boolean {
  if (env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true') return false;
  return [env[`AWS_ENDPOINT_URL_${service}`], env['AWS_ENDPOINT_URL']].some(
    (url) => url !== undefined && url !== '',
  );
}

/** The SDK would pass them on to errors and logs, and signs requests anyway. */
function refuseCredentials(env: Readonly<Record<string, string | undefined>>): void {
  const name = Object.keys(env).find(
    (key) => key.startsWith('AWS_ENDPOINT_URL') && hasCredentials(env[key] ?? ''),
  );
  if (name === undefined) return;
  throw new LifeboatError(
    'USAGE',
    `${name} holds an address with a user and a password, which is not supported.`,
    `Set ${name} to the address alone; credentials come from the profile or AWS_ACCESS_KEY_ID.`,
  );
}

const say = (): void => undefined;
/** The SDK writes a warning for every queue whose host is another than the Region's usual one: VPC endpoints, old names. */
const SILENT = { debug: say, info: say, warn: say, error: say };

/** Each SDK is loaded when its first client is made: start-up does not pay for what it does not use. */
const MAKERS: { readonly [Name in ServiceName]: (config: Configuration) => Promise<AwsClients[Name]> } = {
  ec2: async (config) => new (await import('./sdk/ec2.ts')).EC2Client(config),
  rds: async (config) => new (await import('./sdk/rds.ts')).RDSClient(config),
  ssm: async (config) => new (await import('./sdk/ssm.ts')).SSMClient(config),
  sts: async (config) => new (await import('./sdk/sts.ts')).STSClient(config),
  kms: async (config) => new (await import('./sdk/kms.ts')).KMSClient(config),
  quotas: async (config) => new (await import('./sdk/service-quotas.ts')).ServiceQuotasClient(config),
  cloudwatch: async (config) => new (await import('./sdk/cloudwatch.ts')).CloudWatchClient(config),
  sns: async (config) => new (await import('./sdk/sns.ts')).SNSClient(config),
  s3: async (config) =>
    new (await import('./sdk/s3.ts')).S3Client({
      ...config,
      // A custom endpoint does not resolve bucket names as host names.
      forcePathStyle: hasOwnEndpoint('S3', process.env),
      // Objects are read in pieces when a connection breaks; a checksum of the whole is no use then.
      responseChecksumValidation: 'WHEN_REQUIRED',
    }),
  sqs: async (config) =>
    new (await import('./sdk/sqs.ts')).SQSClient({
      ...config,
      // Otherwise the host in a queue's URL would override the endpoint, and a rehearsal could reach the real queue.
      useQueueUrlAsEndpoint: !hasOwnEndpoint('SQS', process.env),
      logger: SILENT,
    }),
  dynamodb: async (config) => new (await import('./sdk/dynamodb.ts')).DynamoDBClient(config),
  lambda: async (config) => new (await import('./sdk/lambda.ts')).LambdaClient(config),
};

/**
 * One client, by the SDK's standard configuration alone: profile, environment, AWS_REGION, AWS_ENDPOINT_URL. The only place where clients are
 * made: none is without limits.
 */
export async function createClient<Name extends ServiceName>(
  name: Name,
  options: ClientOptions = {},
): Promise<AwsClients[Name]> {
  refuseCredentials(process.env);
  return limitCalls<AwsClients[Name]>(await MAKERS[name](configuration(options)), options.limits);
}

/** The clients that were asked for, and a way to close their connections. */
export type OpenClients<Name extends ServiceName> = Pick<AwsClients, Name> & { destroy(): void };

/**
 * Several clients at once.
 *
 * @example const { ec2, rds, destroy } = await createClients(['ec2', 'rds'], { region: 'us-east-1' });
 */
export async function createClients<Name extends ServiceName>(
  names: readonly Name[],
  options: ClientOptions = {},
): Promise<OpenClients<Name>> {
  const made = await Promise.all(
    names.map(async (name) => [name, await createClient(name, options)] as const),
  );
  const clients = Object.fromEntries(made) as unknown as Pick<AwsClients, Name>;
  return {
    ...clients,
    destroy() {
      for (const [, client] of made) client.destroy();
    },
  };
}
