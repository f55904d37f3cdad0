import type { ReplayTarget } from '../../src/backfill/base/replay-ports.ts';
import { listSource, removeFolders, requests, run } from '../backfill/replay/parts.ts';

// Repeats are few where nothing else is sent: it takes a minute, most of it waiting.
jest.setTimeout(180_000);
afterAll(removeFolders);

test('requests that fail by themselves come to their end, and do not open the breaker', async () => {
  const target: ReplayTarget = {
    name: 'one with poison',
    send: async ({ ordinal = 0 }) =>
      ordinal % 4 === 0
        ? { kind: 'answered', status: 500, answer: 'poison' }
        : { kind: 'answered', status: 200, answer: '' },
    close: async () => undefined,
  };
  const settings = { attempts: 3, backoff: { first: 0.01, longest: 30 } };
  const { end } = await run({ source: listSource(requests(120)), target, settings });
  expect(end).toMatchObject({ sends: 120 + 30 * 2, fates: { succeeded: 90, abandoned: 30 } });
});
