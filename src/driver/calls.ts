import { classOfCode } from '../aws/failure-codes.ts';
import type { Journal } from '../journal/journal.ts';
import type { CallAws } from '../workflow/base/executor.ts';
import type { Clock } from './ports.ts';
import { UnsupportedOperations } from './unsupported-operations.ts';
import { CallPacer } from './call-pacer.ts';

/** EC2 writes `Client.RequestLimitExceeded` in places. */
export function isThrottle(error: unknown): boolean {
  return error instanceof Error && classOfCode(error.name.replace(/^(Client|Server)\./, '')) === 'throttled';
}

/**
 * Sends requests at a pace the account allows; each is counted in the journal before it is sent. An operation that the endpoint has turned out to
 * lack is not sent any more: it fails as `unsupported`.
 */
export function pacedCalls(journal: Journal, clock: Clock): CallAws {
  const pacer = new CallPacer();
  const unsupported = new UnsupportedOperations();
  return async (operation, send) => {
    unsupported.refuse(operation);
    for (let wait = pacer.take(operation, clock.now()); wait > 0; wait = pacer.take(operation, clock.now())) {
      await clock.sleepUntil(clock.now() + wait);
    }
    await journal.countCall(operation);
    try {
      const answer = await send();
      unsupported.answered(operation);
      return answer;
    } catch (error) {
      unsupported.failed(operation, error);
      if (isThrottle(error)) {
        pacer.throttled(operation, clock.now());
        await journal.countThrottle(operation);
      }
      throw error;
    }
  };
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
