import { classOfCode } from '../../aws/failure-codes.ts';
import type { Journal } from '../../journal/journal.ts';
import type { CallAws } from '../../workflow/base/executor.ts';
import { CallPacer, type PacerMemo } from './call-pacer.ts';
import type { Clock } from '../base/ports.ts';
import { UnsupportedOperations, type OperationsMemo } from './unsupported-operations.ts';

/** EC2 writes `Client.RequestLimitExceeded` in places. */
export function isThrottle(error: unknown): boolean {
  return error instanceof Error && classOfCode(error.name.replace(/^(Client|Server)\./, '')) === 'throttled';
}

/** What is known of the API. */
export interface CallMemo {
  readonly pacing: PacerMemo;
  readonly operations: OperationsMemo;
}

/**
 * Sends requests at a pace the account allows; each is counted in the journal before it is sent. An operation that the endpoint has turned out to
 * lack is not sent any more: it fails as `unsupported`.
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

  /** Goes on from what an earlier driver knew. */
  recall({ pacing, operations }: Partial<CallMemo>): void {
    this.#pacer = new CallPacer(pacing);
    this.#operations = new UnsupportedOperations(operations);
    this.#memo = undefined;
  }

  /** The same object until something is called. */
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
 * The same calls, each begun when the one before it is over, in the order they were asked for. In a simulation nothing but the calls' own order may
 * decide what happens: two under way at once would finish in an order that real time decides.
 */
export function oneAtATime(call: CallAws): CallAws {
  let before: Promise<unknown> = Promise.resolve();
  return (operation, send) => {
    const turn = before.then(() => call(operation, send));
    // The next one does not mind how this one ends.
    before = turn.catch(() => undefined);
    return turn;
  };
}
