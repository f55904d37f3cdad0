import type { OperationUpdate } from '@aws/durable-execution-sdk-js';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { DurableService } from './service.ts';
import { ServiceRefusal, type ExecutionState } from './state.ts';

export interface ServedFunctions {
  /** For AWS_ENDPOINT_URL_LAMBDA. */
  readonly url: string;
  close(): Promise<void>;
}

interface Request {
  readonly headers: IncomingMessage['headers'];
  readonly query: URLSearchParams;
  readonly body: string;
}

/** Path patterns of Lambda's API, each with what carries a request out. Their groups are the parameters of the path. */
type Routes = readonly (readonly [
  pattern: RegExp,
  run: (request: Request, part: string) => Reply | Promise<Reply>,
])[];

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/**
 * Serves durable executions over the REST protocol of Lambda's API, on loopback.
 *
 * @param versionOf the version that an alias points to, by their qualified ARNs
 */
export async function serveFunctions(
  service: DurableService,
  versionOf: (functionArn: string) => string,
): Promise<ServedFunctions> {
  const routes = routesOf(service, versionOf);
  const server = createServer((request, response) => void answer(routes, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function routesOf(service: DurableService, versionOf: (functionArn: string) => string): Routes {
  const executions = '/2025-12-01/durable-executions/([^/]+)';
  const { client } = service;
  const callbacks = '/2025-12-01/durable-execution-callbacks/([^/]+)';
  return [
    [
      /^POST \/2015-03-31\/functions\/([^/]+)\/invocations$/,
      ({ headers, body }, functionArn) => {
        const name = String(headers['x-amz-durable-execution-name'] ?? '');
        const { arn } = service.start(versionOf(functionArn), name, JSON.parse(body) as object);
        return { status: 202, headers: { 'x-amz-durable-execution-arn': arn } };
      },
    ],
    [
      new RegExp(`^POST ${executions}/checkpoint$`),
      async ({ body }, DurableExecutionArn) => {
        const update = JSON.parse(body) as {
          readonly CheckpointToken: string;
          readonly Updates?: OperationUpdate[];
        };
        return { status: 200, body: await client.checkpoint({ DurableExecutionArn, ...update }) };
      },
    ],
    [
      new RegExp(`^GET ${executions}/state$`),
      async ({ query }, DurableExecutionArn) => {
        const [CheckpointToken, Marker] = ['CheckpointToken', 'Marker'].map(
          (name) => query.get(name) ?? undefined,
        );
        const page = await client.getExecutionState({ DurableExecutionArn, CheckpointToken, Marker });
        return { status: 200, body: page };
      },
    ],
    [
      new RegExp(`^GET ${executions}$`),
      (_, arn) => ({ status: 200, body: described(executionOf(service, arn)) }),
    ],
    [
      /^GET \/2025-12-01\/functions\/([^/]+)\/durable-executions$/,
      ({ query }) => {
        const named = service.executions.filter(({ name }) => name === query.get('DurableExecutionName'));
        return { status: 200, body: { DurableExecutions: named.map(described) } };
      },
    ],
    [
      new RegExp(`^POST ${executions}/stop$`),
      (_, arn) => {
        service.stop(executionOf(service, arn).name);
        return { status: 200, body: { StopTimestamp: Date.now() / 1_000 } };
      },
    ],
    [
      new RegExp(`^POST ${callbacks}/succeed$`),
      ({ body }, callbackId) => {
        service.completeCallback(callbackId, body);
        return { status: 200, body: {} };
      },
    ],
  ];
}

function executionOf({ executions }: DurableService, arn: string): ExecutionState {
  const execution = executions.find((each) => each.arn === arn);
  if (execution === undefined)
    throw new ServiceRefusal('ResourceNotFoundException', `No execution ${arn}.`, 404);
  return execution;
}

function described({
  arn,
  name,
  functionArn,
  status,
  startedAt,
  input,
  result,
  error,
}: ExecutionState): object {
  return {
    DurableExecutionArn: arn,
    DurableExecutionName: name,
    FunctionArn: functionArn,
    Status: status,
    StartTimestamp: new Date(startedAt),
    InputPayload: input,
    ...(result !== undefined && { Result: result }),
    ...(error !== undefined && { Error: error }),
  };
}

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers, body } = await replyTo(routes, request).catch(refused);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body, secondsForDates));
}

async function replyTo(routes: Routes, request: IncomingMessage): Promise<Reply> {
  const { method, url = '/', headers } = request;
  const { pathname, searchParams: query } = new URL(url, 'http://lambda');
  const body = await text(request);
  for (const [pattern, run] of routes) {
    const found = pattern.exec(`${method} ${pathname}`);
    if (found !== null) return run({ headers, query, body }, decodeURIComponent(found[1] ?? ''));
  }
  throw new ServiceRefusal('UnknownOperationException', `There is no ${method} ${pathname}.`, 404);
}

function refused(error: unknown): Reply {
  if (!(error instanceof ServiceRefusal)) throw error;
  const { name, message, $metadata } = error;
  return { status: $metadata.httpStatusCode, headers: { 'x-amzn-errortype': name }, body: { message } };
}

/** The protocol's instants are seconds. `JSON.stringify` has already made a text of a date. */
function secondsForDates(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const raw = this[key];
  return raw instanceof Date ? raw.getTime() / 1_000 : value;
}
