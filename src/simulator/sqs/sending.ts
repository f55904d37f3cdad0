import { createHash } from 'node:crypto';
import { BatchRequestTooLong, InvalidMessageContents } from '@aws-sdk/client-sqs';
import type {
  MessageAttributeValue,
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
  SendMessageBatchRequestEntry,
  SendMessageCommandInput,
  SendMessageCommandOutput,
} from '@aws-sdk/client-sqs';
import { DEDUPLICATION_SECONDS, MESSAGE_DELAY_SECONDS } from '../model/rates.ts';
import type { MessageAttribute, MessageRecord, QueueRecord } from '../model/records.ts';
import { callersMs } from '../service/operation.ts';
import type { Call } from '../service/operation.ts';
import type { WorldState } from '../state/state.ts';
import { batchOf } from './batches.ts';
import { fault, invalid, required, sqsFailure } from './failures.ts';
import { isFifo, queueOf } from './queues.ts';

type Entry = Omit<SendMessageBatchRequestEntry, 'Id'>;

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

export function sendMessage(
  state: WorldState,
  input: SendMessageCommandInput,
  call: Call,
): Omit<SendMessageCommandOutput, '$metadata'> {
  return send(state, queueOf(state, input.QueueUrl), input, call);
}

export function sendMessageBatch(
  state: WorldState,
  { QueueUrl, Entries = [] }: SendMessageBatchCommandInput,
  call: Call,
): Omit<SendMessageBatchCommandOutput, '$metadata'> {
  const queue = queueOf(state, QueueUrl);
  const bytes = Entries.reduce((sum, { MessageBody = '' }) => sum + Buffer.byteLength(MessageBody), 0);
  if (bytes > queue.mostBytes)
    throw fault(BatchRequestTooLong, `Batch requests cannot be longer than ${queue.mostBytes} bytes.`);
  return batchOf(Entries, (entry) => send(state, queue, entry, call));
}

interface Sent {
  readonly MessageId: string;
  readonly MD5OfMessageBody: string;
}

function send(state: WorldState, queue: QueueRecord, entry: Entry, call: Call): Sent {
  const body = required(entry.MessageBody, 'MessageBody');
  // The characters that XML allows.
  if (!/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(body))
    throw fault(
      InvalidMessageContents,
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    );
  if (Buffer.byteLength(body) > queue.mostBytes)
    throw invalid(
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.mostBytes} bytes.`,
    );
  const fifo: Pick<MessageRecord, 'group' | 'deduplication'> = isFifo(queue)
    ? orderOf(queue, entry, body)
    : {};
  const repeated =
    fifo.deduplication === undefined ? undefined : repeatOf(state, queue, fifo.deduplication, call);
  const message = repeated ?? newMessage(state, queue, { ...fifo, body }, entry, call);
  return { MessageId: message.id, MD5OfMessageBody: md5(body) };
}

function newMessage(
  state: WorldState,
  queue: QueueRecord,
  fields: Pick<MessageRecord, 'body' | 'group' | 'deduplication'>,
  { DelaySeconds = 0, MessageAttributes = {} }: Entry,
  call: Call,
): MessageRecord {
  if (DelaySeconds < 0 || DelaySeconds > MESSAGE_DELAY_SECONDS)
    throw invalid(
      `Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= ${MESSAGE_DELAY_SECONDS}.`,
    );
  const digits = state.dice.hex(32, `message/${queue.id}/${state.nth(`message/${queue.id}`)}`);
  const message: MessageRecord = {
    ...fields,
    id: digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    queue: queue.id,
    attributes: Object.fromEntries(
      Object.entries(MessageAttributes).map(([name, value]) => [name, kept(value)]),
    ),
    sentAt: call.now,
    visibleAt: call.now + callersMs(call, DelaySeconds),
    receives: 0,
  };
  state.messages.putHidden(message);
  return message;
}

function kept({ DataType = '', StringValue, BinaryValue }: MessageAttributeValue): MessageAttribute {
  return {
    type: required(DataType, 'DataType'),
    text: StringValue,
    base64: BinaryValue === undefined ? undefined : Buffer.from(BinaryValue).toString('base64'),
  };
}

function orderOf(
  queue: QueueRecord,
  { MessageGroupId, MessageDeduplicationId }: Entry,
  body: string,
): Required<Pick<MessageRecord, 'group' | 'deduplication'>> {
  const group = required(MessageGroupId, 'MessageGroupId');
  const byContent = queue.deduplicatesByContent ? createHash('sha256').update(body).digest('hex') : undefined;
  const deduplication = MessageDeduplicationId ?? byContent;
  if (deduplication === undefined)
    throw invalid(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  for (const [name, value] of [
    ['MessageGroupId', group],
    ['MessageDeduplicationId', deduplication],
  ] as const) {
    if (!/^[!-~]{1,128}$/.test(value))
      throw sqsFailure('InvalidParameterValue', `Value ${value} for parameter ${name} is invalid.`);
  }
  return { group, deduplication };
}

/** The message that this one repeats, even if it was deleted meanwhile. Forgets those that are too old to be repeated. */
function repeatOf(
  state: WorldState,
  queue: QueueRecord,
  deduplication: string,
  call: Call,
): MessageRecord | undefined {
  // A caller counts on it by its own clock, as on every duration of SQS.
  const rememberedMs = callersMs(call, DEDUPLICATION_SECONDS);
  let repeated: MessageRecord | undefined;
  for (const message of state.messages.values()) {
    if (message.queue !== queue.id) continue;
    const isOld = call.now - message.sentAt >= rememberedMs;
    if (isOld && message.isDeleted === true) state.messages.remove(message.id);
    else if (!isOld && message.deduplication === deduplication) repeated = message;
  }
  return repeated;
}
