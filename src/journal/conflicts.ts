import { advise, lifeboat } from '../advice.ts';
import { LifeboatError } from '../errors.ts';
import type { Decision } from '../workflow/base/decision.ts';
import { processText, type ProcessInfo } from './lease.ts';

/** A write of a driver that another process has taken over from. */
export function overtaken(runId: string, driver: ProcessInfo | undefined): LifeboatError {
  const by = driver === undefined ? 'another process' : processText(driver);
  return new LifeboatError(
    'JOURNAL_CONFLICT',
    `${by.charAt(0).toUpperCase()}${by.slice(1)} took over run '${runId}': this one may not go on.`,
    advise`Follow it with ${lifeboat('status', runId)}.`,
  );
}

/** A write of an earlier driver that had given it up, and that arrived after this process had read the journal. */
export function lateWrite(runId: string): LifeboatError {
  return new LifeboatError(
    'JOURNAL_CONFLICT',
    `The last write of an earlier driver of run '${runId}' arrived late: what this process knows of the run is out of date.`,
    advise`Continue from what is written: ${lifeboat('resume', runId)}.`,
  );
}

/** A decision that does not follow the stored one. */
export function outOfSequence(
  runId: string,
  { aggregate, sequence }: Decision,
  stored: number,
): LifeboatError {
  return new LifeboatError(
    'JOURNAL_CONFLICT',
    `Decision ${sequence} of ${aggregate} does not follow the last one written, ${stored}.`,
    advise`Continue from what is written: ${lifeboat('resume', runId)}.`,
  );
}

/** One decision writes one aggregate: it must not contain entries of another. */
export function checkOwnership({ aggregate, effects, timers }: Decision): void {
  const foreign = [...effects, ...timers].find((owned) => owned.aggregate !== aggregate);
  if (foreign !== undefined) throw new Error(`${aggregate} decides for ${foreign.aggregate}: ${foreign.id}`);
}

/** An effect of another aggregate, or one that was never requested, would be sent again forever. */
export function checkSettled(
  { aggregate, settled }: Decision,
  outbox: readonly { readonly id: string }[],
): void {
  const gone = new Set(settled);
  for (const { id } of outbox) gone.delete(id);
  if (gone.size > 0)
    throw new Error(`${aggregate} settles what it has not asked for: ${[...gone].join(', ')}`);
}

/** The error for a process that drives without the lease: a bug. */
export function withoutLease(): Error {
  return new Error('acquire() comes before anything that only a driver may do');
}
