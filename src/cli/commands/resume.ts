import { LifeboatError } from '../../errors.ts';
import type { Report } from '../../report/report.ts';
import type { Session } from '../command.ts';
import { defineCommand } from '../command.ts';
import { drive, printVerdict } from '../drive.ts';
import type { ExitCode } from '../exit-codes.ts';
import { openStoredRun } from '../open-run.ts';
import { speedOption, stateOption } from '../options.ts';
import type { DriveOptions, StateOptions } from '../options.ts';
import { anticipated, isEnded, printSignal, refuseSignal, sendSignal, signer } from '../signals.ts';
import type { SignalOptions } from '../signals.ts';
import { byOption, reasonOption } from '../signals.ts';
import { findReadableRun, viewOf } from '../stored-run.ts';

type ResumeOptions = StateOptions & DriveOptions & SignalOptions;

export const resumeCommand = defineCommand<[string], ResumeOptions>({
  usage: 'resume <run>',
  summary: 'go on with a run that is paused or halted, or whose process died',
  description:
    'Goes on with a run and drives it as far as it goes: after a pause, after a halt (what failed is tried again), after an ' +
    'approval, or after its process or machine died. Nothing is made twice.',
  options: [byOption(), reasonOption(), speedOption(), stateOption()],
  examples: ['lifeboat resume orders-20261120T0300-1'],
  async run(session, [runId], options) {
    const { directory } = await findReadableRun(options.state, runId);
    const isDriven = await isDrivenNow(directory);
    if (isDriven) return resumeElsewhere(session, directory, runId, options);
    const report = await openStoredRun(session, directory, options, async (host, journal) => {
      const view = await viewOf(journal);
      if (isEnded(view.phase)) return undefined;
      // Also a pause that nobody has consumed yet: whoever says resume means what came before it to be over.
      const next = await anticipated(journal);
      if (next?.can({ type: 'resume', at: 0, by: '' }) === true) {
        await journal.signal(signer('resume', options));
      }
      return drive(host, journal, session);
    });
    return report === undefined ? refuseEnded(session, runId) : printResumed(report, session);
  },
});

async function isDrivenNow(directory: string): Promise<boolean> {
  const { readDriver } = await import('../../journal/sqlite.ts');
  return readDriver(directory) !== undefined;
}

/** Its driver is alive and will consume the signal. */
async function resumeElsewhere(
  session: Session,
  directory: string,
  runId: string,
  options: ResumeOptions,
): Promise<ExitCode> {
  const refusal = await sendSignal(directory, 'resume', options);
  if (refusal !== undefined) return refuseSignal(session.terminal, runId, 'resume', refusal);
  return printSignal(session.terminal, runId, 'resume', true);
}

function refuseEnded({ terminal }: Session, runId: string): ExitCode {
  const error = new LifeboatError(
    'RUN_NOT_POSSIBLE',
    `The run ${runId} has ended: there is nothing to resume.`,
    `See how it ended: lifeboat report ${runId}.`,
  );
  return refuseSignal(terminal, runId, 'resume', error);
}

function printResumed(report: Report, { terminal }: Session): Promise<ExitCode> {
  return printVerdict(report, terminal);
}
