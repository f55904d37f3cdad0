import { Option } from 'commander';
import { LifeboatError } from '../../errors.ts';
import type { RunHead } from '../../journal/run-store.ts';
import type { RunView } from '../../report/model/run-view.ts';
import { plain } from '../../report/layout/plain.ts';
import { defineCommand } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';
import { runsOptions } from '../session/options.ts';
import type { RunsOptions } from '../session/options.ts';
import { namedArgument } from '../session/options.ts';
import { openRuns, viewOf, withJournal, type Runs } from '../stored/stored-run.ts';

interface Unreadable {
  readonly runId: string;
  readonly error: LifeboatError;
}

interface ListOptions extends RunsOptions {
  readonly runbook?: string;
}

export const runsCommand = defineCommand<[], ListOptions>({
  usage: 'runs',
  summary: 'all runs, with trends',
  description:
    'Lists every run of the state directory, or of the table of --journal: how it ended, its objectives, and how drills develop.',
  options: [
    new Option('--runbook <name>', 'only runs of this runbook').argParser(namedArgument),
    ...runsOptions(),
  ],
  examples: ['lifeboat runs', 'lifeboat runs --runbook orders', 'lifeboat runs --state .lifeboat --json'],
  async run({ terminal }, _, options) {
    const [store, { buildRuns }, { renderRuns }] = await Promise.all([
      openRuns(options),
      import('../../report/model/runs.ts'),
      import('../../report/render/render-runs.ts'),
    ]);
    const views: RunView[] = [];
    const unreadable: Unreadable[] = [];
    for await (const run of store.list(options.runbook)) {
      const found = await readRun(store, run);
      if ('error' in found) unreadable.push(found);
      else views.push(found);
    }
    const runs = buildRuns(views);
    terminal.document({
      ...runs,
      unreadable: unreadable.map(({ runId, error: { code, message, next } }) => ({
        runId,
        code,
        message,
        next: terminal.hint(next),
      })),
    });
    // Where all there is cannot be read, "no runs yet" would be a lie.
    if (views.length > 0 || unreadable.length === 0) {
      terminal.print(renderRuns(runs, terminal.palette, terminal.width, terminal.hint, options.runbook));
    }
    for (const { runId, error } of unreadable) {
      terminal.note(`${runId} cannot be read: ${plain(error.message)} ${plain(terminal.hint(error.next))}`);
    }
    return EXIT.done;
  },
});

/** One broken journal must not hide the others, nor itself. */
async function readRun(store: Runs, { runId, problem }: RunHead): Promise<RunView | Unreadable> {
  if (problem !== undefined) return { runId, error: problem };
  try {
    return await withJournal({ store, runId }, viewOf);
  } catch (error) {
    if (!(error instanceof LifeboatError)) throw error;
    return { runId, error };
  }
}
