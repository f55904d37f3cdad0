import { advise, lifeboat, type Advice } from '../../advice.ts';
import { LifeboatError } from '../../errors.ts';
import type { TimelineListener } from '../../driver/base/ports.ts';
import type { Host } from '../../hosts/host.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Report } from '../../report/model/report.ts';
import { plain } from '../../report/layout/plain.ts';
import type { Instant } from '../../time.ts';
import { lostTotal } from '../../workflow/recovery/backfill-result.ts';
import type { Session } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';
import type { ExitCode } from '../session/exit-codes.ts';
import type { DriveOptions } from '../session/options.ts';
import { reportOf } from '../stored/stored-run.ts';
import type { Terminal } from '../session/terminal.ts';
import { interruptible } from '../session/interruption.ts';

/** Five simulated minutes in a second: a person can follow, and a drill still ends within a coffee. */
const WATCHED_SPEED = 300;

/** Of a simulation. */
export function speedOf(options: DriveOptions, terminal: Terminal): number {
  return options.speed ?? (terminal.watched ? WATCHED_SPEED : Number.POSITIVE_INFINITY);
}

/** Prints each entry of the timeline as it becomes durable, one line an event. */
export async function timelinePrinter(terminal: Terminal, incidentAt: Instant): Promise<TimelineListener> {
  if (terminal.json) return () => undefined;
  const { renderTimelineEntry } = await import('../../report/render/render-timeline.ts');
  const { palette, hint } = terminal;
  return (entries) => {
    for (const entry of entries) terminal.print(renderTimelineEntry(entry, incidentAt, palette, hint));
  };
}

/** Drives the run as far as it goes, and gives its report. Ctrl-C pauses it safely; a second one leaves at once. */
export async function drive(host: Host, journal: Journal, session: Session): Promise<Report> {
  const { runId } = journal.record;
  const { terminal } = session;
  try {
    await interruptible((pause) => driveInView(host, journal, terminal, pause), {
      first: () => terminal.note('Pausing safely. Press Ctrl-C again to leave at once.'),
      again: () => {
        terminal.note(
          advise`Left at once; the journal is complete. Continue with: ${lifeboat('resume', runId)}`,
        );
        process.exit(EXIT.waiting);
      },
    });
    return await reportOf(journal);
  } catch (error) {
    // After a takeover another process drives the run; the error says so.
    if (!isOvertaken(error)) terminal.note(advise`Not running. Re-run: ${lifeboat('resume', runId)}`);
    throw error;
  }
}

function isOvertaken(error: unknown): boolean {
  return error instanceof LifeboatError && error.code === 'JOURNAL_CONFLICT';
}

/** With the live view at the bottom of the terminal, where there is one; it is removed before any other output, also after an error. */
async function driveInView(
  host: Host,
  journal: Journal,
  terminal: Terminal,
  pause: AbortSignal,
): Promise<void> {
  if (!terminal.redraws) {
    await host.drive(pause);
    return;
  }
  const { openLiveView } = await import('../live/live.ts');
  const view = await openLiveView(journal, terminal, host);
  try {
    await host.drive(pause);
  } finally {
    view.close();
  }
}

/** A process on this machine ends when only people can move the run on; a function in the cloud comes back by itself. */
export type RunDriverKind = 'process' | 'function';

/** The verdict for people, or the report as the only document; and how to go on, last, where it is still on the screen. */
export async function printVerdict(
  report: Report,
  terminal: Terminal,
  driver: RunDriverKind = 'process',
): Promise<ExitCode> {
  if (terminal.json) terminal.document(report);
  else {
    const { renderVerdict } = await import('../../report/render/render-verdict.ts');
    terminal.print(`\n${renderVerdict(report, terminal.palette, terminal.width, terminal.hint)}`);
  }
  noteWaiting(report, terminal, driver);
  return exitCodeOfRun(report);
}

/** What a run's end means to scripts. An objective that was not exercised is not missed. */
export function exitCodeOfRun(report: Pick<Report, 'status' | 'objectives' | 'backfill'>): ExitCode {
  switch (report.status) {
    case 'completed': {
      const { rto, rpo, dataComplete, availability } = report.objectives;
      const missed = [rto, rpo, dataComplete, availability].some((objective) => objective?.met === false);
      return missed || hasLost(report.backfill) ? EXIT.objectiveMissed : EXIT.done;
    }
    case 'failed':
      return EXIT.failed;
    case 'aborted':
      return EXIT.aborted;
    case 'halted':
    case 'paused':
    case 'running':
      return EXIT.waiting;
  }
}

/** A backfill that lost something, or was refused it. */
function hasLost(backfill: Report['backfill']): boolean {
  return backfill.exercised && lostTotal(backfill) > 0;
}

function noteWaiting(
  { runId, status, waitingFor, asksPeople, accepts, resources }: Report,
  terminal: Terminal,
  driver: RunDriverKind,
): void {
  if (status === 'paused') {
    terminal.note(advise`Paused. Go on with: ${lifeboat('resume', runId)}`);
    return;
  }
  if (waitingFor.length === 0) return;
  // A window and the end of a freeze come with time: no approval replaces them.
  const next = driver === 'process' ? lifeboat('resume', runId) : 'the function continues by itself';
  const consent = asksPeople
    ? advise`To continue: ${lifeboat('approve', runId)}, then: `
    : driver === 'process'
      ? 'After that, continue with: '
      : 'After that, ';
  const giveUp = accepts.includes('abort') ? advise`, or abort with: ${lifeboat('abort', runId)}` : '';
  const way =
    status === 'halted'
      ? advise`Go on with: ${lifeboat('resume', runId)}${acceptLines(runId, resources)}${giveUp}`
      : advise`${consent}${next}`;
  terminal.note(advise`Waiting: ${waitingFor.map((wait) => plain(wait)).join('; ')}. ${way}`);
}

/** A resource that halted is verified again by resume, or accepted as it is. */
function acceptLines(runId: string, resources: Report['resources']): Advice {
  const halted = resources.filter((resource) => resource.status === 'halted').map(({ id }) => plain(id));
  const [first] = halted;
  if (first === undefined) return '';
  const others = halted.length === 1 ? '' : ` (and the same for ${halted.slice(1).join(', ')})`;
  return advise`, which verifies again what differs; accept it as it is with: ${lifeboat('approve', runId, '--step', first)}${others}`;
}
