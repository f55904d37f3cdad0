import { advise, lifeboat, type Advice, type SuggestedCommand } from '../../advice.ts';
import { MACHINE_VERSION } from '../../workflow/aggregates.ts';
import { openQuestions, questionName } from '../../workflow/recovery/questions.ts';
import type { Attendance } from './attendance.ts';
import { keptIdsOf, leftoversOf } from './outcome.ts';
import type { RunView } from './run-view.ts';
import type { Status } from './status.ts';
import { plain } from '../layout/plain.ts';

/** The run waits for an approval or a confirmation, not only for a time window or the end of a freeze. */
export function asksPeople(
  { waitingFor }: Pick<Status, 'waitingFor'>,
  { accepts }: Pick<RunView, 'accepts'>,
): boolean {
  return waitingFor.length > 0 && accepts.has('approve');
}

/** How each difference that waits for a decision is accepted; a person may also correct it. */
export function acceptances({ recovery }: RunView, run: string): readonly SuggestedCommand[] {
  const questions = recovery === undefined ? [] : openQuestions(recovery);
  return questions.flatMap((question) =>
    question.kind === 'difference'
      ? [lifeboat('approve', run, '--step', plain(questionName(question).name))]
      : [],
  );
}

/** The commands that apply now, one per line and complete, so that they can be copied. */
export function waysOn(standing: Status, view: RunView, attendance?: Attendance): readonly Advice[] {
  const { status, runId, mode } = standing;
  const { cleanedUp, accepts } = view;
  const run = plain(runId);
  const [report, resume] = [lifeboat('report', run), lifeboat('resume', run)];
  const { machineVersion, function: driver } = view.record;
  // Every command that drives the run would refuse it. Of a function, the version that began it is still there.
  if (machineVersion !== MACHINE_VERSION && driver === undefined)
    return [report, 'to continue it or clean up: the version of Lifeboat that began it'];
  const isDriven = attendance === undefined || attendance.driven?.responding === true;
  const ending = attendance?.pendingSignals.findLast(({ endsRun }) => endsRun);
  if (ending !== undefined && !isDriven)
    return [
      advise`${lifeboat('resume', run)} (asks, then carries out the ${ending.kind} by ${plain(ending.by)})`,
    ];
  if (view.isCleaningUp)
    return isDriven ? [report] : [report, advise`${undriven(attendance)} ${resume} (finishes the cleanup)`];
  const giveUp = accepts.has('abort') ? [advise`or abort: ${lifeboat('abort', run)}`] : [];
  switch (status) {
    case 'running': {
      const isAsked = asksPeople(standing, view);
      const consent = isAsked
        ? [advise`${lifeboat('approve', run)}${accepts.has('reject') ? ' (or reject)' : ''}`]
        : [];
      const isReal = view.record.options.simulation === undefined;
      const replaying = view.phase === 'backfill' && isReal ? [lifeboat('backfill status', run)] : [];
      const accepting = acceptances(view, run).map((command) => advise`to accept the difference: ${command}`);
      if (isDriven)
        return isAsked ? consent : [...accepting, lifeboat('status', run, '--watch'), ...replaying];
      return [...consent, ...accepting, advise`${isAsked ? 'then' : undriven(attendance)} ${resume}`];
    }
    case 'paused':
      return [resume, ...giveUp];
    case 'halted':
      return [
        advise`fix the cause, then ${resume}`,
        ...acceptances(view, run).map((command) => advise`or accept the difference: ${command}, then resume`),
        ...giveUp,
      ];
    case 'failed':
    case 'aborted':
      return cleanedUp ? [report] : [report, advise`${leftBehind(view)}: ${lifeboat('cleanup', run)}`];
    case 'completed':
      if (mode === 'drill' && leftoversOf(view).length > 0)
        return [report, advise`${leftBehind(view)}: ${lifeboat('cleanup', run)}`];
      return mode === 'drill' || cleanedUp
        ? [report]
        : [report, 'redirect traffic by hand: this run had no cutover'];
  }
}

function undriven(attendance: Attendance | undefined): string {
  return attendance?.driven == null ? 'not driven:' : 'take it over:';
}

/** Why to run a cleanup. Resources kept on purpose may be in use. */
function leftBehind(view: RunView): string {
  if (leftoversOf(view).length > 0) return 'to remove leftovers';
  return keptIdsOf(view).length > 0 ? 'once the kept resources are not needed' : 'to check for leftovers';
}
