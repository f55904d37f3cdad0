import { lookEverySeconds } from '../plan/look-interval.ts';
import type { Plan } from '../plan/types.ts';
import { SECOND_MS, type Instant } from '../time.ts';
import type { Failure } from '../workflow/base/effects.ts';
import type { Member } from '../workflow/fleet.ts';
import { ObservationFailure, type Executor } from '../workflow/base/executor.ts';
import type { Watch } from '../workflow/base/sightings.ts';
import { Observer, type Look } from './observer.ts';

/** Ready resources are looked at again only every so often. */
const LOOKS_BETWEEN_ALL = 10;

/**
 * When to look. Looks stand on a grid that follows from the plan alone, not from when the process began: a run that was killed and
 * resumed sees what it would have seen anyway.
 */
export class Lookout {
  readonly #everyMs: number;
  readonly #executor: Executor;
  #observer: Observer;
  #next: Instant;
  #lookedAt: Instant | undefined;

  /**
   * `lookedAt`: the latest look whose decisions are written. A decision of this very instant is no proof of a look: it may follow from
   * an operator's signal that was heard after a crash had lost the look.
   */
  constructor(plan: Plan, executor: Executor, lookedAt: Instant | undefined, now: Instant) {
    this.#everyMs = lookEverySeconds(plan.forecast.rtaSeconds.p50) * SECOND_MS;
    this.#executor = executor;
    this.#observer = new Observer(executor);
    this.#lookedAt = lookedAt;
    const from = lookedAt === now ? now + 1 : now;
    this.#next = Math.ceil(from / this.#everyMs) * this.#everyMs;
  }

  /** The latest look at the fleet, successful or not; absent before the first. */
  get lookedAt(): Instant | undefined {
    return this.#lookedAt;
  }

  get next(): Instant {
    return this.#next;
  }

  /** Whether the look at `at` takes in what is ready, too. */
  looksAtAll(at: Instant): boolean {
    return Math.floor(at / this.#everyMs) % LOOKS_BETWEEN_ALL === 0;
  }

  /** One read of these; a failure says that what was to be seen is unknown, not absent. */
  async look(members: readonly Member[], at: Instant, claim?: Watch['claim']): Promise<Look | Failure> {
    this.#next = (Math.floor(at / this.#everyMs) + 1) * this.#everyMs;
    this.#lookedAt = at;
    return this.#read(members, at, claim);
  }

  /** The look under way counts for nothing, whatever it still brings: what it has seen is not taken for told. */
  abandon(): void {
    this.#observer = new Observer(this.#executor);
  }

  /** Whose the runbook is, out of turn: the next look comes when it would have come. */
  lookAtClaim(at: Instant, claim: NonNullable<Watch['claim']>): Promise<Look | Failure> {
    return this.#read([], at, claim);
  }

  async #read(members: readonly Member[], at: Instant, claim?: Watch['claim']): Promise<Look | Failure> {
    try {
      return await this.#observer.look(members, at, claim);
    } catch (error) {
      if (!(error instanceof ObservationFailure)) throw error;
      return error.failure;
    }
  }
}
