import type { Instant } from '../time.ts';
import type { Json } from '../workflow/base/decision.ts';

/** Name of the fact under which a run's journal keeps what became of its notices. */
export const NOTICES_KEY = 'notices';

/** Undelivered notices that are kept word for word; further ones are counted. */
const MOST_KEPT = 20;

/** A notice that reached nobody. */
export interface UndeliveredNotice {
  readonly at: Instant;
  readonly text: string;
  readonly why: string;
}

/** What became of the notices of one channel. */
export interface ChannelRecord {
  readonly key: string;
  /** For people, e.g. `webhook https://chat.example`. */
  readonly label: string;
  /** Entries of the run's timeline that are done with: where a later process goes on. */
  readonly handled: number;
  readonly delivered: number;
  /** Left out because too many waited; the next one delivered said so. */
  readonly omitted: number;
  /** Given up after all attempts, or never tried because there was no way. */
  readonly undelivered: number;
  /** Not delivered when the last process ended; sent when the run is resumed. */
  readonly waiting: number;
  /** The newest of the undelivered. */
  readonly lastUndelivered: readonly UndeliveredNotice[];
  /** The notice that is being retried; absent: none. */
  readonly retried?: RetriedNotice;
}

/** How far the attempts to deliver a notice have come: a later process goes on with them. */
export interface RetriedNotice {
  /** Entries of the run's timeline that are done with once this notice is. */
  readonly handled: number;
  readonly attempts: number;
  /** When the next attempt is due, by the clock on the wall. */
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

/** The notice that was retried is done with. */
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
 * What a journal keeps of the notices of a run, for its evidence; empty when there is none.
 *
 * @example recordsOf(await journal.value(NOTICES_KEY)).filter(({ undelivered, waiting }) => undelivered + waiting > 0)
 */
export function recordsOf(fact: Json | undefined): readonly ChannelRecord[] {
  if (!Array.isArray(fact)) return [];
  return (fact as readonly Json[]).flatMap((item) => recordOf(item) ?? []);
}

/** What another version wrote in another shape is as if it were absent: notices are sent again rather than not at all. */
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
