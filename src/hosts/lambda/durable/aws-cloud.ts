import { createClient } from '../../../aws/clients.ts';
import type { DynamoStore } from '../../../journal/dynamodb/dynamo-store.ts';
import type { Deployed } from '../deployed.ts';
import type { RunRequest } from '../requests.ts';
import type { Cloud } from './cloud.ts';

/** The account and the services behind the SDK's standard configuration. */
export function awsCloud(deployed: Deployed, store: DynamoStore): Cloud {
  const { names, region, call, withAccount } = deployed;
  const toldOf = new Set<string>();
  return {
    ...deployed,
    store,
    // The largest part, of the SDK mostly: loaded once the first decision is written.
    account: async (journal) => (await import('./run-account.ts')).runAccount(deployed, journal),
    async begin(request, functionArn) {
      const [{ beginRun }, library] = await Promise.all([import('../begin.ts'), deployed.openLibrary()]);
      const { LIFEBOAT_TOPIC: topic, LIFEBOAT_BACKFILL_BUCKET: backfillBucket } = names;
      const ports = { ...deployed, store, library, withAccount, topic, backfillBucket, toldOf };
      return beginRun(request, functionArn, ports);
    },
    async keepEvidence(key, text, contentType) {
      const { PutObjectCommand } = await import('../../../aws/sdk/s3.ts');
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
      const { InvokeCommand } = await import('../../../aws/sdk/lambda.ts');
      const lambda = await createClient('lambda', { region });
      const command = new InvokeCommand({
        ...{ FunctionName: functionArn, InvocationType: 'Event', DurableExecutionName: name },
        Payload: new TextEncoder().encode(JSON.stringify(request satisfies RunRequest)),
      });
      await call('Invoke', () => lambda.send(command)).finally(() => lambda.destroy());
    },
  };
}
