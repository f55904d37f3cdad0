import type { Notice } from './notice.ts';

/** A notice as sent, including the number of notices dropped before it. */
export type Message = Pick<Notice, 'subject' | 'text'>;

/** The outcome of one attempt. */
export type Delivery =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** Short; holds no secret. */
      readonly why: string;
      /** A retry cannot help. */
      readonly isFinal: boolean;
      /** The receiver asked for this delay before a retry. */
      readonly afterMs?: number;
    };

/**
 * Delivers notices to one target. `deliver` tries once and returns within its own time limit, or earlier when `stop` aborts; it throws only for a bug
 * or a journal failure.
 */
export interface Channel {
  /** The same in every process that drives the run. */
  readonly key: string;
  /** The display name; contains only the origin of an address. */
  readonly label: string;
  /** Why the channel is closed from the start. */
  readonly closed?: string;
  deliver(message: Message, stop: AbortSignal): Promise<Delivery>;
}

/** A configured channel that cannot be used: its undelivered notices are counted and reported with the reason. */
export function closedChannel(key: string, label: string, why: string): Channel {
  return {
    key,
    label,
    closed: why,
    deliver: () => Promise.resolve({ ok: false, why, isFinal: true }),
  };
}
