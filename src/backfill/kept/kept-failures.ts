import { LifeboatError } from '../../errors.ts';

/** `object` holds what no process has kept there. */
export function damagedObject(object: string, what: string): LifeboatError {
  return new LifeboatError(
    'BACKFILL_DAMAGED',
    `The backfill is kept in S3, and ${object} is damaged: ${what}. Nothing is sent.`,
    `Restore ${object}, from an earlier version if the bucket keeps versions, then resume the run.`,
  );
}

/** To begin anew would send everything again. */
export function lostRecords(place: string, found: number, known: number): LifeboatError {
  return new LifeboatError(
    'BACKFILL_DAMAGED',
    `The backfill is kept in S3, and ${place} has ${found} of at least ${known} records: objects were deleted, or this is another bucket. Nothing is sent.`,
    'Restore the objects, from earlier versions if the bucket keeps versions, then resume the run.',
  );
}

export function newerObject(object: string, version: number): LifeboatError {
  return new LifeboatError(
    'FORMAT_TOO_NEW',
    `Another version of Lifeboat wrote ${object} (its format is ${version}).`,
    'Go on with that version.',
  );
}

export function takenOver(place: string): LifeboatError {
  return new LifeboatError(
    'RUN_IS_DRIVEN',
    `Another process has taken over the backfill in ${place}. This process sends nothing more.`,
    'Let the other process continue: everything that was sent is recorded.',
  );
}

/** Then two processes could write the same record, and send the same requests. */
export function unconditional(place: string): LifeboatError {
  return new LifeboatError(
    'AWS_FAILED',
    `What answers for ${place} ignores If-None-Match: it would not keep two processes from sending the same requests.`,
    'Use S3 itself, or an object store with conditional writes, then resume the run.',
  );
}
