import type { Held, Lease, Refused } from '../../../journal/lease.ts';
import type { Cloud } from './cloud.ts';

/**
 * The turn of one slice in its process. An invocation that fails to write a checkpoint ends while its slice still computes: the slice freezes with the
 * process, and goes on with the next invocation, heartbeats included, so that it would look like another driver that lives. The turn of a slice ends
 * when the next one begins: without its lease it can change nothing.
 */
export class Turn {
  /** Until it has ended. */
  #before: Turn | undefined;
  #isOver = false;
  #acquiring: Promise<Held | Refused> | undefined;

  private constructor(before: Turn | undefined) {
    this.#before = before;
  }

  static begin(cloud: Cloud): Turn {
    const turn = new Turn(turns.get(cloud));
    turns.set(cloud, turn);
    return turn;
  }

  /** Acquires the lease of a run once the slice before has none any more; `undefined` when this turn is over itself. */
  async acquire(lease: Lease, runId: string): Promise<Held | Refused | undefined> {
    const before = this.#before;
    if (before !== undefined) await before.#end();
    this.#before = undefined;
    if (this.#isOver) return undefined;
    this.#acquiring = lease.acquire(runId, true);
    const acquired = await this.#acquiring;
    return this.#isOver ? undefined : acquired;
  }

  async #end(): Promise<void> {
    this.#isOver = true;
    // One that failed to acquire has nothing to release.
    const acquired = await this.#acquiring?.catch(() => undefined);
    if (acquired !== undefined && 'epoch' in acquired) await acquired.release();
  }
}

const turns = new WeakMap<Cloud, Turn>();
