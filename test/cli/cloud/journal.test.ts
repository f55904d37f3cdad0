import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { heldOrRefused } from '../../../src/journal/lease.ts';
import { documentOf } from '../../e2e/cli.ts';
import { DEPLOYMENT, deploy } from './deployment.ts';
import { begin, FUNCTION, invoke, openCloudStage, ORDERS, type CloudStage } from './stage.ts';

// Commands about a run in the cloud, on a table in this process. The function is this process too.

let stage: CloudStage;
beforeEach(async () => {
  stage = await openCloudStage();
});
afterEach(() => stage.close());

const GATES = [{ before: 'restore', approvals: 1 }] as const;

test('a run in the cloud is read, approved and taken over from a laptop, and each suggested command names its journal', async () => {
  const { runId } = await begin(stage, { gates: [...GATES] as never });
  await invoke(stage, runId);
  const on = `--journal ${stage.journal}`;
  const runs = await stage.run(`runs ${on}`);
  expect([runs.exitCode, runs.stdout]).toEqual([0, expect.stringContaining(runId)]);
  const named = await Promise.all(
    [ORDERS.runbook.name, 'other'].map((name) => stage.run(`runs ${on} --runbook ${name}`)),
  );
  expect(named.map(({ stdout }) => stdout.includes(runId))).toEqual([true, false]);
  expect(named[1]?.stdout).toContain('No runs of other yet.');
  const status = await stage.run(`status ${on}`);
  expect(status.stdout).toContain('; driven by the function');
  expect(status.stdout).toContain(`lifeboat approve ${runId} ${on}`);
  const approved = await stage.run(`approve ${runId} ${on} --by kim`);
  expect(approved).toMatchObject({ exitCode: 0, stderr: '' });
  expect(approved.stdout).toContain(`It is carried out by the function ${FUNCTION} in the cloud`);
  const resumed = await stage.run(`resume ${runId} ${on} --json`);
  expect(resumed.stderr).toBe('');
  expect([resumed.exitCode, documentOf(resumed)]).toEqual([
    0,
    expect.objectContaining({
      runId,
      status: 'completed',
      approvals: [expect.objectContaining({ by: 'kim' })],
    }),
  ]);
  const report = await stage.run(`report ${runId} ${on} --format json`);
  expect(JSON.parse(report.stdout)).toEqual(documentOf(resumed));
});

test('a signal ends the wait of a function that rests; where that fails it is accepted all the same', async () => {
  const { runId } = await begin(stage, { gates: [...GATES] as never });
  await invoke(stage, runId);
  await stage.store.expectWake(runId, 'callback/1');
  const on = `--journal ${stage.journal} --by kim`;
  expect((await stage.run(`pause ${runId} ${on}`)).exitCode).toBe(0);
  expect(stage.asked).toMatchObject([
    { method: 'POST', path: '/2025-12-01/durable-execution-callbacks/callback/1/succeed' },
  ]);
  stage.lambda = () => ({
    status: 400,
    headers: { 'x-amzn-errortype': 'CallbackTimeoutException' },
    body: { Message: 'closed' },
  });
  const ended = await stage.run(`approve ${runId} ${on} --json`);
  expect([ended.exitCode, ended.stderr, stage.asked.length]).toEqual([0, '', 2]);
});

test('a function that drives now is named: a resume only signals it, and a cleanup is refused', async () => {
  const { runId } = await begin(stage, { gates: [...GATES] as never });
  await invoke(stage, runId);
  const held = heldOrRefused(await stage.store.acquire(runId), runId);
  const beating = setInterval(() => void held.renew(), 500);
  try {
    const on = `--journal ${stage.journal}`;
    const status = documentOf(await stage.run(`status ${on} --json`));
    expect(status['driven']).toMatchObject({ function: FUNCTION, responding: true });
    const resumed = await stage.run(`resume ${runId} ${on}`);
    expect([resumed.exitCode, resumed.stderr]).toEqual([
      1,
      expect.stringContaining('the run is neither paused nor halted'),
    ]);
    const cleaned = await stage.run(`cleanup ${runId} ${on} --yes`);
    expect([cleaned.exitCode, cleaned.stderr]).toEqual([
      1,
      expect.stringContaining(`is driven by the function ${FUNCTION} in the cloud`),
    ]);
  } finally {
    clearInterval(beating);
    await held.release();
  }
});

test('a run that a function recovers in another account is not driven from this one', async () => {
  const undeploy = await deploy(DEPLOYMENT);
  try {
    const { runId } = await begin(
      stage,
      { gates: [...GATES] as never },
      {
        ...{ account: '999999999999', identityEndpoint: String(process.env['AWS_ENDPOINT_URL']) },
        options: { yes: false, incidentDeclared: false },
      },
    );
    const ended = await stage.run(`resume ${runId} --journal ${stage.journal} --json`);
    expect([ended.exitCode, documentOf(ended)]).toEqual([
      1,
      expect.objectContaining({
        code: 'AWS_CREDENTIALS',
        message: expect.stringMatching(/signed in to the account 111111111111 .* the run is in 999999999999/),
      }),
    ]);
    expect(await stage.store.holder(runId)).toEqual({ isHeld: false });
  } finally {
    await undeploy();
  }
});

test('ids of runs are completed from the table, and nothing where it cannot be read', async () => {
  const { runId } = await begin(stage);
  const completed = await stage.run(`completion zsh -- status --journal ${stage.journal} ord`);
  expect(completed.stdout).toBe(`:values\n${runId}\t\n`);
  const missing = await stage.run('completion zsh -- status --journal dynamodb://elsewhere ord');
  expect(missing).toMatchObject({ exitCode: 0, stdout: ':values\n', stderr: '' });
});

test.each<[string, string, number, RegExp]>([
  ['runs --journal lifeboat', 'USAGE', 2, /Expected a table such as dynamodb:\/\/lifeboat/],
  ['runs --journal dynamodb://a/b', 'USAGE', 2, /Expected a table/],
  ['runs --journal dynamodb://abc --state elsewhere', 'USAGE', 2, /--state names runs of this machine/],
  ['runs --region us-east-1', 'USAGE', 2, /table of --journal/],
  [
    'runs --region us-west-2 --journal dynamodb://abc?region=us-east-1',
    'USAGE',
    2,
    /us-east-1, and --region us-west-2/,
  ],
  [
    'runs --journal dynamodb://elsewhere',
    'JOURNAL_UNREADABLE',
    1,
    /no table 'elsewhere' in us-east-1.*restored from its backup/,
  ],
  [
    'status --journal dynamodb://elsewhere?region=us-west-2',
    'JOURNAL_UNREADABLE',
    1,
    /no table 'elsewhere' in us-west-2/,
  ],
  [
    'status --journal dynamodb://lifeboat-journal',
    'RUN_NOT_FOUND',
    2,
    /There is no run in dynamodb.*lifeboat drill RUNBOOK/,
  ],
  [
    'pause orders-20261120T0300-9 --journal dynamodb://lifeboat-journal',
    'RUN_NOT_FOUND',
    2,
    /lifeboat runs --journal dynamodb:/,
  ],
  ['abort nonsense --journal dynamodb://lifeboat-journal', 'USAGE', 2, /not the id of a run/],
])('%s is refused: %s', async (words, code, exitCode, text) => {
  const ended = await stage.run(`${words} --json`);
  const { code: said, message, next } = documentOf(ended);
  expect([said, ended.exitCode, `${String(message)} ${String(next)}`]).toEqual([
    code,
    exitCode,
    expect.stringMatching(text),
  ]);
});

test('without credentials, or with expired ones, the answer says to sign in', async () => {
  const server = createServer((_, response) => {
    const type = 'com.amazonaws.dynamodb#ExpiredTokenException';
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: type, message: 'The security token is expired' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const expired = await stage.run(`runs --journal ${stage.journal}`);
    expect(expired.stderr).toMatch(/ExpiredTokenException: .*\nTry: Sign in/);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name];
    Object.assign(process.env, {
      HOME: stage.folder,
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    });
    const none = await stage.run(`runs --journal ${stage.journal}`);
    expect([none.exitCode, none.stderr]).toEqual([1, expect.stringMatching(/redentials.*\nTry: Sign in/)]);
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = 'nonsense';
    const misled = await stage.run(`runs --journal ${stage.journal}`);
    expect(misled.stderr).toContain("AWS_ENDPOINT_URL_DYNAMODB is 'nonsense'");
    delete process.env['AWS_ENDPOINT_URL_DYNAMODB'];
    delete process.env['AWS_REGION'];
    expect((await stage.run(`runs --journal ${stage.journal}`)).stderr).toContain('Give --region');
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
