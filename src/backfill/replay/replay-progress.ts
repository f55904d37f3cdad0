import { NOTHING_REPLAYED, type ReplayCounts } from '../base/counts.ts';
import type { Fate, GovernorState } from '../base/replay-ports.ts';

/** How a replay ended: everything has its fate, or it was paused. Counts are of this process alone; the ledger's are of the whole backfill. */
export interface ReplayEnd {
  readonly kind: 'done' | 'paused';
  readonly sends: number;
  /** Of those: not the first attempt. */
  readonly repeats: number;
  /** Had their fate from earlier. */
  readonly passedOver: number;
  readonly fates: ReplayCounts;
  /** Requests with a fate whose settlement the source refused: it may return them again, and they are skipped. */
  readonly unsettled: number;
  /** The last reason for that. */
  readonly unsettledBecause?: string;
}

/** How far a replay is. Counts are of this process. */
export interface ReplayProgress {
  /** How many the source has in all, where it knows. */
  readonly total?: number;
  readonly sends: number;
  readonly repeats: number;
  readonly passedOver: number;
  readonly fates: ReplayCounts;
  readonly inFlight: number;
  /** In back-off, for another attempt. */
  readonly waiting: number;
  /** Behind an earlier request with the same key. */
  readonly parked: number;
  readonly unsettled: number;
  /** Over the last seconds. */
  readonly sendsPerSecond: number;
  /** Why nothing but probes is sent, for people; absent: the target answers. */
  readonly targetDown?: string;
  readonly governor: GovernorState;
}

/** Counts of this process. */
export class ReplayTally {
  sends = 0;
  repeats = 0;
  passedOver = 0;
  #counts = { ...NOTHING_REPLAYED };

  count({ kind }: Fate): void {
    this.#counts[kind] += 1;
  }

  get fates(): ReplayCounts {
    return { ...this.#counts };
  }
}

const WINDOW_MS = 5_000;

/** Sends a second, of the last five seconds. */
export class SendMeter {
  #beganMs: number | undefined;
  #count = 0;
  #rate = 0;

  add(nowMs: number): void {
    this.#turn(nowMs);
    this.#count += 1;
  }

  perSecond(nowMs: number): number {
    this.#turn(nowMs);
    const elapsedMs = nowMs - (this.#beganMs ?? nowMs);
    const share = Math.min(1, elapsedMs / WINDOW_MS);
    return this.#rate * (1 - share) + (elapsedMs > 0 ? (this.#count / elapsedMs) * 1_000 * share : 0);
  }

  #turn(nowMs: number): void {
    this.#beganMs ??= nowMs;
    const elapsedMs = nowMs - this.#beganMs;
    if (elapsedMs < WINDOW_MS) return;
    this.#rate = (this.#count / elapsedMs) * 1_000;
    this.#count = 0;
    this.#beganMs = nowMs;
  }
}
