import { advise, lifeboat, type Advice } from '../../advice.ts';
import { Option } from 'commander';
import { LifeboatError } from '../../errors.ts';
import type { Journal, SignalKind } from '../../journal/journal.ts';
import { madeSoFar } from '../../report/model/attendance.ts';
import type { Report } from '../../report/model/report.ts';
import type { RunView } from '../../report/model/run-view.ts';
import { listed } from '../../report/layout/plain.ts';
import type { Session } from '../session/command.ts';
import { defineCommand } from '../session/command.ts';
import { drive } from '../run/drive.ts';
import { EXIT } from '../session/exit-codes.ts';
import type { ExitCode } from '../session/exit-codes.ts';
import { openStoredRun } from '../run/open-run.ts';
import { cloudOption, runsOptions, speedOption, yesOption } from '../session/options.ts';
import type { CloudOptions, DriveOptions, RunsOptions } from '../session/options.ts';
import { anticipate } from '../stored/anticipation.ts';
import { byOption, reasonOption, refuseSignal, signer } from '../signals/signals.ts';
import type { SignalOptions } from '../signals/signals.ts';
import { findReadableRun, refuseDriven, viewOf, withJournal } from '../stored/stored-run.ts';
import { isOver } from '../../workflow/recovery/phase.ts';

const MOST_IDS = 5;

interface CleanupOptions
  extends RunsOptions, DriveOptions, Pick<CloudOptions, 'cloud'>, Omit<SignalOptions, 'state'> {
  readonly discardRecovered?: boolean;
}

interface Cleaned {
  readonly removed: readonly string[];
  readonly leftovers: readonly string[];
  /** False while the run waits: paused, or for a person. */
  readonly done: boolean;
}

export const cleanupCommand = defineCommand<[string], CleanupOptions>({
  usage: 'cleanup <run>',
  summary: 'remove all that a run made and left',
  description:
    'Removes the resources that a drill or a failed, halted or aborted run created and left. A run that has not ended is aborted first. ' +
    'After a completed restore it refuses: what was recovered may be in use. Of a restore that has not ended it asks first.',
  options: [
    new Option('--discard-recovered', 'also remove what a completed restore recovered'),
    cloudOption('let the deployed function remove it, and follow that', ['speed']),
    yesOption(),
    byOption(),
    reasonOption(),
    speedOption(),
    ...runsOptions(),
  ],
  examples: ['lifeboat cleanup orders-20261120T0300-1', 'lifeboat cleanup orders-20261120T0300-1 --cloud'],
  async run(session, [runId], options) {
    if (options.cloud === true) return cleanInCloud(session, runId, options);
    const run = await findReadableRun(options, runId);
    const refusal = await withJournal(run, (journal) => refusalOf(journal, options));
    if (refusal !== undefined) return refuseSignal(session.terminal, runId, 'cleanup', refusal);
    await refuseDriven(run);
    await withJournal(run, (journal) => agree(session, journal, options));
    const { refuseOtherVersion } = await import('../../driver/begin.ts');
    const cleaned = await openStoredRun(session, run, options, (host, journal) => {
      refuseOtherVersion(journal.record);
      return clean(journal, session, options, () => drive(host, journal, session));
    });
    const next = advise`Continue with: ${lifeboat('cleanup', runId)}`;
    return printCleaned(session, runId, cleaned, next);
  },
});

/** The deployed function removes it; this process shows that. */
async function cleanInCloud(session: Session, runId: string, options: CleanupOptions): Promise<ExitCode> {
  const { handBack } = await import('../cloud/hand-back.ts');
  return handBack(session, runId, options, async ({ journal, goOn }) => {
    const refusal = await refusalOf(journal, options);
    if (refusal !== undefined) return refuseSignal(session.terminal, runId, 'cleanup', refusal);
    await agree(session, journal, options);
    const cleaned = await clean(journal, session, options, goOn);
    return printCleaned(session, runId, cleaned, advise`See how far it is: ${lifeboat('status', runId)}`);
  });
}

function isRecovered({ record, phase }: RunView): boolean {
  return record.mode === 'restore' && phase === 'completed';
}

/** A restore that has not ended may have made what can be used: nothing but a person's word deletes that. */
function isUnderWay(view: RunView): boolean {
  return view.record.mode === 'restore' && !isOver(view.phase) && madeSoFar(view).length > 0;
}

async function refusalOf(journal: Journal, options: CleanupOptions): Promise<LifeboatError | undefined> {
  const view = await viewOf(journal);
  if (!isRecovered(view) || options.discardRecovered === true) return undefined;
  const { runId } = view.record;
  return new LifeboatError(
    'CLEANUP_REFUSED',
    `${runId} is a completed restore: what it made may be in use.`,
    advise`When nothing needs it any more: ${lifeboat('cleanup', runId, '--discard-recovered')}.`,
  );
}

/** An abort kept on purpose what was made, or will once it is heard. */
async function keepsMade(journal: Journal): Promise<boolean> {
  const { cleanedUp } = await viewOf(journal);
  const { outcome, keepsMade: keeps } = (await anticipate(journal)).next.context;
  return outcome === 'aborted' && keeps && !cleanedUp;
}

/** What is thrown away here cannot be told from production by anyone but a person. */
async function agree({ terminal }: Session, journal: Journal, options: CleanupOptions): Promise<void> {
  const view = await viewOf(journal);
  if (!isRecovered(view) && !isUnderWay(view) && !(await keepsMade(journal))) return;
  const { runId, options: started } = view.record;
  if (options.yes === true || started.simulation !== undefined) return;
  const what = isRecovered(view)
    ? `all that ${runId} recovered`
    : isUnderWay(view)
      ? `what ${runId} has made so far (${listed(madeSoFar(view), MOST_IDS)})`
      : `what the abort of ${runId} kept on purpose`;
  if (await terminal.confirm(`Delete ${what}, for good?`)) return;
  throw new LifeboatError(
    'QUESTION_DECLINED',
    'Nothing was removed: the answer was not yes.',
    'Repeat it when nothing needs it.',
  );
}

/** @param goOn drives the run as far as it goes */
async function clean(
  journal: Journal,
  session: Session,
  options: CleanupOptions,
  goOn: () => Promise<Report>,
): Promise<Cleaned> {
  const { record } = journal;
  const say = async (kind: SignalKind): Promise<void> =>
    journal.signal(await signer(kind, options, { record, terminal: session.terminal }));
  const { phase } = await viewOf(journal);
  if (!isOver(phase)) {
    if (phase !== 'cleanup') await say('abort');
    const { status, keptIds, leftovers, resources, sweptIds } = await goOn();
    const removed = [...new Set([...resources.flatMap(({ removedIds }) => removedIds), ...sweptIds])];
    if (!isOver(status) || keptIds.length === 0) return { removed, leftovers, done: isOver(status) };
    // An abort that was under way keeps what was made; the operator who asks for a cleanup since means it to go.
  }
  await say('cleanup');
  const { leftovers } = await goOn();
  const { recovery, isCleaningUp } = await viewOf(journal);
  return { removed: recovery?.cleanup?.removedIds ?? [], leftovers, done: !isCleaningUp };
}

/** @param next for a cleanup that has not ended */
function printCleaned(
  { terminal }: Session,
  runId: string,
  { removed, leftovers, done }: Cleaned,
  next: Advice,
): ExitCode {
  terminal.document({ schema: 'lifeboat.cleanup/v1', runId, accepted: true, removed, leftovers });
  const nothing = done ? 'Nothing was left to remove.' : 'Nothing was removed yet.';
  terminal.print(removed.length === 0 ? nothing : `Removed ${removed.join(', ')}.`);
  if (!done) {
    terminal.note(advise`The cleanup has not ended. ${next}`);
    return EXIT.waiting;
  }
  if (leftovers.length === 0) return EXIT.done;
  terminal.note(`Could not be removed: ${leftovers.join(', ')}. Remove it by hand, or run this again.`);
  return EXIT.failed;
}
