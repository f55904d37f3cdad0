import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inCloud } from '../../../src/cli/cloud/cloud.ts';
import { ExecutionWatch } from '../../../src/cli/cloud/executions.ts';
import { main } from '../../../src/cli/main.ts';
import type { BeginRun } from '../../../src/hosts/lambda/requests.ts';
import { documentOf, ROOT } from '../../e2e/cli.ts';
import { fakeStreams } from '../streams.ts';
import { DEPLOYMENT, DeployedFunction, deploy } from './deployment.ts';
import { openCloudStage, type CloudStage } from './stage.ts';

// `drill --cloud` and `restore --cloud`, with a server in the place of Lambda whose function is this process.

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

function begunBy(): BeginRun {
  const [request] = deployed.requests.values();
  if (request?.kind !== 'begin') throw new Error('nothing was begun');
  return request;
}

test('a drill is started in the function and followed to its report', async () => {
  const ended = await stage.run('drill orders --cloud --yes --incident-at 2026-11-20T03:00:00Z');
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  const { runId, ...request } = begunBy();
  expect(runId).toMatch(/^orders-\d{8}T\d{4}-\d+$/);
  expect([...deployed.requests.keys()]).toEqual([runId]);
  expect(request).toEqual({
    ...{ kind: 'begin', runbook: 'orders', mode: 'drill', asksApproval: false },
    ...{ at: expect.any(Number), by: expect.any(String), incidentAt: Date.UTC(2026, 10, 20, 3) },
  });
  expect(stage.asked[0]).toMatchObject({
    path: `/2015-03-31/functions/${DEPLOYMENT.functions.drill}/invocations`,
    headers: { 'x-amz-invocation-type': 'Event' },
  });
  // The plan, the timeline and the verdict, as of a run that is driven here.
  const order = [
    'RECOVERY POINTS',
    'search-index: restoring by',
    'phase      completed',
    `${runId}: COMPLETED`,
  ];
  const places = order.map((text) => ended.stdout.indexOf(text));
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(places[0]).toBeGreaterThan(0);
});

test('a restore shows the plan of the function, and its yes is the approval that the run waits for', async () => {
  const ended = await stage.run('restore orders --cloud', { answer: 'y' });
  const { runId, asksApproval } = begunBy();
  expect([ended.exitCode, asksApproval]).toEqual([0, true]);
  expect(ended.stdout.indexOf('RECOVERY POINTS')).toBeLessThan(ended.stdout.indexOf('restoring by'));
  expect(ended.stderr).toContain('Start this recovery?');
  const { approvals } = documentOf(await stage.run(`report ${runId} --journal ${stage.journal} --json`));
  expect(approvals).toHaveLength(1);
});

test('any other answer aborts the run before anything is made', async () => {
  const ended = await stage.run('restore orders --cloud', { answer: 'n' });
  expect([ended.exitCode, ended.stderr]).toEqual([130, expect.stringContaining('Nothing was started')]);
  await deployed.idle();
  const { runId } = begunBy();
  const report = documentOf(await stage.run(`report ${runId} --journal ${stage.journal} --json`));
  expect(report).toMatchObject({ status: 'aborted', resources: [{ createdIds: [] }] });
});

test('without a terminal and without --yes nothing is begun', async () => {
  const ended = await stage.run('restore orders --cloud --json');
  expect([ended.exitCode, documentOf(ended)['code']]).toEqual([2, 'QUESTION_UNANSWERED']);
  expect(stage.asked).toEqual([]);
});

test('--detach returns at once: a run that nobody has agreed to waits for its approval', async () => {
  const ended = await stage.run('restore orders --cloud --detach --json');
  const { runId } = begunBy();
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  expect(documentOf(ended)).toEqual({
    ...{ schema: 'lifeboat.start/v1', runId, runbook: 'orders', mode: 'restore', asksApproval: true },
    ...{ region: 'us-east-1', table: 'lifeboat-journal', function: DEPLOYMENT.functions.restore },
  });
  const told = await stage.run('restore orders --cloud --detach');
  const [, second] = [...deployed.requests.keys()];
  const on = "--journal 'dynamodb://lifeboat-journal?region=us-east-1'";
  expect(told.stdout).toContain(`lifeboat approve ${second} ${on}`);
  expect(told.stdout).toContain(`lifeboat status ${second} --watch ${on}`);
});

test('a runbook given as a file is named by its text, and the refusal of the function is the answer', async () => {
  const text = readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8');
  writeFileSync(join(stage.folder, 'mine.yaml'), text);
  const refused = {
    code: 'RUN_NOT_POSSIBLE',
    message: 'The function would use another.',
    next: 'Upload the file.',
  };
  deployed.refusal = { kind: 'refused', ...refused };
  const ended = await stage.run('drill mine.yaml --cloud --yes --json');
  expect(begunBy()).toMatchObject({
    runbook: 'orders',
    runbookSha256: createHash('sha256').update(text).digest('hex'),
  });
  expect([ended.exitCode, documentOf(ended)]).toEqual([1, expect.objectContaining(refused)]);
});

test('Ctrl-C ends the view and not the run, says so, and tells where the run stands', async () => {
  deployed.hold = true;
  const streams = fakeStreams({ isTTY: false, env: {} });
  const watching = main(['drill', 'orders', '--cloud', '--yes'], streams);
  // Under Ctrl-C before that the command has not seen the run yet.
  while (!streams.said().stdout.includes('RECOVERY POINTS')) await sleep(20);
  process.emit('SIGINT');
  expect(await watching).toBe(4);
  const { runId } = begunBy();
  const on = "--journal 'dynamodb://lifeboat-journal?region=us-east-1'";
  const { stdout, stderr } = streams.said();
  expect(stderr).toBe(
    `Stopped watching; ${runId} goes on in the cloud. Follow it with: lifeboat status ${runId} --watch ${on}\n`,
  );
  expect(stdout).toContain(`${runId}: RUNNING`);
});

test('Ctrl-C before the function has planned leaves it to begin the run', async () => {
  stage.lambda = () => ({ status: 202 });
  const watching = stage.run('drill orders --cloud --yes --json');
  while (stage.asked.length < 2) await sleep(20);
  process.emit('SIGINT');
  const ended = await watching;
  expect(ended).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('Stopped waiting') });
  expect(documentOf(ended)).toMatchObject({ schema: 'lifeboat.start/v1', mode: 'drill' });
});

test('an execution that fails is told, with the way on', async () => {
  deployed.ends = { Status: 'FAILED', Error: { ErrorMessage: 'JOURNAL_TOO_NEW: no' } };
  const ended = await stage.run('drill orders --cloud --yes');
  const { runId } = begunBy();
  expect([ended.exitCode, ended.stderr]).toEqual([
    1,
    expect.stringContaining(`The execution ${runId} has ended as FAILED: JOURNAL_TOO_NEW: no`),
  ]);
  expect(ended.stderr).toMatch(new RegExp(`lifeboat resume ${runId} --journal .* --cloud`));
});

test('the successor of an execution is watched like the first one', async () => {
  const [from, to] = ['orders-1', 'orders-1-2'];
  deployed.handedOver = { from, to };
  await inCloud('us-east-1', async (cloud) => {
    const execution = { functionArn: DEPLOYMENT.functions.drill, name: from };
    const watch = new ExecutionWatch(cloud, execution, from);
    await watch.assertAlive();
    deployed.failed.add(to);
    await expect(watch.assertAlive()).rejects.toThrow(`${to} has ended as FAILED: The role has expired.`);
  });
});

test('a run that waits for people ends the command where no terminal is, and the function is left to continue', async () => {
  deployed.gates = true;
  const ended = await stage.run('restore orders --cloud --yes');
  expect([ended.exitCode, ended.stderr]).toEqual([
    4,
    expect.stringMatching(
      /Waiting: .*To continue: lifeboat approve \S+ --journal .*, then: the function continues by itself/,
    ),
  ]);
});

test.each<[string, string, number, RegExp]>([
  ['drill orders --cloud --simulate x.yaml', 'USAGE', 2, /--cloud.*cannot be used with.*--simulate/],
  ['drill orders --cloud --speed 5', 'USAGE', 2, /cannot be used with.*--speed/],
  ['drill orders --cloud --faults storm', 'USAGE', 2, /cannot be used with.*--faults/],
  ['restore orders --cloud --no-baseline', 'USAGE', 2, /cannot be used with.*baseline/],
  ['restore orders --cloud --yes --incident-at 2999-01-01T00:00:00Z', 'USAGE', 2, /lies in the future/],
  ['drill orders --cloud --yes --state elsewhere', 'USAGE', 2, /--state names runs of this machine/],
  ['drill nowhere.yaml --cloud --yes', 'FILE_UNREADABLE', 2, /nowhere.yaml/],
])('%s is refused: %s', async (words, code, exitCode, text) => {
  const ended = await stage.run(`${words} --json`);
  const { code: said, message, next } = documentOf(ended);
  expect([said, ended.exitCode, `${String(message)} ${String(next)}`]).toEqual([
    code,
    exitCode,
    expect.stringMatching(text),
  ]);
  expect(stage.asked).toEqual([]);
});

test('a Region without a deployment is named, with how to deploy', async () => {
  await undeploy();
  undeploy = await deploy();
  const ended = await stage.run('drill orders --cloud --yes --region us-west-2 --json');
  expect([ended.exitCode, documentOf(ended)]).toEqual([
    5,
    expect.objectContaining({
      code: 'NOT_DEPLOYED',
      message: expect.stringContaining('not deployed in us-west-2'),
      next: expect.stringContaining('cdk deploy'),
    }),
  ]);
});

test('a deployment of another version, and a function that is gone, are told apart from none', async () => {
  await undeploy();
  undeploy = await deploy({ ...DEPLOYMENT, schema: 'lifeboat.deployment/v9' });
  const other = documentOf(await stage.run('drill orders --cloud --yes --json'));
  expect([other['code'], other['message']]).toEqual([
    'NOT_DEPLOYED',
    expect.stringContaining('does not describe a deployment of this version'),
  ]);
  await undeploy();
  undeploy = await deploy(DEPLOYMENT);
  stage.lambda = () => ({
    status: 404,
    headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
    body: { Message: 'Function not found' },
  });
  const gone = documentOf(await stage.run('drill orders --cloud --yes --json'));
  expect([gone['code'], gone['message']]).toEqual([
    'NOT_DEPLOYED',
    expect.stringContaining(`no function ${DEPLOYMENT.functions.drill}`),
  ]);
});
