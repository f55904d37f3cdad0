import { pino, type Logger } from 'pino';
import { createClient } from '../../aws/clients.ts';
import { classify } from '../../aws/request-failures.ts';
import { publishNotice, regionOfTopic } from '../../aws/sns.ts';
import { LifeboatError } from '../../errors.ts';
import { DynamoStore, type DynamoStoreOptions } from '../../journal/dynamodb/dynamo-store.ts';
import { cloudOptions } from '../../journal/table-address.ts';
import { accountAt, patientCalls, type WithAccount } from '../../preparation/account.ts';
import type { CallAws } from '../../workflow/base/executor.ts';
import { realClock } from '../clock.ts';
import type { Library } from './library.ts';
import type { Reporting } from './reporting.ts';
import type { FunctionEnvironment } from './requests.ts';

/** What the functions of a deployment share. */
export interface Deployed extends Reporting {
  readonly names: FunctionEnvironment;
  readonly region: string;
  readonly log: Logger;
  /** For what is not part of a run: few retries, paced. */
  readonly call: CallAws;
  readonly withAccount: WithAccount;
  openLibrary(): Promise<Library>;
  openStore(options?: Pick<DynamoStoreOptions, 'ring' | 'self'>): Promise<DynamoStore>;
}

const NAMES = {
  LIFEBOAT_TABLE: true,
  LIFEBOAT_EVIDENCE_BUCKET: true,
  LIFEBOAT_RUNBOOK_BUCKET: true,
  LIFEBOAT_BACKFILL_BUCKET: true,
  LIFEBOAT_TOPIC: true,
  LIFEBOAT_RUNBOOKS: true,
  LIFEBOAT_DRILL_FUNCTION: true,
  LIFEBOAT_RESTORE_FUNCTION: true,
} satisfies Record<Exclude<keyof FunctionEnvironment, 'LIFEBOAT_ACCOUNT_ROLE'>, true>;

/** Opens what the environment of a function names. Sends nothing yet. @throws LifeboatError `USAGE` when a name is missing */
export async function openDeployed(env: NodeJS.ProcessEnv): Promise<Deployed> {
  const names = namesIn(env);
  const region = env['AWS_REGION'] ?? '';
  const level = env['LIFEBOAT_LOG_LEVEL'] ?? 'info';
  const serializers = { err: pino.stdSerializers.err, error: pino.stdSerializers.err };
  // The sandbox may be frozen as soon as the invocation ends.
  const log = pino({ base: null, level, serializers }, pino.destination({ dest: 1, sync: true }));
  const call = await patientCalls(realClock);
  const { LIFEBOAT_TABLE: table, LIFEBOAT_TOPIC: topic, LIFEBOAT_ACCOUNT_ROLE: roleArn } = names;
  return {
    ...{ names, region, log, call, clock: realClock, withAccount: accountAt(realClock, roleArn) },
    commandOptions: cloudOptions({ table, region }),
    print: (line) => void process.stdout.write(`${line}\n`),
    async tell(subject, text) {
      try {
        const sns = await createClient('sns', { region: regionOfTopic(topic) ?? region });
        await call('Publish', () => publishNotice(sns, topic, subject, text));
      } catch (err) {
        log.error({ err, subject, topic }, 'People could not be told.');
      }
    },
    async openLibrary() {
      const { Library: Opened } = await import('./library.ts');
      const s3 = await createClient('s3', { region });
      const { LIFEBOAT_RUNBOOK_BUCKET: bucket, LIFEBOAT_RUNBOOKS: folder } = names;
      return new Opened({ s3, call, log, bucket, folder });
    },
    async openStore(options) {
      const client = await createClient('dynamodb', { region });
      return new DynamoStore({ client, table, region, classify, ...options });
    },
  };
}

function namesIn(env: NodeJS.ProcessEnv): FunctionEnvironment {
  const keys = Object.keys(NAMES) as (keyof typeof NAMES)[];
  const missing = keys.filter((key) => (env[key] ?? '') === '');
  if (missing.length === 0) return env as unknown as FunctionEnvironment;
  throw new LifeboatError(
    'USAGE',
    `The function's environment lacks ${missing.join(', ')}.`,
    'Deploy the function with the CDK app, which sets them.',
  );
}
