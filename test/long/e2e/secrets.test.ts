import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { writeCapture } from '../../e2e/captures.ts';
import { useCli, ROOT, ORDERS } from '../../e2e/cli.ts';

jest.setTimeout(60_000);

const TOKEN = 'tok3n-that-nobody-may-read';
const PREFIXES = [TOKEN, 'nobody-may-read', Buffer.from(TOKEN).toString('base64').slice(0, 20)];

const cli = useCli();
let server: Server;
let target = '';
let asked = 0;
beforeAll(async () => {
  // A server that says what it got, and refuses it, in one way after the other.
  server = createServer((request, response) => {
    const got = request.headers.authorization ?? '';
    const ways = [
      got,
      JSON.stringify({ got }),
      encodeURIComponent(got),
      Buffer.from(got.slice(7)).toString('base64'),
    ];
    const way = ways[(asked += 1) % ways.length] ?? got;
    request.resume().on('end', () => response.writeHead(400).end(`${'x'.repeat(480)}${way}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeCapture(join(cli.folder, 'capture.jsonl'), 8);
});
afterAll(() => {
  server.close();
});

function texts(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [readFileSync(path, 'latin1')];
  return readdirSync(path).flatMap((name) => texts(join(path, name)));
}

const orders = readFileSync(join(ROOT, 'runbooks/orders.yaml'), 'utf8').replace(
  /\nbackfill:[\s\S]*?(?=\n\w|$)/,
  '\n',
);

test('a token that the target gives back is in no file and in no output', async () => {
  const replay = `backfill:
  sources: [{ path: capture.jsonl }]
  replay:
    target: ${target}
    rate: 100
    rewrite: { headers: { authorization: { env: TOKEN, prefix: "Bearer " } } }
`;
  writeFileSync(join(cli.folder, 'secret.yaml'), `${orders}\n${replay}`);
  const env = { TOKEN };
  const state = ['--state', 'secrets', '--log-level', 'trace'];
  const name = ['--name', 'logs'];
  const ended = [
    await cli.run(['backfill', 'run', 'secret.yaml', ...name, '--yes', '--json', ...state], { env }),
    await cli.run(['backfill', 'status', 'logs', '--json', ...state]),
    await cli.run(['backfill', 'status', 'logs', ...state]),
  ];
  expect(ended.map(({ exitCode }) => exitCode)).toEqual([3, 0, 0]);
  const written = texts(join(cli.folder, 'secrets'));
  expect(written.some((text) => text.includes('[redacted]'))).toBe(true);
  for (const text of [...written, ...ended.flatMap(({ stdout, stderr }) => [stdout, stderr])])
    for (const secret of PREFIXES) expect(text).not.toContain(secret);
});

test('the address of a webhook that stands in the runbook is told to, and in no file and no output', async () => {
  const path = '/services/T0/w3bh00k-s3cret';
  const told: string[] = [];
  const hook = createServer((request, response) => {
    told.push(request.url ?? '');
    request.resume().on('end', () => response.end('ok'));
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(hook.address() as AddressInfo).port}${path}`;
  const text = `${orders.replace(/\nnotify:[\s\S]*?(?=\n\w|$)/, '\n')}\nnotify: [{ webhook: "${url}" }]\n`;
  writeFileSync(join(cli.folder, 'hook.yaml'), text);
  const state = ['--state', 'hook', '--log-level', 'trace'];
  const run = await cli.run(['drill', 'hook.yaml', ...ORDERS.slice(1), '--json', ...state]);
  const report = await cli.run(['report', ...state]);
  hook.close();
  expect([run.exitCode, report.exitCode]).toEqual([0, 0]);
  expect(told.length).toBeGreaterThan(0);
  expect(new Set(told)).toEqual(new Set([path]));
  const outputs = [run, report].flatMap(({ stdout, stderr }) => [stdout, stderr]);
  for (const said of [...texts(join(cli.folder, 'hook')), ...outputs])
    expect(said).not.toContain('w3bh00k-s3cret');
});

test('a credential that stands in the runbook is refused and not shown', async () => {
  const replay = `replay: { target: "${target}", rewrite: { headers: { authorization: "Bearer pa55w0rd" } } }`;
  const text = `${orders}\nbackfill:\n  sources: [{ path: capture.jsonl }]\n  ${replay}\n`;
  writeFileSync(join(cli.folder, 'literal.yaml'), text);
  const ended = await cli.run(['backfill', 'run', 'literal.yaml', '--yes']);
  expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ended.stderr).toContain('headers.authorization: a credential must not stand in a runbook');
  expect(ended.stderr).not.toContain('pa55w0rd');
});

describe('a password in an address is refused and not shown, wherever an address may stand', () => {
  const address = 'http://user:pa55w0rd@127.0.0.1:9/x';
  const backfill = (part: string) => `${orders}\nbackfill:\n  sources: [{ path: capture.jsonl }]\n${part}\n`;

  test.each([
    ['notify', `${orders}\nnotify: [{ webhook: "${address}" }]\n`],
    ['dependencies', `${orders}\ndependencies: [{ name: login, http: "${address}" }]\n`],
    ['target', backfill(`  replay: { target: "${address}" }`)],
    ['queue target', backfill(`  replay: { target: { sqs: "${address}" } }`)],
    ['live', backfill(`  replay: { target: "http://127.0.0.1:9", live: { url: "${address}", p99: 300ms } }`)],
    ['queue source', `${orders}\nbackfill: { sources: [{ sqs: "${address}" }] }\n`],
    ['bucket', `${orders}\nbackfill: { sources: [{ path: "s3://key:pa55w0rd@bucket/x" }] }\n`],
  ])('%s', async (_, text) => {
    writeFileSync(join(cli.folder, 'password.yaml'), text);
    const ended = await cli.run(['plan', 'password.yaml', ...ORDERS.slice(1)]);
    expect([ended.exitCode, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain('an address with a user and a password is not supported');
    expect(ended.stderr).not.toContain('pa55w0rd');
  });

  test.each([
    ['backfill', 'run', 'capture.jsonl', '--target', address],
    ['backfill', 'run', 'capture.jsonl', '--target', `sqs:${address}`],
    ['backfill', 'scan', 's3://key:pa55w0rd@bucket/x'],
  ])('%s %s %s %s %s', async (...args) => {
    const ended = await cli.run(args);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toContain('an address with a user and a password is not supported');
    expect(ended.stderr).not.toContain('pa55w0rd');
  });

  test.each(['http://user:pa55w0rd@127.0.0.1:9', 'http://user:pa55w0rd@127.0.0.1:99999'])(
    'AWS_ENDPOINT_URL: %s',
    async (AWS_ENDPOINT_URL) => {
      const env = {
        AWS_ENDPOINT_URL,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'a',
        AWS_SECRET_ACCESS_KEY: 'b',
      };
      const ended = await cli.run(['inventory'], { env });
      expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ended.stderr).toMatch(/^Error: AWS_ENDPOINT_URL /);
      expect(ended.stderr).not.toContain('pa55w0rd');
    },
  );
});
