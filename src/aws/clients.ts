import type { EC2Client } from '@aws-sdk/client-ec2';
import type { RDSClient } from '@aws-sdk/client-rds';

/** ? No source says what is right for every network: a connection takes well under a second, the slowest reads some ten. */
const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;

export interface ClientOptions {
  /** Absent: AWS_REGION or the profile's. */
  readonly region?: string;
}

export interface AwsClients {
  readonly ec2: EC2Client;
  readonly rds: RDSClient;
}

/** One attempt a request: retries, their count and their pace are the workflow's. The rest is the SDK's standard configuration. */
function configuration({ region }: ClientOptions) {
  return {
    ...(region === undefined ? {} : { region }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      // Without it the SDK only warns, and a silent endpoint holds up the run.
      throwOnRequestTimeout: true,
    },
  };
}

/** Loads the SDK of EC2 at the first call: start-up does not pay for what it does not use. */
export async function createEc2Client(options: ClientOptions = {}): Promise<EC2Client> {
  const { EC2Client: Client } = await import('@aws-sdk/client-ec2');
  return new Client(configuration(options));
}

/** As {@link createEc2Client}, for RDS. */
export async function createRdsClient(options: ClientOptions = {}): Promise<RDSClient> {
  const { RDSClient: Client } = await import('@aws-sdk/client-rds');
  return new Client(configuration(options));
}

/**
 * Both clients, by the SDK's standard configuration alone: profile, environment, AWS_REGION, AWS_ENDPOINT_URL.
 *
 * @example const { ec2, rds } = await createClients({ region: 'us-east-1' });
 */
export async function createClients(options: ClientOptions = {}): Promise<AwsClients> {
  const [ec2, rds] = await Promise.all([createEc2Client(options), createRdsClient(options)]);
  return { ec2, rds };
}
