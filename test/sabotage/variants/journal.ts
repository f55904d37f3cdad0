import type { lockBackfill } from '../../../src/backfill/work/lock.ts';
import type { createFileLock } from '../../../src/storage/file-lock.ts';
import type { checkSeal } from '../../../src/journal/sqlite/decision-rows.ts';
import type { SqliteJournal } from '../../../src/journal/sqlite/sqlite-journal.ts';
import type { checkTables } from '../../../src/journal/sqlite/tables.ts';
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
    tests: [{ path: 'test/journal/sqlite/sqlite-journal.test.ts', name: 'is fenced off by the epoch' }],
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
