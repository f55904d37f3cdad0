import type { Journal } from '../journal/journal.ts';
import type { CallAws } from '../workflow/ports.ts';
import type { Clock } from './host.ts';
import { Pacer } from './pacer.ts';

const THROTTLES = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestThrottled',
  'SlowDown',
]);

export function isThrottle(error: unknown): boolean {
  return error instanceof Error && THROTTLES.has(error.name);
}

/** Sends requests at a pace the account allows; each is counted in the journal before it is sent. */
export function pacedCalls(journal: Journal, clock: Clock): CallAws {
  const pacer = new Pacer();
  return async (operation, send) => {
    for (let wait = pacer.take(operation, clock.now()); wait > 0; wait = pacer.take(operation, clock.now())) {
      await clock.sleepUntil(clock.now() + wait);
    }
    await journal.countCall(operation);
    try {
      return await send();
    } catch (error) {
      if (isThrottle(error)) {
        pacer.throttled(operation, clock.now());
        await journal.countThrottle(operation);
      }
      throw error;
    }
  };
}
