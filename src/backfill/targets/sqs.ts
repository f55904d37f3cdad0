import { RETRIES } from '../../facts/retries.ts';
import { createHash } from 'node:crypto';
import {
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import type { Sender } from '../../aws/clients.ts';
import { sanitise } from '../../aws/request-failures.ts';
import { failureOfCall, patiently } from '../base/aws-calls.ts';
import {
  explainQueueFailure,
  failuresOf,
  isFifoQueue,
  isMissingQueue,
  MOST_OF_A_BATCH,
  nameOfQueue,
} from '../base/queue-calls.ts';
import type { Attempt, ReplayRequest, ReplayTarget } from '../base/replay-ports.ts';
import { Batches } from '../base/batches.ts';
import type { Failure } from '../../workflow/base/effects.ts';
import { captureText } from './capture-text.ts';
import type { OutgoingRequest, Refusal } from './rewrite.ts';

/** One message, on its own or in a batch. */
type Outgoing = Omit<SendMessageBatchRequestEntry, 'Id'>;

/** Of one message, and of a whole batch: bodies, names and values of attributes. A queue may take less. */
export const MOST_BYTES = 1_048_576;
/** What SQS takes in the ids of groups and of repeats. */
const PLAIN_ID = /^[!-~]{1,128}$/;

export interface SqsTargetOptions {
  /** A client of the Region of the queue: `regionOfQueue`. */
  readonly sqs: Sender<'sqs'>;
  /** What makes a repeat of the same request recognisable; `undefined`: nothing is to. */
  readonly idempotencyKeyOf?: (request: ReplayRequest) => string | undefined;
  /** What is sent in its place. */
  readonly rewrite?: (request: ReplayRequest) => OutgoingRequest | Refusal;
}

/**
 * A queue of SQS as the place where requests go: each becomes one message in the format of captures.
 *
 * The idempotency key is the message attribute `Idempotency-Key`. A FIFO queue also takes it for the repeat of a message: within five minutes of the first one, it is not queued again. The group there
 * is the order key, or else the source.
 *
 * @example const target = createSqsTarget(url, { sqs, idempotencyKeyOf });
 */
export function createSqsTarget(queueUrl: string, options: SqsTargetOptions): ReplayTarget {
  return new QueueTarget(queueUrl, options);
}

/**
 * Checks that the queue exists before anything is sent. A role that may only send cannot read its attributes: that is no error.
 *
 * @throws LifeboatError when there is none, or it is out of reach
 */
export async function checkQueue(queueUrl: string, sqs: Sender<'sqs'>): Promise<void> {
  const { GetQueueAttributesCommand } = await import('../../aws/sdk/sqs.ts');
  const name = nameOfQueue(queueUrl);
  const command = new GetQueueAttributesCommand({
    QueueUrl: queueUrl,
    AttributeNames: ['VisibilityTimeout'],
  });
  await patiently(
    'GetQueueAttributes',
    () =>
      sqs.send(command).catch((error: unknown) => {
        if (failureOfCall(error).class !== 'denied') throw error;
      }),
    {
      name,
      policy: RETRIES.firstContact,
      explain: (failure, cause) => explainQueueFailure(name, 'GetQueueAttributes', failure, cause),
    },
  );
}

class QueueTarget implements ReplayTarget {
  readonly name: string;
  readonly #url: string;
  readonly #options: SqsTargetOptions;
  readonly #isFifo: boolean;
  readonly #batches: Batches<Outgoing, Attempt>;

  constructor(queueUrl: string, options: SqsTargetOptions) {
    this.name = nameOfQueue(queueUrl);
    this.#url = queueUrl;
    this.#options = options;
    this.#isFifo = isFifoQueue(queueUrl);
    this.#batches = new Batches({
      most: MOST_OF_A_BATCH,
      bytes: { of: bytesOf, most: MOST_BYTES },
      run: (entries) => this.#sendAll(entries),
    });
  }

  async send(request: ReplayRequest): Promise<Attempt> {
    const rewritten = this.#options.rewrite?.(request);
    if (rewritten !== undefined && 'refused' in rewritten)
      return { kind: 'unsendable', why: rewritten.refused };
    const message = this.#messageOf(request, captureText(rewrittenAs(request, rewritten)));
    const bytes = bytesOf(message);
    if (bytes > MOST_BYTES) {
      const why = `as a message it has ${bytes} bytes, and SQS takes at most ${MOST_BYTES}`;
      return { kind: 'unsendable', why };
    }
    return this.#batches.add(message);
  }

  async close(): Promise<void> {
    await this.#batches.end();
  }

  #messageOf(request: ReplayRequest, text: string): Outgoing {
    const key = this.#options.idempotencyKeyOf?.(request);
    const { orderKey, source, position } = request;
    return {
      MessageBody: text,
      ...(key !== undefined && {
        MessageAttributes: { 'Idempotency-Key': { DataType: 'String', StringValue: key } },
      }),
      ...(this.#isFifo && {
        MessageGroupId: plainId(orderKey ?? `source-${source}`),
        MessageDeduplicationId: plainId(key ?? `${source}-${position}`),
      }),
    };
  }

  async #sendAll(entries: readonly Outgoing[]): Promise<readonly Attempt[]> {
    const [only] = entries;
    if (only !== undefined && entries.length === 1) return [await this.#sendOne(only)];
    const Entries = entries.map((entry, index) => ({ ...entry, Id: String(index) }));
    const command = new SendMessageBatchCommand({ QueueUrl: this.#url, Entries });
    try {
      const { Successful = [], Failed = [] } = await this.#options.sqs.send(command);
      const told = new Set([...Successful, ...Failed].map(({ Id }) => Id));
      const ids = new Map(Successful.map(({ Id, MessageId }) => [Id, MessageId]));
      return failuresOf(entries.length, Failed).map((failure, index): Attempt => {
        const id = String(index);
        if (!told.has(id)) return { kind: 'unknown', why: 'SQS did not answer for this message of a batch' };
        if (failure === undefined) return answered(200, `message ${sanitise(ids.get(id) ?? '')}`);
        const { code, message, isFinal } = failure;
        return refused(isFinal ? 'invalid' : 'transient', code, message);
      });
    } catch (error) {
      const failure = failureOfCall(error);
      // One entry is invalid, and SQS does not say which.
      if (failure.class === 'invalid' && !isMissingQueue(failure)) return this.#oneByOne(entries);
      return entries.map(() => attemptOf(failure, error));
    }
  }

  async #oneByOne(entries: readonly Outgoing[]): Promise<readonly Attempt[]> {
    const attempts: Attempt[] = [];
    // One after the other: a FIFO queue keeps their order.
    for (const entry of entries) attempts.push(await this.#sendOne(entry));
    return attempts;
  }

  async #sendOne(message: Outgoing): Promise<Attempt> {
    try {
      const command = new SendMessageCommand({ QueueUrl: this.#url, ...message });
      const { MessageId } = await this.#options.sqs.send(command);
      if (MessageId === undefined)
        return { kind: 'unknown', why: 'What answered is not SQS: the message has no id' };
      return answered(200, `message ${sanitise(MessageId)}`);
    } catch (error) {
      return attemptOf(failureOfCall(error), error);
    }
  }
}

function rewrittenAs(request: ReplayRequest, outgoing: OutgoingRequest | undefined): ReplayRequest {
  if (outgoing === undefined) return request;
  const { method, path, headers, body } = outgoing;
  const pairs = headers.flatMap((name, index) =>
    index % 2 === 0 ? [[name, headers[index + 1] ?? ''] as const] : [],
  );
  const { source, position, at } = request;
  return { source, position, at, method, url: path, headers: pairs, ...(body !== undefined && { body }) };
}

function bytesOf({ MessageBody = '', MessageAttributes = {} }: Outgoing): number {
  const attributes = Object.entries(MessageAttributes).map(
    ([name, { DataType = '', StringValue = '' }]) =>
      name.length + DataType.length + Buffer.byteLength(StringValue),
  );
  return attributes.reduce((sum, one) => sum + one, Buffer.byteLength(MessageBody));
}

/** As it stands where SQS takes it so; else a hash, which is the same for the same value. */
function plainId(text: string): string {
  return PLAIN_ID.test(text) ? text : createHash('sha256').update(text).digest('hex');
}

function answered(status: number, answer: string): Attempt {
  return { kind: 'answered', status, answer };
}

const TOO_LONG = /BatchRequestTooLong|must be shorter than \d+ bytes/;
/** The SDK says so of a connection that did not come about in time. */
const UNCONNECTED = /without establishing a connection/;

/** What a failure says of one message. */
function attemptOf(failure: Failure, error: unknown): Attempt {
  const { class: kind, code, message } = failure;
  const why = `${code}: ${message}`;
  // The message itself is valid: it is sent again when the queue can be reached or the permission is granted.
  if (kind === 'denied' || kind === 'credentials' || kind === 'unreachable' || isMissingQueue(failure))
    return { kind: 'unsent', why };
  if (UNCONNECTED.test(message)) return { kind: 'unsent', why };
  const isAnswer = (error as { $fault?: unknown }).$fault === 'server' && code !== 'MalformedAnswer';
  // Otherwise the connection broke, or something else than SQS answered.
  if (kind === 'transient' && !isAnswer) return { kind: 'unknown', why };
  return refused(kind, code, message);
}

function refused(kind: Failure['class'], code: string, message: string): Attempt {
  const text = `${code}: ${message}`;
  if (TOO_LONG.test(text)) return answered(413, text);
  const isLater = kind === 'throttled' || kind === 'transient' || kind === 'busy' || kind === 'quota';
  return answered(isLater || kind === 'capacity' ? 503 : 400, text);
}
