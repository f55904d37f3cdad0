import type { Ledger, RecordState } from '../ledger/ledger.ts';
import type { Instant } from '../../time.ts';
import { Fifo } from './fifo.ts';
import type { KeyOrder } from './key-order.ts';
import type { Fate, ReplayRequest, ReplaySource, Ticket } from '../base/replay-ports.ts';
import type { ReplayTally } from './replay-progress.ts';
import type { Settlements } from './settlements.ts';
import { WorkItem } from './work-item.ts';

/** Bytes of bodies in memory before they are sent. */
export const MOST_BYTES = 16 * 1_024 * 1_024;
const SMALLEST_BATCH = 64;
/** A source that has nothing at the moment is not asked in a tight loop, even if it does not wait itself. */
const NOTHING_PAUSE_MS = 50;

export interface IntakeParts {
  readonly source: ReplaySource;
  readonly ledger: Ledger;
  /** Absent: no order is asked for. */
  readonly order: KeyOrder | undefined;
  readonly settlements: Settlements;
  readonly tally: ReplayTally;
  readonly ambiguous: 'resend' | 'report';
  readonly connections: number;
  /** Puts it off until then. False: that is over. */
  readonly postpone: (item: WorkItem, dueAt: Instant) => boolean;
  /** Aborted when nothing more is wanted. */
  readonly stop: AbortSignal;
  readonly changed: () => void;
  readonly fail: (error: unknown) => void;
}

/** Takes requests out of the source when they can be used, and loads those again that are due. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #fresh = new Fifo<WorkItem>();
  readonly #loaded = new Fifo<WorkItem>();
  readonly #toLoad = new Fifo<WorkItem>();
  /** Messages on their way: a queue may deliver one twice. */
  readonly #messages = new Set<string>();
  readonly #batch: number;
  #pulling = false;
  #loading = 0;
  #freshBytes = 0;
  #meanBytes = 1_024;
  #ended = false;
  #nothingNow = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#batch = Math.max(SMALLEST_BATCH, parts.connections);
  }

  /** The source has given all that it had. */
  get exhausted(): boolean {
    return this.#ended;
  }

  /** The source has nothing at the moment. */
  get dry(): boolean {
    return this.#ended || this.#nothingNow;
  }

  get isBusy(): boolean {
    return this.#pulling || this.#loading > 0;
  }

  get hasFresh(): boolean {
    return this.#fresh.length > 0;
  }

  /** Loaded, being loaded, or to be loaded. */
  get loads(): number {
    return this.#loading + this.#loaded.length + this.#toLoad.length;
  }

  get isEmpty(): boolean {
    return this.#fresh.length === 0 && this.loads === 0;
  }

  /** The next one to send; what was begun earlier goes first. */
  take(): WorkItem | undefined {
    const item = this.#loaded.shift();
    if (item !== undefined) return item;
    const fresh = this.#fresh.shift();
    if (fresh !== undefined) this.#freshBytes -= fresh.request?.body?.byteLength ?? 0;
    return fresh;
  }

  /** Asks the source for more, unless enough is there. */
  pull(): void {
    if (this.#pulling || this.#ended) return;
    if (this.#fresh.length >= this.#parts.connections || this.#freshBytes >= MOST_BYTES) return;
    const limit = Math.max(1, Math.min(this.#batch, Math.floor(MOST_BYTES / this.#meanBytes)));
    this.#pulling = true;
    this.#parts.source
      .next(limit, this.#parts.stop)
      .then((requests) => this.#accept(requests))
      .catch((error: unknown) => this.#broke(error));
  }

  /** Loads its body again; {@link take} returns it then. */
  reload(item: WorkItem): void {
    this.#toLoad.push(item);
    this.#loadNext();
  }

  /** It has its fate. */
  forget({ position, source }: Ticket): void {
    if (typeof position === 'string') this.#messages.delete(`${source}:${position}`);
  }

  #loadNext(): void {
    while (this.#loading < this.#parts.connections && !this.#parts.stop.aborted) {
      const item = this.#toLoad.shift();
      if (item === undefined) return;
      this.#loading += 1;
      this.#parts.source.load(item.ticket).then(
        (request) => {
          this.#loading -= 1;
          item.ticket = request;
          item.request = request;
          this.#loaded.push(item);
          this.#loadNext();
          this.#parts.changed();
        },
        (error: unknown) => {
          this.#loading -= 1;
          this.#broke(error);
        },
      );
    }
  }

  #accept(requests: readonly ReplayRequest[] | undefined): void {
    this.#pulling = false;
    this.#ended = requests === undefined;
    this.#nothingNow = requests?.length === 0;
    if (requests === undefined) return this.#parts.changed();
    if (this.#nothingNow) {
      this.#pulling = !this.#parts.stop.aborted;
      setTimeout(() => this.#askAgain(), NOTHING_PAUSE_MS);
      return this.#parts.changed();
    }
    let bytes = 0;
    for (const request of requests) {
      bytes += request.body?.byteLength ?? 0;
      this.#admit(request);
    }
    this.#meanBytes += (bytes / requests.length + 256 - this.#meanBytes) / 4;
    // Where all were passed over, others get their turn before the next are asked for.
    if (this.#fresh.length === 0) setImmediate(this.#parts.changed);
    else this.#parts.changed();
  }

  #askAgain(): void {
    this.#pulling = false;
    this.#parts.changed();
  }

  #admit(request: ReplayRequest): void {
    const { ledger, settlements, tally, order, ambiguous, postpone } = this.#parts;
    if (typeof request.position === 'string') {
      const name = `${request.source}:${request.position}`;
      if (this.#messages.has(name)) return;
      this.#messages.add(name);
    }
    const state = ledger.stateOf(request);
    if (state.kind === 'fate') {
      this.forget(request);
      tally.passedOver += 1;
      settlements.settle(request, earlierFate(state.fate));
      return;
    }
    const item = new WorkItem(request);
    continueFrom(item, state, ambiguous);
    if (order !== undefined && !order.admit(item)) return;
    if ('dueAt' in state && state.dueAt !== undefined && postpone(item, state.dueAt)) return;
    this.#fresh.push(item);
    this.#freshBytes += request.body?.byteLength ?? 0;
  }

  #broke(error: unknown): void {
    this.#pulling = false;
    // A source that stops waiting because of the abort has not failed.
    if (this.#parts.stop.aborted && error instanceof Error && error.name === 'AbortError')
      return this.#parts.changed();
    this.#parts.fail(error);
  }
}

function continueFrom(item: WorkItem, state: RecordState, ambiguous: 'resend' | 'report'): void {
  if (state.kind !== 'tried' && state.kind !== 'unknown') return;
  item.attempts = state.attempts;
  item.unsent = state.unsent ?? 0;
  if (state.kind === 'tried') return;
  item.maybeArrived = true;
  item.undecidable = ambiguous === 'report';
}

/** The ledger keeps no more of it than its kind in memory; a source needs no more. */
function earlierFate(kind: Fate['kind']): Fate {
  switch (kind) {
    case 'succeeded':
      return { kind, status: 0 };
    case 'rejected':
      return { kind, status: 0, answer: '' };
    case 'abandoned':
    case 'ambiguous':
      return { kind, why: 'concluded earlier' };
  }
}
