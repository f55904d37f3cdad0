import type { Instant } from '../../time.ts';
import type { Header, RecordKey } from './record.ts';

/** A request that is to be sent, as its source holds it; the target rewrites it. */
export interface ReplayRequest extends RecordKey {
  readonly at: Instant;
  /** Requests with the same value keep their order. Absent: no order is asked for. */
  readonly orderKey?: string;
  readonly method: string;
  /** Origin form: path and query. */
  readonly url: string;
  readonly headers: readonly Header[];
  readonly body?: Uint8Array;
}

/** The part of a request that stays in memory while it waits: a few numbers. The rest is loaded again when it is sent. */
export interface Ticket extends RecordKey {
  readonly at: Instant;
  readonly orderKey?: string;
}

/** The fate of a request, as the ledger keeps it. */
export type Fate =
  | { readonly kind: 'succeeded'; readonly status: number }
  | { readonly kind: 'rejected'; readonly status: number; readonly answer: string }
  | { readonly kind: 'abandoned'; readonly why: string }
  | { readonly kind: 'ambiguous'; readonly why: string };

/**
 * Where missed requests come from: the work store of scanned logs, or a queue. Pulled, never pushed: requests that wait in it take no memory.
 */
export interface ReplaySource {
  /** For messages, e.g. `the work store` or the queue's name. */
  readonly name: string;
  /** How many there are to come, where it knows. */
  readonly total?: number;
  /**
   * The next requests, in their order, at most `limit`. Empty: none at the moment (a queue waits up to some seconds itself). `undefined`: there are no more.
   * The engine, not the source, skips records that have a fate in the ledger.
   */
  next(limit: number, pause: AbortSignal): Promise<readonly ReplayRequest[] | undefined>;
  /** The same request once more, for another attempt. Only what `next` gave and `settle` has not yet taken back is asked for. */
  load(ticket: Ticket): Promise<ReplayRequest>;
  /** Its fate is durable in the ledger: a queue deletes the message when it succeeded. */
  settle(ticket: Ticket, fate: Fate): Promise<void>;
  close(): Promise<void>;
}

/** The outcome of one attempt. The engine decides whether another one follows. */
export type Attempt =
  /** An answer came; `retryAfterSeconds` from its header. `answer` holds the beginning of its body for people, printable. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly answer: string;
      readonly retryAfterSeconds?: number;
    }
  /** It was not sent, or certainly did not arrive: no connection, a refused one. */
  | { readonly kind: 'unsent'; readonly why: string }
  /** It may have arrived: a reset, a time-out, garbage instead of an answer. */
  | { readonly kind: 'unknown'; readonly why: string }
  /** It cannot be sent as it is, ever, and nothing of it was: a line break in a header, too big for a queue. Abandoned at once. */
  | { readonly kind: 'unsendable'; readonly why: string };

/** Where requests go. Exactly one place, declared; redirects are answers, not followed. */
export interface ReplayTarget {
  /** For messages: without user, password and query. */
  readonly name: string;
  /**
   * Sends once. Never throws for what the other side does.
   * @param attempt from 1; with the key of the record it makes what is sent recognisable
   */
  send(request: ReplayRequest, attempt: number): Promise<Attempt>;
  /** Waits for requests in flight, then closes its connections. */
  close(): Promise<void>;
}

/** One answer of the target, for the control of the rate. */
export interface SendSample {
  readonly latencyMs: number;
  /** `good`: any answer below 500 but 429. `bad`: 5xx, 429, or no answer. */
  readonly outcome: 'good' | 'bad';
}

/** Limits how much may be sent. Times are milliseconds of a monotonic clock. */
export interface Governor {
  /** How many sends may begin now, given how many are under way. */
  allowance(nowMs: number, inFlight: number): number;
  /** When to ask again, if nothing else happens; `undefined`: only an answer changes it. */
  wakeAt(nowMs: number): number | undefined;
  /** `count` sends have begun. */
  began(nowMs: number, count: number): void;
  ended(nowMs: number, sample: SendSample): void;
  /** For status and log: `fixed at 500/s`, `adaptive: 312/s, live p99 120 ms`. */
  describe(nowMs: number): GovernorState;
}

export interface GovernorState {
  readonly mode: 'fixed' | 'adaptive';
  /** Sends a second that it allows now; undefined: no limit but the connections. */
  readonly ratePerSecond?: number;
  /** Why it is slower than it could be, for people; absent: nothing holds it back. */
  readonly heldBackBy?: string;
  readonly paused: boolean;
}
