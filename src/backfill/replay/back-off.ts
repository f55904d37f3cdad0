import { fraction } from '../../hash.ts';
import { Heap } from '../../heap.ts';
import { SECOND_MS } from '../../time.ts';
import type { RecordKey } from '../base/record.ts';
import type { WorkItem } from './work-item.ts';

/** Upper limit of `Retry-After`. */
export const LONGEST_RETRY_AFTER_SECONDS = 3_600;
/** Enough to reach any longest pause, and no number overflows on the way. */
const MOST_DOUBLINGS = 30;

export interface BackoffSettings {
  /** Seconds. */
  readonly first: number;
  /** Seconds. */
  readonly longest: number;
}

/**
 * Capped full jitter: anything up to `first * 2^(attempt - 1)`, at most `longest`, and never less than the server asked for. The chance is a hash of
 * the record and the attempt, so that a restarted process needs no memory of it.
 *
 * @param attempt the one that failed, from 1
 */
export function pauseSeconds(
  { source, position }: RecordKey,
  attempt: number,
  { first, longest }: BackoffSettings,
  retryAfterSeconds?: number,
): number {
  const chance = fraction(`${source}:${position}:${attempt}`);
  const jittered = chance * Math.min(longest, first * 2 ** Math.min(attempt - 1, MOST_DOUBLINGS));
  if (retryAfterSeconds === undefined) return jittered;
  // Jitter: requests with the same Retry-After must not all be sent at the same instant.
  return Math.min(retryAfterSeconds, LONGEST_RETRY_AFTER_SECONDS) + chance * Math.min(first, longest);
}

/** Of a pause that began in an earlier process. Never longer than any pause is, though the clock may have been set back. */
export function secondsLeft(ms: number, { longest }: BackoffSettings): number {
  return Math.min(ms / SECOND_MS, Math.max(longest, LONGEST_RETRY_AFTER_SECONDS));
}

/** What waits for another attempt, the earliest first. Without a timer or a closure for any of them. */
export class BackOff {
  readonly #waiting = new Heap<WorkItem>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Milliseconds of the engine's clock; Infinity when nothing waits. */
  get nextDueMs(): number {
    return this.#waiting.topKey;
  }

  add(item: WorkItem, nowMs: number, seconds: number): void {
    item.unload();
    this.#waiting.push(nowMs + seconds * SECOND_MS, item);
  }

  /** Takes out the one that is due first, whether or not it is due already. */
  take(): WorkItem | undefined {
    return this.#waiting.pop();
  }
}
