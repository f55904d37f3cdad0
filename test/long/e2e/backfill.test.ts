import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chance } from '../../chance.ts';
import { writeCapture } from '../../e2e/captures.ts';
import { useCli } from '../../e2e/cli.ts';
import { killAndResume, type ResultDocument } from '../../e2e/kill-backfill.ts';
import { openSink } from '../../e2e/sink.ts';

const cli = useCli();

const REQUESTS = 400;

function parsed(stdout: string): ResultDocument {
  return JSON.parse(stdout) as ResultDocument;
}

test('a capture is replayed once, with its bodies and a key for each, to the target alone', async () => {
  const sink = await openSink();
  writeCapture(join(cli.folder, 'plain.jsonl'), REQUESTS);
  writeFileSync(join(cli.folder, 'plain.jsonl.gz'), gzipSync(readFileSync(join(cli.folder, 'plain.jsonl'))));
  const run = ['backfill', 'run', 'plain.jsonl.gz', '--target', `${sink.url}/in`, '--rate', '5000', '--json'];
  const first = await cli.run(run);
  expect(first.exitCode).toBe(0);
  expect(first.stderr).toMatch(
    /^Note: The requests were made to old\.example \(400 requests\)\. All go to 127/,
  );
  const counts = { scanned: REQUESTS, failed: REQUESTS, pending: 0, balanced: true, status: 'completed' };
  expect(parsed(first.stdout)).toMatchObject({ ...counts, replayed: { succeeded: REQUESTS } });
  expect(sink.keys().size).toBe(REQUESTS);
  expect(new Set(sink.effects().values())).toEqual(new Set([1]));
  expect(sink.arrivals.find(({ url }) => url === '/in/orders/17')).toMatchObject({
    method: 'POST',
    body: '{"index":17}',
  });
  const again = await cli.run(run);
  expect([again.exitCode, parsed(again.stdout).replayed.succeeded]).toEqual([0, REQUESTS]);
  expect(sink.arrivals).toHaveLength(REQUESTS);
  await sink.close();
});

test('requests of several hosts are told, and go to one only if the operator says so', async () => {
  const sink = await openSink();
  writeCapture(join(cli.folder, 'hosts.jsonl'), 6, (index) => ({
    url: `/orders/${index}`,
    headers: { Host: index < 4 ? 'Shop.example' : 'api.example:8443', 'user-agent': 'Zoë/1' },
  }));
  const run = ['backfill', 'run', 'hosts.jsonl', '--target', sink.url, '--rate', '1000'];
  const refused = await cli.run(run);
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain('shop.example (4 requests), api.example:8443 (2 requests)');
  expect(refused.stderr).toMatch(/Error: .*several hosts.*rewrite\.host.*Try: .*--yes/s);
  expect(sink.arrivals).toEqual([]);

  writeFileSync(
    join(cli.folder, 'hosts.yaml'),
    `apiVersion: lifeboat/v1
kind: Runbook
name: hosts
objectives: { rto: 6h, rpo: 2h }
region: us-east-1
resources: [{ id: a, type: ebs-volume, source: vol-a }]
backfill:
  sources: [{ path: hosts.jsonl }]
  replay: { target: "${sink.url}", rate: 1000, rewrite: { host: original } }
`,
  );
  const kept = await cli.run(['backfill', 'run', 'hosts.yaml', '--json']);
  expect(kept.exitCode).toBe(0);
  expect(kept.stderr).toContain('each with the host that it had');
  expect(parsed(kept.stdout)).toMatchObject({ hosts: [{ host: 'shop.example', requests: 4 }, {}] });
  expect(sink.arrivals.map(({ headers }) => headers.host).sort()).toEqual([
    ...Array.from({ length: 4 }, () => 'Shop.example'),
    ...Array.from({ length: 2 }, () => 'api.example:8443'),
  ]);
  const agreed = await cli.run([...run, '--yes', '--name', 'agreed']);
  expect(agreed.exitCode).toBe(0);
  expect(sink.arrivals).toHaveLength(12);
  await sink.close();
});

test('requests that the target refuses are kept with the answer, and the exit code is 3', async () => {
  const sink = await openSink((arrival, response) => {
    response.statusCode = arrival.url.endsWith('7') ? 422 : 200;
    response.end(response.statusCode === 422 ? 'no such order' : '');
  });
  writeCapture(join(cli.folder, 'refused.jsonl'), 50);
  const { exitCode, stdout } = await cli.run([
    ...[
      'backfill',
      'run',
      'refused.jsonl',
      '--target',
      sink.url,
      '--rate',
      '1000',
      '--name',
      'refused',
      '--json',
    ],
  ]);
  expect(exitCode).toBe(3);
  expect(parsed(stdout)).toMatchObject({ replayed: { succeeded: 45, rejected: 5 }, balanced: true });
  const ledger = readFileSync(join(cli.folder, '.lifeboat/backfills/refused/ledger.log'), 'utf8');
  expect(ledger.match(/"rejected",422,"no such order"/g)).toHaveLength(5);
  const status = await cli.run(['backfill', 'status', 'refused', '--json']);
  expect(JSON.parse(status.stdout)).toMatchObject({
    status: 'completed',
    pending: 0,
    replayed: { rejected: 5 },
  });
  mkdirSync(join(cli.folder, '.lifeboat/backfills/damaged'));
  writeFileSync(join(cli.folder, '.lifeboat/backfills/damaged/definition.json'), '{');
  const latest = await cli.run(['backfill', 'status', '--json']);
  expect([latest.exitCode, JSON.parse(latest.stdout)]).toMatchObject([0, { name: 'refused' }]);
  expect(latest.stderr).toContain('damaged/definition.json');
  const asked = await cli.run(['backfill', 'status', 'damaged']);
  expect(asked.exitCode).toBe(2);
  await sink.close();
});

test('a dry run counts and sends nothing; without a target nothing is begun', async () => {
  const sink = await openSink();
  writeCapture(join(cli.folder, 'dry.jsonl'), 20);
  const dry = await cli.run(['backfill', 'run', 'dry.jsonl', '--target', sink.url, '--dry-run', '--json']);
  expect(parsed(dry.stdout)).toMatchObject({ status: 'counted', pending: 20, balanced: true });
  const aimless = await cli.run(['backfill', 'run', 'dry.jsonl']);
  expect([aimless.exitCode, aimless.stderr]).toEqual([2, expect.stringContaining('No target is configured')]);
  expect(sink.arrivals).toHaveLength(0);
  await sink.close();
});

test('kill -9 at two points: nothing is lost, and no request takes effect twice where keys are honored', async () => {
  for (let point = 0; point < 2; point += 1)
    await killAndResume(cli, `kill-${point}`, chance(`backfill-kill/${point}`));
});

test('Ctrl-C pauses: what is under way ends, and the same command goes on', async () => {
  const sink = await openSink((_arrival, response) => void setTimeout(() => response.end(), 20));
  writeCapture(join(cli.folder, 'paused.jsonl'), 300);
  const run = `backfill run paused.jsonl --target ${sink.url} --rate 200 --name paused --json`;
  const { child, ended } = cli.start(run);
  while (sink.arrivals.length < 30 && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill('SIGINT');
  const { exitCode, stdout } = await ended;
  expect(exitCode).toBe(4);
  const paused = parsed(stdout);
  expect(paused).toMatchObject({ status: 'paused', balanced: true });
  expect(paused.replayed.succeeded).toBe(sink.arrivals.length);
  const resumed = await cli.run(run);
  expect(parsed(resumed.stdout)).toMatchObject({
    status: 'completed',
    replayed: { succeeded: 300 },
    resentUnknown: 0,
  });
  expect(new Set(sink.effects().values())).toEqual(new Set([1]));
  await sink.close();
});
