import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import type { Sender } from '../../aws/clients.ts';
import { sanitise } from '../../aws/request-failures.ts';
import { LifeboatError } from '../../errors.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import { RETRIES } from '../../facts/retries.ts';
import type { RetryPolicy } from '../../retry.ts';
import { patiently } from './aws-calls.ts';

/** SQS takes and gives at most so many at once. */
export const MOST_OF_A_BATCH = 10;

/** The URL without user, password and query: fit for messages and logs. */
export function nameOfQueue(queueUrl: string): string {
  const { origin, pathname } = new URL(queueUrl);
  return sanitise(`${origin}${pathname}`);
}

/** Queues of this kind keep the order of each group, and take what they already know for a repeat. */
export function isFifoQueue(queueUrl: string): boolean {
  return new URL(queueUrl).pathname.endsWith('.fifo');
}

const REGION = '([a-z]{2,}(?:-[a-z]+)+-\\d+)';
const REGIONAL = [`^(?:.+\\.)?sqs(?:-fips)?\\.${REGION}\\.`, `^${REGION}\\.queue\\.`].map(
  (form) => new RegExp(form),
);

/** The Region in which a queue lives; `undefined` where its URL does not say. */
export function regionOfQueue(queueUrl: string): string | undefined {
  const { hostname } = new URL(queueUrl);
  if (hostname === 'queue.amazonaws.com') return 'us-east-1';
  return REGIONAL.map((form) => form.exec(hostname)?.[1]).find((region) => region !== undefined);
}

/** About how much there is in a queue; SQS takes up to a minute until these are right. */
export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** For those who do not say how long they need a message. */
  readonly visibilitySeconds: number;
}

/** What became of the entries of a batch. */
export interface EntryFailure {
  readonly code: string;
  readonly message: string;
  /** Asking again with the same receipt cannot help. */
  readonly isFinal: boolean;
}

/** The requests of SQS that a source needs, asked again while that may help. All throw LifeboatError. */
export class QueueCalls {
  readonly name: string;
  readonly #sqs: Sender<'sqs'>;
  readonly #url: string;
  readonly #policy: RetryPolicy | undefined;
  #hasAnswered = false;

  /** @param policy only for tests: how often and how fast to ask again */
  constructor(sqs: Sender<'sqs'>, queueUrl: string, policy?: RetryPolicy) {
    this.name = nameOfQueue(queueUrl);
    this.#sqs = sqs;
    this.#url = queueUrl;
    this.#policy = policy;
  }

  async depth(stop: AbortSignal): Promise<QueueDepth> {
    const command = new GetQueueAttributesCommand({
      QueueUrl: this.#url,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
        'VisibilityTimeout',
      ],
    });
    const { Attributes = {} } = await this.#ask('GetQueueAttributes', stop, () =>
      this.#sqs.send(command, { abortSignal: stop }),
    );
    const number = (name: keyof typeof Attributes): number => Number(Attributes[name] ?? 0);
    return {
      visible: number('ApproximateNumberOfMessages'),
      inFlight: number('ApproximateNumberOfMessagesNotVisible'),
      delayed: number('ApproximateNumberOfMessagesDelayed'),
      visibilitySeconds: number('VisibilityTimeout'),
    };
  }

  async receive(
    most: number,
    waitSeconds: number,
    visibilitySeconds: number,
    stop: AbortSignal,
  ): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#url,
      MaxNumberOfMessages: Math.min(MOST_OF_A_BATCH, most),
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: visibilitySeconds,
      MessageSystemAttributeNames: ['MessageGroupId', 'SentTimestamp'],
    });
    const { Messages = [] } = await this.#ask('ReceiveMessage', stop, () =>
      this.#sqs.send(command, { abortSignal: stop }),
    );
    return Messages;
  }

  /** @returns for each receipt what went wrong, if anything */
  async remove(receipts: readonly string[]): Promise<readonly (EntryFailure | undefined)[]> {
    const Entries = receipts.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
    const command = new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries });
    const { Failed = [] } = await this.#ask('DeleteMessageBatch', undefined, () => this.#sqs.send(command));
    return failuresOf(receipts.length, Failed);
  }

  /** @returns for each receipt what went wrong, if anything */
  async hold(
    holds: readonly { readonly receipt: string; readonly seconds: number }[],
  ): Promise<readonly (EntryFailure | undefined)[]> {
    const Entries = holds.map(({ receipt, seconds }, index) => ({
      Id: String(index),
      ReceiptHandle: receipt,
      VisibilityTimeout: seconds,
    }));
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#url, Entries });
    const { Failed = [] } = await this.#ask('ChangeMessageVisibilityBatch', undefined, () =>
      this.#sqs.send(command),
    );
    return failuresOf(holds.length, Failed);
  }

  async #ask<T>(operation: string, stop: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    const answer = await patiently(operation, run, {
      name: this.name,
      policy: this.#policy ?? (this.#hasAnswered ? RETRIES.backfillCall : RETRIES.firstContact),
      explain: (failure, cause) => explainQueueFailure(this.name, operation, failure, cause),
      ...(stop !== undefined && { stop }),
    });
    this.#hasAnswered = true;
    return answer;
  }
}

interface FailedEntry {
  readonly Id?: string | undefined;
  readonly Code?: string | undefined;
  readonly Message?: string | undefined;
  readonly SenderFault?: boolean | undefined;
}

/** Each entry's own failure, by its place in the batch; none for those that SQS does not name. */
export function failuresOf(
  count: number,
  failed: readonly FailedEntry[],
): readonly (EntryFailure | undefined)[] {
  const byId = new Map(failed.map((entry) => [entry.Id, entry]));
  return Array.from({ length: count }, (_, index) => {
    const entry = byId.get(String(index));
    if (entry === undefined) return undefined;
    const { Code = 'Unknown', Message: message = '', SenderFault = false } = entry;
    return { code: sanitise(Code), message: sanitise(message), isFinal: SenderFault };
  });
}

/** Permissions by the operation that needs them: batches have none of their own. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  DeleteMessageBatch: 'sqs:DeleteMessage',
  ChangeMessageVisibilityBatch: 'sqs:ChangeMessageVisibility',
  SendMessageBatch: 'sqs:SendMessage',
};

/** Does the queue not exist, whatever protocol told so? */
export function isMissingQueue({ code }: Failure): boolean {
  return /QueueDoesNotExist|NonExistentQueue/.test(code);
}

/** What SQS says, in words that name the queue. */
export function explainQueueFailure(
  name: string,
  operation: string,
  failure: Failure,
  cause: unknown,
): LifeboatError | undefined {
  const { code, message, class: kind } = failure;
  if (isMissingQueue(failure))
    return new LifeboatError(
      'AWS_FAILED',
      `There is no queue ${name}.`,
      'Correct the URL of the queue in the runbook; its Region and account must be those of the credentials.',
      { cause },
    );
  if (kind === 'denied')
    return new LifeboatError(
      'AWS_DENIED',
      `${operation} is denied on the queue ${name}: ${code}: ${message}`,
      `Give the role ${PERMISSIONS[operation] ?? `sqs:${operation}`} on the queue (and kms:Decrypt on its key), then run the command again.`,
      { cause },
    );
  if (kind === 'invalid' || kind === 'gone')
    return new LifeboatError(
      'AWS_FAILED',
      `The queue ${name} refused ${operation}: ${code}: ${message}`,
      'Correct the URL of the queue in the runbook to fit the message, then run the command again.',
      { cause },
    );
  return undefined;
}
