import { fraction } from '../../hash.ts';
import { SECOND_MS } from '../../time.ts';
import { LONGEST_RETRY_AFTER_SECONDS, type BackoffSettings } from './back-off.ts';

/** So many bad outcomes without a good one between: the target is down, whatever each single request asks for. */
export const BAD_IN_A_ROW = 20;
/** A target that is back is noticed within this, unless it asked for more time itself. */
export const LONGEST_PAUSE_SECONDS = 15;

/**
 * Knows whether the target is down as a whole. Then nothing is pulled any more and single requests find out whether it is back, with growing pauses: what is still to be sent
 * loses none of its attempts meanwhile. The first answer that counts ends it.
 */
export class Breaker {
  readonly #backoff: BackoffSettings;
  #badInARow = 0;
  #openings = 0;
  #probes = 0;
  #probeMs: number | undefined;
  #reason = '';

  /** @param downBecause it was down when an earlier process left: a probe is due */
  constructor(backoff: BackoffSettings, downBecause?: string) {
    this.#backoff = backoff;
    if (downBecause === undefined) return;
    this.#badInARow = BAD_IN_A_ROW;
    this.#probeMs = 0;
    this.#reason = downBecause;
  }

  /** Why nothing but probes is sent; `undefined`: the target answers. */
  get downBecause(): string | undefined {
    return this.#probeMs === undefined ? undefined : this.#reason;
  }

  /** When the next probe is due; `undefined`: nothing is held back. */
  get probeAtMs(): number | undefined {
    return this.#probeMs;
  }

  /** How many sends may begin, as far as the target's state is concerned. A probe goes alone: what ends next is its outcome. */
  permits(nowMs: number, inFlight: number): number {
    if (this.#probeMs === undefined) return Infinity;
    return inFlight === 0 && nowMs >= this.#probeMs ? 1 : 0;
  }

  good(): void {
    this.#badInARow = 0;
    this.#probes = 0;
    this.#probeMs = undefined;
  }

  /** The outcome of a request that fails whatever the target's state is: another probe follows soon. */
  tellsNothing(nowMs: number): void {
    if (this.#probeMs !== undefined) this.#probeMs = nowMs + this.#backoff.first * SECOND_MS;
  }

  bad(nowMs: number, inFlight: number, why: string, retryAfterSeconds = 0): void {
    this.#badInARow += 1;
    this.#reason = why;
    if (this.#badInARow < BAD_IN_A_ROW) return;
    if (this.#probeMs === undefined) this.#openings += 1;
    // Those that were under way when it went down are no probes.
    else if (inFlight === 0) this.#probes += 1;
    const askedFor = Math.min(retryAfterSeconds, LONGEST_RETRY_AFTER_SECONDS);
    const pause = Math.max(this.#pauseSeconds(), askedFor);
    this.#probeMs = Math.max(this.#probeMs ?? 0, nowMs + pause * SECOND_MS);
  }

  #pauseSeconds(): number {
    const longest = Math.min(this.#backoff.longest, LONGEST_PAUSE_SECONDS);
    const pause = Math.min(longest, this.#backoff.first * 2 ** Math.min(this.#probes, 30));
    return pause * (0.5 + 0.5 * fraction(`probe:${this.#openings}:${this.#probes}`));
  }
}
