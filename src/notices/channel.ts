import type { Notice } from './notice.ts';

/** What is sent: a notice, with the mention of those left out before it. */
export type Message = Pick<Notice, 'subject' | 'text'>;

/** What came of one attempt. */
export type Delivery =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** Short; holds no secret. */
      readonly why: string;
      /** Asking again cannot help. */
      readonly isFinal: boolean;
      /** The other side wants to be left alone for so long. */
      readonly afterMs?: number;
    };

/**
 * One way to people. `deliver` asks once and answers within its own time limit, or earlier when `stop` aborts; it throws only what is a bug
 * or a failure of the journal.
 */
export interface Channel {
  /** The same in every process that drives the run. */
  readonly key: string;
  /** For people; of an address no more than its origin. */
  readonly label: string;
  /** Why nothing is sent this way, where that is so from the start. */
  readonly closed?: string;
  deliver(message: Message, stop: AbortSignal): Promise<Delivery>;
}

/** A channel that is declared and cannot be used: what it misses is counted, and told with the reason. */
export function closedChannel(key: string, label: string, why: string): Channel {
  return {
    key,
    label,
    closed: why,
    deliver: () => Promise.resolve({ ok: false, why, isFinal: true }),
  };
}
