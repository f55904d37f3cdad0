import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { classify } from '../../../src/aws/request-failures.ts';
import { openSimulationHost } from '../../../src/hosts/simulation.ts';
import { DynamoStore } from '../../../src/journal/dynamodb/dynamo-store.ts';
import type { Journal, RunRecord } from '../../../src/journal/journal.ts';
import { heldOrRefused, type Held } from '../../../src/journal/lease.ts';
import type { Runbook } from '../../../src/runbook/schema.ts';
import { NEVER, planOf, recordOf, reference } from '../../hosts/support.ts';
import { openTable, type OpenTable } from '../../journal/dynamodb/table.ts';
import { runHere, type Ended, type HereOptions } from '../run-here.ts';

/** A request to Lambda, as it came in. */
export interface Asked {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What answers for Lambda; may do what the function does, and may have it go on after the answer. */
export type Lambda = (asked: Asked) => Promise<Answer> | Answer;

/** A cloud on loopback: a table, and a server in the place of Lambda. */
export interface CloudStage {
  readonly table: OpenTable;
  /** What commands run in. */
  readonly folder: string;
  /** For `--journal`. */
  readonly journal: string;
  readonly asked: readonly Asked[];
  lambda: Lambda;
  /** As a function in the cloud sees the table. */
  readonly store: DynamoStore;
  run(words: string, options?: HereOptions): Promise<Ended>;
  close(): Promise<void>;
}

/** Read at once: commands run in another folder. */
export const ORDERS = reference('orders');
export const FUNCTION = 'lifeboat-restore';

export async function openCloudStage(): Promise<CloudStage> {
  const table = await openTable();
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-cloud-'));
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    void (async () => {
      const body: unknown = method === 'GET' ? undefined : await json(request).catch(() => undefined);
      const one = { method, path: decodeURIComponent(url), headers, body };
      asked.push(one);
      const { status = 200, headers: own = {}, body: answer = {} } = await stage.lambda(one);
      response.writeHead(status, { 'content-type': 'application/json', ...own }).end(JSON.stringify(answer));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'operator',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  const self = { pid: 8, host: '169.254.1.1', function: FUNCTION };
  const stage: CloudStage = {
    table,
    folder,
    asked,
    journal: `dynamodb://${table.table}`,
    lambda: () => ({}),
    store: new DynamoStore({ client: table.client, table: table.table, classify, self }),
    run: (words, options) => runHere(words.split(' '), { folder, ...options }),
    async close() {
      process.env = before;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await table.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return stage;
}

/** Another runbook than that of the reference. */
type Change = Partial<Pick<Runbook, 'gates'>>;

/** Writes down a simulated run of one volume of the orders in the table, as the function begins one. */
export async function begin(
  { store }: CloudStage,
  change: Change = {},
  more: Partial<RunRecord> = {},
): Promise<RunRecord> {
  const { runbook, inventory } = ORDERS;
  const resources = runbook.resources.filter(({ id }) => id === 'search-index');
  const small = {
    ...runbook,
    protection: { recoveryPoint: false },
    resources: resources.map((resource) => ({ ...resource, dependsOn: [] })),
  };
  const scenario = { runbook: { ...small, ...change }, inventory };
  const mode = more.mode ?? 'restore';
  const record = { ...recordOf(scenario, planOf(scenario, mode), { mode, yes: false }), ...more };
  const { runId, runbook: name, createdAt: at } = record;
  return store.create({ runId, runbook: name, at, isShared: true, record: () => record });
}

/** Drives it as far as it goes, as one invocation of the function does. The simulated world is where a laptop finds it. */
export async function invoke(stage: CloudStage, runId: string, pause: AbortSignal = NEVER): Promise<void> {
  const held = heldOrRefused(await stage.store.acquire(runId), runId);
  const journal = await stage.store.open(runId, held);
  const directory = join(stage.folder, '.lifeboat', 'cloud', runId);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const host = await openSimulationHost({
    ...{ journal, directory, inventory: ORDERS.inventory },
    speed: Infinity,
    onTimeline: () => undefined,
  });
  try {
    await host.drive(pause);
  } finally {
    await host.close();
  }
}

export type { Held, Journal };
