import { advise, lifeboat } from '../../advice.ts';
import { LifeboatError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import { pause } from '../../pause.ts';
import type { Attendance } from '../../report/model/attendance.ts';
import type { Report } from '../../report/model/report.ts';
import { MINUTE_MS } from '../../time.ts';
import { isOver } from '../../workflow/recovery/phase.ts';
import { nextLookMs, type LiveView } from '../live/live.ts';
import { timelinePrinter } from '../run/drive.ts';
import type { Session } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';
import { interruptible } from '../session/interruption.ts';
import type { Terminal } from '../session/terminal.ts';
import { attendanceOf } from '../stored/read-attendance.ts';
import type { ExecutionWatch } from './executions.ts';
import { reportOf, viewOf, type Runs, type StoredRun } from '../stored/stored-run.ts';

/** Real time between two looks into a table: a look costs some reads there. */
const LOOK_MS = 1_000;

export interface Following {
  readonly run: StoredRun;
  readonly journal: Journal;
  readonly watch: ExecutionWatch;
  /** Entries of the timeline that are not shown. */
  readonly told?: number;
}

/** An invocation that could not begin a run for so long was given up by Lambda. */
const LONGEST_START_MS = 15 * MINUTE_MS;

/**
 * Waits until the function has written the run down.
 *
 * @returns its journal; `undefined` after Ctrl-C
 * @throws LifeboatError what the function refused it for
 */
export async function begun(
  { store, runId }: StoredRun,
  { terminal }: Session,
  watch: ExecutionWatch,
): Promise<Journal | undefined> {
  return interruptible(async (stop) => {
    const began = performance.now();
    while (!stop.aborted) {
      const journal = await opened(store, runId);
      if (journal !== undefined) return journal;
      await watch.assertAlive();
      if (performance.now() - began > LONGEST_START_MS) throw notBegun(runId);
      await pause(LOOK_MS, stop);
    }
    terminal.note('Stopped waiting. The function goes on, and begins the run as soon as it has planned it.');
    return undefined;
  });
}

async function opened(store: Runs, runId: string): Promise<Journal | undefined> {
  try {
    return await store.open(runId);
  } catch (error) {
    if (error instanceof LifeboatError && error.code === 'RUN_NOT_FOUND') return undefined;
    throw error;
  }
}

function notBegun(runId: string): LifeboatError {
  return new LifeboatError(
    'RUN_NOT_POSSIBLE',
    `The function has not begun ${runId} within ${LONGEST_START_MS / MINUTE_MS} minutes.`,
    advise`Look at the log of the function and at its dead-letter queue. It may still begin: ${lifeboat('status', runId)}.`,
  );
}

/**
 * Shows a run that another process drives like one that is driven here, until it ends, halts or is paused; without a terminal also until it waits for
 * people. Ctrl-C ends the view, not the run.
 *
 * @returns its report then
 */
export async function follow({ terminal }: Session, following: Following): Promise<Report> {
  const { journal } = following;
  const { runId } = journal.record;
  const leave = (): void =>
    terminal.note(
      advise`Stopped watching; ${runId} goes on in the cloud. Follow it with: ${lifeboat('status', runId, '--watch')}`,
    );
  try {
    await interruptible(
      async (stop) => {
        await lookAgain(following, terminal, stop);
        if (stop.aborted) leave();
      },
      { again: () => process.exit(EXIT.waiting) },
    );
    return await reportOf(journal);
  } catch (error) {
    terminal.note(advise`No longer watching. See where the run stands: ${lifeboat('status', runId)}`);
    throw error;
  }
}

/** With the live view at the bottom of the terminal, where there is one. */
async function lookAgain(following: Following, terminal: Terminal, stop: AbortSignal): Promise<void> {
  const { journal, run, watch } = following;
  let { told = 0 } = following;
  const onTimeline = await timelinePrinter(terminal, journal.record.plan.incidentAt);
  const view = terminal.redraws ? await openView(journal, run, terminal) : undefined;
  try {
    while (!stop.aborted) {
      const began = performance.now();
      // First the state: the timeline that is read afterwards is complete for it.
      const isDone = await hasStopped(journal, terminal);
      const entries = await journal.timeline(told);
      told += entries.length;
      onTimeline(entries);
      if (isDone) return;
      await watch.assertAlive();
      await pause(nextLookMs(performance.now() - began, LOOK_MS), stop);
    }
  } finally {
    view?.close();
  }
}

async function openView(journal: Journal, { store }: StoredRun, terminal: Terminal): Promise<LiveView> {
  const [{ openLiveView }, { realClock }] = await Promise.all([
    import('../live/live.ts'),
    import('../../hosts/clock.ts'),
  ]);
  const attend = (): Promise<Attendance> => attendanceOf(journal, store);
  return openLiveView(journal, terminal, realClock, { attend, paceMs: LOOK_MS });
}

/** Only a signal moves it on, and none is on its way. A person at a terminal may still be about to approve. */
async function hasStopped(journal: Journal, { redraws }: Terminal): Promise<boolean> {
  // First the signals: what consumes them is in the state that is read afterwards.
  const pending = await journal.pendingSignals();
  const view = await viewOf(journal);
  // After the end a driver hears nothing but a cleanup.
  if (isOver(view.phase)) return !view.isCleaningUp && !pending.some(({ kind }) => kind === 'cleanup');
  const [{ buildStatus }, { asksPeople }] = await Promise.all([
    import('../../report/model/status.ts'),
    import('../../report/model/ways-on.ts'),
  ]);
  const status = buildStatus(view, undefined, Date.now());
  const isHeld = status.status === 'halted' || status.status === 'paused';
  return pending.length === 0 && (isHeld || (!redraws && asksPeople(status, view)));
}
