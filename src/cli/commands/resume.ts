import { advise, lifeboat } from '../../advice.ts';
import { Option } from 'commander';
import { LifeboatError } from '../../errors.ts';
import type { Host } from '../../hosts/host.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Held, Lease } from '../../journal/lease.ts';
import type { Report } from '../../report/model/report.ts';
import type { Session } from '../session/command.ts';
import { defineCommand } from '../session/command.ts';
import { drive, printVerdict } from '../run/drive.ts';
import type { ExitCode } from '../session/exit-codes.ts';
import { openStoredRun } from '../run/open-run.ts';
import {
  cloudOption,
  detachOption,
  runsOptions,
  speedOption,
  waitOption,
  yesOption,
} from '../session/options.ts';
import type { CloudOptions, DriveOptions, RunsOptions } from '../session/options.ts';
import { anticipate } from '../stored/anticipation.ts';
import { attendanceOf, pendingSignalsOf } from '../stored/read-attendance.ts';
import { printSignal, refuseSignal, sendSignal, signer } from '../signals/signals.ts';
import type { SignalOptions } from '../signals/signals.ts';
import { byOption, reasonOption } from '../signals/signals.ts';
import { findReadableRun, viewOf, withJournal, type StoredRun } from '../stored/stored-run.ts';
import { takeOver } from '../run/take-over.ts';
import { formatDuration, formatInstant, SECOND_MS } from '../../time.ts';
import type { Terminal } from '../session/terminal.ts';
import { isOver } from '../../workflow/recovery/phase.ts';

interface ResumeOptions extends RunsOptions, DriveOptions, CloudOptions, Omit<SignalOptions, 'state'> {
  readonly clock?: 'right' | 'wrong';
}

const clockOption = (): Option =>
  new Option(
    '--clock <right|wrong>',
    'after an absence that is too long to be believed: whether that time has really passed (--yes: right)',
  ).choices(['right', 'wrong']);

export const resumeCommand = defineCommand<[string], ResumeOptions>({
  usage: 'resume <run>',
  summary: 'continue a run that is paused or halted, or whose process died or hangs',
  description:
    'Continues a run and drives it as far as possible: after a pause, after a halt (failed steps are retried), after an ' +
    'approval, or after its process or machine died. A process that hangs is detected by its missing heartbeat, and the run is taken over; ' +
    'a live one only receives the signal. No resource is created twice. Where an abort or a rejection was accepted and not carried out yet, it asks first.',
  options: [
    cloudOption('let the deployed function drive it, and follow it', ['speed', 'clock']),
    ...[
      waitOption(),
      detachOption().conflicts('cloud'),
      yesOption(),
      clockOption(),
      byOption(),
      reasonOption(),
      speedOption(),
    ],
    ...runsOptions(),
  ],
  examples: [
    'lifeboat resume orders-20261120T0300-1',
    "lifeboat resume orders-20261120T0300-1 --journal 'dynamodb://lifeboat?region=us-east-1'",
    'lifeboat resume orders-20261120T0300-1 --cloud --region us-east-1',
  ],
  async run(session, [runId], options) {
    if (options.cloud === true) return resumeInCloud(session, runId, options);
    const run = await findReadableRun(options, runId);
    if (options.detach === true) return resumeDetached(session, run, options);
    try {
      return await resumeHere(session, run, runId, options);
    } catch (error) {
      if (!(error instanceof LifeboatError) || error.code !== 'RUN_IS_DRIVEN') throw error;
      return resumeElsewhere(session, run, runId, options);
    }
  },
});

/** Drives it in this process. @throws LifeboatError `RUN_IS_DRIVEN` when another one does, and gives signs of life */
async function resumeHere(
  session: Session,
  run: StoredRun,
  runId: string,
  options: ResumeOptions,
): Promise<ExitCode> {
  const { terminal } = session;
  const resumed = async (host: Host, journal: Journal): Promise<Report | undefined> =>
    resume(session, journal, options, {
      agree: () => agreeToAbsence(session, journal, options),
      goOn: () => drive(host, journal, session),
    });
  const claim = (lease: Lease): Promise<Held> => takeOver(lease, runId, terminal);
  const report = await openStoredRun(session, run, options, resumed, claim);
  return report === undefined ? refuseEnded(session, runId) : printVerdict(report, terminal);
}

async function resumeDetached(
  session: Session,
  { store, runId }: StoredRun,
  options: ResumeOptions,
): Promise<ExitCode> {
  if (options.journal !== undefined)
    throw new LifeboatError(
      'USAGE',
      '--detach is for runs of this machine, and the run is in a table.',
      'Leave --detach out, or let the function drive it: --cloud.',
    );
  const [{ detach }, record] = await Promise.all([import('../run/detach.ts'), store.find(runId)]);
  return detach(session, { store, record, options });
}

/** The deployed function drives it; this process shows it. */
async function resumeInCloud(session: Session, runId: string, options: ResumeOptions): Promise<ExitCode> {
  const { handBack } = await import('../cloud/hand-back.ts');
  const report = await handBack(session, runId, options, ({ journal, goOn }) =>
    resume(session, journal, options, { goOn }),
  );
  return report === undefined
    ? refuseEnded(session, runId)
    : printVerdict(report, session.terminal, 'function');
}

/** @returns undefined for a run that has ended */
async function resume(
  session: Session,
  journal: Journal,
  options: ResumeOptions,
  { agree, goOn }: { readonly agree?: () => Promise<void>; readonly goOn: () => Promise<Report> },
): Promise<Report | undefined> {
  const view = await viewOf(journal);
  if (isOver(view.phase) && !view.isCleaningUp) return undefined;
  await agreeToEnd(session, journal, options);
  await agree?.();
  // Also ends a pause that no driver has consumed yet: `resume` overrides the signals before it.
  const { next } = await anticipate(journal);
  if (next.can({ type: 'resume', at: 0, by: '' })) {
    const { record } = journal;
    await journal.signal(await signer('resume', options, { record, terminal: session.terminal }));
  }
  return goOn();
}

/** A signal that ends the run may have been accepted hours ago, by another person: `resume` carries it out only for an operator who has been told of it. */
async function agreeToEnd(
  { terminal }: Session,
  journal: Journal,
  { yes = false }: ResumeOptions,
): Promise<void> {
  const ending = (await pendingSignalsOf(journal)).findLast(({ endsRun }) => endsRun);
  if (ending === undefined || yes) return;
  const { madeSoFar, pendingText } = await import('../../report/model/attendance.ts');
  // What was refused before anything was made has only to be noted.
  if (ending.kind === 'reject' && madeSoFar(await viewOf(journal)).length === 0) return;
  if (await terminal.confirm(`Not carried out yet: ${pendingText(ending)}. Carry it out?`)) return;
  const { runId } = journal.record;
  const { next } = await anticipate(journal);
  const canKeep = next.can({ type: 'abort', at: 0, by: '', made: 'keep' });
  throw new LifeboatError(
    'QUESTION_DECLINED',
    `Nothing was done: the ${ending.kind} by ${ending.by} still waits for a driver.`,
    advise`It is carried out by: ${lifeboat('resume', runId, '--yes')}.${canKeep ? advise` To keep what was made: ${lifeboat('abort', runId, '--keep')}, then resume.` : ''}`,
  );
}

/** Nothing has measured the time since the run's last record: a clock that says that it was years is right, or was set. */
async function agreeToAbsence(
  { terminal }: Session,
  journal: Journal,
  { clock, yes = false }: ResumeOptions,
): Promise<void> {
  if (journal.record.options.simulation !== undefined) return;
  const { ABSENCE_KEY, implausibleAbsence } = await import('../../driver/run-time.ts');
  const state = await journal.load();
  const now = Date.now();
  const ms = implausibleAbsence(now, state);
  if (ms === undefined) return;
  const { lastAt } = state;
  const question =
    `Nothing has driven ${journal.record.runId} since ${formatInstant(lastAt)}; by the clock of this machine it is ${formatInstant(now)}, ` +
    `${formatDuration(ms / SECOND_MS)} later. Has that time really passed?`;
  const isCounted = clock === undefined ? yes || (await hasPassed(terminal, question)) : clock === 'right';
  await journal.putValue(ABSENCE_KEY, { lastAt, isCounted });
}

async function hasPassed(terminal: Terminal, question: string): Promise<boolean> {
  try {
    return await terminal.confirm(question);
  } catch (error) {
    if (!(error instanceof LifeboatError) || error.code !== 'QUESTION_UNANSWERED') throw error;
    const next =
      'Say which: add --clock right to count that time, or --clock wrong to continue from the last record.';
    throw new LifeboatError(error.code, error.message, next, { cause: error });
  }
}

/** Its driver is alive and will consume the signal. */
async function resumeElsewhere(
  { terminal }: Session,
  run: StoredRun,
  runId: string,
  options: ResumeOptions,
): Promise<ExitCode> {
  const { refusal } = await sendSignal(terminal, run, 'resume', options);
  if (refusal !== undefined) return refuseSignal(terminal, runId, 'resume', refusal);
  const { driven } = await withJournal(run, (journal) => attendanceOf(journal, run.store));
  return printSignal(terminal, runId, 'resume', driven);
}

function refuseEnded({ terminal }: Session, runId: string): ExitCode {
  const error = new LifeboatError(
    'RUN_NOT_POSSIBLE',
    `The run ${runId} has ended: there is nothing to resume.`,
    advise`See how it ended: ${lifeboat('report', runId)}.`,
  );
  return refuseSignal(terminal, runId, 'resume', error);
}
