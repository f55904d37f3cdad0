import { advise, lifeboat } from '../../advice.ts';
import { basename, resolve } from 'node:path';
import { LifeboatError } from '../../errors.ts';
import type { RunRecord, StoredAggregate } from '../journal.ts';

const RUN_ID = /^[a-z][a-z0-9-]{0,39}-\d{8}T\d{4}-\d{1,6}$/;

export function isRunId(text: string): boolean {
  return RUN_ID.test(text);
}

/**
 * Refuses a record whose id is not its folder's name: a copy, a renamed folder, or an edited record. A run uses its id to find
 * what it may delete, so a record with another id would delete the resources of another run. A checksum does not help: a person who edits the record
 * can recompute it.
 * @throws LifeboatError `JOURNAL_DAMAGED`
 */
export function refuseForeignRecord(directory: string, record: RunRecord): void {
  const folder = basename(resolve(directory));
  // Elsewhere (a run that is being started, a test) no command looks up a run by the name of its folder.
  if (!isRunId(folder)) return;
  const { runId, runbook, mode, plan } = record;
  if (runId !== folder) throw foreign(directory, folder, `its record is that of the run ${shown(runId)}`);
  if (folder.replace(/-\d{8}T\d{4}-\d{1,6}$/, '') !== runbook || plan.runbook !== runbook)
    throw foreign(directory, folder, `its record names the runbook ${shown(runbook)}`);
  if (plan.mode !== mode) throw foreign(directory, folder, `its record is a ${shown(mode)}, its plan is not`);
}

/** The same check for the stored state: each machine's context holds the id of its run. */
export function refuseForeignRows(
  file: string,
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
        file,
        runId,
        `what it holds of '${id}' belongs to the ${shown(context.mode)} ${shown(context.runId)}`,
      );
  }
}

function foreign(place: string, runId: string, why: string): LifeboatError {
  return new LifeboatError(
    'JOURNAL_DAMAGED',
    `The journal in the folder of ${runId} is not that run's: ${why}.`,
    advise`Use the journal of that run itself: ${lifeboat('runs')} lists all. A copied or edited folder is of no use; move ${place} away.`,
  );
}

function shown(text: unknown): string {
  return JSON.stringify(String(text).slice(0, 80));
}
