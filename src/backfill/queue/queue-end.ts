import { SECOND_MS } from '../../time.ts';
import type { QueueCalls, QueueDepth } from '../base/queue-calls.ts';
import type { BackfillLog } from '../base/tools.ts';

/** One may be empty by chance: SQS asks only some of its servers, and a message may just be on its way back. */
export const EMPTY_POLLS = 2;
/** The longest that SQS delays a message. */
const LONGEST_DELAY_SECONDS = 900;
/** SQS takes a minute until its counts are right. */
const COUNTS_SETTLE_SECONDS = 60;

export interface EndOptions {
  readonly visibilitySeconds: number;
  readonly patienceSeconds: number | undefined;
  /** How long no message has come to its fate, in earlier processes as well. */
  readonly quietMs: () => number;
  readonly log: BackfillLog | undefined;
}

/** Knows whether a queue has given everything. */
export class QueueEnd {
  readonly #calls: QueueCalls;
  readonly #options: EndOptions;
  #begun: Promise<void> | undefined;
  #emptyPolls = 0;
  #newsMs = 0;
  #waiting = 0;

  constructor(calls: QueueCalls, options: EndOptions) {
    this.#calls = calls;
    this.#options = options;
  }

  /** How many polls in a row brought nothing new. */
  get emptyPolls(): number {
    return this.#emptyPolls;
  }

  /** About how many the queue holds that never came. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Finds out once whether there is such a queue. */
  begin(stop: AbortSignal): Promise<void> {
    this.#begun ??= this.#calls.depth(stop).then(({ visible, inFlight, delayed }) => {
      this.#newsMs = performance.now();
      this.#waiting = visible + inFlight + delayed;
    });
    return this.#begun;
  }

  /** A poll has ended. */
  polled(hasNews: boolean): void {
    this.#emptyPolls = hasNews ? 0 : this.#emptyPolls + 1;
    if (hasNews) this.#newsMs = performance.now();
  }

  /** @param own messages that are in the queue and known to this process */
  async isReached(own: number, stop: AbortSignal): Promise<boolean> {
    if (this.#emptyPolls < EMPTY_POLLS) return false;
    const depth = await this.#calls.depth(stop);
    this.#waiting = Math.max(0, depth.visible + depth.inFlight + depth.delayed - own);
    if (this.#waiting === 0) return true;
    if (!this.#isPatienceOver(depth)) return false;
    this.#options.log?.warn(
      { queue: this.#calls.name, waiting: this.#waiting },
      'The queue holds messages that it does not deliver: other consumers have received them, or they wait behind another message of their group',
    );
    return true;
  }

  /** This process must have waited for what the one before it may have held; the rest of the patience may have been that of others. */
  #isPatienceOver(depth: QueueDepth): boolean {
    const { visibilitySeconds, quietMs } = this.#options;
    const patience = this.#patienceSeconds(depth) * SECOND_MS;
    const own = Math.min(patience, (visibilitySeconds + COUNTS_SETTLE_SECONDS) * SECOND_MS);
    const hereMs = performance.now() - this.#newsMs;
    return hereMs >= own && Math.max(hereMs, quietMs()) >= patience;
  }

  /** Until what a process that died has held, and what is delayed, must have come. */
  #patienceSeconds({ visibilitySeconds, delayed }: QueueDepth): number {
    const longest = Math.max(
      this.#options.visibilitySeconds,
      visibilitySeconds,
      delayed > 0 ? LONGEST_DELAY_SECONDS : 0,
    );
    return this.#options.patienceSeconds ?? longest + COUNTS_SETTLE_SECONDS;
  }
}
