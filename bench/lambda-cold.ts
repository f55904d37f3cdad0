import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { OperationUpdate } from '@aws/durable-execution-sdk-js';
import { classify } from '../src/aws/request-failures.ts';
import { DynamoStore } from '../src/journal/dynamodb/dynamo-store.ts';
import { planOf, recordOf, reference } from '../test/hosts/support.ts';
import { openTable } from '../test/journal/dynamodb/table.ts';
import { AWS_LIMITS, ExecutionState } from '../test/lambda/durable/state.ts';
import { atMost, BenchFailure, inScratchFolder, interleaved, median, plain, quotients } from './support.ts';
import type { Figure } from './support.ts';

const ROUNDS = 9;
const RATIO = 1.5;
const MOST_MB = 5;
const ARN = 'arn:aws:lambda:us-east-1:111111111111:function:lifeboat-drill:1';

/** Answers checkpoints: as much of the service as one invocation needs. */
async function serveCheckpoints(): Promise<{
  readonly server: Server;
  readonly url: string;
  readonly begin: (input: object) => object;
}> {
  let state: ExecutionState | undefined;
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await text(request)) as {
      readonly CheckpointToken: string;
      readonly Updates?: OperationUpdate[];
    };
    const answer = state?.checkpoint({ DurableExecutionArn: state.arn, ...body });
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      // The REST protocol has seconds where the SDK has dates.
      JSON.stringify(answer, (key, value: unknown) =>
        key.endsWith('Timestamp') ? Date.parse(String(value)) / 1_000 : value,
      ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    begin(input) {
      const names = { arn: `${ARN}/durable-execution/bench/1`, name: 'bench', functionArn: ARN };
      state = new ExecutionState({ ...names, input: JSON.stringify(input) }, AWS_LIMITS, {
        now: Date.now,
        clientNow: Date.now,
      });
      const CheckpointToken = state.renewToken();
      return {
        DurableExecutionArn: state.arn,
        CheckpointToken,
        InitialExecutionState: state.firstPage().page,
      };
    },
  };
}

/** Printed when the answer to the second write has come: the first is the lease, and the second the first decision. */
const DECIDED = 'decided';
const WATCH = `
  import { subscribe } from 'node:diagnostics_channel';
  let writes = 0;
  subscribe('http.client.response.finish', ({ request }) => {
    if (!String(request.getHeader('x-amz-target')).endsWith('.PutItem')) return;
    writes += 1;
    if (writes === 2) process.stdout.write('${DECIDED}');
  });
`;

/** Milliseconds from the start of the process to its first decision. */
async function untilDecision(
  folder: string,
  event: object,
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const context = `{ awsRequestId: 'bench', invokedFunctionArn: '${ARN}', functionVersion: '1', getRemainingTimeInMillis: () => 900000 }`;
  const call = `console.error(JSON.stringify(await run(${JSON.stringify(event)}, ${context})));`;
  const script = `${WATCH} const { run } = await import('./index.mjs'); ${call}`;
  const began = performance.now();
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let said = '';
  const elapsed = await new Promise<number>((resolve, reject) => {
    const hear = (part: string): void => {
      said += part;
      if (said.includes(DECIDED)) resolve(performance.now() - began);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear);
    child.once('exit', () =>
      reject(new BenchFailure(`The function ended without a decision: ${said.slice(0, 500)}`)),
    );
  });
  child.kill('SIGKILL');
  await once(child, 'close');
  return elapsed;
}

async function measure(folder: string): Promise<readonly Figure[]> {
  const [ours, empty] = [join(folder, 'ours'), join(folder, 'empty')];
  const bundle = (...given: readonly string[]): unknown =>
    execFileSync(process.execPath, ['scripts/build-lambda.js', ...given]);
  bundle(ours);
  bundle(empty, 'bench/lambda-empty.ts');
  const table = await openTable();
  const { server, url, begin } = await serveCheckpoints();
  const env = {
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' },
    ...{ AWS_ENDPOINT_URL_DYNAMODB: table.endpoint, AWS_ENDPOINT_URL_LAMBDA: url },
    ...{ AWS_LAMBDA_FUNCTION_NAME: 'lifeboat-drill', LIFEBOAT_TABLE: table.table, LIFEBOAT_RUNBOOKS: folder },
    ...{
      LIFEBOAT_EVIDENCE_BUCKET: 'bench',
      LIFEBOAT_RUNBOOK_BUCKET: 'bench',
      LIFEBOAT_BACKFILL_BUCKET: 'bench',
    },
    LIFEBOAT_TOPIC: 'arn:aws:sns:us-east-1:111111111111:bench',
    ...{ LIFEBOAT_DRILL_FUNCTION: `${ARN}`, LIFEBOAT_RESTORE_FUNCTION: `${ARN}` },
  };
  const scenario = reference('orders');
  const store = new DynamoStore({ client: table.client, table: table.table, classify });
  let runs = 0;
  const times = await interleaved(ROUNDS, {
    ours: async () => {
      runs += 1;
      const runId = `orders-20261120T0300-${runs}`;
      const record = recordOf(scenario, planOf(scenario, 'drill'), {});
      await store.create({
        ...{ runId, runbook: 'orders', at: record.createdAt, isShared: true },
        record: () => ({ ...record, runId, options: { yes: true, incidentDeclared: false } }),
      });
      return untilDecision(ours, begin({ kind: 'continue', runId, generation: 1 }), env);
    },
    empty: () => untilDecision(empty, begin({}), env),
  });
  server.close();
  await table.close();
  const bytes = readdirSync(ours).reduce((sum, name) => sum + statSync(join(ours, name)).size, 0);
  return [
    atMost(
      'cold start to first decision / empty handler',
      median(quotients(times.ours, times.empty)),
      'ratio',
      RATIO,
    ),
    plain('cold start to first decision', median(times.ours), 'ms'),
    plain('cold start of the empty handler', median(times.empty), 'ms'),
    atMost('bundle, unzipped', bytes / 1e6, 'MB', MOST_MB),
  ];
}

export function coldStart(): Promise<readonly Figure[]> {
  return inScratchFolder(measure);
}
