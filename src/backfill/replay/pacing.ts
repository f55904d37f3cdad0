import type { BackoffSettings } from './back-off.ts';
import { Breaker } from './breaker.ts';
import { Lookahead } from './lookahead.ts';
import type { Attempt, Governor, GovernorState } from '../base/replay-ports.ts';
import { RetryBudget } from './retry-budget.ts';

export interface PacingSettings {
  readonly connections: number;
  readonly backoff: BackoffSettings;
  /** Percent. */
  readonly retryBudget: number;
}

/** Intents that may be ahead of the sends, for each connection: a disk is slower than a server next door. */
const LOOKAHEAD = 2;

/** How much may be sent now: what the connections, the rate, the state of the target and the retry budget leave. */
export class Pacing {
  readonly #governor: Governor;
  readonly #connections: number;
  readonly #breaker: Breaker;
  readonly #budget: RetryBudget;
  readonly #lookahead = new Lookahead();

  /** @param downBecause as in ReplayParts */
  constructor(
    governor: Governor,
    { connections, backoff, retryBudget }: PacingSettings,
    downBecause?: string,
  ) {
    this.#governor = governor;
    this.#connections = connections;
    this.#breaker = new Breaker(backoff, downBecause);
    this.#budget = new RetryBudget(retryBudget, connections);
  }

  /** Why nothing but probes is sent; `undefined`: the target answers. */
  get downBecause(): string | undefined {
    return this.#breaker.downBecause;
  }

  /** Sends that may begin now. */
  allowed(nowMs: number, inFlight: number): number {
    return Math.min(
      this.#connections - inFlight,
      this.#breaker.permits(nowMs, inFlight),
      this.#governor.allowance(nowMs, inFlight),
    );
  }

  /** A single request may find out whether the target is back. */
  mayProbe(nowMs: number, inFlight: number): boolean {
    return this.#breaker.permits(nowMs, inFlight) > 0;
  }

  /** @param flowing first sends go on */
  mayRepeat(nowMs: number, flowing: boolean): boolean {
    return this.#budget.mayRepeat(nowMs, flowing);
  }

  /** How many intents are to be on their way to the disk, or there and unsent. */
  intentsWanted(nowMs: number, inFlight: number, allowed: number): number {
    return this.#lookahead.wanted(
      allowed,
      Math.min(this.#breaker.permits(nowMs, inFlight), LOOKAHEAD * this.#connections),
    );
  }

  /** Time that an intent took to reach the disk. */
  intentTook(ms: number): void {
    this.#lookahead.tookMs(ms);
  }

  firstBegins(nowMs: number): void {
    this.#budget.began(nowMs, false);
  }

  repeatBegins(nowMs: number): void {
    this.#budget.began(nowMs, true);
  }

  began(nowMs: number, count: number): void {
    this.#governor.began(nowMs, count);
    this.#lookahead.sent(nowMs, count);
  }

  /**
   * What an attempt says of the target.
   * @param isSuspect the request has failed before while others did not
   */
  ended(nowMs: number, latencyMs: number, attempt: Attempt, inFlight: number, isSuspect = false): void {
    if (attempt.kind === 'unsendable') return;
    const isGood = attempt.kind === 'answered' && attempt.status < 500 && attempt.status !== 429;
    this.#governor.ended(nowMs, { latencyMs, outcome: isGood ? 'good' : 'bad' });
    if (isGood) {
      this.#breaker.good();
      this.#budget.succeeded();
    } else if (isSuspect && isItsOwnFault(attempt)) this.#breaker.tellsNothing(nowMs);
    else if (attempt.kind === 'answered')
      this.#breaker.bad(nowMs, inFlight, `answers ${attempt.status}`, attempt.retryAfterSeconds);
    else this.#breaker.bad(nowMs, inFlight, attempt.why);
  }

  /**
   * When to look again, if no answer, no entry of the ledger and nothing from the source comes first.
   *
   * @param allowed what was left of {@link allowed}
   * @param waits something is at hand to be sent
   * @param dueMs when the next repeat is due
   */
  wakeAt(nowMs: number, inFlight: number, allowed: number, waits: boolean, dueMs = Infinity): number {
    const whenAllowed = (): number => this.#governor.wakeAt(nowMs) ?? Infinity;
    const { probeAtMs } = this.#breaker;
    if (probeAtMs !== undefined) {
      // A probe is sent alone, after everything in flight has ended.
      if (inFlight > 0) return Infinity;
      if (probeAtMs > nowMs) return probeAtMs;
      // Without anything at hand, something must become due first.
      if (dueMs > nowMs && dueMs < Infinity) return dueMs;
      return allowed <= 0 ? whenAllowed() : Infinity;
    }
    const sendMs = waits && allowed <= 0 && inFlight < this.#connections ? whenAllowed() : Infinity;
    return Math.min(sendMs, dueMs > nowMs ? dueMs : this.#budget.askAgainMs(nowMs));
  }

  describe(nowMs: number): GovernorState {
    return this.#governor.describe(nowMs);
  }
}

/** An answer of the application itself; from a gateway or under load it would be another one. */
function isItsOwnFault(attempt: Attempt): boolean {
  return attempt.kind === 'answered' && attempt.status >= 500 && ![502, 503, 504].includes(attempt.status);
}
