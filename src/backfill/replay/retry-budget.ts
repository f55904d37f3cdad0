import { SECOND_MS } from '../../time.ts';

const SLOT_MS = 500;
/** Ten seconds. */
const SLOTS = 20;
/** When only repeats are left: the initial reserve, and its refill a second even if none succeeds. */
const RESERVE = 10;
const RESERVE_PER_SECOND = 1;
/** Repeats that each success then allows. */
const PER_SUCCESS = 2;

/**
 * Keeps repeats from becoming a load of their own. While first sends flow, at most the given share of the sends of the last ten seconds may be repeats; the
 * rest of them wait. When there are no first sends, that share would be nothing for ever: then repeats go by what succeeds, from a trickle upwards.
 */
export class RetryBudget {
  readonly #share: number;
  readonly #most: number;
  readonly #sends = new Float64Array(SLOTS);
  readonly #repeats = new Float64Array(SLOTS);
  #slot = 0;
  #slotBeganMs: number | undefined;
  #sendsInWindow = 0;
  #repeatsInWindow = 0;
  #reserve = RESERVE;
  #reserveFilledMs: number | undefined;

  /** @param most repeats that may be allowed at one instant */
  constructor(percent: number, most: number) {
    this.#share = percent / 100;
    this.#most = Math.max(most, RESERVE);
  }

  /** @param flowing first sends go on */
  mayRepeat(nowMs: number, flowing: boolean): boolean {
    this.#turn(nowMs);
    if (!flowing) return this.#reserve >= 1;
    return this.#repeatsInWindow + 1 <= this.#share * (this.#sendsInWindow + 1);
  }

  began(nowMs: number, isRepeat: boolean): void {
    this.#turn(nowMs);
    this.#sends[this.#slot] = (this.#sends[this.#slot] ?? 0) + 1;
    this.#sendsInWindow += 1;
    if (!isRepeat) return;
    this.#repeats[this.#slot] = (this.#repeats[this.#slot] ?? 0) + 1;
    this.#repeatsInWindow += 1;
    this.#reserve = Math.max(0, this.#reserve - 1);
  }

  succeeded(): void {
    this.#reserve = Math.min(this.#most, this.#reserve + PER_SUCCESS);
  }

  /** When to ask again, if nothing else happens. */
  askAgainMs(nowMs: number): number {
    return nowMs + SLOT_MS / 2;
  }

  #turn(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - (this.#reserveFilledMs ?? nowMs));
    this.#reserveFilledMs = nowMs;
    // What success has earned stays; time alone never brings more than the trickle's own reserve.
    if (this.#reserve < RESERVE)
      this.#reserve = Math.min(RESERVE, this.#reserve + (elapsedMs / SECOND_MS) * RESERVE_PER_SECOND);
    this.#slotBeganMs ??= nowMs;
    if (nowMs - this.#slotBeganMs >= SLOT_MS * SLOTS) this.#forget(nowMs);
    while (nowMs - this.#slotBeganMs >= SLOT_MS) {
      this.#slot = (this.#slot + 1) % SLOTS;
      this.#slotBeganMs += SLOT_MS;
      this.#sendsInWindow -= this.#sends[this.#slot] ?? 0;
      this.#repeatsInWindow -= this.#repeats[this.#slot] ?? 0;
      this.#sends[this.#slot] = 0;
      this.#repeats[this.#slot] = 0;
    }
  }

  #forget(nowMs: number): void {
    this.#sends.fill(0);
    this.#repeats.fill(0);
    this.#sendsInWindow = 0;
    this.#repeatsInWindow = 0;
    this.#slotBeganMs = nowMs;
  }
}
