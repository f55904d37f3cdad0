import { advise, lifeboat } from '../advice.ts';
import { LifeboatError } from '../errors.ts';
import type { RunRecord, StoredAggregate } from './journal.ts';
import { runbookOf } from './run-ids.ts';

/**
 * Refuses a record that is not the one of the run under whose id it was found: a copy, a renamed folder, or an edited record. A run uses its id to find
 * what it may delete, so a record with another id would delete the resources of another run. A checksum does not help: a person who edits the record
 * can recompute it.
 * @param place where the journal is, for people
 * @throws LifeboatError `JOURNAL_DAMAGED`
 */
export function refuseForeignRecord(place: string, found: string, record: RunRecord): void {
  const { runId, runbook, mode, plan } = record;
  if (runId !== found) throw foreign(place, found, `its record is that of the run ${shown(runId)}`);
  if (runbookOf(found) !== runbook || plan.runbook !== runbook)
    throw foreign(place, found, `its record names the runbook ${shown(runbook)}`);
  if (plan.mode !== mode) throw foreign(place, found, `its record is a ${shown(mode)}, its plan is not`);
}

/** The same check for the stored state: each machine's context holds the id of its run. */
export function refuseForeignRows(
  place: string,
  { runId, mode }: RunRecord,
  aggregates: readonly StoredAggregate[],
): void {
  for (const { id, snapshot } of aggregates) {
    const { context } = (snapshot ?? {}) as {
      readonly context?: { readonly runId?: unknown; readonly mode?: unknown };
    };
    if (context?.runId === undefined) continue;
    if (context.runId !== runId || (context.mode !== undefined && context.mode !== mode))
      throw foreign(
        place,
        runId,
        `what it holds of '${id}' belongs to the ${shown(context.mode)} ${shown(context.runId)}`,
      );
  }
}

function foreign(place: string, runId: string, why: string): LifeboatError {
  return new LifeboatError(
    'JOURNAL_DAMAGED',
    `The journal kept as that of ${runId} is not that run's: ${why}.`,
    advise`Use the journal of that run itself: ${lifeboat('runs')} lists all. A journal that was copied or edited is of no use; move it away: ${place}.`,
  );
}

function shown(text: unknown): string {
  return JSON.stringify(String(text).slice(0, 80));
}
