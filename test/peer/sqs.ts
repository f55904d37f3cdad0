import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Tree } from './answer.ts';
import type { Input } from './input.ts';
import { read, write, type Call, type Fields, type Operations } from './operation.ts';
import { isInFlight, messageOf, receivable } from './queues.ts';
import { Refusal, required } from './refusal.ts';
import type { Message, Queue } from './world.ts';

const LONGEST_HOLD_MS = 43_200_000;
const DEDUPLICATION_MS = 300_000;

function queueOf({ input, world }: Call): Queue {
  const url = required(input.text('QueueUrl'), 'QueueUrl');
  const queue = world.queues.get(url.split('/').at(-1) ?? '');
  if (queue === undefined)
    throw new Refusal('com.amazonaws.sqs#QueueDoesNotExist', 'The specified queue does not exist.');
  return queue;
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** A receipt names the message and which receipt of it it was. */
const receiptOf = ({ id, receives }: Message): string => Buffer.from(`${id}#${receives}`).toString('base64');

/** `undefined`: there is no such message any more. */
function byReceipt({ messages }: Queue, receipt: string) {
  const [id = '', number] = Buffer.from(receipt, 'base64').toString().split('#');
  if (number === undefined || id.length !== 36)
    throw new Refusal('com.amazonaws.sqs#ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
  const message = messages.find((one) => one.id === id);
  return message === undefined ? undefined : { message, isLatest: message.receives === Number(number) };
}

async function receive(call: Call): Promise<Fields> {
  const { input } = call;
  const queue = queueOf(call);
  const most = input.number('MaxNumberOfMessages') ?? 1;
  if (most < 1 || most > 10)
    throw new Refusal('InvalidParameterValue', `Value ${most} for parameter MaxNumberOfMessages is invalid.`);
  const until = call.now + 1_000 * (input.number('WaitTimeSeconds') ?? 0);
  while (receivable(queue, Date.now()).length === 0 && Date.now() < until)
    await wait(20, undefined, { ref: false });
  const now = Date.now();
  const found = receivable(queue, now).slice(0, most);
  const seconds = input.number('VisibilityTimeout') ?? queue.visibilitySeconds;
  return {
    Messages: found.length === 0 ? undefined : found.map((message) => given(call, message, now, seconds)),
  };
}

function given(call: Call, message: Message, now: number, seconds: number): Tree {
  message.receives += 1;
  message.receivedAt = now;
  if (!call.deliversTwice || message.receives > 1) message.visibleAt = now + seconds * 1_000;
  const { group } = message;
  return {
    MessageId: message.id,
    ReceiptHandle: receiptOf(message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    Attributes: {
      SentTimestamp: String(message.sentAt),
      ApproximateReceiveCount: String(message.receives),
      ...(group !== undefined && { MessageGroupId: group }),
    },
  };
}

/** Each entry of a batch for itself. */
function batch(call: Call, run: (entry: Input, id: string) => { readonly [name: string]: Tree }): Fields {
  const Successful: Tree[] = [];
  const Failed: Tree[] = [];
  const entries = call.input.groups('Entries');
  if (entries.length === 0)
    throw new Refusal('com.amazonaws.sqs#EmptyBatchRequest', 'There should be at least one.');
  if (entries.length > 10)
    throw new Refusal('com.amazonaws.sqs#TooManyEntriesInBatchRequest', 'Maximum is 10.');
  for (const [index, entry] of entries.entries()) {
    const Id = entry.text('Id') ?? '';
    try {
      if (call.partCode !== undefined && index % 2 === 1)
        throw new Refusal(call.partCode, 'It failed alone.');
      Successful.push({ Id, ...run(entry, Id) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const Code = error.code.replace(/^.*#/, '');
      Failed.push({ Id, Code, Message: error.message, SenderFault: call.partCode === undefined });
    }
  }
  return { Successful, Failed };
}

function remove(queue: Queue, receipt: string): void {
  const found = byReceipt(queue, receipt);
  if (found === undefined) return;
  // AWS calls it a success, and keeps the message.
  if (!found.isLatest) return;
  queue.messages = queue.messages.filter((message) => message !== found.message);
}

function changeVisibility(queue: Queue, entry: Input): void {
  const found = byReceipt(queue, entry.text('ReceiptHandle') ?? '');
  const now = Date.now();
  if (found === undefined || !found.isLatest || !isInFlight(found.message, now))
    throw new Refusal(
      'InvalidParameterValue',
      'Value for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.',
    );
  const { message } = found;
  const until = now + 1_000 * (entry.number('VisibilityTimeout') ?? 0);
  if (until - (message.receivedAt ?? now) > LONGEST_HOLD_MS)
    throw new Refusal(
      'InvalidParameterValue',
      'Total VisibilityTimeout for the message is beyond the limit [43200 seconds]',
    );
  message.visibleAt = until;
}

function send(queue: Queue, entry: Input): { readonly [name: string]: Tree } {
  const body = required(entry.text('MessageBody'), 'MessageBody');
  const group = entry.text('MessageGroupId');
  const isFifo = queue.name.endsWith('.fifo');
  if (isFifo && group === undefined) required(undefined, 'MessageGroupId');
  if (Buffer.byteLength(body) > queue.mostBytes)
    throw new Refusal(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.mostBytes} bytes.`,
    );
  const deduplication = entry.text('MessageDeduplicationId');
  const known = queue.messages.find(
    (one) =>
      isFifo &&
      deduplication !== undefined &&
      one.deduplication === deduplication &&
      Date.now() - one.sentAt < DEDUPLICATION_MS,
  );
  const message =
    known ??
    messageOf(body, {
      attributes: entry.group('MessageAttributes').plain as Tree,
      ...(group !== undefined && { group }),
      ...(deduplication !== undefined && { deduplication }),
    });
  if (known === undefined) queue.messages.push(message);
  return { MessageId: message.id, MD5OfMessageBody: md5(body) };
}

function sendBatch(call: Call): Fields {
  const queue = queueOf(call);
  const bytes = call.input
    .groups('Entries')
    .map((entry) => Buffer.byteLength(entry.text('MessageBody') ?? ''));
  if (bytes.reduce((sum, one) => sum + one, 0) > queue.mostBytes)
    throw new Refusal(
      'com.amazonaws.sqs#BatchRequestTooLong',
      `Batch requests cannot be longer than ${queue.mostBytes} bytes.`,
    );
  return batch(call, (entry) => send(queue, entry));
}

function attributes(call: Call): Fields {
  const queue = queueOf(call);
  const { messages, visibilitySeconds, mostBytes } = queue;
  const inFlight = messages.filter((message) => isInFlight(message, call.now)).length;
  const delayed = messages.filter(({ receives, visibleAt }) => receives === 0 && visibleAt > call.now).length;
  const Attributes = {
    ApproximateNumberOfMessages: String(messages.length - inFlight - delayed),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(visibilitySeconds),
    MaximumMessageSize: String(mostBytes),
  };
  const wanted = call.input.texts('AttributeNames');
  const shown = Object.entries(Attributes).filter(
    ([name]) => wanted.includes('All') || wanted.includes(name),
  );
  return { Attributes: Object.fromEntries(shown) };
}

export const sqsOperations: Operations = {
  ReceiveMessage: write(receive),
  DeleteMessage: write((call) => {
    remove(queueOf(call), required(call.input.text('ReceiptHandle'), 'ReceiptHandle'));
    return {};
  }),
  DeleteMessageBatch: write((call) => {
    const queue = queueOf(call);
    return batch(call, (entry) => {
      remove(queue, entry.text('ReceiptHandle') ?? '');
      return {};
    });
  }),
  ChangeMessageVisibilityBatch: write((call) => {
    const queue = queueOf(call);
    return batch(call, (entry) => {
      changeVisibility(queue, entry);
      return {};
    });
  }),
  SendMessage: write((call) => send(queueOf(call), call.input)),
  SendMessageBatch: write(sendBatch),
  GetQueueAttributes: read(attributes),
};
