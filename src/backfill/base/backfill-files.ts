import { LifeboatError } from '../../errors.ts';
import { storageFailure, type StoredPart } from '../../storage/storage-failures.ts';

/** The folder of a backfill: its definition, its work store, its lock. */
export const BACKFILL_PART: StoredPart = {
  unwritable: 'BACKFILL_UNWRITABLE',
  afterwards: 'what was written before is safe',
  damaged: (file, what, cause) =>
    new LifeboatError(
      'BACKFILL_DAMAGED',
      `${file} is damaged: ${what}.`,
      'Restore it from a copy, or begin another backfill with --name.',
      { cause },
    ),
};

/** {@link storageFailure} of the folder of a backfill. */
export function folderFailure(error: unknown, file: string): unknown {
  return storageFailure(error, file, BACKFILL_PART);
}
