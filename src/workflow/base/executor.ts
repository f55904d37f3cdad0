import type { Answer, Effect, Failure } from './effects.ts';
import type { Sighting, Watch } from './sightings.ts';

/**
 * Performs effects and observes the account. Implemented by a router over the kinds' adapters.
 *
 * Contract (tested by one suite, on the simulator and on real endpoints):
 * - `perform` takes effects of ONE type, and of one kind and operation where they have these, and answers each exactly once, in any order. A failure
 *   of AWS is an answer with a class, never an exception. `perform` does not retry: the workflow does. Only effects with equal `batchOf` keys
 *   share a request.
 * - A retry with the same idempotency key creates nothing twice and gives the same answer.
 * - Deletes touch only things with the tags of this run; deleting a missing thing succeeds.
 * - `observe` reads in pages, and returns a sighting for each watched thing that was found. It throws an {@link ObservationFailure}
 *   when a read fails: then the state of a thing is unknown, and it does not count as absent.
 */
export interface Executor {
  /** Effects with equal `key` may share a request, up to `most` of them; `undefined`: the effect has a request of its own. */
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
 * `operation` is the API's name, e.g. `CreateVolume`. Returns the result of `send`, or throws its error.
 */
export type CallAws = <T>(operation: string, send: () => Promise<T>) => Promise<T>;
