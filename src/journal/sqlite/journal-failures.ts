import { basename, dirname } from 'node:path';
import { LifeboatError } from '../../errors.ts';
import { storageFailure, unwritable, type StoredPart } from '../../storage/storage-failures.ts';

export const JOURNAL_PART: StoredPart = {
  unwritable: 'JOURNAL_UNWRITABLE',
  afterwards: 'what was written before is safe',
  damaged,
};

/** The journal has invalid contents. `what`: a whole clause, e.g. `row 3 of 'history' is not JSON`. */
export function damaged(file: string, what: string, cause?: unknown): LifeboatError {
  return new LifeboatError(
    'JOURNAL_DAMAGED',
    `The journal ${file} is damaged: ${what}.`,
    `Restore ${file} from a copy; without one, find what the run made by its tag lifeboat:run=${basename(dirname(file))}.`,
    { cause },
  );
}

/** A directory without a journal and without a driver's lock: the process was stopped while it started the run. */
export function stillborn(file: string): LifeboatError {
  const runId = basename(dirname(file));
  return new LifeboatError(
    'JOURNAL_DAMAGED',
    `The run ${runId} has no journal and never had a driver: it was stopped while it started, and made nothing.`,
    `Start it again; it gets an id of its own. Remove ${dirname(file)} if its name is in the way.`,
  );
}

export function journalUnwritable(file: string, why: string): LifeboatError {
  return unwritable(file, why, JOURNAL_PART);
}

/** {@link storageFailure} of a journal. */
export function journalFailure(error: unknown, file: string): unknown {
  return storageFailure(error, file, JOURNAL_PART);
}
