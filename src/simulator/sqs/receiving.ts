import { ReceiptHandleIsInvalid } from '@aws-sdk/client-sqs';
import type {
  ChangeMessageVisibilityBatchCommandInput,
  ChangeMessageVisibilityBatchCommandOutput,
  ChangeMessageVisibilityCommandInput,
  DeleteMessageBatchCommandInput,
  DeleteMessageBatchCommandOutput,
  DeleteMessageCommandInput,
  Message,
  MessageAttributeValue,
  ReceiveMessageCommandInput,
  ReceiveMessageCommandOutput,
} from '@aws-sdk/client-sqs';
import type { Instant } from '../../time.ts';
import { BATCH_ENTRIES, LONG_POLL_SECONDS, MESSAGE_HOLD_SECONDS } from '../model/rates.ts';
import { isInFlight } from '../model/message-timeline.ts';
import type { MessageAttribute, MessageRecord, QueueRecord } from '../model/records.ts';
import { callersMs } from '../service/operation.ts';
import type { Call } from '../service/operation.ts';
import type { WorldState } from '../state/state.ts';
import { batchOf } from './batches.ts';
import { fault, invalid, required } from './failures.ts';
import { isFifo, queueOf } from './queues.ts';
import { md5 } from './sending.ts';

export function receiveMessage(
  state: WorldState,
  input: ReceiveMessageCommandInput,
  call: Call,
): Omit<ReceiveMessageCommandOutput, '$metadata'> {
  const queue = queueOf(state, input.QueueUrl);
  const { MaxNumberOfMessages: most = 1, WaitTimeSeconds: wait = 0 } = input;
  if (most < 1 || most > BATCH_ENTRIES)
    throw invalid(
      `Value ${most} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and ${BATCH_ENTRIES}, if provided.`,
    );
  if (wait < 0 || wait > LONG_POLL_SECONDS)
    throw invalid(
      `Value ${wait} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= ${LONG_POLL_SECONDS}, if provided.`,
    );
  const found = receivable(state, queue, call.now).slice(0, most);
  const heldMs = callersMs(call, holdSeconds(input.VisibilityTimeout ?? queue.visibilitySeconds));
  const received = found.map((message): MessageRecord => ({
    ...message,
    receives: message.receives + 1,
    firstReceivedAt: message.firstReceivedAt ?? call.now,
    receivedAt: call.now,
    visibleAt: call.now + heldMs,
  }));
  for (const message of received) state.messages.putHidden(message);
  return received.length === 0 ? {} : { Messages: received.map((message) => messageShape(message, input)) };
}

/** A long poll waits while there is nothing to receive. */
export function receiveWaitSeconds(
  state: WorldState,
  input: ReceiveMessageCommandInput,
  now: Instant,
): number {
  const queue = state.queues.get(input.QueueUrl?.split('/').at(-1) ?? '');
  return queue === undefined || receivable(state, queue, now).length > 0 ? 0 : (input.WaitTimeSeconds ?? 0);
}

/** Of a FIFO queue nothing behind a message of its group that is in flight. */
function receivable(state: WorldState, queue: QueueRecord, now: Instant): MessageRecord[] {
  const messages = state.messagesIn(queue.id);
  const visible = messages.filter(({ visibleAt }) => visibleAt <= now);
  if (!isFifo(queue)) return visible;
  const held = new Set(messages.filter((message) => isInFlight(message, now)).map(({ group }) => group));
  return visible.filter(({ group }) => !held.has(group));
}

function messageShape(message: MessageRecord, input: ReceiveMessageCommandInput): Message {
  const { id, body, group, deduplication, sentAt, firstReceivedAt, receives } = message;
  const system: Readonly<Record<string, string | undefined>> = {
    SentTimestamp: String(sentAt),
    ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
    ApproximateReceiveCount: String(receives),
    MessageGroupId: group,
    MessageDeduplicationId: deduplication,
  };
  const wanted: readonly string[] = [
    ...(input.AttributeNames ?? []),
    ...(input.MessageSystemAttributeNames ?? []),
  ];
  const told = Object.entries(system).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (wanted.includes('All') || wanted.includes(entry[0])),
  );
  const own = Object.entries(message.attributes).filter(([name]) =>
    isWanted(name, input.MessageAttributeNames),
  );
  return {
    ...{ MessageId: id, ReceiptHandle: receiptOf(message), MD5OfBody: md5(body), Body: body },
    ...(told.length > 0 && { Attributes: Object.fromEntries(told) }),
    ...(own.length > 0 && {
      MessageAttributes: Object.fromEntries(
        own.map(([name, attribute]) => [name, attributeShape(attribute)]),
      ),
    }),
  };
}

/** `All`, a name, or `prefix.*`. */
function isWanted(name: string, wanted: readonly string[] = []): boolean {
  return wanted.some(
    (one) =>
      one === 'All' || one === name || (one.endsWith('*') && name.startsWith(one.replace(/\.?\*$/, ''))),
  );
}

function attributeShape({ type, text, base64 }: MessageAttribute): MessageAttributeValue {
  return {
    DataType: type,
    ...(text !== undefined && { StringValue: text }),
    ...(base64 !== undefined && { BinaryValue: Buffer.from(base64, 'base64') }),
  };
}

/** A receipt names the message and which receipt of it it was. */
function receiptOf({ id, receives }: MessageRecord): string {
  return Buffer.from(`${id}#${receives}`).toString('base64');
}

/** Undefined: the message is gone, or was received again since. */
function heldBy(state: WorldState, receipt: string | undefined): MessageRecord | undefined {
  const [id = '', nth] = Buffer.from(required(receipt, 'ReceiptHandle'), 'base64').toString().split('#');
  if (nth === undefined || id.length !== 36)
    throw fault(ReceiptHandleIsInvalid, 'The input receipt handle is invalid.');
  const message = state.messages.get(id);
  return message?.isDeleted === true || message?.receives !== Number(nth) ? undefined : message;
}

/** With an old receipt it succeeds too, and the message stays. */
function remove(state: WorldState, queue: QueueRecord, receipt: string | undefined): object {
  const message = heldBy(state, receipt);
  if (message === undefined) return {};
  if (isFifo(queue)) state.messages.putHidden({ ...message, body: '', isDeleted: true });
  else state.messages.remove(message.id);
  return {};
}

export function deleteMessage(
  state: WorldState,
  { QueueUrl, ReceiptHandle }: DeleteMessageCommandInput,
): object {
  return remove(state, queueOf(state, QueueUrl), ReceiptHandle);
}

export function deleteMessageBatch(
  state: WorldState,
  { QueueUrl, Entries = [] }: DeleteMessageBatchCommandInput,
): Omit<DeleteMessageBatchCommandOutput, '$metadata'> {
  const queue = queueOf(state, QueueUrl);
  return batchOf(Entries, ({ ReceiptHandle }) => remove(state, queue, ReceiptHandle));
}

export function changeMessageVisibility(
  state: WorldState,
  input: ChangeMessageVisibilityCommandInput,
  call: Call,
): object {
  queueOf(state, input.QueueUrl);
  return hold(state, input, call);
}

export function changeMessageVisibilityBatch(
  state: WorldState,
  { QueueUrl, Entries = [] }: ChangeMessageVisibilityBatchCommandInput,
  call: Call,
): Omit<ChangeMessageVisibilityBatchCommandOutput, '$metadata'> {
  queueOf(state, QueueUrl);
  return batchOf(Entries, (entry) => hold(state, entry, call));
}

function hold(
  state: WorldState,
  {
    ReceiptHandle,
    VisibilityTimeout = 0,
  }: { readonly ReceiptHandle?: string | undefined; readonly VisibilityTimeout?: number | undefined },
  call: Call,
): object {
  const message = heldBy(state, ReceiptHandle);
  if (message === undefined || !isInFlight(message, call.now))
    throw invalid(
      `Value ${ReceiptHandle ?? ''} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    );
  const until = call.now + callersMs(call, holdSeconds(VisibilityTimeout));
  if (until - (message.receivedAt ?? call.now) > callersMs(call, MESSAGE_HOLD_SECONDS))
    throw invalid(
      `Total VisibilityTimeout for the message is beyond the limit [${MESSAGE_HOLD_SECONDS} seconds]`,
    );
  state.messages.putHidden({ ...message, visibleAt: until });
  return {};
}

function holdSeconds(seconds: number): number {
  if (seconds >= 0 && seconds <= MESSAGE_HOLD_SECONDS) return seconds;
  throw invalid(
    `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and ${MESSAGE_HOLD_SECONDS}.`,
  );
}
