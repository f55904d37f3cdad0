import { lookEverySeconds } from '../../plan/look-interval.ts';
import type { Plan } from '../../plan/types.ts';
import { SECOND_MS, type Instant } from '../../time.ts';

/** Ready resources and the claim are looked at only every so many looks. */
const LOOKS_BETWEEN_ALL = 10;

export interface LookMemo {
  /** The latest look, successful or not; absent before the first. */
  readonly at?: Instant;
  /** The latest look at everything. */
  readonly allAt?: Instant;
  /** The latest look was one that may confirm the recovery. */
  readonly isConfirming: boolean;
}

/**
 * Decides when to look. Looks are on a time grid that follows from the plan alone, not from when the process began, and the next look follows from the
 * last: a run that was killed and resumed looks at the same instants, and a run that no process drove for a while looks at once.
 */
export class Lookout {
  readonly everyMs: number;
  #memo: LookMemo;

  constructor(plan: Plan, memo: LookMemo = { isConfirming: false }) {
    this.everyMs = lookEverySeconds(plan.forecast.rtaSeconds.p50) * SECOND_MS;
    this.#memo = memo;
  }

  get memo(): LookMemo {
    return this.#memo;
  }

  get next(): Instant {
    const { at } = this.#memo;
    return at === undefined ? 0 : (this.#slot(at) + 1) * this.everyMs;
  }

  /** Longest time between two reads of the claim while looks succeed. */
  get claimEveryMs(): number {
    return LOOKS_BETWEEN_ALL * this.everyMs;
  }

  /** Whether the look at `at` includes ready resources: true on every tenth place of the grid, or at the first look after it. */
  looksAtAll(at: Instant): boolean {
    const { allAt } = this.#memo;
    return allAt === undefined || this.#tenth(at) > this.#tenth(allAt);
  }

  /** A look begins. */
  begin(at: Instant, isAll: boolean, isConfirming: boolean): void {
    this.#memo = { ...this.#memo, at, ...(isAll && { allAt: at }), isConfirming };
  }

  #slot(at: Instant): number {
    return Math.floor(at / this.everyMs);
  }

  #tenth(at: Instant): number {
    return Math.floor(this.#slot(at) / LOOKS_BETWEEN_ALL);
  }
}
