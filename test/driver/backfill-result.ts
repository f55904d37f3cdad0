import type { BackfillResult } from '../../src/workflow/recovery/backfill-result.ts';

/** Six requests failed: one came back by itself, five were replayed. */
export const RESULT: BackfillResult = {
  ...{ scanned: 10, malformed: 0, foreign: 0, healthy: 4, failed: 6, clientRecovered: 1, unrecoverable: 0 },
  ...{ pending: 0, replayed: { succeeded: 5, rejected: 0, abandoned: 0, ambiguous: 0 } },
  ...{ sends: 5, resentUnknown: 0, windows: [], errorRate: 0.6, lossRate: 0, lossBasis: 'None is lost.' },
  ...{ byClass: [], balanced: true, sources: [], samples: [], actions: [] },
};
