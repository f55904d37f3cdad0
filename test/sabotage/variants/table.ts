import type { isRead } from '../../../src/facts/buckets.ts';
import type { DynamoHeld, LEASE_TIMES } from '../../../src/journal/dynamodb/dynamo-lease.ts';
import type { isOwn } from '../../../src/journal/dynamodb/items.ts';
import type { Log } from '../../../src/journal/dynamodb/log.ts';
import type { Rows } from '../../../src/journal/dynamodb/rows.ts';
import type { RunState } from '../../../src/journal/dynamodb/run-state.ts';
import type { refuseForeignRows } from '../../../src/journal/foreign-journal.ts';
import { variant, type TestSelection, type Variant } from '../variant.ts';

const CONTRACTS = 'test/journal/dynamodb/dynamo-store.test.ts';
const DRIVERS = 'test/journal/dynamodb/drivers.test.ts';

/** Rows whose key contains this are written whatever is there. */
const withoutCondition = (
  name: string,
  breaks: string,
  part: string,
  test: Required<TestSelection>,
): Variant =>
  variant<Rows['put']>({
    ...{ name, breaks, seam: 'Rows#put', tests: [test] },
    how: (put) =>
      async function (this: Rows, key, row, condition) {
        if (!`${key.pk}/${key.sk}`.includes(part)) return put.call(this, key, row, condition);
        await this.delete(key);
        return put.call(this, key, row, 'absent');
      },
  });

const withTimes = (change: Partial<typeof LEASE_TIMES>) => (times: typeof LEASE_TIMES) => ({
  ...times,
  ...change,
});

/** The journal in a table of DynamoDB: what one conditional write has to hold. */
export const table: readonly Variant[] = [
  withoutCondition(
    'a-row-of-the-log-replaces-another',
    'One row of the log is the fence: of two drivers that both believe to drive, one commits.',
    '/LOG#',
    { path: DRIVERS, name: 'two drivers that both believe' },
  ),
  withoutCondition('a-run-in-the-table-replaces-another', 'No two runs have one id.', 'RUNS/', {
    path: DRIVERS,
    name: 'takes at the last moment',
  }),
  withoutCondition(
    'an-old-checkpoint-replaces-a-newer-one',
    'A checkpoint replaces only the one that its writer has seen.',
    '/CHECKPOINT',
    { path: DRIVERS, name: 'does not replace a newer one' },
  ),
  withoutCondition(
    'a-signal-takes-the-number-of-another',
    'Signals are numbered without a gap, and none is lost.',
    '/SIGNAL#',
    { path: DRIVERS, name: 'signal at once are all heard' },
  ),
  variant<Log['takeOver']>({
    name: 'a-takeover-appends-no-record',
    breaks: 'After a takeover no append of the old driver succeeds, also one that is on its way.',
    seam: 'Log#takeOver',
    how: () => async () => undefined,
    tests: [{ path: DRIVERS, name: 'still on its way is refused' }],
  }),
  variant<typeof isOwn>({
    name: 'a-write-whose-answer-was-lost-is-not-recognized',
    breaks: 'A conditional write that is sent again recognizes the row that it has written.',
    seam: 'isOwn',
    how: () => () => false,
    tests: [{ path: 'test/journal/dynamodb/deaths.test.ts', name: 'the answer of each first attempt' }],
  }),
  variant<() => RunState['standing']>({
    name: 'a-driver-that-opens-its-journal-late-commits',
    breaks: 'A driver that reads of its own takeover commits nothing.',
    seam: 'RunState#standing',
    how: (standing) =>
      function (this: RunState) {
        return { ...standing.call(this), epoch: 0 };
      },
    tests: [{ path: DRIVERS, name: 'opens the journal only after it was replaced' }],
  }),
  variant<DynamoHeld['isOurs']>({
    name: 'a-lease-in-the-table-counts-as-held-for-ever',
    breaks: 'Each request asks the table whether the run is still this process’s.',
    seam: 'DynamoHeld#isOurs',
    how: () => async () => true,
    tests: [{ path: CONTRACTS, name: 'falls silent is replaced' }],
  }),
  variant<typeof LEASE_TIMES>({
    name: 'a-takeover-does-not-wait-for-the-last-request',
    breaks: 'A lease is taken over only after the longest request of the old driver has ended, too.',
    seam: 'LEASE_TIMES',
    how: withTimes({ longestRequestMs: 0 }),
    tests: [{ path: DRIVERS, name: 'the longest request has ended' }],
  }),
  variant<typeof LEASE_TIMES>({
    name: 'a-lease-in-the-table-expires-at-once',
    breaks: 'A driver that gives heartbeats is not taken over.',
    seam: 'LEASE_TIMES',
    how: withTimes({ expiresMs: 0, longestRequestMs: 0 }),
    tests: [{ path: CONTRACTS, name: 'gives heartbeats is not taken over' }],
  }),
  variant<typeof refuseForeignRows>({
    name: 'decisions-of-another-run-are-read',
    breaks: 'A journal is bound to its run: rows of another one are refused.',
    seam: 'refuseForeignRows',
    how: () => () => undefined,
    tests: [{ path: 'test/journal/dynamodb/troubles.test.ts', name: 'decisions of another run' }],
  }),
  variant<typeof isRead>({
    name: 'a-request-that-changes-something-is-counted-late',
    breaks: 'A request that changes something is counted in the table before it is sent.',
    seam: 'facts/isRead',
    how: () => () => true,
    tests: [{ path: DRIVERS, name: 'counted before it is sent' }],
  }),
];
