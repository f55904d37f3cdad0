import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openLedger } from '../../../src/backfill/ledger/file-ledger.ts';
import { replay } from '../../../src/backfill/replay/engine.ts';
import { createFixedRate } from '../../../src/backfill/replay/fixed-rate.ts';
import { createSqsTarget } from '../../../src/backfill/targets/sqs.ts';
import { clientsOf, type Clients } from '../../endpoint/clients.ts';
import { startAccount, type TestAccount } from '../../endpoint/account.ts';
import { fillQueue, makeQueue } from '../../endpoint/seeds.ts';
import { NEVER, posts, messagesIn, queueUrl, sourceOf } from './queues.ts';

let account: TestAccount;
let clients: Clients;
let directory: string;
beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'queue-'));
  const messages = [...posts(60), 'not json'];
  account = await startAccount();
  await makeQueue(account, 'missed', { messages });
  await makeQueue(account, 'later', { mostBytes: 400 });
  clients = clientsOf(account.url);
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await account.close();
  rmSync(directory, { recursive: true });
});

/** One process: from the queue to the other, with the ledger of the directory. */
async function run() {
  const source = sourceOf(account, clients.sqs, { visibilitySeconds: 1, patienceSeconds: 10 });
  const target = createSqsTarget(queueUrl(account, 'later'), { sqs: clients.sqs });
  const ledger = await openLedger(directory);
  const end = await replay({
    source,
    target,
    ledger,
    governor: createFixedRate(2_000),
    settings: {
      ...{ connections: 16, attempts: 4, retryBudget: 10, ambiguous: 'resend', ordered: false },
      backoff: { first: 0.01, longest: 0.05 },
    },
    pause: NEVER,
  });
  const result = { end, source: source.counts(), ledger: ledger.counts };
  await source.close();
  await target.close();
  await ledger.close();
  return result;
}

const later = () => messagesIn(account, 'later').map(({ body }) => (JSON.parse(body) as { url: string }).url);

test('a queue is drained into another, and the equation holds', async () => {
  await fillQueue(account, 'missed', [{ ...(posts(1)[0] as object), body: 'x'.repeat(500) }]);
  const { end, source, ledger } = await run();
  expect(end).toMatchObject({ kind: 'done', unsettled: 0 });
  expect(ledger).toMatchObject({ succeeded: 60, rejected: 1, abandoned: 0, ambiguous: 0 });
  expect(source).toMatchObject({ received: 62, malformed: 1, pending: 0, settled: 61 });
  expect(new Set(later()).size).toBe(60);
  expect(later()).toHaveLength(60);
  // What was rejected and what is no request are there still.
  expect(messagesIn(account)).toHaveLength(2);
});

test('what succeeded and could not be deleted is deleted by the next run, and not sent again', async () => {
  account.setQuirks({ faults: [{ does: 'deny', operations: ['DeleteMessageBatch'] }] });
  const first = await run();
  expect(first.end.unsettled).toBe(60);
  expect(messagesIn(account)).toHaveLength(61);
  account.setQuirks({});
  const second = await run();
  expect(second.end).toMatchObject({ kind: 'done', sends: 0, passedOver: 60, unsettled: 0 });
  expect(messagesIn(account)).toHaveLength(1);
  expect(later()).toHaveLength(60);
});
