import type { lockBackfill } from '../../../src/backfill/work/lock.ts';
import type { createFileLock } from '../../../src/storage/file-lock.ts';
import type { checkSeal } from '../../../src/journal/sqlite/decision-rows.ts';
import type { SqliteJournal } from '../../../src/journal/sqlite/sqlite-journal.ts';
import type { checkTables } from '../../../src/journal/sqlite/tables.ts';
import type { isEpoch } from '../../../src/journal/sqlite/driver-row.ts';
import type { isRunId } from '../../../src/journal/run-ids.ts';
import type { succeed } from '../../../src/journal/sqlite/takeover.ts';
import { variant, type Variant } from '../variant.ts';

/** Who may write, and whether what is read is what was written. */
export const journal: readonly Variant[] = [
  variant<typeof createFileLock>({
    name: 'a-lock-does-not-lock',
    breaks: 'Only one process drives a run.',
    seam: 'createFileLock',
    how: () => () => ({ isShared: true, take: () => true, release: () => undefined }),
    tests: [
      { path: 'test/journal/sqlite/processes.test.ts', name: 'another process cannot drive the same run' },
    ],
  }),
  variant<typeof lockBackfill>({
    name: 'two-processes-replay-one-backfill',
    breaks: 'Only one process works on a backfill.',
    seam: 'lockBackfill',
    how: () => () => ({ release: () => undefined }),
    tests: [{ path: 'test/backfill/work/lock.test.ts', name: 'it is free again once it was released' }],
  }),
  variant<SqliteJournal['isOurs']>({
    name: 'a-driver-that-was-taken-over-counts-as-current',
    breaks: 'Each request asks the journal whether the run is still this process’s.',
    seam: 'SqliteJournal#isOurs',
    how: () => async () => true,
    tests: [{ path: 'test/journal/sqlite/local-store.test.ts', name: 'falls silent is replaced' }],
  }),
  variant<typeof isEpoch>({
    name: 'a-driver-that-was-taken-over-commits',
    breaks: 'Decisions, memo and heard signals of a driver that was taken over are not written.',
    seam: 'isEpoch',
    how: () => () => true,
    tests: [{ path: 'test/journal/sqlite/local-store.test.ts', name: 'falls silent is replaced' }],
  }),
  variant<typeof succeed>({
    name: 'a-takeover-does-not-wait-for-heartbeats',
    breaks: 'A driver is taken over only after it has been silent for longer than a heartbeat may be late.',
    seam: 'succeed',
    how: (succeedAfter) => (parts, takeOver) =>
      succeedAfter({ ...parts, pulse: { ...parts.pulse, patienceMs: 0 } }, takeOver),
    tests: [{ path: 'test/journal/sqlite/local-store.test.ts', name: 'gives heartbeats is not taken over' }],
  }),
  variant<typeof isRunId>({
    name: 'a-draft-counts-as-a-run',
    breaks: 'A run that is still being created is not listed.',
    seam: 'isRunId',
    how: () => () => true,
    tests: [{ path: 'test/journal/sqlite/local-store.test.ts', name: 'not listed before it is whole' }],
  }),
  variant<typeof checkSeal>({
    name: 'altered-rows-are-read',
    breaks: 'A row of the journal that was altered is damage.',
    seam: 'checkSeal',
    how: () => () => undefined,
    tests: [{ path: 'test/journal/sqlite/damage.test.ts', name: 'said with the file and the next step' }],
  }),
  variant<typeof checkTables>({
    name: 'a-journal-of-another-version-is-read',
    breaks: 'A journal of a newer version is left alone.',
    seam: 'checkTables',
    how: () => () => undefined,
    tests: [{ path: 'test/journal/sqlite/damage.test.ts' }],
  }),
];
