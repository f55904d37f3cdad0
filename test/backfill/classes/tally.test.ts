import { ClassTally, lossOf } from '../../../src/backfill/classes/tally.ts';
import type { ClassCount } from '../../../src/backfill/base/verdict.ts';
import { NOTHING_REPLAYED, type Counts } from '../../../src/backfill/base/counts.ts';
import { rulesOf } from './requests.ts';

test('one line for a rule, a verdict and a reason, in the order of the runbook', () => {
  const spec = rulesOf(
    'name: web, path: /web, behaviour: retries, horizon: 30s',
    'name: ios, path: /ios, behaviour: retries-forever',
  );
  const tally = new ClassTally(spec);
  const seen = [
    ['other clients', 'lost', 'no body'],
    ['ios', 'replayable', '4xx'],
    ['web', 'lost', 'no body'],
    ['web', 'retried', 'found'],
    ['ios', 'returns', 'for ever'],
    ['web', 'lost', 'forbidden'],
    ['web', 'lost', 'no body'],
  ] as const;
  for (const [rule, verdict, reason] of seen) tally.add(rule, verdict, reason);
  expect(tally.byClass).toEqual([
    { class: 'web', verdict: 'retried', failed: 1, recoverable: 1, reason: 'found' },
    { class: 'web', verdict: 'lost', failed: 1, recoverable: 0, reason: 'forbidden' },
    { class: 'web', verdict: 'lost', failed: 2, recoverable: 0, reason: 'no body' },
    { class: 'ios', verdict: 'returns', failed: 1, recoverable: 1, reason: 'for ever' },
    { class: 'ios', verdict: 'replayable', failed: 1, recoverable: 1, reason: '4xx' },
    { class: 'other clients', verdict: 'lost', failed: 1, recoverable: 0, reason: 'no body' },
  ]);
});

const counts = (parts: Partial<Counts>): Counts => ({
  scanned: 0,
  malformed: 0,
  foreign: 0,
  healthy: 0,
  clientRecovered: 0,
  unrecoverable: 0,
  pending: 0,
  replayed: NOTHING_REPLAYED,
  ...parts,
});
const line = (verdict: ClassCount['verdict'], failed: number): ClassCount => ({
  class: 'a',
  verdict,
  failed,
  recoverable: failed,
  reason: 'r',
});

test.each<[string, Counts, readonly ClassCount[], number, number, string]>([
  ['nothing', counts({ scanned: 3, malformed: 3 }), [], 0, 0, 'There were no requests.'],
  ['nothing failed', counts({ healthy: 1_000 }), [], 0, 0, 'None of 1,000 requests was missed.'],
  [
    'a scan',
    counts({ healthy: 9_000, clientRecovered: 600, unrecoverable: 100, pending: 300 }),
    [
      line('returns', 400),
      line('retried', 150),
      line('retried', 50),
      line('lost', 100),
      line('replayable', 300),
    ],
    0.1,
    0.01,
    'Of 1,000 missed requests 200 were retried by their clients, as the data shows, 400 are retried by their clients, as the runbook says and 300 are pending replay and count as recovered. 100 count as lost: 100 cannot be replayed.',
  ],
  [
    'a replay',
    counts({
      healthy: 0,
      unrecoverable: 1,
      replayed: { succeeded: 6, rejected: 1, abandoned: 1, ambiguous: 1 },
    }),
    [],
    1,
    0.4,
    'Of 10 missed requests 6 were replayed. 4 count as lost: 1 cannot be replayed, 1 were rejected, 1 were given up after all attempts and 1 may or may not have arrived.',
  ],
  [
    'everything is back',
    counts({ healthy: 2, replayed: { ...NOTHING_REPLAYED, succeeded: 2 } }),
    [],
    0.5,
    0,
    'Of 2 missed requests 2 were replayed. None counts as lost.',
  ],
  [
    'nothing is back',
    counts({ healthy: 0, unrecoverable: 2 }),
    [line('lost', 2)],
    1,
    1,
    'Of 2 missed requests none is recovered. 2 count as lost: 2 cannot be replayed.',
  ],
])('the loss of %s', (_, given, byClass, errorRate, lossRate, basis) => {
  expect(lossOf(given, byClass)).toEqual({ errorRate, lossRate, basis });
});
