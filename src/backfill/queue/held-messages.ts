import { performance } from 'node:perf_hooks';
import type { BackfillLog } from '../base/tools.ts';
import { HOUR_MS, SECOND_MS } from '../../time.ts';
import type { ReplayRequest } from '../base/replay-ports.ts';
import { MOST_OF_A_BATCH, type EntryFailure, type QueueCalls } from '../base/queue-calls.ts';

/** SQS: the longest total visibility timeout, counted from when the message was received. */
const LONGEST_HOLD_MS = 12 * HOUR_MS;

/** A message that was received and has no fate so far. */
export interface Held {
  readonly request: ReplayRequest;
  readonly bytes: number;
  /** Of its latest delivery: SQS guarantees deletion for this receipt only. */
  receipt: string;
  receivedMs: number;
  /** Until then no other consumer receives it; `Infinity`: its visibility timeout has expired and cannot be extended any more. */
  untilMs: number;
}

/** Extends the visibility timeouts of received messages until their requests have a fate. */
export class HeldMessages {
  readonly #calls: QueueCalls;
  readonly #visibilityMs: number;
  readonly #log: BackfillLog | undefined;
  readonly #fail: (error: unknown) => void;
  readonly #messages = new Map<string, Held>();
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;
  #extending: Promise<void> | undefined;

  constructor(
    calls: QueueCalls,
    visibilitySeconds: number,
    log: BackfillLog | undefined,
    fail: (error: unknown) => void,
  ) {
    this.#calls = calls;
    this.#visibilityMs = visibilitySeconds * SECOND_MS;
    this.#log = log;
    this.#fail = fail;
    // Four checks in each visibility timeout, which is extended at its half: one check may come late.
    this.#timer = setInterval(() => this.#look(), this.#visibilityMs / 4);
    this.#timer.unref();
  }

  get count(): number {
    return this.#messages.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(id: string): Held | undefined {
    return this.#messages.get(id);
  }

  add(id: string, request: ReplayRequest, bytes: number, receipt: string): void {
    const now = performance.now();
    const untilMs = now + this.#visibilityMs;
    this.#messages.set(id, { request, bytes, receipt, receivedMs: now, untilMs });
    this.#bytes += bytes;
  }

  /** It came again while it is held: its hold had run out, or the queue gave it twice. */
  receivedAgain(held: Held, receipt: string): void {
    const now = performance.now();
    held.receipt = receipt;
    held.receivedMs = now;
    held.untilMs = now + this.#visibilityMs;
  }

  remove(id: string): void {
    this.#bytes -= this.#messages.get(id)?.bytes ?? 0;
    this.#messages.delete(id);
  }

  /** Makes all of them visible again at once. A failure only delays that until their visibility timeout expires. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#extending;
    const receipts = [...this.#messages.values()].map(({ receipt }) => receipt);
    try {
      for (const batch of batchesOf(receipts))
        await this.#calls.hold(batch.map((receipt) => ({ receipt, seconds: 0 })));
    } catch (error) {
      this.#warn(
        error,
        `Messages of ${this.#calls.name} were not released; they become visible when their visibility timeout expires`,
      );
    }
  }

  #look(): void {
    this.#extending ??= this.#extend().finally(() => (this.#extending = undefined));
  }

  async #extend(): Promise<void> {
    const now = performance.now();
    const due = [...this.#messages.values()].filter(({ untilMs }) => untilMs - now <= this.#visibilityMs / 2);
    try {
      for (const batch of batchesOf(due)) await this.#extendAll(batch);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #extendAll(batch: readonly Held[]): Promise<void> {
    const now = performance.now();
    const holds = batch.flatMap((held) => {
      const left = held.receivedMs + LONGEST_HOLD_MS - now;
      const seconds = Math.floor(Math.min(this.#visibilityMs, left) / SECOND_MS);
      if (seconds >= 1) return [{ held, receipt: held.receipt, seconds }];
      this.#lost(held, 'SQS holds no message longer than 12 hours');
      return [];
    });
    if (holds.length === 0) return;
    const failures = await this.#calls.hold(holds);
    for (const [index, { held, receipt, seconds }] of holds.entries())
      this.#answered(held, receipt, now + seconds * SECOND_MS, failures[index]);
  }

  #answered(held: Held, receipt: string, untilMs: number, failure: EntryFailure | undefined): void {
    // Meanwhile it may have been received again, and is held by that.
    if (held.receipt !== receipt) return;
    if (failure === undefined) held.untilMs = untilMs;
    // Not final: it is asked for again at the next look.
    else if (failure.isFinal) this.#lost(held, `${failure.code}: ${failure.message}`);
  }

  #lost(held: Held, why: string): void {
    held.untilMs = Infinity;
    this.#warn(
      why,
      `A message of ${this.#calls.name} is no longer reserved: its visibility timeout could not be extended, and other consumers may receive it too`,
    );
  }

  #warn(cause: unknown, message: string): void {
    this.#log?.warn({ cause: cause instanceof Error ? cause.message : cause }, message);
  }
}

export function batchesOf<Entry>(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  const count = Math.ceil(entries.length / MOST_OF_A_BATCH);
  return Array.from({ length: count }, (_, index) =>
    entries.slice(index * MOST_OF_A_BATCH, (index + 1) * MOST_OF_A_BATCH),
  );
}
