import { fraction } from '../../hash.ts';
import { SECOND_MS } from '../../time.ts';
import type { RecordKey } from '../base/record.ts';
import type { WorkItem } from './work-item.ts';

/** However long a server asks to wait: after so much it is asked again. */
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
  // All who were told the same would come at the same instant.
  return Math.min(retryAfterSeconds, LONGEST_RETRY_AFTER_SECONDS) + chance * Math.min(first, longest);
}

/** What waits for another attempt, the earliest first: a binary heap. Without a timer or a closure for any of them. */
export class BackOff {
  private readonly heap: WorkItem[] = [];

  get size(): number {
    return this.heap.length;
  }

  /** Milliseconds of the engine's clock; `undefined` when nothing waits. */
  get nextDueMs(): number | undefined {
    return this.heap[0]?.dueMs;
  }

  add(item: WorkItem, nowMs: number, seconds: number): void {
    item.unload();
    item.dueMs = nowMs + seconds * SECOND_MS;
    this.heap.push(item);
    this.rise(this.heap.length - 1);
  }

  /** Takes out the one that is due first, whether or not it is due already. */
  take(): WorkItem | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (last !== undefined && this.heap.length > 0) {
      this.heap[0] = last;
      this.sink();
    }
    return first;
  }

  private rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.isEarlier(index, parent)) return;
      this.swap(index, parent);
      index = parent;
    }
  }

  private sink(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= this.heap.length) return;
      const right = left + 1;
      const earlier = right < this.heap.length && this.isEarlier(right, left) ? right : left;
      if (!this.isEarlier(earlier, index)) return;
      this.swap(index, earlier);
      index = earlier;
    }
  }

  private isEarlier(index: number, other: number): boolean {
    return (this.heap[index]?.dueMs ?? 0) < (this.heap[other]?.dueMs ?? 0);
  }

  private swap(index: number, other: number): void {
    const one = this.heap[index];
    const two = this.heap[other];
    if (one === undefined || two === undefined) throw new Error('a heap without gaps');
    this.heap[index] = two;
    this.heap[other] = one;
  }
}
