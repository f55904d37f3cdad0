import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { messagesIn, posts, queueUrl } from '../backfill/queue/queues.ts';
import { writeCapture } from '../e2e/captures.ts';
import { useLifeboat, expectNoStack, runbook, shop } from '../e2e/account-stage.ts';
import { openSink } from '../e2e/sink.ts';
import { startAccount, type TestAccount } from '../endpoint/account.ts';
import { makeBucket, makeQueue } from '../endpoint/seeds.ts';

// A restore on an account, with the backfill that follows it, in real time.
jest.setTimeout(180_000);

const REQUESTS = 500;
const LOGGED = 40;
const QUEUED = 25;

const lifeboat = useLifeboat();
let simulated: TestAccount;
beforeAll(async () => {
  const logged = posts(LOGGED).map((post) => `${JSON.stringify(post)}\n`);
  const text = (lines: readonly string[]): string => lines.join('');
  simulated = await startAccount({ inventory: shop() });
  await makeQueue(simulated, 'missed', { messages: [...posts(QUEUED), 'poison'] });
  await makeBucket(simulated, 'logs', {
    '2026/11/a.jsonl': text(logged.slice(0, 20)),
    '2026/11/b.jsonl.gz': gzipSync(text(logged.slice(20))),
    'other/c': 'x',
  });
  writeCapture(join(lifeboat.folder, 'missed.jsonl'), REQUESTS);
});
afterAll(async () => {
  await simulated.close();
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

test('the backfill follows the recovery; killed in the middle of it and resumed, every request has arrived once', async () => {
  const sink = await openSink((_arrival, response) => void setTimeout(() => response.end(), 5));
  lifeboat.write('killed.yaml', withBackfill('killed', sink.url, 100));
  const account = { url: simulated.url };
  const started = lifeboat.start(account, 'restore killed.yaml --yes --state killed');
  await started.said(/phase +backfill/);
  while (sink.arrivals.length < 50 && started.child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 20));
  const run = lifeboat.runIn('killed');
  const during = await lifeboat.run(account, `backfill status ${run} --state killed --json`);
  expect(JSON.parse(during.stdout)).toMatchObject({ name: run, status: 'replaying', failed: REQUESTS });
  started.child.kill('SIGKILL');
  await started.ended;
  const resumed = await lifeboat.run(account, `resume ${run} --state killed --json`);
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

test('a target that does not answer leaves the recovery as it is; the run can be aborted, and says what was not sent', async () => {
  const account = { url: simulated.url };
  lifeboat.write('silent.yaml', withBackfill('silent', 'http://127.0.0.1:9', 200));
  const started = lifeboat.start(account, 'restore silent.yaml --yes --state silent');
  await started.said(/phase +backfill/);
  const run = lifeboat.runIn('silent');
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const aborted = await lifeboat.run(account, `abort ${run} --keep --state silent`);
  expect(aborted.exitCode).toBe(0);
  const ended = await started.ended;
  expectNoStack(ended);
  expect(ended.exitCode).toBe(130);
  const told = await lifeboat.run(account, `report ${run} --state silent --json`);
  const report = JSON.parse(told.stdout) as RunReport;
  expect(report).toMatchObject({ status: 'aborted', backfill: { exercised: true, balanced: true } });
  expect(Number(report.backfill['pending'])).toBeGreaterThan(0);
});

test('logs in S3 and a queue with poison in it: all that can be read is replayed, the rest stays and is told of', async () => {
  const sink = await openSink();
  const account = { url: simulated.url };
  lifeboat.write(
    'account.yaml',
    runbook('account', {
      database: false,
      extra: `backfill:
  sources:
    - { path: s3://logs/2026/, format: capture }
    - { sqs: "${queueUrl(simulated)}" }
  replay: { target: "${sink.url}", rate: 500 }
`,
    }),
  );
  const run = await lifeboat.run(account, 'backfill run account.yaml --state account --json');
  expectNoStack(run);
  expect(JSON.parse(run.stdout)).toMatchObject({
    ...{ status: 'completed', balanced: true, pending: 0 },
    ...{ scanned: LOGGED + QUEUED + 1, malformed: 1, replayed: { succeeded: LOGGED + QUEUED } },
  });
  expect(sink.keys().size).toBe(LOGGED + QUEUED);
  expect(messagesIn(simulated).map(({ body }) => body)).toEqual(['poison']);
  await sink.close();
});
