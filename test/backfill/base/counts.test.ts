import { failedTotal, isBalanced, replayedTotal, type Counts } from '../../../src/backfill/base/counts.ts';

const COUNTS: Counts = {
  ...{ scanned: 45, malformed: 1, foreign: 2, healthy: 3, clientRecovered: 4, unrecoverable: 5, pending: 6 },
  replayed: { succeeded: 9, rejected: 8, abandoned: 4, ambiguous: 3 },
};

test('every record that was scanned is in exactly one count', () => {
  expect(replayedTotal(COUNTS.replayed)).toBe(24);
  expect(failedTotal(COUNTS)).toBe(39);
  expect(isBalanced(COUNTS)).toBe(true);
});

test.each(
  (
    ['scanned', 'malformed', 'foreign', 'healthy', 'clientRecovered', 'unrecoverable', 'pending'] as const
  ).flatMap((name) => [1, -1].map((by) => [name, by] as const)),
)('%s off by %i is out of balance', (name, by) => {
  expect(isBalanced({ ...COUNTS, [name]: COUNTS[name] + by })).toBe(false);
});

test.each(['succeeded', 'rejected', 'abandoned', 'ambiguous'] as const)(
  '%s off by one is out of balance',
  (name) => {
    const replayed = { ...COUNTS.replayed, [name]: COUNTS.replayed[name] + 1 };
    expect(isBalanced({ ...COUNTS, replayed })).toBe(false);
  },
);
