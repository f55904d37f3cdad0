import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { RDSClient } from '@aws-sdk/client-rds';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { SNSClient } from '@aws-sdk/client-sns';
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
}

type Opener = (definition: ServiceDefinition) => SimulatedService;

/** All services of a world. Beside EC2 and RDS each loads its SDK with its first command: most runs need few of them. */
export function sendersOf(open: Opener): Senders {
  return {
    ec2: sender<EC2Client>(open(EC2_SERVICE)),
    rds: sender<RDSClient>(open(RDS_SERVICE)),
    ssm: lazySender<SSMClient>(open, async () => (await import('./others/ssm.ts')).SSM_SERVICE),
    sts: lazySender<STSClient>(open, async () => (await import('./others/sts.ts')).STS_SERVICE),
    kms: lazySender<KMSClient>(open, async () => (await import('./others/kms.ts')).KMS_SERVICE),
    quotas: lazySender<ServiceQuotasClient>(
      open,
      async () => (await import('./others/service-quotas.ts')).QUOTAS_SERVICE,
    ),
    cloudwatch: lazySender<CloudWatchClient>(
      open,
      async () => (await import('./others/cloudwatch.ts')).CLOUDWATCH_SERVICE,
    ),
    sns: lazySender<SNSClient>(open, async () => (await import('./others/sns.ts')).SNS_SERVICE),
  };
}

interface CommandTaker {
  send(command: Command): Promise<object>;
}

/** The SDK types `send` by overloads that only a client of its own can declare; the commands themselves give input and output their types. */
function sender<C extends { send: unknown }>(service: CommandTaker): Pick<C, 'send'> {
  return { send: service.send.bind(service) } as Pick<C, 'send'>;
}

function lazySender<C extends { send: unknown }>(
  open: Opener,
  load: () => Promise<ServiceDefinition>,
): Pick<C, 'send'> {
  let service: Promise<SimulatedService> | undefined;
  return sender<C>({
    async send(command) {
      service ??= load().then(open);
      return (await service).send(command);
    },
  });
}
