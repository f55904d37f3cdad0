import type { Answer, Effect, Failure } from './effects.ts';
import type { Sighting, Watch } from './sightings.ts';

/**
 * Performs effects and observes the account. Implemented by a router over the kinds' adapters.
 *
 * Contract (kept by one suite, run on the simulator and on real endpoints):
 * - `perform` takes effects of ONE type, and one kind and operation where they have one, and answers each exactly once, in any order. It never
 *   throws for what AWS says: every failure is an answer with a class. It asks once: retries are the workflow's. Only effects of one `batchOf` are
 *   sent together.
 * - A retry with the same idempotency key makes nothing twice and answers as the first time.
 * - Deletes touch only what carries this run's tag; deleting a missing thing succeeds.
 * - `observe` reads in pages, and returns a sighting for each watched thing that was found. It throws a {@link ObservationFailure}
 *   when a read fails: what was not read is unknown, not absent.
 */
export interface Executor {
  /** Effects of equal `key` may share a request, `most` at a time; `undefined`: it has a request of its own. */
  batchOf(effect: Effect): Batch | undefined;
  perform(effects: readonly Effect[]): Promise<readonly Answer[]>;
  observe(watch: Watch): Promise<readonly Sighting[]>;
}

export interface Batch {
  readonly key: string;
  readonly most: number;
}

/** A read of the account failed: the state of the watched things is unknown, not absent. `cause`: the error thrown. */
export class ObservationFailure extends Error {
  override readonly name = 'ObservationFailure';
  readonly failure: Failure;

  constructor(failure: Failure, cause?: unknown) {
    super(`${failure.code}: ${failure.message}`, { cause });
    this.failure = failure;
  }
}

/**
 * Sends one request to AWS: the only place where the host counts, journals and paces requests.
 * `operation` is the API's name, e.g. `CreateVolume`. Passes on what `send` gives or throws.
 */
export type CallAws = <T>(operation: string, send: () => Promise<T>) => Promise<T>;
