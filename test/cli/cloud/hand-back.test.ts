import { classify } from '../../../src/aws/request-failures.ts';
import { DynamoStore } from '../../../src/journal/dynamodb/dynamo-store.ts';
import { heldOrRefused } from '../../../src/journal/lease.ts';
import { documentOf } from '../../e2e/cli.ts';
import { DEPLOYMENT, DeployedFunction, deploy } from './deployment.ts';
import { begin, invoke, openCloudStage, type CloudStage } from './stage.ts';

// `resume --cloud` and `cleanup --cloud`: the deployed function goes on with a run that exists.

jest.setTimeout(60_000);
let stage: CloudStage;
let deployed: DeployedFunction;
let undeploy: () => Promise<void>;

beforeEach(async () => {
  stage = await openCloudStage();
  deployed = new DeployedFunction(stage);
  undeploy = await deploy(DEPLOYMENT);
});
afterEach(async () => {
  await deployed.idle();
  await undeploy();
  await stage.close();
});

const VERSION = 'arn:aws:lambda:us-east-1:111111111111:function:lifeboat-restore:7';
const GATES = [{ before: 'restore', approvals: 1 }] as never;

async function paused(): Promise<string> {
  const { runId } = await begin(stage, { gates: GATES }, { function: VERSION });
  await invoke(stage, runId);
  for (const signal of ['pause', 'approve'])
    expect((await stage.run(`${signal} ${runId} --journal ${stage.journal} --by kim`)).exitCode).toBe(0);
  await invoke(stage, runId);
  return runId;
}

test('a paused run is handed to the version of the function that began it, and followed to its end', async () => {
  const runId = await paused();
  const status = await stage.run(`status ${runId} --journal ${stage.journal}`);
  expect(status.stdout).toContain(`lifeboat resume ${runId} --journal ${stage.journal} --cloud`);
  const ended = await stage.run(`resume ${runId} --cloud`);
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  expect([...deployed.requests]).toEqual([[`${runId}-2`, { kind: 'continue', runId, generation: 2 }]]);
  const paths = stage.asked.map(({ path }) => path);
  expect(paths).toContain(`/2015-03-31/functions/${VERSION}/invocations`);
  expect(ended.stdout).toContain('search-index: ready after');
  expect(ended.stdout).toContain(`${runId}: COMPLETED`);
  // What had happened before is not shown again.
  expect(ended.stdout).not.toContain('paused by');
  const again = await stage.run(`resume ${runId} --cloud --json`);
  expect([again.exitCode, documentOf(again)['code']]).toEqual([1, 'RUN_NOT_POSSIBLE']);
});

test('a run whose executions failed before they drove it is handed to one with a name that is free', async () => {
  const runId = await paused();
  for (const generation of [2, 3]) deployed.failed.add(`${runId}-${generation}`);
  const ended = await stage.run(`resume ${runId} --cloud`);
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  expect([...deployed.requests]).toEqual([[`${runId}-4`, { kind: 'continue', runId, generation: 4 }]]);
});

test('a run that a laptop drives is not handed over under its hands', async () => {
  const runId = await paused();
  const { client, table } = stage.table;
  const laptop = new DynamoStore({ client, table, classify, self: { pid: 42, host: 'dr-laptop' } });
  const held = heldOrRefused(await laptop.acquire(runId), runId);
  const beating = setInterval(() => void held.renew(), 500);
  try {
    for (const command of ['resume', 'cleanup']) {
      const ended = await stage.run(`${command} ${runId} --cloud --yes --json`);
      expect([ended.exitCode, documentOf(ended)]).toEqual([
        1,
        expect.objectContaining({
          code: 'RUN_IS_DRIVEN',
          message: expect.stringContaining('process 42 on dr-laptop'),
        }),
      ]);
    }
    expect(deployed.requests.size).toBe(0);
  } finally {
    clearInterval(beating);
    await held.release();
  }
});

test('a cleanup aborts a run that has not ended, and removes what it made', async () => {
  const runId = await paused();
  const ended = await stage.run(`cleanup ${runId} --cloud --yes --json`);
  expect([ended.exitCode, documentOf(ended)]).toEqual([
    0,
    { schema: 'lifeboat.cleanup/v1', runId, accepted: true, removed: [], leftovers: [] },
  ]);
});

test('what an abort kept is removed after the end, in another execution', async () => {
  const { runId } = await begin(stage, {}, { function: VERSION });
  await invoke(stage, runId);
  const refused = await stage.run(`cleanup ${runId} --cloud --json`);
  expect([refused.exitCode, documentOf(refused)['code']]).toEqual([4, 'CLEANUP_REFUSED']);
  const cleaned = await stage.run(`cleanup ${runId} --cloud --discard-recovered --json`);
  expect([cleaned.exitCode, documentOf(cleaned)]).toEqual([
    0,
    expect.objectContaining({ removed: [expect.stringMatching(/^vol-/)], leftovers: [] }),
  ]);
  expect([...deployed.requests.keys()]).toEqual([`${runId}-2`]);
});

test('a journal that is not that of the deployment is refused', async () => {
  const ended = await stage.run(
    'resume orders-20261120T0300-1 --cloud --journal dynamodb://elsewhere --json',
  );
  expect([ended.exitCode, documentOf(ended)['message']]).toEqual([
    2,
    "The deployment in us-east-1 has the table 'lifeboat-journal', not 'elsewhere'.",
  ]);
});
