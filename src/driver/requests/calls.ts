import { classOfCode } from '../../aws/failure-codes.ts';
import type { Journal } from '../../journal/journal.ts';
import type { CallAws } from '../../workflow/base/executor.ts';
import { CallPacer, type PacerMemo } from './call-pacer.ts';
import type { Clock } from '../base/ports.ts';
import { UnsupportedOperations, type OperationsMemo } from './unsupported-operations.ts';

/** EC2 sometimes prefixes codes: `Client.RequestLimitExceeded`. */
export function isThrottle(error: unknown): boolean {
  return error instanceof Error && classOfCode(error.name.replace(/^(Client|Server)\./, '')) === 'throttled';
}

/** What is known of the API. */
export interface CallMemo {
  readonly pacing: PacerMemo;
  readonly operations: OperationsMemo;
}

/**
 * Sends requests at the rate that the account allows; each is counted in the journal before it is sent. An operation that the endpoint has turned out
 * not to support is not sent again: it fails as `unsupported`.
 */
export class PacedCalls {
  readonly #journal: Journal;
  readonly #clock: Clock;
  #pacer = new CallPacer();
  #operations = new UnsupportedOperations();
  #memo: CallMemo | undefined;

  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
  }

  /** Restores the state that an earlier driver stored. */
  recall({ pacing, operations }: Partial<CallMemo>): void {
    this.#pacer = new CallPacer(pacing);
    this.#operations = new UnsupportedOperations(operations);
    this.#memo = undefined;
  }

  /** The same object until the next call. */
  get memo(): CallMemo {
    this.#memo ??= { pacing: this.#pacer.memo(this.#clock.now()), operations: this.#operations.memo };
    return this.#memo;
  }

  readonly call: CallAws = (operation, send) => this.perform(operation, send);

  async perform<T>(operation: string, send: () => Promise<T>): Promise<T> {
    this.#operations.refuse(operation);
    this.#memo = undefined;
    const clock = this.#clock;
    for (
      let wait = this.#pacer.take(operation, clock.now());
      wait > 0;
      wait = this.#pacer.take(operation, clock.now())
    )
      await clock.sleepUntil(clock.now() + wait);
    await this.#journal.countCall(operation);
    try {
      const answer = await send();
      this.#operations.answered(operation);
      return answer;
    } catch (error) {
      this.#operations.failed(operation, error);
      if (isThrottle(error)) {
        this.#pacer.throttled(operation, clock.now());
        await this.#journal.countThrottle(operation);
      }
      throw error;
    } finally {
      this.#memo = undefined;
    }
  }
}

/**
 * The same calls, one at a time, in the order they were requested. In a simulation only the order of the calls may
 * decide what happens: two concurrent calls would finish in an order that depends on real time.
 */
export function oneAtATime(call: CallAws): CallAws {
  let before: Promise<unknown> = Promise.resolve();
  return (operation, send) => {
    const turn = before.then(() => call(operation, send));
    // A failure of this call does not affect the next one.
    before = turn.catch(() => undefined);
    return turn;
  };
}
