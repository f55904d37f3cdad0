import { SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { formatNamed } from '../../../src/backfill/formats/formats.ts';
import type { ReplayRequest } from '../../../src/backfill/base/replay-ports.ts';
import { captureText } from '../../../src/backfill/targets/capture-text.ts';
import { checkQueue, createSqsTarget, type SqsTargetOptions } from '../../../src/backfill/targets/sqs.ts';
import { fc } from '../../property.ts';
import { clientsOf, type Clients } from '../../endpoint/clients.ts';
import { startAccount, type TestAccount } from '../../endpoint/account.ts';
import type { Fault } from '../../endpoint/quirks.ts';
import { makeQueue } from '../../endpoint/seeds.ts';
import { drained, messagesIn, queueUrl, sourceOf } from '../queue/queues.ts';

let account: TestAccount;
let clients: Clients;
beforeEach(async () => {
  account = await startAccount();
  await makeQueue(account, 'later');
  await makeQueue(account, 'later.fifo');
  await makeQueue(account, 'small', { mostBytes: 2_000 });
  clients = clientsOf(account.url, { requestTimeout: 300 });
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await account.close();
});

const REQUEST: ReplayRequest = {
  source: 2,
  position: 17,
  at: Date.parse('2026-11-20T03:00:00.250Z'),
  method: 'POST',
  url: '/track?ip=1',
  headers: [
    ['cookie', 'a=1'],
    ['cookie', 'b=2'],
  ],
  body: Buffer.from('{"a":1}'),
};
const requests = (count: number) =>
  Array.from({ length: count }, (_, position) => ({ ...REQUEST, position }));
const idempotencyKeyOf = ({ source, position }: ReplayRequest) => `key-${source}-${position}`;
const targetOf = (queue = 'later', options: Partial<SqsTargetOptions> = {}) =>
  createSqsTarget(queueUrl(account, queue), { sqs: clients.sqs, idempotencyKeyOf, ...options });
const sendAll = async (all: readonly ReplayRequest[], queue?: string) => {
  const target = targetOf(queue);
  const attempts = await Promise.all(all.map((request) => target.send(request, 1)));
  await target.close();
  return attempts;
};
const asked = (operation: string) => account.requests.filter((request) => request.operation === operation);

test('one request is one message, which the source of captures reads as the same request', async () => {
  expect(await sendAll([REQUEST])).toEqual([
    { kind: 'answered', status: 200, answer: expect.stringMatching(/^message /) },
  ]);
  const [message] = messagesIn(account, 'later');
  expect(message?.attributes).toEqual({ 'Idempotency-Key': { type: 'String', text: 'key-2-17' } });
  const source = sourceOf(account, clients.sqs, { queue: 'later' });
  expect(await drained(source)).toEqual([{ ...REQUEST, source: 3, position: message?.id }]);
  await source.close();
});

test('what is sent at the same time goes in batches, each answered for itself', async () => {
  const attempts = await sendAll(requests(23));
  expect(attempts.map((attempt) => attempt.kind === 'answered' && attempt.status)).toEqual(
    Array(23).fill(200),
  );
  expect(messagesIn(account, 'later')).toHaveLength(23);
  expect(asked('SendMessageBatch')).toHaveLength(3);
});

test('of a batch that fails in part, the rest is sent', async () => {
  account.setQuirks({ faults: [{ does: 'part', code: 'InternalError', times: 1 }] });
  const statuses = (await sendAll(requests(4))).map(
    (attempt) => attempt.kind === 'answered' && attempt.status,
  );
  expect(statuses).toEqual([200, 503, 200, 503]);
  expect(messagesIn(account, 'later')).toHaveLength(2);
});

test('a FIFO queue is told group and repeat', async () => {
  const [one, two] = [
    { ...REQUEST, orderKey: 'user-7' },
    { ...REQUEST, position: 18, orderKey: 'Zoë B' },
  ];
  await sendAll([one, two], 'later.fifo');
  await sendAll([one], 'later.fifo');
  expect(messagesIn(account, 'later.fifo').map(({ group, deduplication }) => [group, deduplication])).toEqual(
    [
      ['user-7', 'key-2-17'],
      [expect.stringMatching(/^[0-9a-f]{64}$/), 'key-2-18'],
    ],
  );
  const target = targetOf('later.fifo', { idempotencyKeyOf: () => undefined });
  await target.send({ ...REQUEST, position: 19 }, 1);
  expect(messagesIn(account, 'later.fifo')[2]).toMatchObject({ group: 'source-2', deduplication: '2-19' });
});

test('a message that is too long is not sent, or rejected alone', async () => {
  const long = (bytes: number) => ({ ...REQUEST, body: Buffer.alloc(bytes, 'x') });
  expect(await sendAll([long(1_100_000)])).toMatchObject([
    { kind: 'unsendable', why: expect.stringContaining('1048576') },
  ]);
  expect(asked('SendMessage')).toEqual([]);
  const attempts = await sendAll([REQUEST, long(3_000), { ...REQUEST, position: 18 }], 'small');
  expect(attempts).toMatchObject([{ status: 200 }, { status: 413 }, { status: 200 }]);
  expect(messagesIn(account, 'small')).toHaveLength(2);
});

test('what comes to more than a batch may have goes in two', async () => {
  const { sqs } = clientsOf(account.url);
  const target = targetOf('later', { sqs });
  const long = requests(3).map((request) => ({ ...request, body: Buffer.alloc(400_000, 'x') }));
  const attempts = await Promise.all(long.map((request) => target.send(request, 1)));
  expect(attempts).toMatchObject([{ status: 200 }, { status: 200 }, { status: 200 }]);
  expect(messagesIn(account, 'later')).toHaveLength(3);
  await target.close();
  sqs.destroy();
});

test.each<[Fault, object]>([
  [{ does: 'throttle' }, { kind: 'answered', status: 503 }],
  [
    { does: 'refuse', code: 'InternalError', status: 500 },
    { kind: 'answered', status: 503 },
  ],
  [
    { does: 'refuse', code: 'InvalidMessageContents' },
    { kind: 'answered', status: 400 },
  ],
  [{ does: 'deny' }, { kind: 'unsent' }],
  [{ does: 'expire' }, { kind: 'unsent' }],
  [{ does: 'refuse', code: 'QueueDoesNotExist' }, { kind: 'unsent' }],
  [{ does: 'page', status: 502 }, { kind: 'unknown' }],
  [{ does: 'lose' }, { kind: 'unknown' }],
  [{ does: 'swallow' }, { kind: 'unknown' }],
  [{ does: 'reset' }, { kind: 'unknown' }],
])('what befalls a send: %j', async (fault, attempt) => {
  account.setQuirks({ faults: [fault] });
  const [one] = await sendAll([REQUEST]);
  expect(one).toMatchObject(attempt);
  const [two, three] = await sendAll(requests(2));
  expect(two).toMatchObject(attempt);
  expect(three).toMatchObject(attempt);
});

test.each([
  [{ code: 'ECONNREFUSED' }, 'unsent'],
  [{ code: 'ENOTFOUND' }, 'unsent'],
  [
    { name: 'TimeoutError', message: 'Socket timed out without establishing a connection within 5000 ms' },
    'unsent',
  ],
  [{ name: 'TimeoutError', code: 'ETIMEDOUT' }, 'unknown'],
  [{ code: 'ECONNRESET' }, 'unknown'],
  [{ name: 'CredentialsProviderError' }, 'unsent'],
  [{ message: 'Invalid MD5 checksum on messages: m' }, 'unknown'],
])(
  'a network that fails: %j',
  async ({ message = 'it failed', ...fields }: Readonly<Record<string, string>>, kind) => {
    const sqs = new SQSClient({ region: 'us-east-1' });
    const mock = mockClient(sqs);
    mock.rejects(Object.assign(new Error(message), { $metadata: {} }, fields));
    const target = targetOf('later', { sqs });
    expect(await target.send(REQUEST, 1)).toMatchObject({ kind });
    expect(await Promise.all(requests(2).map((request) => target.send(request, 1)))).toMatchObject([
      { kind },
      { kind },
    ]);
  },
);

test('a bug is none of the failures of a queue', async () => {
  const sqs = new SQSClient({ region: 'us-east-1' });
  mockClient(sqs).rejects(new TypeError('x is not a function'));
  await expect(targetOf('later', { sqs }).send(REQUEST, 1)).rejects.toThrow('x is not a function');
});

test('what the runbook rewrites is what the message holds', async () => {
  const target = targetOf('later', {
    rewrite: ({ method, body }) =>
      method === 'POST'
        ? { method, path: '/v2', headers: ['x-a', '1', 'x-b', '2'], body }
        : { refused: 'no such method' },
  });
  expect(await target.send(REQUEST, 1)).toMatchObject({ status: 200 });
  expect(await target.send({ ...REQUEST, method: 'TRACE' }, 1)).toEqual({
    kind: 'unsendable',
    why: 'no such method',
  });
  expect(JSON.parse(messagesIn(account, 'later')[0]?.body ?? '')).toEqual({
    time: '2026-11-20T03:00:00.250Z',
    method: 'POST',
    url: '/v2',
    headers: [
      ['x-a', '1'],
      ['x-b', '2'],
    ],
    body: '{"a":1}',
  });
});

test('a queue is looked at before anything is sent', async () => {
  await checkQueue(queueUrl(account, 'later'), clients.sqs);
  await expect(checkQueue(queueUrl(account, 'none'), clients.sqs)).rejects.toThrow('There is no queue');
  account.setQuirks({ faults: [{ does: 'deny' }] });
  await checkQueue(queueUrl(account, 'later'), clients.sqs);
});

test('any body comes back as it was', () => {
  const format = formatNamed('capture');
  const body = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  );
  // What sources give: UTF-8, a character a byte.
  const headerValue = fc
    .string({ unit: 'binary' })
    .filter((text) => !/[\x00-\x08\x0a-\x1f\x7f]/.test(text))
    .map((text) => Buffer.from(text).toString('latin1'));
  fc.assert(
    fc.property(body, headerValue, (bytes, value) => {
      const text = captureText({ ...REQUEST, headers: [['x-a', value]], body: bytes });
      // What SQS takes: the characters that XML allows.
      expect(text).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
      const parsed = format.parse(Buffer.from(text));
      if (parsed.kind !== 'request') throw new Error(parsed.kind);
      expect(Buffer.from(parsed.record.body ?? []).equals(Buffer.from(bytes))).toBe(true);
      expect(parsed.record.headers).toEqual([['x-a', value]]);
    }),
  );
});
