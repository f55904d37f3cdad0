import { advise, lifeboat } from '../../advice.ts';
import { Option } from 'commander';
import { LifeboatError } from '../../errors.ts';
import { madeSoFar } from '../../report/model/attendance.ts';
import type { RunView } from '../../report/model/run-view.ts';
import { listed } from '../../report/layout/plain.ts';
import type { Session } from '../session/command.ts';
import { defineCommand } from '../session/command.ts';
import { runsOptions } from '../session/options.ts';
import type { RunsOptions } from '../session/options.ts';
import { byOption, reasonOption } from './signals.ts';
import type { SignalOptions } from './signals.ts';
import { findReadableRun, viewOf, withJournal } from '../stored/stored-run.ts';
import type { Terminal } from '../session/terminal.ts';
import { giveSignal } from './signal-command.ts';
import { isOver } from '../../workflow/recovery/phase.ts';

interface AbortOptions extends RunsOptions, Omit<SignalOptions, 'state'> {
  readonly keep?: boolean;
  readonly remove?: boolean;
  readonly yes?: boolean;
}

type Made = 'keep' | 'remove';

const MOST_IDS = 5;

export const abortCommand = defineCommand<[string], AbortOptions>({
  usage: 'abort <run>',
  summary: 'abort a run; keeps or removes the resources it created',
  description:
    'Aborts a run at once. Asks whether the resources that a restore has created so far are kept or removed; those of a drill are removed. Resources that ' +
    'have carried traffic are never removed.',
  options: [
    new Option('--keep', 'keep the resources created so far').conflicts('remove'),
    new Option('--remove', 'remove the resources created so far'),
    new Option('--yes', 'the same as --remove, unless --keep is given'),
    byOption(),
    reasonOption(),
    ...runsOptions(),
  ],
  examples: ['lifeboat abort orders-20261120T0300-1 --keep --reason "the primary is back"'],
  async run(session, [runId], options) {
    const run = await findReadableRun(options, runId);
    const view = await withJournal(run, viewOf);
    const made = await fateOfMade(session, view, options);
    return giveSignal(session, 'abort', runId, options, { made });
  },
});

/** What becomes of what was made: as was said, or as a person answers. Nothing made, or nothing to decide: no question. */
async function fateOfMade({ terminal }: Session, view: RunView, options: AbortOptions): Promise<Made> {
  if (options.keep === true) return 'keep';
  if (options.remove === true || options.yes === true || view.record.mode === 'drill') return 'remove';
  const made = madeSoFar(view);
  if (made.length === 0 || isOver(view.phase) || view.phase === 'cleanup') return 'remove';
  const { runId } = view.record;
  if (
    await asks(
      terminal,
      `Abort ${runId}, and remove the resources created so far (${listed(made, MOST_IDS)})?`,
    )
  )
    return 'remove';
  // Ctrl-C, or any answer but yes, to both questions leaves the run as it is.
  if (await asks(terminal, 'Abort it, and keep these resources?')) return 'keep';
  throw new LifeboatError(
    'QUESTION_DECLINED',
    `${runId} continues as before: no answer was yes.`,
    view.accepts.has('pause')
      ? advise`To hold it instead: ${lifeboat('pause', runId)}.`
      : advise`See where it stands: ${lifeboat('status', runId)}.`,
  );
}

async function asks(terminal: Terminal, question: string): Promise<boolean> {
  try {
    return await terminal.confirm(question);
  } catch (error) {
    if (!(error instanceof LifeboatError) || error.code !== 'QUESTION_UNANSWERED') throw error;
    throw new LifeboatError(error.code, error.message, 'Say which: add --keep or --remove.', {
      cause: error,
    });
  }
}
