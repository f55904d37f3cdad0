import type { Message } from '@aws-sdk/client-sqs';
import type { Sender } from '../../aws/clients.ts';
import { malformedAnswer, toLifeboatError } from '../../aws/request-failures.ts';
import { pause as pauseFor } from '../../pause.ts';
import { SECOND_MS } from '../../time.ts';
import type { RetryPolicy } from '../../retry.ts';
import type { BackfillLog } from '../base/tools.ts';
import { isFifoQueue, MOST_OF_A_BATCH, QueueCalls } from '../base/queue-calls.ts';
import type { Fate, ReplayRequest, ReplaySource, Ticket } from '../base/replay-ports.ts';
import { HeldMessages } from './held-messages.ts';
import { LeftMessages } from './left-messages.ts';
import { QueueEnd } from './queue-end.ts';
import { MessageRemover } from './message-remover.ts';
import { readMessage, type MessageReading } from './sqs-message.ts';
import { MessageSamples } from './message-samples.ts';
import type { Sample } from '../base/survey.ts';

const MOST_CALLS = 4;
/** The service's own longest. */
const LONG_POLL_SECONDS = 20;
export const VISIBILITY_SECONDS = 120;
export const MOST_HELD = 2_000;
export const MOST_HELD_BYTES = 64 * 1_024 * 1_024;
/** Longest wait of `next` while nothing may be received. */
const FULL_MS = SECOND_MS;
const CLOSE_MS = SECOND_MS / 2;

export interface SqsSourceOptions extends MessageReading {
  /** A client of the Region of the queue: `regionOfQueue`. */
  readonly sqs: Sender<'sqs'>;
  readonly log?: BackfillLog;
  /** Visibility timeout of a received message; extended while it has no fate. 1 to 43,200. */
  readonly visibilitySeconds?: number;
  /** Messages in memory at the most. */
  readonly mostHeld?: number;
  /** True: an empty queue is no end; only a pause ends it. */
  readonly stays?: boolean;
  /** How long to wait for messages that other consumers hold or that are delayed, since the last new one. Default: from the queue's own settings. */
  readonly patienceSeconds?: number;
  /** How long no message has come to its fate, in earlier processes as well. Default: what this process has seen. */
  readonly quietMs?: () => number;
  readonly longPollSeconds?: number;
  /** How often and how fast a request to SQS is asked again. */
  readonly policy?: RetryPolicy;
}

/** What a queue has given to this process. received = malformed + foreign + pending + settled. */
export interface QueueCounts {
  /** Different messages. */
  readonly received: number;
  /** These two stay in the queue. */
  readonly malformed: number;
  readonly foreign: number;
  /** Without a fate so far. */
  readonly pending: number;
  readonly settled: number;
  /** Deliveries of a message that this process had already. */
  readonly duplicates: number;
  /** About how many messages the queue holds that were not received: other consumers hold them, or they are delayed. Known when the source has ended. */
  readonly waiting: number;
  readonly samples: readonly Sample[];
}

/** A queue as a source of requests that were missed. */
export interface SqsSource extends ReplaySource {
  counts(): QueueCounts;
}

/**
 * Reads a queue of SQS, or its dead-letter queue: each message is one request in the format of captures (or any line format).
 *
 * A message is deleted when, and only when, its request succeeded. Whatever is rejected, abandoned, ambiguous, malformed or foreign stays in the queue and can be received again once its visibility has
 * run out; this process does not hand it out again. So a redrive policy counts it as received, as with any consumer. Of a FIFO queue it is released at once, or it would hold up its group.
 *
 * @throws LifeboatError from `next` for a queue that does not exist or may not be read, from `settle` when SQS does not delete
 * @example const source = createSqsSource(url, { sqs, format: formatNamed('capture'), source: 1 });
 */
export function createSqsSource(queueUrl: string, options: SqsSourceOptions): SqsSource {
  return new Queue(queueUrl, options);
}

class Queue implements SqsSource {
  readonly name: string;
  readonly #options: SqsSourceOptions;
  readonly #visibilitySeconds: number;
  readonly #calls: QueueCalls;
  readonly #held: HeldMessages;
  readonly #left: LeftMessages;
  readonly #remover: MessageRemover;
  readonly #end: QueueEnd;
  readonly #samples: MessageSamples;
  readonly #stop = new AbortController();
  /** Aborts, and is replaced, when something happens that `next` may wait for. */
  #news = new AbortController();
  /** Received, and not handed out so far. */
  #ready: ReplayRequest[] = [];
  /** Messages that calls under way may bring. */
  #wanted = 0;
  #callsUnderWay = 0;
  #received = 0;
  #settled = 0;
  #duplicates = 0;
  #isClosing = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(queueUrl: string, options: SqsSourceOptions) {
    const { sqs, policy, log, visibilitySeconds = VISIBILITY_SECONDS, quietMs = () => 0 } = options;
    const calls = new QueueCalls(sqs, queueUrl, policy);
    const isFifo = isFifoQueue(queueUrl);
    this.name = calls.name;
    this.#options = options;
    this.#visibilitySeconds = visibilitySeconds;
    this.#calls = calls;
    this.#held = new HeldMessages(calls, visibilitySeconds, log, (error) => this.#fail(error));
    this.#left = new LeftMessages(calls, isFifo, log);
    this.#remover = new MessageRemover(calls, log);
    this.#end = new QueueEnd(calls, {
      visibilitySeconds,
      patienceSeconds: options.patienceSeconds,
      quietMs,
      log,
    });
    this.#samples = new MessageSamples(this.name);
  }

  async next(limit: number, pause: AbortSignal): Promise<readonly ReplayRequest[] | undefined> {
    await this.#end.begin(this.#stop.signal);
    this.#ask(limit);
    if (this.#ready.length === 0 && limit > 0 && this.#failure === undefined) await this.#untilNews(pause);
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#ready.length > 0) return this.#ready.splice(0, limit);
    return !pause.aborted && (await this.#isOver()) ? undefined : [];
  }

  async load({ position }: Ticket): Promise<ReplayRequest> {
    const held = this.#held.get(String(position));
    if (held === undefined) throw new Error(`The message ${position} of ${this.name} is not held.`);
    return held.request;
  }

  async settle({ position }: Ticket, fate: Fate): Promise<void> {
    const id = String(position);
    const held = this.#held.get(id);
    if (held === undefined) return;
    if (fate.kind === 'succeeded') await this.#remover.remove(id, () => held.receipt);
    else this.#left.leave(id, held.receipt);
    // Asked twice at the same time, it is counted once.
    if (this.#held.get(id) !== held) return;
    this.#held.remove(id);
    this.#settled += 1;
    this.#wake();
  }

  counts(): QueueCounts {
    return {
      received: this.#received,
      malformed: this.#samples.malformed,
      foreign: this.#samples.foreign,
      pending: this.#held.count,
      settled: this.#settled,
      duplicates: this.#duplicates,
      waiting: this.#end.waiting,
      samples: this.#samples.samples,
    };
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    // What a call is about to bring would otherwise be out of sight until its visibility has run out.
    if (this.#callsUnderWay > 0) await this.#quiet();
    this.#stop.abort();
    this.#wake();
    await this.#remover.end();
    await this.#left.end();
    await this.#held.release();
  }

  /** Until no call is under way, or for a moment: long polls of an empty queue bring nothing. */
  async #quiet(): Promise<void> {
    const until = AbortSignal.timeout(CLOSE_MS);
    while (this.#callsUnderWay > 0 && !until.aborted) await this.#untilNews(until);
  }

  /** Begins as many calls as are needed for `limit`, within what may be held. */
  #ask(limit: number): void {
    const { mostHeld = MOST_HELD } = this.#options;
    const mostCalls = this.#end.emptyPolls > 0 ? 1 : MOST_CALLS;
    for (;;) {
      const room = mostHeld - this.#held.count - this.#wanted;
      const missing = Math.min(limit - this.#ready.length - this.#wanted, room, MOST_OF_A_BATCH);
      const isFull = this.#held.bytes >= MOST_HELD_BYTES || this.#callsUnderWay >= mostCalls;
      if (missing < 1 || isFull || this.#isClosing || this.#failure !== undefined) return;
      void this.#receive(missing);
    }
  }

  async #receive(most: number): Promise<void> {
    const { longPollSeconds = LONG_POLL_SECONDS } = this.#options;
    this.#callsUnderWay += 1;
    this.#wanted += most;
    try {
      const messages = await this.#calls.receive(
        most,
        longPollSeconds,
        this.#visibilitySeconds,
        this.#stop.signal,
      );
      // After a stop they are not taken: they become visible again when their timeout expires.
      if (!this.#stop.signal.aborted) this.#take(messages);
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fail(error);
    } finally {
      this.#callsUnderWay -= 1;
      this.#wanted -= most;
      this.#wake();
    }
  }

  #take(messages: readonly Message[]): void {
    const before = this.#received;
    for (const message of messages) this.#takeOne(message);
    this.#end.polled(this.#received > before);
  }

  #takeOne(message: Message): void {
    const { MessageId: id, ReceiptHandle: receipt, Body: body = '' } = message;
    if (id === undefined || receipt === undefined) {
      const odd = malformedAnswer('ReceiveMessage');
      throw toLifeboatError(odd.failure, odd);
    }
    if (this.#isKnown(id, receipt)) {
      this.#duplicates += 1;
      return;
    }
    this.#received += 1;
    const read = readMessage(id, message, this.#options);
    if (read.kind === 'request') {
      this.#held.add(id, read.request, Buffer.byteLength(body), receipt);
      this.#ready.push(read.request);
      return;
    }
    this.#samples.add(read.kind, read.why, body, this.#received);
    this.#left.leave(id, receipt);
  }

  #isKnown(id: string, receipt: string): boolean {
    const held = this.#held.get(id);
    if (held !== undefined) {
      this.#held.receivedAgain(held, receipt);
      return true;
    }
    return this.#left.has(id) || this.#remover.removeAgain(id, receipt);
  }

  /** Nothing came, nothing is under way, and nothing is to be expected. */
  async #isOver(): Promise<boolean> {
    if (this.#stop.signal.aborted) return true;
    if (this.#options.stays === true || this.#callsUnderWay > 0 || this.#remover.isBusy) return false;
    const own = this.#held.count + this.#left.count + this.#remover.unsureCount;
    return this.#end.isReached(own, this.#stop.signal);
  }

  /** Resolves when a call ends, a request is settled, or `pause` aborts. */
  async #untilNews(pause: AbortSignal): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const most = this.#callsUnderWay > 0 ? LONG_POLL_SECONDS * SECOND_MS : FULL_MS;
    await pauseFor(most, AbortSignal.any([pause, this.#news.signal]));
  }

  #wake(): void {
    const heard = this.#news;
    this.#news = new AbortController();
    heard.abort();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }
}
