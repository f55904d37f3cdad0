import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { check, openCloud, start } from '../../../src/hosts/lambda/handlers.ts';
import { openDeployed } from '../../../src/hosts/lambda/deployed.ts';
import type { FunctionEnvironment } from '../../../src/hosts/lambda/requests.ts';
import { serveWorld, type Endpoint } from '../../../src/simulator/endpoint/serve.ts';
import { openTable, type OpenTable } from '../../journal/dynamodb/table.ts';
import { BUCKET, openStage, TOPIC, type Stage } from './stage.ts';

/** Lambda, as far as it takes invocations. */
class Invocations {
  readonly server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      const name = request.headers['x-amz-durable-execution-name'];
      this.seen.push({ path: request.url, name, body: JSON.parse(body) as unknown });
      response.writeHead(202).end();
    });
  });
  readonly seen: { readonly path: string | undefined; readonly name: unknown; readonly body: unknown }[] = [];

  async open(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

const NAMES = (table: string, folder: string): FunctionEnvironment => ({
  LIFEBOAT_TABLE: table,
  LIFEBOAT_EVIDENCE_BUCKET: 'evidence',
  LIFEBOAT_RUNBOOK_BUCKET: BUCKET,
  LIFEBOAT_BACKFILL_BUCKET: 'backfills',
  LIFEBOAT_TOPIC: TOPIC,
  LIFEBOAT_RUNBOOKS: folder,
  LIFEBOAT_DRILL_FUNCTION: 'lifeboat-drill:live',
  LIFEBOAT_RESTORE_FUNCTION: 'lifeboat-restore:live',
});

const before = { ...process.env };
const lambda = new Invocations();
let stage: Stage;
let endpoint: Endpoint;
let table: OpenTable;
const printed: string[] = [];

beforeAll(async () => {
  stage = await openStage();
  [endpoint, table] = await Promise.all([serveWorld(stage.world), openTable()]);
  Object.assign(process.env, {
    ...NAMES(table.table, stage.deployed),
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: await lambda.open(),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIDFUNCTION',
    AWS_SECRET_ACCESS_KEY: 'secret',
    LIFEBOAT_LOG_LEVEL: 'silent',
  });
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => printed.push(String(line)) > 0);
});

afterAll(async () => {
  jest.restoreAllMocks();
  process.env = before;
  lambda.server.closeAllConnections();
  lambda.server.close();
  await Promise.all([endpoint.close(), table.close()]);
  stage.close();
});

test('a process whose first invocation could not open what it needs serves the next one', async () => {
  process.env['LIFEBOAT_TOPIC'] = '';
  await expect(openCloud()).rejects.toMatchObject({ code: 'USAGE' });
  process.env['LIFEBOAT_TOPIC'] = TOPIC;
  const cloud = await openCloud();
  expect(await openCloud()).toBe(cloud);
});

test('in the environment of a function the check reads the account, measures and tells people', async () => {
  expect(await check()).toEqual([{ runbook: 'orders', ready: false }]);
  const metrics = printed.flatMap((line) => (line.includes('_aws') ? [JSON.parse(line) as object] : []));
  expect(metrics).toContainEqual(expect.objectContaining({ Runbook: 'orders', CheckReady: 0 }));
  expect(stage.world.calls()).toContainEqual(expect.objectContaining({ operation: 'Publish' }));
});

test('in the environment of a function a request starts a durable execution with the name of its run', async () => {
  const message = { kind: 'schedule', runbook: 'orders', scheduledAt: '2026-11-20T03:00:00Z' };
  const { runId } = await start(message, { awsRequestId: 'request-1' });
  expect(lambda.seen).toEqual([
    {
      path: '/2015-03-31/functions/lifeboat-drill%3Alive/invocations',
      name: runId,
      body: expect.objectContaining({ kind: 'begin', runId, mode: 'drill' }),
    },
  ]);
});

test('a poison message makes the invocation fail, so that Lambda keeps it', async () => {
  await expect(start({ kind: 'unknown' }, { awsRequestId: 'request-2' })).rejects.toMatchObject({
    code: 'USAGE',
  });
});

test('an environment that lacks a name is refused with the name', async () => {
  await expect(openDeployed({ ...NAMES('journal', '/opt'), LIFEBOAT_TOPIC: '' })).rejects.toMatchObject({
    message: expect.stringContaining('LIFEBOAT_TOPIC'),
  });
});
