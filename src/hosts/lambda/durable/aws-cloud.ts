import { createClient } from '../../../aws/clients.ts';
import { watchSignals } from '../../../driver/signals/signal-watch.ts';
import type { DynamoStore } from '../../../journal/dynamodb/dynamo-store.ts';
import type { Journal } from '../../../journal/journal.ts';
import { SECOND_MS } from '../../../time.ts';
import { openAccount } from '../../account.ts';
import { realClock } from '../../clock.ts';
import { frozenByObjects } from '../../freeze.ts';
import type { Deployed } from '../deployed.ts';
import type { RunRequest } from '../requests.ts';
import type { Cloud, RunAccount } from './cloud.ts';

/** How often a slice that waits for AWS, or sleeps, looks for signals: each look is a read of the table. */
const LISTEN_EVERY_MS = 2 * SECOND_MS;

/** The account and the services behind the SDK's standard configuration. */
export function awsCloud(deployed: Deployed, store: DynamoStore): Cloud {
  const { names, region, call, withAccount } = deployed;
  const toldOf = new Set<string>();
  return {
    ...deployed,
    store,
    account: (journal) => runAccount(deployed, journal),
    async begin(request, functionArn) {
      const [{ beginRun }, library] = await Promise.all([import('../begin.ts'), deployed.openLibrary()]);
      const { LIFEBOAT_TOPIC: topic, LIFEBOAT_BACKFILL_BUCKET: backfillBucket } = names;
      const ports = { ...deployed, store, library, withAccount, topic, backfillBucket, toldOf };
      return beginRun(request, functionArn, ports);
    },
    async keepEvidence(key, text, contentType) {
      const { PutObjectCommand } = await import('@aws-sdk/client-s3');
      const s3 = await createClient('s3', { region });
      const object = {
        Bucket: names.LIFEBOAT_EVIDENCE_BUCKET,
        Key: key,
        Body: text,
        ContentType: contentType,
      };
      await call('PutObject', () => s3.send(new PutObjectCommand(object))).finally(() => s3.destroy());
    },
    async startExecution(functionArn, name, request) {
      const { InvokeCommand } = await import('@aws-sdk/client-lambda');
      const lambda = await createClient('lambda', { region });
      const command = new InvokeCommand({
        ...{ FunctionName: functionArn, InvocationType: 'Event', DurableExecutionName: name },
        Payload: new TextEncoder().encode(JSON.stringify(request satisfies RunRequest)),
      });
      await call('Invoke', () => lambda.send(command)).finally(() => lambda.destroy());
    },
  };
}

async function runAccount({ names, log, commandOptions }: Deployed, journal: Journal): Promise<RunAccount> {
  const account = await openAccount({
    ...{ journal, log, commandOptions, region: journal.record.plan.region },
    roleArn: names.LIFEBOAT_ACCOUNT_ROLE,
    // The entries are in the log already.
    onTimeline: () => undefined,
    alsoNotify: [{ sns: names.LIFEBOAT_TOPIC }],
  });
  const backfill =
    journal.record.backfill === undefined
      ? undefined
      : (await import('../cloud-backfill.ts')).cloudBackfill({ journal, log, now: () => realClock.now() });
  return {
    parts: {
      ...account.parts,
      ...(backfill !== undefined && { backfill }),
      frozenBy: frozenByObjects,
      onSpoken: (wake) => watchSignals(journal, wake, LISTEN_EVERY_MS),
    },
    async close() {
      await backfill?.stop();
      await account.notices.end();
      account.destroy();
    },
  };
}
