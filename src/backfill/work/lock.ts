import { advise, lifeboat } from '../../advice.ts';
import { LifeboatError } from '../../errors.ts';
import { BACKFILL_PART, folderFailure } from '../base/backfill-files.ts';
import { createFileLock, isLocked } from '../../storage/file-lock.ts';
import { makePrivateDirectory } from '../../storage/private-files.ts';

export interface BackfillLock {
  release(): void;
}

/**
 * Keeps every other process from working on the backfill in `directory`, which is its own folder, not that of a run. The system releases it when the process dies.
 * @throws LifeboatError `RUN_IS_DRIVEN` when another one has it
 */
export function lockBackfill(directory: string): BackfillLock {
  try {
    makePrivateDirectory(directory);
  } catch (error) {
    throw folderFailure(error, directory);
  }
  const lock = createFileLock(directory, BACKFILL_PART);
  if (lock.take(0)) return { release: () => lock.release() };
  throw new LifeboatError(
    'RUN_IS_DRIVEN',
    `Another process works on the backfill in ${directory}.`,
    advise`Watch it with ${lifeboat('backfill status')}, or stop it first: everything it sent is recorded.`,
  );
}

/** Whether a living process works on it. */
export function isBackfillDriven(directory: string): boolean {
  return isLocked(directory, 0, BACKFILL_PART);
}
