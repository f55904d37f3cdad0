import { InvalidAttributeName, QueueNameExists } from '@aws-sdk/client-sqs';
import type {
  CreateQueueCommandInput,
  CreateQueueCommandOutput,
  GetQueueAttributesCommandInput,
  GetQueueAttributesCommandOutput,
  GetQueueUrlCommandInput,
  GetQueueUrlCommandOutput,
} from '@aws-sdk/client-sqs';
import { QUEUE_DEFAULTS } from '../model/rates.ts';
import { isInFlight } from '../model/message-timeline.ts';
import type { QueueRecord } from '../model/records.ts';
import type { Call } from '../service/operation.ts';
import type { WorldState } from '../state/state.ts';
import { fault, invalid, noQueue, required } from './failures.ts';

export const isFifo = ({ id }: QueueRecord): boolean => id.endsWith('.fifo');

/** The queue that the URL of a request names; its last part is enough. */
export function queueOf(state: WorldState, url: string | undefined): QueueRecord {
  const queue = state.queues.get(required(url, 'QueueUrl').split('/').at(-1) ?? '');
  if (queue === undefined) throw noQueue();
  return queue;
}

/** Idempotent, unless the attributes differ. */
export function createQueue(
  state: WorldState,
  { QueueName: id = '', Attributes: given = {} }: CreateQueueCommandInput,
  call: Call,
): Omit<CreateQueueCommandOutput, '$metadata'> {
  if (!/^[\w-]{1,80}$/.test(id.replace(/\.fifo$/, '')) || id.length > 80)
    throw invalid('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
  const queue: QueueRecord = {
    id,
    visibilitySeconds: Number(given.VisibilityTimeout ?? QUEUE_DEFAULTS.visibilitySeconds),
    mostBytes: Number(given.MaximumMessageSize ?? QUEUE_DEFAULTS.mostBytes),
    deduplicatesByContent: given.ContentBasedDeduplication === 'true',
  };
  const present = state.queues.get(id);
  if (present !== undefined && JSON.stringify(present) !== JSON.stringify(queue))
    throw fault(
      QueueNameExists,
      `A queue already exists with the same name and a different value for an attribute`,
    );
  state.queues.putHidden(queue);
  return { QueueUrl: urlOf(state, queue, call) };
}

export function getQueueUrl(
  state: WorldState,
  { QueueName: id }: GetQueueUrlCommandInput,
  call: Call,
): Omit<GetQueueUrlCommandOutput, '$metadata'> {
  const queue = state.queues.get(required(id, 'QueueName'));
  if (queue === undefined) throw noQueue();
  return { QueueUrl: urlOf(state, queue, call) };
}

function urlOf({ account }: WorldState, { id }: QueueRecord, { caller }: Call): string {
  return `${caller?.endpoint ?? `https://sqs.${account.region}.amazonaws.com`}/${account.id}/${id}`;
}

export function getQueueAttributes(
  state: WorldState,
  input: GetQueueAttributesCommandInput,
  { now }: Call,
): Omit<GetQueueAttributesCommandOutput, '$metadata'> {
  const queue = queueOf(state, input.QueueUrl);
  const messages = state.messagesIn(queue.id);
  const inFlight = messages.filter((message) => isInFlight(message, now)).length;
  const delayed = messages.filter(({ receives, visibleAt }) => receives === 0 && visibleAt > now).length;
  const attributes: Readonly<Record<string, string>> = {
    ApproximateNumberOfMessages: String(messages.length - inFlight - delayed),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(queue.visibilitySeconds),
    MaximumMessageSize: String(queue.mostBytes),
    QueueArn: `arn:aws:sqs:${state.account.region}:${state.account.id}:${queue.id}`,
    ...(isFifo(queue) && {
      FifoQueue: 'true',
      ContentBasedDeduplication: String(queue.deduplicatesByContent),
    }),
  };
  const wanted: readonly string[] = input.AttributeNames ?? [];
  const unknown = wanted.find((name) => name !== 'All' && !KNOWN.has(name));
  if (unknown !== undefined) throw fault(InvalidAttributeName, `Unknown Attribute ${unknown}.`);
  const shown = Object.entries(attributes).filter(
    ([name]) => wanted.includes('All') || wanted.includes(name),
  );
  return { Attributes: Object.fromEntries(shown) };
}

/** Names that may be asked for; those that the simulator does not know are left out of the answer. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
  ...['ApproximateNumberOfMessagesDelayed', 'VisibilityTimeout', 'MaximumMessageSize', 'QueueArn'],
  ...['FifoQueue', 'ContentBasedDeduplication', 'CreatedTimestamp', 'LastModifiedTimestamp', 'DelaySeconds'],
  ...[
    'MessageRetentionPeriod',
    'Policy',
    'ReceiveMessageWaitTimeSeconds',
    'RedrivePolicy',
    'RedriveAllowPolicy',
  ],
  ...['KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'SqsManagedSseEnabled', 'DeduplicationScope'],
  'FifoThroughputLimit',
]);
