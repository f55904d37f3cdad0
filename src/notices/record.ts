import type { Instant } from '../time.ts';
import type { Json } from '../workflow/base/decision.ts';

/** Name of the fact under which a run's journal keeps the delivery state of its notices. */
export const NOTICES_KEY = 'notices';

/** Number of undelivered notices stored with their text; further ones are only counted. */
const MOST_KEPT = 20;

/** An undelivered notice. */
export interface UndeliveredNotice {
  readonly at: Instant;
  readonly text: string;
  readonly why: string;
}

/** The delivery state of one channel. */
export interface ChannelRecord {
  readonly key: string;
  /** For people, e.g. `webhook https://chat.example`. */
  readonly label: string;
  /** Number of timeline entries handled: where a later process continues. */
  readonly handled: number;
  readonly delivered: number;
  /** Dropped because too many waited; the next delivered notice said so. */
  readonly omitted: number;
  /** Given up after all attempts, or not tried because the channel is closed. */
  readonly undelivered: number;
  /** Not delivered when the last process ended; sent when the run is resumed. */
  readonly waiting: number;
  /** The newest undelivered notices. */
  readonly lastUndelivered: readonly UndeliveredNotice[];
  /** The notice that is being retried; absent: none. */
  readonly retried?: RetriedNotice;
}

/** The attempts to deliver a notice so far: a later process continues them. */
export interface RetriedNotice {
  /** Number of timeline entries that are handled once this notice is. */
  readonly handled: number;
  readonly attempts: number;
  /** When the next attempt is due, in wall-clock time. */
  readonly nextAt: Instant;
}

export function emptyRecord(key: string, label: string): ChannelRecord {
  return {
    key,
    label,
    handled: 0,
    delivered: 0,
    omitted: 0,
    undelivered: 0,
    waiting: 0,
    lastUndelivered: [],
  };
}

/** The retried notice was delivered or given up. */
export function withoutRetried({ retried, ...record }: ChannelRecord): ChannelRecord {
  return retried === undefined ? { ...record } : record;
}

export function withUndelivered(record: ChannelRecord, notice: UndeliveredNotice): ChannelRecord {
  return {
    ...record,
    undelivered: record.undelivered + 1,
    lastUndelivered: [...record.lastUndelivered, notice].slice(-MOST_KEPT),
  };
}

export function recordsToJson(records: readonly ChannelRecord[]): Json {
  return records.map(({ retried, ...record }) => ({
    ...record,
    ...(retried && { retried: { ...retried } }),
    lastUndelivered: record.lastUndelivered.map((notice) => ({ ...notice })),
  }));
}

/**
 * The delivery state of a run's notices from its journal, for the evidence; empty if there is none.
 *
 * @example recordsOf(await journal.value(NOTICES_KEY)).filter(({ undelivered, waiting }) => undelivered + waiting > 0)
 */
export function recordsOf(fact: Json | undefined): readonly ChannelRecord[] {
  if (!Array.isArray(fact)) return [];
  return (fact as readonly Json[]).flatMap((item) => recordOf(item) ?? []);
}

/** A value that another version wrote in another format counts as absent: notices are sent again rather than not at all. */
function recordOf(item: Json): ChannelRecord | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { key, label, handled, delivered, omitted, undelivered, waiting, lastUndelivered, retried } =
    item as Partial<ChannelRecord>;
  if (typeof key !== 'string' || typeof label !== 'string' || !isCount(handled)) return undefined;
  if (!isCount(delivered) || !isCount(omitted) || !isCount(undelivered) || !isCount(waiting))
    return undefined;
  if (!Array.isArray(lastUndelivered)) return undefined;
  const shown = { key, label, handled, delivered, omitted, undelivered, waiting, lastUndelivered };
  return isRetried(retried) ? { ...shown, retried } : shown;
}

function isRetried(value: Partial<RetriedNotice> | undefined): value is RetriedNotice {
  return isCount(value?.handled) && isCount(value.attempts) && isCount(value.nextAt);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
