import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import { EC2_SERVICE } from './ec2/service.ts';
import { RDS_SERVICE } from './rds/service.ts';
import type { Command, ServiceDefinition, SimulatedService } from './service/service.ts';

/** The simulated services: each takes the commands of its SDK client. */
export interface Senders {
  readonly ec2: Pick<EC2Client, 'send'>;
  readonly rds: Pick<RDSClient, 'send'>;
  readonly ssm: Pick<SSMClient, 'send'>;
  readonly sts: Pick<STSClient, 'send'>;
  readonly kms: Pick<KMSClient, 'send'>;
  readonly quotas: Pick<ServiceQuotasClient, 'send'>;
  readonly cloudwatch: Pick<CloudWatchClient, 'send'>;
  /** Publishes are counted, and sent nowhere. */
  readonly sns: Pick<SNSClient, 'send'>;
  readonly s3: Pick<S3Client, 'send'>;
  readonly sqs: Pick<SQSClient, 'send'>;
}

export type ServiceName = keyof Senders;

/** Beside EC2 and RDS each service loads its SDK with its first command: most runs need few of them. */
const DEFINITIONS: Readonly<Record<ServiceName, () => ServiceDefinition | Promise<ServiceDefinition>>> = {
  ec2: () => EC2_SERVICE,
  rds: () => RDS_SERVICE,
  ssm: async () => (await import('./others/ssm.ts')).SSM_SERVICE,
  sts: async () => (await import('./others/sts.ts')).STS_SERVICE,
  kms: async () => (await import('./others/kms.ts')).KMS_SERVICE,
  quotas: async () => (await import('./others/service-quotas.ts')).QUOTAS_SERVICE,
  cloudwatch: async () => (await import('./others/cloudwatch.ts')).CLOUDWATCH_SERVICE,
  sns: async () => (await import('./others/sns.ts')).SNS_SERVICE,
  s3: async () => (await import('./s3/service.ts')).S3_SERVICE,
  sqs: async () => (await import('./sqs/service.ts')).SQS_SERVICE,
};
const NAMES = Object.keys(DEFINITIONS) as readonly ServiceName[];

/** The services of one world, each opened with its first command. */
export class Services {
  readonly #open: (definition: ServiceDefinition) => SimulatedService;
  readonly #opened = new Map<ServiceName, Promise<SimulatedService>>();

  constructor(open: (definition: ServiceDefinition) => SimulatedService) {
    this.#open = open;
  }

  named(name: ServiceName): Promise<SimulatedService> {
    const known = this.#opened.get(name);
    if (known !== undefined) return known;
    const opened = Promise.resolve(DEFINITIONS[name]()).then(this.#open);
    this.#opened.set(name, opened);
    return opened;
  }

  /** The SDK types `send` by overloads that only a client of its own can declare; the commands themselves give input and output their types. */
  senders(): Senders {
    const senders = NAMES.map((name) => [
      name,
      { send: async (command: Command) => (await this.named(name)).send(command) },
    ]);
    return Object.fromEntries(senders) as Senders;
  }
}
