import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cloudBackfill } from '../../../src/hosts/lambda/cloud-backfill.ts';
import type { BackfillResult } from '../../../src/workflow/recovery/backfill-result.ts';
import { createMemoryJournal } from '../../../src/journal/sqlite/open-journal.ts';
import { messagesIn, posts, queueUrl } from '../../backfill/queue/queues.ts';
import { fleetOf } from '../../driver/stage.ts';
import { openSink } from '../../e2e/sink.ts';
import { startAccount, type TestAccount } from '../../endpoint/account.ts';
import { makeBucket, makeQueue } from '../../endpoint/seeds.ts';
import { planOf, recordOf } from '../support.ts';

const NAMES = ['AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
let account: TestAccount;
let scratch = '';
let before: readonly (string | undefined)[];
beforeEach(async () => {
  account = await startAccount({ quirks: { speed: 1 } });
  await makeBucket(account, 'logs', {
    'captured/a.jsonl': posts(30)
      .map((post) => `${JSON.stringify(post)}\n`)
      .join(''),
  });
  await makeBucket(account, 'kept', {});
  await makeQueue(account, 'missed', { messages: posts(50).slice(30) });
  scratch = mkdtempSync(join(tmpdir(), 'lifeboat-sources-'));
  before = NAMES.map((name) => process.env[name]);
  Object.assign(process.env, {
    ...{ AWS_ENDPOINT_URL: account.url, AWS_ACCESS_KEY_ID: 'function', AWS_SECRET_ACCESS_KEY: 'secret' },
  });
});
afterEach(async () => {
  for (const [index, name] of NAMES.entries()) {
    const value = before[index];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  rmSync(scratch, { recursive: true, force: true });
  await account.close();
});

test('objects and queues are replayed by one process after the other, each request once', async () => {
  const sink = await openSink();
  const sources = [{ path: 's3://logs/captured/' }, { sqs: queueUrl(account) }];
  const scenario = fleetOf({
    backfill: { sources, replay: { target: sink.url, rate: 200, connections: 4 } },
  });
  const record = recordOf(scenario, planOf(scenario, 'restore'), { mode: 'restore' });
  const journal = await createMemoryJournal({ ...record, backfillBucket: 'kept' });
  await journal.acquire();
  const log = {
    warn: (d: object, m: string) => void process.stderr.write(m + JSON.stringify(d).slice(0, 300) + '\n'),
    info: () => undefined,
  };
  // The end of a queue is two long polls: the last process does not wait for them.
  let result: BackfillResult | undefined;
  for (const enough of [10, 35, 50]) {
    const backfill = cloudBackfill({ journal, log, now: Date.now, scratch });
    while (sink.arrivals.length < enough || (enough === 50 && messagesIn(account).length > 0)) {
      expect(await backfill?.tend(Date.now(), 0)).toMatchObject({ kind: 'running' });
      await sleep(5);
    }
    await backfill?.stop();
    result = await backfill?.soFar();
  }
  expect(result).toMatchObject({ replayed: { succeeded: 50 }, pending: 0, balanced: true });
  expect(sink.arrivals).toHaveLength(50);
  await sink.close();
});
