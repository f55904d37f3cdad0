import { setTimeout as wait } from 'node:timers/promises';
import { ChangeMessageVisibilityCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { ReceiveMessageCommandOutput } from '@aws-sdk/client-sqs';
import { clientsOf, type Clients } from '../../endpoint/clients.ts';
import { startAccount, type TestAccount } from '../../endpoint/account.ts';
import { fillQueue, makeQueue } from '../../endpoint/seeds.ts';
import { drained, NEVER, POST, posts, messagesIn, queueUrl, sourceOf } from './queues.ts';
import type { SqsSource } from '../../../src/backfill/queue/sqs-source.ts';
import type { Fate } from '../../../src/backfill/base/replay-ports.ts';

let account: TestAccount;
let clients: Clients;
let open: SqsSource[] = [];
beforeEach(async () => {
  account = await startAccount();
  await makeQueue(account, 'missed');
  await makeQueue(account, 'missed.fifo');
  clients = clientsOf(account.url);
});
afterEach(async () => {
  for (const source of open) await source.close();
  open = [];
  for (const client of Object.values(clients)) client.destroy();
  await account.close();
});

const fill = (messages: readonly unknown[]) => fillQueue(account, 'missed', messages);
const start = (options: Parameters<typeof sourceOf>[2] = {}) => {
  const source = sourceOf(account, clients.sqs, options);
  open.push(source);
  return source;
};
/** Another consumer receives one for so many seconds. */
const holdOne = (VisibilityTimeout: number) =>
  clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl(account), VisibilityTimeout }));
const bodies = (name = 'missed') => messagesIn(account, name).map(({ body }) => body);
const asked = (operation: string) => account.requests.filter((request) => request.operation === operation);
const balanced = (source: SqsSource) => {
  const { received, malformed, foreign, pending, settled } = source.counts();
  expect(received).toBe(malformed + foreign + pending + settled);
};
const FATES: readonly Fate[] = [
  { kind: 'rejected', status: 400, answer: 'no' },
  { kind: 'abandoned', why: 'down' },
  { kind: 'ambiguous', why: 'reset' },
];

test('a request comes out as its message has it', async () => {
  await fill([{ ...POST, body: Buffer.from([0, 255]).toString('base64'), bodyBase64: true }]);
  const [{ id } = { id: '' }] = messagesIn(account);
  const [request] = await drained(start());
  expect(request).toEqual({
    source: 3,
    position: id,
    at: Date.parse(POST.time),
    method: 'POST',
    url: '/track?ip=1',
    headers: [
      ['content-type', 'application/json'],
      ['host', 'api.example'],
    ],
    body: Buffer.from([0, 255]),
  });
});

test('everything is given once and deleted in batches when it has succeeded', async () => {
  await fill(posts(57));
  const source = start();
  const all = await drained(source);
  expect(new Set(all.map(({ url }) => url)).size).toBe(57);
  expect(all).toHaveLength(57);
  expect(bodies()).toEqual([]);
  expect(asked('DeleteMessageBatch').length).toBeLessThan(20);
  expect(source.counts()).toMatchObject({ received: 57, settled: 57, pending: 0, waiting: 0 });
});

test('what does not succeed stays in the queue, and is not given out again', async () => {
  await fill(posts(3));
  const source = start({ visibilitySeconds: 1, patienceSeconds: 30 });
  const given: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (const request of (await source.next(10, NEVER)) ?? []) {
      const fate = FATES[given.length];
      if (fate !== undefined) await source.settle(request, fate);
      given.push(request.url);
    }
    await wait(350);
  }
  expect(given).toHaveLength(3);
  expect(bodies()).toHaveLength(3);
  // They did come again.
  expect(source.counts().duplicates).toBeGreaterThan(0);
  expect(await source.next(10, NEVER)).toBeUndefined();
  balanced(source);
});

test('what is no request is counted with samples and stays', async () => {
  const broken = ['{"method":"GET"}', 'no json \u009b31m', '{"ok":true}', JSON.stringify(POST)];
  await fill(broken);
  const source = start();
  expect(await drained(source)).toHaveLength(1);
  expect(source.counts()).toMatchObject({ received: 4, settled: 1, pending: 0 });
  const { malformed, foreign, samples } = source.counts();
  expect([malformed, foreign]).toEqual([2, 1]);
  expect(samples).toHaveLength(3);
  expect(samples.map(({ text }) => text).join()).not.toContain('\u009b');
  expect(bodies()).toEqual(broken.slice(0, 3));
  balanced(source);
});

test('a message is loaded again as it was, until it is settled', async () => {
  await fill(posts(1));
  const source = start();
  const [request] = (await source.next(5, NEVER)) ?? [];
  if (request === undefined) throw new Error('nothing came');
  expect(await source.load(request)).toBe(request);
  await source.settle(request, { kind: 'succeeded', status: 200 });
  await source.settle(request, { kind: 'succeeded', status: 200 });
  await expect(source.load(request)).rejects.toThrow('is not held');
  expect(source.counts().settled).toBe(1);
});

test('what takes long is held beyond its visibility', async () => {
  await fill(posts(12));
  const source = start({ visibilitySeconds: 1 });
  const requests = [...((await source.next(20, NEVER)) ?? []), ...((await source.next(20, NEVER)) ?? [])];
  expect(requests).toHaveLength(12);
  await wait(1_600);
  expect(messagesIn(account).filter(({ isInFlight }) => isInFlight)).toHaveLength(12);
  expect(asked('ChangeMessageVisibilityBatch').length).toBeGreaterThanOrEqual(2);
  // No other consumer receives them, and each was received once.
  expect(messagesIn(account).map(({ receives }) => receives)).toEqual(Array.from({ length: 12 }, () => 1));
});

test('a hold that was lost is told, and the message is given once', async () => {
  await fill(posts(1));
  const warnings: string[] = [];
  const log = { warn: (_: object, text: string) => void warnings.push(text), info: () => undefined };
  const source = start({ visibilitySeconds: 1, log });
  const receipts: string[] = [];
  account.setQuirks({
    rewrites: (output) => {
      const { Messages = [] } = output as ReceiveMessageCommandOutput;
      receipts.push(...Messages.flatMap(({ ReceiptHandle }) => ReceiptHandle ?? []));
      return output;
    },
  });
  const [request] = (await source.next(5, NEVER)) ?? [];
  const [ReceiptHandle] = receipts;
  if (request === undefined) throw new Error('nothing came');
  const { sqs } = account.world;
  const QueueUrl = queueUrl(account);
  await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  await wait(900);
  expect(warnings.join()).toContain('no longer reserved');
  expect(await source.next(5, NEVER)).toEqual([]);
  expect(source.counts()).toMatchObject({ received: 1, duplicates: 1 });
  // The receipt of the second delivery is the one that deletes.
  await source.settle(request, { kind: 'succeeded', status: 200 });
  expect(bodies()).toEqual([]);
});

test('a queue that gives everything twice makes nothing twice', async () => {
  account.setQuirks({ deliversTwice: true });
  await fill(posts(25));
  const source = start({ visibilitySeconds: 1 });
  expect(await drained(source)).toHaveLength(25);
  expect(bodies()).toEqual([]);
  expect(source.counts()).toMatchObject({ received: 25, settled: 25 });
  balanced(source);
});

test('of a batch that is deleted in part, the rest is asked for again', async () => {
  account.setQuirks({
    faults: [{ does: 'part', code: 'InternalError', operations: ['DeleteMessageBatch'], times: 2 }],
  });
  await fill(posts(10));
  await drained(start());
  expect(bodies()).toEqual([]);
  expect(asked('DeleteMessageBatch').length).toBeGreaterThanOrEqual(3);
});

test('what is never deleted fails to be settled', async () => {
  account.setQuirks({ faults: [{ does: 'deny', operations: ['DeleteMessageBatch'] }] });
  await fill(posts(1));
  const source = start();
  const [request] = (await source.next(5, NEVER)) ?? [];
  if (request === undefined) throw new Error('nothing came');
  await expect(source.settle(request, { kind: 'succeeded', status: 200 })).rejects.toMatchObject({
    code: 'AWS_DENIED',
    next: expect.stringContaining('sqs:DeleteMessage '),
  });
  expect(source.counts().pending).toBe(1);
});

test('throttled and broken calls are made again, and nothing is lost', async () => {
  account.setQuirks({
    faults: [
      { does: 'throttle', operations: ['ReceiveMessage'], times: 2 },
      { does: 'lose', operations: ['DeleteMessageBatch'], times: 1 },
      { does: 'page', status: 502, operations: ['GetQueueAttributes'], times: 1 },
    ],
  });
  await fill(posts(15));
  expect(await drained(start())).toHaveLength(15);
  expect(bodies()).toEqual([]);
});

test.each([
  [{ queue: 'other' }, 'There is no queue', 'AWS_FAILED'],
  [{ deny: 'GetQueueAttributes' }, 'GetQueueAttributes is denied', 'AWS_DENIED'],
  [{ deny: 'ReceiveMessage' }, 'ReceiveMessage is denied', 'AWS_DENIED'],
  [{ throttle: true }, 'RequestThrottled', 'AWS_FAILED'],
])(
  'a queue that cannot be read: %j',
  async ({ queue, deny, throttle }: Readonly<Record<string, unknown>>, said, code) => {
    account.setQuirks({
      faults: [
        ...(deny === undefined ? [] : [{ does: 'deny', operations: [String(deny)] } as const]),
        ...(throttle === true ? [{ does: 'throttle' } as const] : []),
      ],
    });
    const source = start(queue === undefined ? {} : { queue: String(queue) });
    await expect(source.next(1, NEVER)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(said),
    });
  },
);

test('a group of a FIFO queue is the key of its order, and what is rejected does not hold it up', async () => {
  await fillQueue(account, 'missed.fifo', posts(6), (index) => (index < 4 ? 'one' : 'two'));
  const source = start({ queue: 'missed.fifo', orderKeyOf: () => undefined });
  const seen: string[] = [];
  await drained(source, async (request) => {
    seen.push(`${request.orderKey} ${request.url}`);
    const isFirst = request.url.endsWith('n=0');
    await source.settle(
      request,
      isFirst ? { kind: 'rejected', status: 400, answer: '' } : { kind: 'succeeded', status: 200 },
    );
  });
  expect(seen.filter((text) => text.startsWith('one'))).toEqual([0, 1, 2, 3].map((n) => `one /track?n=${n}`));
  expect(seen).toHaveLength(6);
  expect(messagesIn(account, 'missed.fifo')).toHaveLength(1);
});

test('no more is held than is allowed', async () => {
  await fill(posts(40));
  const source = start({ mostHeld: 15 });
  const first = [];
  for (let round = 0; round < 3; round += 1) first.push(...((await source.next(100, NEVER)) ?? []));
  expect(first).toHaveLength(15);
  for (const request of first) await source.settle(request, { kind: 'succeeded', status: 200 });
  expect(await drained(source)).toHaveLength(25);
});

test('an empty queue is no end while others hold its messages', async () => {
  await fill(posts(2));
  await holdOne(1);
  const urls = (await drained(start())).map(({ url }) => url);
  expect(urls.sort()).toEqual(['/track?n=0', '/track?n=1']);
});

test('what others never give back is told at the end', async () => {
  await fill(posts(1));
  await holdOne(60);
  const warnings: string[] = [];
  const log = { warn: (_: object, text: string) => void warnings.push(text), info: () => undefined };
  const source = start({ patienceSeconds: 0.2, log });
  expect(await drained(source)).toEqual([]);
  expect(source.counts()).toMatchObject({ received: 0, waiting: 1 });
  expect(warnings).toHaveLength(1);
});

test('a pause ends the waiting, and loses nothing that comes meanwhile', async () => {
  const source = start({ longPollSeconds: 5, stays: true });
  const pause = new AbortController();
  const next = source.next(10, pause.signal);
  await wait(100);
  pause.abort();
  expect(await next).toEqual([]);
  await fill(posts(1));
  const later = await source.next(10, NEVER);
  expect(later).toHaveLength(1);
});

test('what has no fate at the close is there for the next one at once', async () => {
  await fill(posts(12));
  const source = start({ visibilitySeconds: 600 });
  expect(await source.next(20, NEVER)).not.toEqual([]);
  await source.close();
  expect(messagesIn(account).filter(({ isInFlight }) => isInFlight)).toEqual([]);
  expect(await drained(start())).toHaveLength(12);
});

test('the name tells neither user nor query', () => {
  const source = start({ queue: 'missed?token=x' });
  expect(source.name).toBe(queueUrl(account));
});
