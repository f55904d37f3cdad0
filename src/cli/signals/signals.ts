import { advise, lifeboat } from '../../advice.ts';
import { InvalidArgumentError, Option } from 'commander';
import { LifeboatError } from '../../errors.ts';
import type { RunRecord, Signal, SignalKind } from '../../journal/journal.ts';
import { formatDuration, formatInstant, SECOND_MS } from '../../time.ts';
import type { Instant } from '../../time.ts';
import { eventOf } from '../../journal/signal-events.ts';
import { digestOf, expiryOf, signersOf } from '../../journal/signal-proof.ts';
import { differenceText, refusalText } from '../../sentences/questions.ts';
import { askedNow, chooseQuestion, questionKey } from '../../workflow/recovery/questions.ts';
import type { Question } from '../../workflow/recovery/questions.ts';
import { isOver, phaseOf } from '../../workflow/recovery/phase.ts';
import { processText } from '../../journal/lease.ts';
import type { Driven } from '../../report/model/attendance.ts';
import { anticipate } from '../stored/anticipation.ts';
import type { Anticipation } from '../stored/anticipation.ts';
import { EXIT, exitCodeOf } from '../session/exit-codes.ts';
import type { ExitCode } from '../session/exit-codes.ts';
import { proofOf, speaker } from './operator.ts';
import type { Where } from './operator.ts';
import type { StateOptions } from '../session/options.ts';
import { errorText } from '../session/render-error.ts';
import { viewOf, withJournal, type StoredRun } from '../stored/stored-run.ts';
import type { Terminal } from '../session/terminal.ts';
import { plain } from '../../report/layout/plain.ts';

export interface SignalOptions extends Partial<StateOptions> {
  readonly by?: string;
  readonly reason?: string;
  readonly breakGlass?: boolean;
  /** Names what is approved. */
  readonly gate?: string;
  readonly step?: string;
}

const LONGEST_WORDS = 500;

/** Without the blanks around it: `alex ` and `alex` are the same person. */
function words(text: string): string {
  const said = text.trim();
  if (said !== '' && said.length <= LONGEST_WORDS) return said;
  throw new InvalidArgumentError(`Expected 1 to ${LONGEST_WORDS} characters.`);
}

/** On a real account the identity service says who speaks; an approval may break the glass. */
export const byOption = (where = 'in a simulation'): Option =>
  new Option('--by <name>', `who says so, ${where} (default: the user of this machine)`).argParser(words);

export const reasonOption = (): Option =>
  new Option('--reason <text>', 'why; it is kept as evidence').argParser(words);

export const breakGlassOption = (): Option =>
  new Option(
    '--break-glass',
    'speak although the identity service is down; needs --reason, and is marked so',
  );

export const questionOptions = (): readonly Option[] => [
  new Option('--gate <name>', 'approve this gate: the phase it stands before').argParser(words),
  new Option('--step <name>', 'confirm this step: its name, or its number without one')
    .argParser(words)
    .conflicts('gate'),
];

/** A signal with who gives it: the identity in the account of a real run, the user of the machine in a simulation. */
export async function signer(
  kind: SignalKind,
  options: SignalOptions,
  { record, terminal }: { readonly record: RunRecord; readonly terminal: Terminal },
): Promise<Omit<Signal, 'id'>> {
  const { reason } = options;
  const { by, identity, note } = await speaker(kind, options, whereOf(record));
  if (note !== undefined) terminal.note(note);
  return { at: Date.now(), kind, by, identity, ...(reason !== undefined && { reason }) };
}

/** `undefined` for a simulated account. */
export function whereOf(record: RunRecord): Where | undefined {
  const { options, plan, identityEndpoint } = record;
  if (options.simulation !== undefined) return undefined;
  return { region: plan.region, accounts: signersOf(record), identityEndpoint };
}

/** What became of a signal. */
export interface Sent {
  /** Why the state of the run does not allow it. */
  readonly refusal?: LifeboatError;
  /** What an approval answers. */
  readonly question?: Question;
  /** The run has not come to asking it yet. */
  readonly isEarly?: boolean;
  /** Until when a driver must have heard it: later it cannot be verified who gave it. */
  readonly expiresAt?: Instant;
}

/** Appends a signal to the run's inbox when its state allows it. */
export function sendSignal(
  terminal: Terminal,
  run: StoredRun,
  kind: SignalKind,
  options: SignalOptions,
  details: Pick<Signal, 'made'> = {},
): Promise<Sent> {
  return withJournal(run, async (journal) => {
    const { record } = journal;
    const { runId } = record;
    const signal = { ...(await signer(kind, options, { record, terminal })), ...details };
    const { phase } = await viewOf(journal);
    const foreseen = await anticipate(journal);
    const { refusal, question } = isOver(phase)
      ? { refusal: `the run has ${phase === 'completed' ? 'completed' : `ended as ${phase}`}` }
      : judge(foreseen, signal, options);
    if (refusal !== undefined) {
      const message = `Cannot ${kind} ${runId}: ${refusal}.`;
      const way = advise`See where it stands: ${lifeboat('status', runId)}.`;
      return { refusal: new LifeboatError('RUN_NOT_POSSIBLE', message, way) };
    }
    if (question === undefined) {
      await journal.signal(signal);
      return {};
    }
    const meant = questionKey(question);
    const given = await proven({ ...signal, meant }, record);
    await journal.signal(given);
    const expiresAt = given.proof === undefined ? undefined : expiryOf(given.proof);
    const isEarly =
      (question.kind === 'approvals' || question.kind === 'manual') &&
      !askedNow(foreseen.now.context).some((asked) => questionKey(asked) === meant);
    return { question, isEarly, ...(expiresAt !== undefined && { expiresAt }) };
  });
}

/** Adds what the driver verifies the signal by. A break-glass approval has nothing to verify; a simulation has no identity service. */
async function proven(signal: Omit<Signal, 'id'>, record: RunRecord): Promise<Omit<Signal, 'id'>> {
  const where = whereOf(record);
  if (where === undefined || signal.identity !== 'verified') return signal;
  return { ...signal, proof: await proofOf(where, record.runId, digestOf(signal)) };
}

/** Asks the machine itself what its state allows, and what an approval answers. */
function judge(
  { now, next }: Anticipation,
  signal: Omit<Signal, 'id'>,
  { gate, step }: SignalOptions,
): { readonly question?: Question; readonly refusal?: string } {
  const { at, kind, by } = signal;
  if (kind === 'approve') {
    const said = { by, ...(gate !== undefined && { gate }), ...(step !== undefined && { step }) };
    const { question, refusal } = chooseQuestion(now.context, next.context, said);
    return question === undefined ? { refusal: refusalText(refusal) } : { question };
  }
  if (next.can(eventOf(signal, at))) return {};
  if (kind !== 'pause' && phaseOf(next.value) === 'cleanup' && phaseOf(now.value) !== 'cleanup')
    return { refusal: 'the run is already aborted; the next driver carries that out' };
  // There an approval may well be waited for, but nothing is left to reject.
  const isTooLate = kind === 'reject' && phaseOf(next.value) === 'cleanup';
  return { refusal: WHY_NOT[isTooLate ? 'abort' : kind] };
}

const WHY_NOT: Readonly<Record<Exclude<SignalKind, 'approve'>, string>> = {
  reject: 'the run does not wait for an approval',
  pause: 'the run is already paused',
  resume: 'the run is neither paused nor halted, and none of its resources is halted',
  abort: 'the run is already being cleaned up',
  cleanup: 'the run has not ended',
};

export function printSignal(
  terminal: Terminal,
  runId: string,
  kind: SignalKind,
  driven: Pick<Driven, 'pid' | 'host' | 'function' | 'responding' | 'resting'> | null,
  { question, isEarly = false, expiresAt }: Sent = {},
): ExitCode {
  const agreed = question === undefined ? undefined : agreedTo(question, isEarly);
  terminal.document({
    schema: 'lifeboat.signal/v1',
    runId,
    signal: kind,
    accepted: true,
    removed: [],
    ...agreed,
    ...(expiresAt !== undefined && { expiresAt: formatInstant(expiresAt) }),
  });
  const until =
    expiresAt === undefined
      ? ''
      : ` (before ${formatInstant(expiresAt)}: later it cannot be verified who approved)`;
  terminal.print(`Accepted: ${kind} ${runId}${agreed === undefined ? '' : `: ${plain(agreed.what)}`}`);
  if (driven === null)
    terminal.print(
      advise`No process drives the run. Carry it out with: ${lifeboat('resume', runId)}${until}`,
    );
  else if (driven.resting === true)
    terminal.print(
      `It is carried out by ${plain(processText(driven))} when that wakes: mostly within moments, in 10 minutes at the latest.`,
    );
  else if (!driven.responding)
    terminal.print(
      advise`The driver, ${plain(processText(driven))}, does not respond. Take the run over and carry it out with: ${lifeboat('resume', runId)}${until}`,
    );
  return EXIT.done;
}

/** Tells which question an approval without a name has answered. */
function agreedTo(
  question: Question,
  isEarly: boolean,
): {
  readonly gate: string;
  readonly step: string | null;
  readonly what: string;
} {
  const { phase: gate } = question;
  const early = isEarly ? ', before it is asked' : '';
  if (question.kind === 'manual') {
    const { gate: step, instructions } = question;
    return { gate, step, what: `confirmed before ${gate}${early}: ${instructions}` };
  }
  if (question.kind === 'difference')
    return { gate, step: questionKey(question), what: `accepted as it is: ${differenceText(question)}` };
  if (question.kind === 'clock') {
    const passed = formatDuration(question.ms / SECOND_MS);
    return { gate, step: questionKey(question), what: `counted: the ${passed} by which the clock jumped` };
  }
  const { of, given } = question;
  return { gate, step: null, what: `approval ${given + 1} of ${of} before ${gate}${early}` };
}

/** A refusal is an answer, not a failure of the command: its document has the shape of an answer. */
export function refuseSignal(
  terminal: Terminal,
  runId: string,
  kind: SignalKind,
  error: LifeboatError,
): ExitCode {
  const { code, message } = error;
  const next = terminal.hint(error.next);
  const schema = kind === 'cleanup' ? 'lifeboat.cleanup/v1' : 'lifeboat.signal/v1';
  terminal.document({ schema, runId, signal: kind, accepted: false, removed: [], code, message, next });
  terminal.note(errorText(error, terminal.hint));
  return exitCodeOf(code);
}
