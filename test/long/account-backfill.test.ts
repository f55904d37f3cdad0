import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeCapture } from '../e2e/captures.ts';
import { buildLifeboat, expectNoStack, runbook, shop, type Lifeboat } from '../e2e/peer-stage.ts';
import { openSink } from '../e2e/sink.ts';
import { startPeer, type Peer } from '../peer/peer.ts';

// A restore on an account, with the backfill that follows it, in real time.
jest.setTimeout(180_000);

const REQUESTS = 500;

let lifeboat: Lifeboat;
let peer: Peer;
beforeAll(async () => {
  lifeboat = buildLifeboat();
  peer = await startPeer({ seed: shop() });
  writeCapture(join(lifeboat.folder, 'missed.jsonl'), REQUESTS);
});
afterAll(async () => {
  lifeboat.remove();
  await peer.close();
});

function withBackfill(name: string, url: string, rate: number): string {
  const extra = `backfill:
  sources: [{ path: missed.jsonl }]
  replay: { target: "${url}", rate: ${rate} }
protection: { recoveryPoint: false }
`;
  return runbook(name, { database: false, extra });
}

interface RunReport {
  readonly runId: string;
  readonly status: string;
  readonly backfill: Readonly<Record<string, unknown>>;
  readonly phases: readonly { readonly name: string; readonly exercised: boolean }[];
}

test('what was missed follows the recovery; killed in the middle of it and resumed, every request has arrived once', async () => {
  const sink = await openSink((_arrival, response) => void setTimeout(() => response.end(), 5));
  lifeboat.write('killed.yaml', withBackfill('killed', sink.url, 100));
  const account = { url: peer.url };
  const started = lifeboat.start(account, ['restore', 'killed.yaml', '--yes', '--state', 'killed']);
  await started.said(/phase +backfill/);
  while (sink.arrivals.length < 50) await new Promise((resolve) => setTimeout(resolve, 20));
  const run = readdirSync(join(lifeboat.folder, 'killed', 'runs'))[0] ?? 'none';
  const during = await lifeboat.run(account, ['backfill', 'status', run, '--state', 'killed', '--json']);
  expect(JSON.parse(during.stdout)).toMatchObject({ name: run, status: 'replaying', failed: REQUESTS });
  started.child.kill('SIGKILL');
  await started.ended;
  const resumed = await lifeboat.run(account, ['resume', run, '--state', 'killed', '--json']);
  expectNoStack(resumed);
  const report = JSON.parse(resumed.stdout) as RunReport;
  expect(report).toMatchObject({
    status: 'completed',
    backfill: {
      exercised: true,
      failed: REQUESTS,
      pending: 0,
      balanced: true,
      replayed: { succeeded: REQUESTS },
    },
  });
  expect(resumed.exitCode).toBe(0);
  expect(sink.keys().size).toBe(REQUESTS);
  expect(sink.arrivals.length - REQUESTS).toBeLessThanOrEqual(Number(report.backfill['resentUnknown']));
  await sink.close();
});

test('a target that nobody answers at leaves the recovery as it is; the run can be given up, and says what was not sent', async () => {
  const account = { url: peer.url };
  lifeboat.write('silent.yaml', withBackfill('silent', 'http://127.0.0.1:9', 200));
  const started = lifeboat.start(account, ['restore', 'silent.yaml', '--yes', '--state', 'silent']);
  await started.said(/phase +backfill/);
  const run = readdirSync(join(lifeboat.folder, 'silent', 'runs'))[0] ?? 'none';
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const aborted = await lifeboat.run(account, ['abort', run, '--keep', '--state', 'silent']);
  expect(aborted.exitCode).toBe(0);
  const ended = await started.ended;
  expectNoStack(ended);
  expect(ended.exitCode).toBe(130);
  const told = await lifeboat.run(account, ['report', run, '--state', 'silent', '--json']);
  const report = JSON.parse(told.stdout) as RunReport;
  expect(report).toMatchObject({ status: 'aborted', backfill: { exercised: true, balanced: true } });
  expect(Number(report.backfill['pending'])).toBeGreaterThan(0);
});
