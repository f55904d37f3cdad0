import { Heap } from '../../heap.ts';
import type { Instant } from '../../time.ts';
import type { Numbers } from '../model/numbers.ts';

interface Hold {
  readonly amount: number;
  readonly until: Instant | undefined;
}

/** What is in use of each quota that is counted in amounts. Kept in memory, rebuilt from the entities; only the peaks are stored. */
export class Ledger {
  readonly #holds = new Map<string, Map<string, Hold>>();
  readonly #totals = new Map<string, number>();
  /** Ids by the instant at which they stop holding; of an id that has let go or holds anew, an earlier entry may remain. */
  readonly #expiring = new Map<string, Heap<string>>();
  readonly #numbers: Numbers;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
  }

  /** Takes `amount` for `id`, until an instant if one is given. Replaces what `id` held of this pool. */
  take(pool: string, id: string, amount: number, until?: Instant): void {
    this.release(pool, id);
    let holds = this.#holds.get(pool);
    if (holds === undefined) this.#holds.set(pool, (holds = new Map<string, Hold>()));
    holds.set(id, { amount, until });
    this.#totals.set(pool, (this.#totals.get(pool) ?? 0) + amount);
    if (until === undefined) return;
    let expiring = this.#expiring.get(pool);
    if (expiring === undefined) this.#expiring.set(pool, (expiring = new Heap<string>()));
    expiring.push(until, id);
  }

  release(pool: string, id: string): void {
    const hold = this.#holds.get(pool)?.get(id);
    if (hold === undefined) return;
    this.#holds.get(pool)?.delete(id);
    this.#totals.set(pool, (this.#totals.get(pool) ?? 0) - hold.amount);
  }

  used(pool: string, now: Instant): number {
    const expiring = this.#expiring.get(pool);
    while (expiring !== undefined && expiring.topKey <= now) {
      const until = expiring.topKey;
      const id = expiring.pop() as string;
      if (this.#holds.get(pool)?.get(id)?.until === until) this.release(pool, id);
    }
    return this.#totals.get(pool) ?? 0;
  }

  /** Remembers the most that was ever in use. */
  noteUse(pool: string, amount: number): void {
    this.#numbers.raise(`peak/${pool}`, amount);
  }

  /** Counts a call refused for this quota. */
  noteRefusal(pool: string): void {
    this.#numbers.add(`refused/${pool}`);
  }
}
