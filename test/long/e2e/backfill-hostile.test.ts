import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useCli } from '../../e2e/cli.ts';
import type { ResultDocument } from '../../e2e/kill-backfill.ts';
import { openSink } from '../../e2e/sink.ts';

const cli = useCli();

const TIME = '2026-11-20T03:00:00.000Z';

function line(fields: object): string {
  return JSON.stringify({ time: TIME, method: 'POST', headers: {}, body: 'x', ...fields });
}

/** What somebody who writes into a log could put there, with another server's address in it. */
function hostileLines(elsewhere: string): readonly string[] {
  const host = elsewhere.replace('http://', '');
  return [
    line({ url: `${elsewhere}/absolute` }),
    line({ url: `//${host}/schemeless` }),
    line({ url: `/\\\\${host}/backslashes` }),
    line({ url: `http://user:secret@${host}/userinfo` }),
    line({ url: '/..%2f..%2f../admin/../../climbs' }),
    line({
      url: '/host-header',
      headers: { host, 'x-forwarded-host': host, connection: 'x-smuggled, close' },
    }),
    line({
      url: '/framing',
      headers: { 'transfer-encoding': 'chunked', 'content-length': '4', te: 'trailers' },
    }),
    line({ url: '/injected', headers: { 'x-a': `1\r\nHost: ${host}\r\n\r\nGET /smuggled HTTP/1.1` } }),
    line({ url: `/injected\r\nHost: ${host}`, headers: {} }),
    line({ url: '/method', method: `GET http://${host}/ HTTP/1.1\r\nX:` }),
    line({ url: '/connect', method: 'CONNECT' }),
    line({ url: '/escapes\u001b[2J\u001b]0;title\u0007', headers: {} }),
    line({ url: '/nul\u0000byte' }),
    line({ url: '/body', body: `\u0000\u001b[31m\r\nGET http://${host}/ HTTP/1.1\r\n\r\n` }),
    '{"__proto__":{"polluted":true},"time":"2026-11-20T03:00:00Z","method":"POST","url":"/proto","headers":{"__proto__":"x"},"body":"x"}',
    `${'['.repeat(50_000)}`,
    line({ url: `/${'long'.repeat(3_000_000)}` }),
    '\u001b]8;;http://evil.example\u0007click\u001b]8;;\u0007 not a line at all \u0000\u0000',
    line({ url: '/fine' }),
  ];
}

test('a hostile log: nothing is sent anywhere but to the declared target, and nothing steers the terminal', async () => {
  const [target, elsewhere] = [await openSink(), await openSink()];
  const lines = hostileLines(elsewhere.url);
  writeFileSync(join(cli.folder, 'hostile.jsonl'), Buffer.from(`${lines.join('\n')}\n`));
  const args = ['backfill', 'run', 'hostile.jsonl', '--format', 'capture', '--target', `${target.url}/base`];
  const shown = await cli.run([...args, '--rate', '200', '--name', 'hostile']);
  expect(elsewhere.arrivals).toEqual([]);
  expect(shown.stdout + shown.stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/);
  expect(shown.stdout + shown.stderr).not.toContain('secret');
  const told = await cli.run([...args, '--rate', '200', '--name', 'hostile', '--json']);
  const result = JSON.parse(told.stdout) as ResultDocument;
  expect(result).toMatchObject({ scanned: lines.length, balanced: true, pending: 0 });
  for (const { url, headers } of target.arrivals) {
    expect(url).toMatch(/^\/base\//);
    expect(url).not.toContain('smuggled');
    expect(`http://${headers.host}`).toBe(target.url);
    expect(headers['x-smuggled']).toBeUndefined();
  }
  const arrived = target.arrivals.map(({ url }) => url);
  expect(arrived).toEqual(expect.arrayContaining(['/base/absolute', '/base/host-header', '/base/fine']));
  expect(arrived).not.toEqual(expect.arrayContaining(['/base/injected']));
  expect(arrived.some((url) => url.includes('..'))).toBe(false);
  await Promise.all([target.close(), elsewhere.close()]);
});

test('redirects are not followed: the other server gets nothing, and the request is told of as rejected', async () => {
  const elsewhere = await openSink();
  const target = await openSink((_arrival, response) => {
    response.writeHead(307, { location: `${elsewhere.url}/there` });
    response.end();
  });
  writeFileSync(join(cli.folder, 'redirected.jsonl'), `${line({ url: '/one' })}\n`);
  const { exitCode, stdout } = await cli.run([
    ...['backfill', 'run', 'redirected.jsonl', '--target', target.url, '--rate', '100', '--json'],
  ]);
  expect([exitCode, elsewhere.arrivals]).toEqual([3, []]);
  expect(JSON.parse(stdout)).toMatchObject({ replayed: { rejected: 1 }, balanced: true });
  await Promise.all([target.close(), elsewhere.close()]);
});

test('a log that is rotated away between scan and replay changes nothing: the requests are in the ledger', async () => {
  const target = await openSink((_arrival, response) => void setTimeout(() => response.end(), 5));
  const log = join(cli.folder, 'rotated.jsonl');
  writeFileSync(log, Array.from({ length: 300 }, (_, index) => `${line({ url: `/${index}` })}\n`).join(''));
  const run = [
    'backfill',
    'run',
    'rotated.jsonl',
    '--target',
    target.url,
    '--rate',
    '300',
    '--name',
    'rotated',
    '--json',
  ];
  const { child, ended } = cli.start(run);
  while (target.arrivals.length < 20 && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 5));
  renameSync(log, `${log}.1`);
  writeFileSync(log, `${line({ url: '/other' })}\n`);
  child.kill('SIGKILL');
  await ended;
  const { stdout } = await cli.run(run);
  expect(JSON.parse(stdout)).toMatchObject({ scanned: 300, replayed: { succeeded: 300 }, balanced: true });
  expect(target.effects().has('/other')).toBe(false);
  const after = await cli.run(run);
  expect([after.exitCode, after.stderr]).toEqual([2, expect.stringContaining('has changed since')]);
  await target.close();
});

test('a request that cannot be stored is not sent: a folder that is a file, a state that may not be written', async () => {
  const target = await openSink();
  writeFileSync(join(cli.folder, 'small.jsonl'), `${line({ url: '/one' })}\n`);
  mkdirSync(join(cli.folder, 'full/backfills'), { recursive: true });
  writeFileSync(join(cli.folder, 'full/backfills/broken'), 'a file');
  const args = [
    'backfill',
    'run',
    'small.jsonl',
    '--target',
    target.url,
    '--state',
    'full',
    '--name',
    'broken',
  ];
  const { exitCode, stderr } = await cli.run(args);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^Error: .*\nTry: /)]);
  expect(target.arrivals).toEqual([]);
  await target.close();
});

test('a ledger that was tampered with stops everything before anything is sent', async () => {
  const target = await openSink();
  writeFileSync(
    join(cli.folder, 'ten.jsonl'),
    Array.from({ length: 10 }, (_, index) => `${line({ url: `/${index}` })}\n`).join(''),
  );
  const run = ['backfill', 'run', 'ten.jsonl', '--target', target.url, '--rate', '100', '--name', 'tampered'];
  await cli.run(run);
  const ledger = join(cli.folder, '.lifeboat/backfills/tampered/ledger.log');
  writeFileSync(ledger, readFileSync(ledger, 'utf8').replace('"succeeded",200]', '"rejected",400,""]'));
  const { exitCode, stderr } = await cli.run(run);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('ledger.log')]);
  expect(target.arrivals).toHaveLength(10);
  await target.close();
});
