import { LifeboatError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { LiveForecast } from '../../objectives/live.ts';
import type { RunView } from '../../report/model/run-view.ts';
import type { Status } from '../../report/model/status.ts';
import type { Instant } from '../../time.ts';
import { attendanceOf } from '../stored/read-attendance.ts';
import { defineCommand } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';
import { everyOption, runsOptions, watchOption } from '../session/options.ts';
import type { RunsOptions, WatchOptions } from '../session/options.ts';
import { findReadableRun, timeOf, viewOf, withJournal, type StoredRun } from '../stored/stored-run.ts';
import type { Terminal } from '../session/terminal.ts';

export const statusCommand = defineCommand<[string | undefined], RunsOptions & WatchOptions>({
  usage: 'status [run]',
  summary: 'where a run stands, with the time left on each objective',
  description:
    'Tells where a run stands; without an id, the one begun last. Also while another process drives it. With --watch it goes on ' +
    'telling until the run ends or Ctrl-C; without a terminal, whenever something has changed.',
  options: [watchOption(), everyOption(), ...runsOptions()],
  examples: [
    'lifeboat status',
    'lifeboat status orders-20261120T0300-1 --watch',
    'lifeboat status orders-20261120T0300-1 --json',
  ],
  async run({ terminal }, [runId], options) {
    refuseStray(terminal, options);
    const run = await findReadableRun(options, runId);
    await withJournal(run, (journal) =>
      options.watch === true
        ? watch(journal, terminal, run, options.every ?? DEFAULT_EVERY_SECONDS)
        : printOnce(journal, terminal, run),
    );
    return EXIT.done;
  },
});

const DEFAULT_EVERY_SECONDS = 1;
/** Prose wider than this is tiring. */
const WIDEST = 120;

function refuseStray({ json }: Terminal, { watch, every }: WatchOptions): void {
  if (watch === true && json) {
    throw new LifeboatError(
      'USAGE',
      '--watch is for people: --json prints exactly one document.',
      'Leave one of them out, and ask again from time to time.',
    );
  }
  if (watch !== true && every !== undefined)
    throw new LifeboatError(
      'USAGE',
      '--every means nothing without --watch.',
      'Add --watch, or leave it out.',
    );
}

async function watch(
  journal: Journal,
  terminal: Terminal,
  run: StoredRun,
  everySeconds: number,
): Promise<void> {
  const [{ openLiveReader }, { watchRun }] = await Promise.all([
    import('../live/live-reader.ts'),
    import('../live/live-watch.ts'),
  ]);
  await watchRun({
    reader: openLiveReader(journal, terminal.hint, {
      attend: () => attendanceOf(journal, run.store),
      timeline: true,
    }),
    terminal,
    everySeconds,
    status: async () => `${await textOf(journal, terminal, run)}${terminal.redraws ? '' : '\n'}`,
  });
}

async function printOnce(journal: Journal, terminal: Terminal, run: StoredRun): Promise<void> {
  if (!terminal.json) terminal.print(await textOf(journal, terminal, run));
  else {
    const attendance = await attendanceOf(journal, run.store);
    terminal.document({ ...(await statusOf(journal)).status, ...attendance });
  }
}

async function textOf(journal: Journal, terminal: Terminal, run: StoredRun): Promise<string> {
  const { renderStatus } = await import('../../report/render/render-status.ts');
  const attendance = await attendanceOf(journal, run.store);
  const { status, view } = await statusOf(journal);
  const { palette, hint } = terminal;
  const columns = terminal.columns();
  const width = columns === undefined ? undefined : Math.min(columns, WIDEST);
  return renderStatus(status, view, palette, width, { attendance, now: Date.now(), hint });
}

async function statusOf(journal: Journal): Promise<{ readonly status: Status; readonly view: RunView }> {
  const { buildStatus } = await import('../../report/model/status.ts');
  const view = await viewOf(journal);
  const now = timeOf(view);
  return { status: buildStatus(view, await liveForecast(view, now), now), view };
}

/** By what has really happened; `undefined` before anything has. */
async function liveForecast(view: RunView, now: Instant): Promise<LiveForecast | undefined> {
  if (view.recovery === undefined) return undefined;
  const [{ LiveSchedule }, { progressOf }, { accountAt }] = await Promise.all([
    import('../../objectives/forecast.ts'),
    import('../../driver/fleet/foresight.ts'),
    import('../../report/model/outcome.ts'),
  ]);
  const progress = new Map(view.resources.map((resource) => [resource.id, progressOf(resource)]));
  return new LiveSchedule(view.record.plan).forecast(
    progress,
    accountAt(view, now),
    view.recovery.recoveredAt,
  );
}
