import { dirname } from 'node:path';
import { LifeboatError } from '../../errors.ts';
import { storageFailure, type StoredPart } from '../../storage/storage-failures.ts';
import type { Instant } from '../../time.ts';
import { formatInstant } from '../../time.ts';

/** `file` holds what no ledger holds. `bytes`: up to there it is whole. */
export function damagedLedger(
  file: string,
  what: string,
  place: { readonly line: number; readonly bytes: number },
): LifeboatError {
  return new LifeboatError(
    'LEDGER_DAMAGED',
    `The ledger ${file} is damaged: ${what}. Nothing is sent.`,
    `Restore ${file} from a copy. Without one, keep it and cut it after byte ${place.bytes} (head -c ${place.bytes}): the requests recorded after that byte are sent again, with the same idempotency keys.`,
    { at: { file, line: place.line, column: 1 } },
  );
}

export function newerLedger(file: string, version: number): LifeboatError {
  return new LifeboatError(
    'FORMAT_TOO_NEW',
    `Another version of Lifeboat wrote the ledger ${file} (its format is ${version}).`,
    'Go on with that version.',
  );
}

/** Ordinals count the records of one scan: in another one they are others. */
export function foreignLedger(file: string, at: Instant): LifeboatError {
  return new LifeboatError(
    'LEDGER_CONFLICT',
    `The ledger ${file}, begun ${formatInstant(at)}, belongs to another scan: it does not say which requests of this scan were sent.`,
    `Use another folder for this backfill. To continue the earlier one, scan the same sources into ${dirname(file)} what was scanned then.`,
  );
}

const LEDGER_PART: StoredPart = {
  unwritable: 'LEDGER_UNWRITABLE',
  afterwards: 'what was written before is safe',
  damaged: (file, what) => damagedLedger(file, what, { line: 1, bytes: 0 }),
};

/** What the file system threw while the ledger was written. */
export function appendFailure(error: unknown, file: string): unknown {
  return storageFailure(error, file, LEDGER_PART);
}
