import { advise, lifeboat } from '../advice.ts';
import { LifeboatError } from '../errors.ts';
import type { Journal, RunRecord } from '../journal/journal.ts';
import type { StoredRun } from '../journal/sqlite/runs.ts';
import type { Report } from '../report/report.ts';
import type { RunView } from '../report/run-view.ts';
import type { Instant } from '../time.ts';

/** The run with this id, or the one begun last; its journal can at least say what it is. */
export async function findReadableRun(
  state: string,
  runId?: string,
): Promise<StoredRun & { readonly record: RunRecord }> {
  const { findRun } = await import('../journal/sqlite/runs.ts');
  const run = findRun(state, runId);
  if (run.record === undefined) throw run.problem;
  return run;
}

/** Opens the journal in `directory`, and closes it whatever happens. */
export async function withJournal<T>(
  directory: string,
  readOnly: boolean,
  use: (journal: Journal) => Promise<T>,
): Promise<T> {
  const { openSqliteJournal } = await import('../journal/sqlite/open-journal.ts');
  const journal = await openSqliteJournal(directory, { readOnly });
  try {
    return await use(journal);
  } finally {
    await journal.close();
  }
}

export async function viewOf(journal: Journal): Promise<RunView> {
  const { viewRun } = await import('../report/run-view.ts');
  const view = viewRun(journal.record, await journal.load());
  const [{ anticipate }, { acceptedSignals }, { MACHINE_VERSION }] = await Promise.all([
    import('./anticipation.ts'),
    import('../report/accepted.ts'),
    import('../workflow/aggregates.ts'),
  ]);
  const isAsWritten = view.recovery !== undefined && (await journal.pendingSignals()).length === 0;
  if (isAsWritten || journal.record.machineVersion !== MACHINE_VERSION) return view;
  const { now, next } = await anticipate(journal);
  return { ...view, accepts: acceptedSignals(now, next) };
}

export async function reportOf(journal: Journal): Promise<Report> {
  const [{ buildReport }, { NOTICES_FACT, recordsOf }] = await Promise.all([
    import('../report/report.ts'),
    import('../notices/record.ts'),
  ]);
  const view = await viewOf(journal);
  const notices = recordsOf(await journal.fact(NOTICES_FACT));
  return buildReport(view, await journal.timeline(), await journal.apiCalls(), {
    now: timeOf(view),
    notices,
  });
}

/** Now, as the run lives it: a simulated one stands still while no process drives it. */
export function timeOf(view: RunView): Instant {
  return view.record.options.simulation === undefined ? Date.now() : view.lastAt;
}

/** Refuses when a living process drives the run. */
export async function refuseDriven(directory: string, runId: string): Promise<void> {
  const { readDriver } = await import('../journal/sqlite/open-journal.ts');
  const driver = readDriver(directory);
  if (driver === undefined) return;
  throw new LifeboatError(
    'RUN_IS_DRIVEN',
    `The run ${runId} is driven by process ${driver.pid} on ${driver.host}.`,
    advise`Watch it with ${lifeboat('status', runId)}, or pause it there first: ${lifeboat('pause', runId)}. Should it hang: ${lifeboat('resume', runId)} takes it over.`,
  );
}
