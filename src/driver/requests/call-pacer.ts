import { bucketOf } from '../../facts/buckets.ts';
import { SECOND_MS, type Instant } from '../../time.ts';

/** When throttled, this run's share of an operation's bucket is halved; it grows back by this fraction of the bucket per minute. */
const RECOVERY_PER_MINUTE = 0.1;
const SMALLEST_SHARE = 0.05;
/** Other users of the account share the buckets, so a reserve is never planned for. */
const COURTESY = 0.9;

interface Level {
  tokens: number;
  share: number;
  at: Instant;
}

/** Tokens and share of each operation's bucket at the instant of its last use. */
export type PacerMemo = Readonly<Record<string, Readonly<Level>>>;

/** Keeps a run below the limits of the API's token buckets, which all users of the account share. */
export class CallPacer {
  readonly #levels: Map<string, Level>;

  constructor(memo: PacerMemo = {}) {
    this.#levels = new Map(Object.entries(memo).map(([operation, level]) => [operation, { ...level }]));
  }

  /** A bucket that is full again by `now` equals an unused one, and is left out. */
  memo(now: Instant): PacerMemo {
    const used = [...this.#levels].filter(([operation, level]) => !isFull(operation, level, now));
    return Object.fromEntries(used.map(([operation, level]) => [operation, { ...level }]));
  }

  /** Milliseconds to wait before `operation` may be sent; 0 takes a token. */
  take(operation: string, now: Instant): number {
    const bucket = bucketOf(operation);
    const level = this.#levelAt(operation, now);
    if (level.tokens >= 1) {
      level.tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - level.tokens) / (bucket.refillPerSecond * COURTESY * level.share)) * SECOND_MS);
  }

  /** AWS throttled a request. */
  throttled(operation: string, now: Instant): void {
    const level = this.#levelAt(operation, now);
    level.share = Math.max(SMALLEST_SHARE, level.share / 2);
    level.tokens = 0;
  }

  #levelAt(operation: string, now: Instant): Level {
    const { capacity, refillPerSecond } = bucketOf(operation);
    const level = this.#levels.get(operation) ?? { tokens: capacity * COURTESY, share: 1, at: now };
    this.#levels.set(operation, level);
    const seconds = Math.max(0, now - level.at) / SECOND_MS;
    level.share = Math.min(1, level.share + (RECOVERY_PER_MINUTE * seconds) / 60);
    const most = Math.max(1, capacity * COURTESY * level.share);
    level.tokens = Math.min(most, level.tokens + refillPerSecond * COURTESY * level.share * seconds);
    level.at = now;
    return level;
  }
}

function isFull(operation: string, level: Level, now: Instant): boolean {
  if (level.share < 1) return false;
  const { capacity, refillPerSecond } = bucketOf(operation);
  const seconds = Math.max(0, now - level.at) / SECOND_MS;
  return level.tokens + refillPerSecond * COURTESY * seconds >= capacity * COURTESY;
}
