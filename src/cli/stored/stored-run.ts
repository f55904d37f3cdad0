import { advise, lifeboat } from '../../advice.ts';
import { LifeboatError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import { processText, type Lease } from '../../journal/lease.ts';
import type { RunStore } from '../../journal/run-store.ts';
import type { LocalStore } from '../../journal/sqlite/local-store.ts';
import type { Report } from '../../report/model/report.ts';
import type { RunView } from '../../report/model/run-view.ts';
import type { Instant } from '../../time.ts';
import { DEFAULT_STATE, type RunsOptions } from '../session/options.ts';

/** How a driver is found that has released its run until something is due. */
export interface Resting {
  /** Absent where no driver does that. */
  wakeOf?(runId: string): Promise<unknown>;
}

/** All runs of a state directory, or of a table. */
export type Runs = RunStore &
  Lease &
  Resting & {
    /** Folder for files of a run's host on this machine: the simulated world, the backfill. */
    folder(runId: string): string;
    /** Breaks off requests under way; absent where nothing is sent. */
    close?(): void;
  };

/** A run that is known, and the store that has it. */
export interface StoredRun {
  readonly store: Runs;
  readonly runId: string;
}

/** @throws LifeboatError `USAGE` for options that contradict each other */
export async function openRuns({ journal, state, region }: RunsOptions): Promise<Runs> {
  if (journal === undefined) {
    if (region !== undefined)
      throw usage('--region is where the table of --journal is.', 'Add --journal, or leave --region out.');
    return storeIn(state);
  }
  if (state !== DEFAULT_STATE)
    throw usage(
      '--state names runs of this machine, but the command is about the cloud.',
      'Leave --state out.',
    );
  if (journal.region !== undefined && region !== undefined && journal.region !== region)
    throw usage(
      `--journal names the Region ${journal.region}, and --region ${region}.`,
      'Leave one of them out.',
    );
  const { openTable } = await import('./cloud-runs.ts');
  return openTable({ ...(region !== undefined && { region }), ...journal }, state);
}

function usage(message: string, next: string): LifeboatError {
  return new LifeboatError('USAGE', message, next);
}

export async function storeIn(state: string): Promise<LocalStore> {
  const { LocalStore: Store } = await import('../../journal/sqlite/local-store.ts');
  return new Store(state);
}

/** The run with this id, or the one begun last; its journal can at least say what it is. */
export async function findReadableRun(options: RunsOptions, runId?: string): Promise<StoredRun> {
  const store = await openRuns(options);
  return { store, runId: (await store.find(runId)).runId };
}

/** Opens the journal of a run without driving it, and closes it also after an error. */
export async function withJournal<T>(
  { store, runId }: StoredRun,
  use: (journal: Journal) => Promise<T>,
): Promise<T> {
  const journal = await store.open(runId);
  try {
    return await use(journal);
  } finally {
    await journal.close();
  }
}

export async function viewOf(journal: Journal): Promise<RunView> {
  const { viewRun } = await import('../../report/model/run-view.ts');
  const view = viewRun(journal.record, await journal.load());
  const [{ anticipate }, { acceptedSignals }, { MACHINE_VERSION }] = await Promise.all([
    import('./anticipation.ts'),
    import('../../report/model/accepted.ts'),
    import('../../workflow/aggregates.ts'),
  ]);
  const isAsWritten = view.recovery !== undefined && (await journal.pendingSignals()).length === 0;
  if (isAsWritten || journal.record.machineVersion !== MACHINE_VERSION) return view;
  const { now, next } = await anticipate(journal);
  return { ...view, accepts: acceptedSignals(now, next) };
}

export async function reportOf(journal: Journal): Promise<Report> {
  const [{ buildReport }, { NOTICES_KEY, recordsOf }] = await Promise.all([
    import('../../report/model/report.ts'),
    import('../../notices/record.ts'),
  ]);
  const view = await viewOf(journal);
  const notices = recordsOf(await journal.value(NOTICES_KEY));
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
export async function refuseDriven({ store, runId }: StoredRun): Promise<void> {
  const { last: driver, isHeld } = await store.holder(runId);
  if (!isHeld || driver === undefined) return;
  throw new LifeboatError(
    'RUN_IS_DRIVEN',
    `The run ${runId} is driven by ${processText(driver)}.`,
    advise`Watch it with ${lifeboat('status', runId)}, or pause it there first: ${lifeboat('pause', runId)}. Should it hang: ${lifeboat('resume', runId)} takes it over.`,
  );
}
