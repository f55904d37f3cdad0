import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { clientsOf, refusalOf, type Clients } from '../endpoint/clients.ts';
import { startPeer, type Peer } from './peer.ts';

let peer: Peer;
let clients: Clients;
let folder: string;
let QueueUrl: string;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'buckets-'));
  mkdirSync(path.join(folder, 'logs', 'alb'), { recursive: true });
  writeFileSync(path.join(folder, 'logs', 'alb', 'a&b.log'), 'hello world');
  peer = await startPeer({
    seed: {
      queues: [
        { name: 'q', messages: ['one', { two: 2 }] },
        { name: 'q.fifo', messages: ['a', 'b'] },
      ],
      buckets: { cold: { objects: { x: { base64: 'AAE=', storageClass: 'DEEP_ARCHIVE' } } } },
      bucketsFolder: folder,
    },
  });
  clients = clientsOf(peer.url);
  QueueUrl = `${peer.url}/111111111111/q`;
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await peer.close();
  rmSync(folder, { recursive: true });
});

const receive = (more: Partial<ReceiveMessageCommand['input']> = {}) =>
  clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 60, ...more }),
  );
const depth = async () => {
  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  return [Attributes?.ApproximateNumberOfMessages, Attributes?.ApproximateNumberOfMessagesNotVisible];
};

test('a message is received, out of sight, and deleted by its last receipt alone', async () => {
  const { Messages = [] } = await receive();
  expect(Messages.map(({ Body }) => Body)).toEqual(['one', '{"two":2}']);
  expect((await receive()).Messages).toBeUndefined();
  expect(await depth()).toEqual(['0', '2']);
  const handles = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  const change = { QueueUrl, Entries: handles.map((entry) => ({ ...entry, VisibilityTimeout: 0 })) };
  await clients.sqs.send(new ChangeMessageVisibilityBatchCommand(change));
  const again = (await receive()).Messages ?? [];
  expect(again).toHaveLength(2);
  await clients.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: handles }));
  expect(await depth()).toEqual(['0', '2']);
  const latest = again.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await clients.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: latest }));
  expect(await depth()).toEqual(['0', '0']);
  const { Failed } = await clients.sqs.send(new ChangeMessageVisibilityBatchCommand(change));
  expect(Failed).toMatchObject([{ SenderFault: true }, { SenderFault: true }]);
});

test('a long poll ends when a message comes', async () => {
  await receive();
  const polled = receive({ WaitTimeSeconds: 20 });
  await wait(50);
  await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'three' }));
  expect((await polled).Messages).toMatchObject([{ Body: 'three' }]);
});

test('a group of a FIFO queue waits for its first; a repeat is not queued', async () => {
  QueueUrl = `${peer.url}/111111111111/q.fifo`;
  const { Messages = [] } = await receive({
    MaxNumberOfMessages: 1,
    MessageSystemAttributeNames: ['MessageGroupId'],
  });
  expect(Messages).toMatchObject([{ Body: 'a', Attributes: { MessageGroupId: 'seeded' } }]);
  expect((await receive()).Messages).toBeUndefined();
  const send = () =>
    clients.sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'c',
        MessageGroupId: 'g',
        MessageDeduplicationId: 'd',
      }),
    );
  expect((await send()).MessageId).toBe((await send()).MessageId);
  expect(await depth()).toEqual(['2', '1']);
});

test('refusals and parts of batches', async () => {
  const none = new ReceiveMessageCommand({ QueueUrl: `${peer.url}/1/none` });
  expect(await refusalOf(clients.sqs.send(none))).toEqual(['QueueDoesNotExist', 400]);
  const Entries = ['a', 'b', 'c'].map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  peer.setQuirks({ faults: [{ does: 'part', code: 'InternalError', times: 1 }] });
  const { Successful, Failed } = await clients.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(Successful?.map(({ Id }) => Id)).toEqual(['0', '2']);
  expect(Failed).toMatchObject([{ Id: '1', Code: 'InternalError', SenderFault: false }]);
});

test('objects of a folder are listed and read, whole and in part', async () => {
  const { Contents = [] } = await clients.s3.send(
    new ListObjectsV2Command({ Bucket: 'logs', Prefix: 'alb/' }),
  );
  expect(Contents).toMatchObject([{ Key: 'alb/a&b.log', Size: 11 }]);
  const get = (more: Partial<GetObjectCommand['input']> = {}) =>
    clients.s3.send(new GetObjectCommand({ Bucket: 'logs', Key: 'alb/a&b.log', ...more }));
  const { ETag = '' } = Contents[0] ?? {};
  expect(await (await get({ IfMatch: ETag })).Body?.transformToString()).toBe('hello world');
  const part = await get({ Range: 'bytes=6-' });
  expect([part.ContentRange, await part.Body?.transformToString()]).toEqual(['bytes 6-10/11', 'world']);
  expect(await refusalOf(get({ IfMatch: '"other"' }))).toEqual(['PreconditionFailed', 412]);
  expect(await refusalOf(get({ Range: 'bytes=11-' }))).toEqual(['InvalidRange', 416]);
  expect(await refusalOf(get({ Key: 'none' }))).toEqual(['NoSuchKey', 404]);
  expect(await refusalOf(get({ Bucket: 'cold', Key: 'x' }))).toEqual(['InvalidObjectState', 403]);
  expect(await refusalOf(get({ Bucket: 'none' }))).toEqual(['NoSuchBucket', 404]);
});
