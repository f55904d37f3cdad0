import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { documentOf, useCli, ORDERS } from '../../e2e/cli.ts';
import type { Ended } from '../../e2e/cli.ts';

const RUN = 'orders-20261120T0300-1';
const RUNBOOK = ORDERS[0] ?? '';
const ERROR_AND_TRY = /^(Not running\. Re-run: .+\n)?Error: .+\n(?: {2}.+\n)*Try: .+\n$/;
jest.setTimeout(60_000);

const cli = useCli();
beforeAll(async () => {
  expect((await cli.run(['drill', ...ORDERS, '--state', 'sound'])).exitCode).toBe(0);
});

/** What every failure looks like: one document for scripts, an error and the next step for people, and no stack. */
function expectFailure(ended: Ended, exitCode: number, code: string): void {
  expect([ended.exitCode, documentOf(ended)]).toEqual([
    exitCode,
    expect.objectContaining({
      schema: 'lifeboat.error/v1',
      code,
      message: expect.any(String),
      next: expect.any(String),
    }),
  ]);
  expect(ended.stderr).toMatch(ERROR_AND_TRY);
  expect(ended.stderr).not.toMatch(/bug in Lifeboat|\n {4}at /);
}

test.each<[string, string, string, (file: string) => void]>([
  ['of a newer version', 'JOURNAL_TOO_NEW', 'newer', (file) => edit(file, 'PRAGMA user_version = 99')],
  [
    'that was altered',
    'JOURNAL_DAMAGED',
    'altered',
    (file) => edit(file, "UPDATE aggregate SET snapshot = '{}'"),
  ],
  ['that is no database', 'JOURNAL_DAMAGED', 'noise', (file) => writeFileSync(file, 'noise '.repeat(999))],
])('a journal %s: %s', async (_, code, name, damage) => {
  cpSync(join(cli.folder, 'sound'), join(cli.folder, name), { recursive: true });
  damage(join(cli.folder, name, 'runs', RUN, 'journal.sqlite'));
  const state = ['--state', name];
  const commands = ['status', 'report', 'resume', 'cleanup', 'abort'];
  const ends = await Promise.all(commands.map((command) => cli.run([command, RUN, ...state, '--json'])));
  for (const end of ends) expectFailure(end, 2, code);
  const runs = await cli.run(['runs', ...state]);
  expect(runs).toMatchObject({ exitCode: 0, stdout: '' });
  expect(runs.stderr).toMatch(/^orders-20261120T0300-1 cannot be read: /);
});

function edit(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

test('no disk space: the journal keeps what was written, and with room again it goes on', async () => {
  const limited = (blocks: number, state: string): Promise<Ended> =>
    shell(`trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`, ['drill', ...ORDERS, '--state', state, '--json']);
  const [none, some] = await Promise.all([limited(8, 'full'), limited(400, 'nearly-full')]);
  expectFailure(none, 1, 'WORLD_UNWRITABLE');
  expect(readdirSync(join(cli.folder, 'full', 'runs'))).toEqual([]);
  expectFailure(some, 1, 'JOURNAL_UNWRITABLE');
  expect(some.stderr).toContain(`lifeboat resume ${RUN} --state nearly-full`);
  const resumed = await cli.run(['resume', RUN, '--state', 'nearly-full', '--json']);
  expect([resumed.exitCode, documentOf(resumed)]).toEqual([
    0,
    expect.objectContaining({ status: 'completed', leftovers: [] }),
  ]);
});

/** Runs the command below a shell, which can put limits on it. */
function shell(script: string, args: readonly string[]): Promise<Ended> {
  const child = spawn('sh', ['-c', script, 'sh', process.execPath, cli.entry, ...args], { cwd: cli.folder });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  return new Promise((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode: exitCode ?? -1, ...said }));
  });
}

test('a state directory that cannot be one', async () => {
  writeFileSync(join(cli.folder, 'file'), '');
  const [drill, runs, check] = await Promise.all([
    cli.run(['drill', ...ORDERS, '--state', 'file', '--no-baseline', '--json']),
    cli.run(['runs', '--state', 'file', '--json']),
    cli.run(['check', ...ORDERS, '--state', 'file', '--json']),
  ]);
  expectFailure(drill, 1, 'JOURNAL_UNWRITABLE');
  expectFailure(runs, 2, 'FILE_UNREADABLE');
  expectFailure(check, 2, 'FILE_UNREADABLE');
});

test('a run whose start was cut short made nothing, and says so', async () => {
  mkdirSync(join(cli.folder, 'cut', 'runs', RUN), { recursive: true });
  const resumed = await cli.run(['resume', RUN, '--state', 'cut', '--json']);
  expectFailure(resumed, 2, 'JOURNAL_DAMAGED');
  expect(resumed.stderr).toMatch(/made nothing/);
});

test.each([
  ['../../etc/passwd', 'USAGE'],
  ['.', 'USAGE'],
  ['', 'USAGE'],
  [`${RUN}/../${RUN}`, 'USAGE'],
  ['orders-20261120T0300-7', 'RUN_NOT_FOUND'],
  ['ordesr-20261120T0300-1', 'RUN_NOT_FOUND'],
])('no run: %j', async (runId, code) => {
  const ended = await cli.run(['report', runId, '--state', 'sound', '--json']);
  expectFailure(ended, 2, code);
  if (code === 'RUN_NOT_FOUND') expect(ended.stderr).toContain(`Did you mean ${RUN}?`);
});

const KEYS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };

test.each([
  ['a sentence', 'not an address', 2, 'USAGE'],
  ['another protocol', 'ftp://127.0.0.1', 2, 'USAGE'],
  ['nobody', 'http://127.0.0.1:1', 1, 'AWS_UNREACHABLE'],
])('an endpoint that is %s', async (_, url, exitCode, code) => {
  const env = { ...KEYS, AWS_ENDPOINT_URL: url };
  const ended = await cli.run(['drill', RUNBOOK, '--yes', '--json', '--state', 'none'], { env });
  expectFailure(ended, exitCode, code);
  expect(existsSync(join(cli.folder, 'none'))).toBe(false);
});

test('an endpoint that answers with a web page', async () => {
  const server = createServer((_, response) => {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!DOCTYPE html><html><p>It works!</p></html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const env = { ...KEYS, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` };
    const ended = await cli.run(['check', RUNBOOK, '--json'], { env });
    expectFailure(ended, 1, 'AWS_FAILED');
    expect(ended.stderr).toMatch(/not (one of )?AWS/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('an invalid Region is reported as a typing error, not as a network failure', async () => {
  expectFailure(
    await cli.run(['check', RUNBOOK, '--region', 'us east 1', '--json'], { env: KEYS }),
    2,
    'USAGE',
  );
});

test('a report that cannot be written is one error, not two documents', async () => {
  const ended = await cli.run(['report', RUN, '--state', 'sound', '--json', '-o', 'no/such/folder']);
  expectFailure(ended, 2, 'USAGE');
});

test('an output that cannot be written stops no run, and is not taken for a success', async () => {
  if (!existsSync('/dev/full')) return;
  const ended = await shell('exec "$@" > /dev/full', ['drill', ...ORDERS, '--state', 'unheard']);
  expect([ended.exitCode, ended.stderr]).toEqual([
    1,
    expect.stringMatching(/^Error: Standard output .+\nTry: /),
  ]);
  const status = await cli.run(['status', '--state', 'unheard', '--json']);
  expect(documentOf(status)).toMatchObject({ status: 'completed' });
});

test('too few file descriptors are named as such, with the command that raises the limit', async () => {
  const run = async (files: number) => {
    const state = ['--state', `few-${files}`];
    return shell(`ulimit -n ${files}; exec "$@"`, ['drill', ...ORDERS, ...state]);
  };
  const ends = await Promise.all([22, 24, 26, 28, 30, 64].map(run));
  // With fewer than it needs itself, Node ends before anything of Lifeboat runs.
  const failed = ends.filter(({ exitCode, stderr }) => exitCode !== 0 && /^Error: /m.test(stderr));
  expect(failed.length).toBeGreaterThan(1);
  for (const { stderr } of failed) {
    expect(stderr).not.toMatch(/bug in Lifeboat|\n {4}at /);
    expect(stderr).toMatch(
      /^Error: .*(too many open files|may not open more files).*\nTry: Raise the limit .* ulimit -n 4096/im,
    );
  }
  expect(ends.at(-1)?.exitCode).toBe(0);
});
