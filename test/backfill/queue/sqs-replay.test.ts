import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openLedger } from '../../../src/backfill/ledger/file-ledger.ts';
import { replay } from '../../../src/backfill/replay/engine.ts';
import { createFixedRate } from '../../../src/backfill/replay/fixed-rate.ts';
import { createSqsTarget } from '../../../src/backfill/targets/sqs.ts';
import { clientsOf, type Clients } from '../../endpoint/clients.ts';
import { startPeer, type Peer } from '../../peer/peer.ts';
import { NEVER, posts, queueIn, queueUrl, sourceOf } from './queues.ts';

let peer: Peer;
let clients: Clients;
let directory: string;
beforeEach(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'queue-'));
  const messages = [...posts(60), 'not json'];
  peer = await startPeer({
    seed: {
      queues: [
        { name: 'missed', messages },
        { name: 'later', mostBytes: 400 },
      ],
    },
  });
  clients = clientsOf(peer.url);
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await peer.close();
  rmSync(directory, { recursive: true });
});

/** One process: from the queue to the other, with the ledger of the directory. */
async function run() {
  const source = sourceOf(peer, clients.sqs, { visibilitySeconds: 1, patienceSeconds: 10 });
  const target = createSqsTarget(queueUrl(peer, 'later'), { sqs: clients.sqs });
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

const later = () =>
  queueIn(peer, 'later').messages.map(({ body }) => (JSON.parse(body) as { url: string }).url);

test('a queue is drained into another, and the equation holds', async () => {
  queueIn(peer).messages.push({
    ...{ id: '00000000-0000-4000-8000-ffffffffffff', attributes: {}, sentAt: 0, visibleAt: 0, receives: 0 },
    body: JSON.stringify({ ...(posts(1)[0] as object), body: 'x'.repeat(500) }),
  });
  const { end, source, ledger } = await run();
  expect(end).toMatchObject({ kind: 'done', unsettled: 0 });
  expect(ledger).toMatchObject({ succeeded: 60, rejected: 1, abandoned: 0, ambiguous: 0 });
  expect(source).toMatchObject({ received: 62, malformed: 1, pending: 0, settled: 61 });
  expect(new Set(later()).size).toBe(60);
  expect(later()).toHaveLength(60);
  // What was rejected and what is no request are there still.
  expect(queueIn(peer).messages).toHaveLength(2);
});

test('what succeeded and could not be deleted is deleted by the next run, and not sent again', async () => {
  peer.setQuirks({ faults: [{ does: 'deny', operations: ['DeleteMessageBatch'] }] });
  const first = await run();
  expect(first.end.unsettled).toBe(60);
  expect(queueIn(peer).messages).toHaveLength(61);
  peer.setQuirks({});
  const second = await run();
  expect(second.end).toMatchObject({ kind: 'done', sends: 0, passedOver: 60, unsettled: 0 });
  expect(queueIn(peer).messages).toHaveLength(1);
  expect(later()).toHaveLength(60);
});
