import { RETRIES } from '../facts/retries.ts';
import { repeat } from '../retry.ts';
import type { Channel, Delivery } from './channel.ts';
import type { Notice } from './notice.ts';
import { enqueue, messageOf, type Waiting } from './queue.ts';
import { HOUR_MS } from '../time.ts';
import {
  type ChannelRecord,
  type RetriedNotice,
  type UndeliveredNotice,
  withoutRetried,
  withUndelivered,
} from './record.ts';

/** Upper limit of a wait. A receiver that asks for a longer one is retried earlier. */
const LONGEST_PAUSE_MS = HOUR_MS;

const STOPPED = { ok: false, why: 'the process ended first', isFinal: false } as const satisfies Delivery;

/** Shared by the outlets of a run. */
export interface OutletParts {
  readonly runId: string;
  /** False once another process drives the run: that process sends the rest. */
  readonly mayGoOn: () => Promise<boolean>;
  /** Resolves after this time, or when `stop` aborts. */
  readonly pause: (ms: number, stop: AbortSignal) => Promise<void>;
  /** Wall-clock time, because attempts continue in another process. */
  readonly now: () => number;
  readonly stop: AbortSignal;
  /** Resolves when `stop` aborts. */
  readonly stopped: Promise<void>;
  /** Called after each attempt: stores the state of all channels. */
  readonly onProgress: () => Promise<void>;
  readonly onGivenUp: (label: string, notice: UndeliveredNotice) => void;
  /** Called with an error that a channel must not throw. */
  readonly onBroken: (error: unknown) => void;
}

/** Sends the queue of one channel: one notice after the other, in order. */
export class Outlet {
  readonly #channel: Channel;
  readonly #parts: OutletParts;
  #record: ChannelRecord;
  #queue: readonly Waiting[] = [];
  #current: Waiting | undefined;
  #running: Promise<void> | undefined;
  /** Why the current notice has not been delivered so far. */
  #why: string = STOPPED.why;

  constructor(channel: Channel, record: ChannelRecord, parts: OutletParts) {
    this.#channel = channel;
    this.#record = record;
    this.#parts = parts;
  }

  get record(): ChannelRecord {
    return { ...this.#record, waiting: this.#waiting.length };
  }

  /** Resolves once no notice waits, or the outlet is stopped. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  /** Notices not delivered yet. */
  get unfinished(): readonly UndeliveredNotice[] {
    return this.#waiting.map(({ notice: { at, text } }) => ({ at, text, why: this.#why }));
  }

  get label(): string {
    return this.#channel.label;
  }

  get #waiting(): readonly Waiting[] {
    return this.#current === undefined ? this.#queue : [this.#current, ...this.#queue];
  }

  /** @param handled entries of the timeline up to this one */
  offer(notice: Notice, handled: number): void {
    if (handled <= this.#record.handled) return;
    const { closed } = this.#channel;
    if (closed !== undefined) {
      const { at, text } = notice;
      this.#record = { ...withUndelivered(this.#record, { at, text, why: closed }), handled };
      return;
    }
    const before = this.#queue.length;
    this.#queue = enqueue(this.#queue, { notice, handled });
    if (this.#queue.length === before) this.#record = { ...this.#record, omitted: this.#record.omitted + 1 };
    this.#start();
  }

  /** The timeline was read up to this entry; if no notice waits, all of it is handled. */
  hasRead(handled: number): void {
    if (this.#waiting.length === 0 && handled > this.#record.handled)
      this.#record = { ...this.#record, handled };
  }

  #start(): void {
    this.#running ??= this.#run()
      .catch(this.#parts.onBroken)
      .finally(() => {
        this.#running = undefined;
        if (this.#queue.length > 0 && !this.#parts.stop.aborted) this.#start();
      });
  }

  async #run(): Promise<void> {
    while (!this.#parts.stop.aborted) {
      const [next, ...rest] = this.#queue;
      if (next === undefined) return;
      this.#current = next;
      this.#queue = rest;
      const end = await this.#send(next);
      if (end === undefined) return;
      this.#current = undefined;
      this.#settle(next, end);
      await this.#parts.onProgress();
    }
  }

  #settle({ notice: { at, text }, handled }: Waiting, end: Delivery): void {
    this.#record = withoutRetried(this.#record);
    if (end.ok) {
      this.#record = { ...this.#record, handled, delivered: this.#record.delivered + 1 };
      return;
    }
    const undelivered = { at, text, why: end.why };
    this.#record = { ...withUndelivered(this.#record, undelivered), handled };
    this.#parts.onGivenUp(this.#channel.label, undelivered);
  }

  /** Retries until the notice is delivered or given up; `undefined` when the outlet was stopped meanwhile. */
  async #send(waiting: Waiting): Promise<Delivery | undefined> {
    const { now, stop, stopped, mayGoOn, onProgress, runId } = this.#parts;
    const message = messageOf(waiting);
    const identity = `${runId}/${this.#channel.key}/${waiting.handled}`;
    const deliver = async (): Promise<Delivery | undefined> => {
      if (!(await mayGoOn())) return undefined;
      const delivery = await Promise.race<Delivery>([
        this.#channel.deliver(message, stop),
        stopped.then(() => STOPPED),
      ]);
      if (!delivery.ok && !stop.aborted) this.#why = delivery.why;
      return delivery;
    };
    const retried = this.#retried(waiting);
    if (retried !== undefined && !(await this.#waitUntil(retried.nextAt))) return undefined;
    const delivery = await repeat(deliver, {
      key: identity,
      made: retried?.attempts ?? 0,
      again: (last) => (last === undefined || last.ok || last.isFinal ? undefined : RETRIES.notice),
      leastMs: (last) => (last?.ok === false && last.afterMs) || 0,
      wait: async (milliseconds, attempts) => {
        if (stop.aborted) return false;
        const nextAt = now() + milliseconds;
        this.#record = { ...this.#record, retried: { handled: waiting.handled, attempts, nextAt } };
        await onProgress();
        return this.#waitUntil(nextAt);
      },
    });
    return delivery?.ok !== true && stop.aborted ? undefined : delivery;
  }

  /** The attempts that an earlier process, or this one before it was stopped, made to send this notice. */
  #retried({ handled }: Waiting): RetriedNotice | undefined {
    const { retried } = this.#record;
    return retried?.handled === handled ? retried : undefined;
  }

  /** Returns false when the outlet was stopped meanwhile. */
  async #waitUntil(at: number): Promise<boolean> {
    const { now, pause, stop } = this.#parts;
    // A clock that was set back must not stop the channel.
    const milliseconds = Math.min(at - now(), LONGEST_PAUSE_MS);
    if (milliseconds > 0 && !stop.aborted) await pause(milliseconds, stop);
    return !stop.aborted;
  }
}
