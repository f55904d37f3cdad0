import type { QueueCalls, QueueDepth } from '../../../src/backfill/base/queue-calls.ts';
import { QueueEnd } from '../../../src/backfill/queue/queue-end.ts';
import { HOUR_MS, MINUTE_MS } from '../../../src/time.ts';

const NEVER = new AbortController().signal;

/** A queue one of whose messages another consumer holds for twelve hours. */
const HELD: QueueDepth = { visible: 0, inFlight: 1, delayed: 0, visibilitySeconds: 43_200 };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** As a process finds it that was just begun. @param quietMs how long nothing has come to its fate by now */
async function begun(quietMs: number): Promise<(ms: number) => Promise<boolean>> {
  const began = performance.now();
  const calls = { name: 'missed', depth: async () => HELD } as unknown as QueueCalls;
  const end = new QueueEnd(calls, {
    ...{ visibilitySeconds: 120, patienceSeconds: undefined, log: undefined },
    quietMs: () => quietMs + performance.now() - began,
  });
  await end.begin(NEVER);
  return async (ms) => {
    jest.advanceTimersByTime(ms);
    end.polled(false);
    end.polled(false);
    return end.isReached(0, NEVER);
  };
}

test('one process waits for a message as long as others may hold it', async () => {
  const isReachedAfter = await begun(0);
  expect(await isReachedAfter(11 * HOUR_MS)).toBe(false);
  expect(await isReachedAfter(2 * HOUR_MS)).toBe(true);
});

test('of processes one after the other, the last waits no longer than what the one before may have held', async () => {
  const isReachedAfter = await begun(13 * HOUR_MS);
  expect(await isReachedAfter(2 * MINUTE_MS)).toBe(false);
  expect(await isReachedAfter(2 * MINUTE_MS)).toBe(true);
});
